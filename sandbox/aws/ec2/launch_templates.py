"""Launch templates: named ones must exist, and their tags can be changed."""

from __future__ import annotations

from typing import Any

from moto.core.types import Base64EncodedString
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


@before(LaunchTemplate, "create_version")
def a_later_versions_user_data_is_read_as_the_firsts(template: Any, given: Given) -> None:
    """moto knows only the first version's for base64, and can't launch from any other."""
    data = given["data"]
    if isinstance(data.get("UserData"), str) and not isinstance(data["UserData"], Base64EncodedString):
        data["UserData"] = Base64EncodedString(data["UserData"])
