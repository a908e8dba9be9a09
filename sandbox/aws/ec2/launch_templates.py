"""Launch templates: named ones must exist, and their tags can be changed."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate

from sandbox.aws.rules import Given, attribute, before


@before(EC2Backend, "describe_launch_templates")
def those_named_exist(ec2: Any, given: Given) -> None:
    """InvalidLaunchTemplateId.NotFound; moto answers an empty list."""
    for template_id in given["template_ids"] or []:
        ec2.get_launch_template(template_id)


def _ignore(*_: Any) -> None:
    """moto sets the tags once, when the template is made."""


# What tags it has now.
attribute(LaunchTemplate, "tags", property(lambda template: template.get_tags(), _ignore))
