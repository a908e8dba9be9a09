"""Launch templates' rules: described templates exist, and tags can change."""

from __future__ import annotations

from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate

from sandbox.aws.rules import Given, attribute, before


@before(EC2Backend, "describe_launch_templates")
def described_templates_exist(ec2: Any, given: Given) -> None:
    """Raise InvalidLaunchTemplateId.NotFound, because moto returns an empty list."""
    for template_id in given["template_ids"] or []:
        ec2.get_launch_template(template_id)


def _ignore(*_: Any) -> None:
    """moto sets the tags once, when it creates the template."""


# The current tags.
attribute(LaunchTemplate, "tags", property(lambda template: template.get_tags(), _ignore))


@before(LaunchTemplate, "create_version")
def a_later_versions_user_data_is_read_as_the_firsts(template: Any, given: Given) -> None:
    """moto decodes only the first version's base64, and can't launch from any other."""
    data = given["data"]
    if isinstance(data.get("UserData"), str) and not isinstance(data["UserData"], Base64EncodedString):
        data["UserData"] = Base64EncodedString(data["UserData"])
