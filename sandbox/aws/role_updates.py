"""IAM's update of a role: an omitted description stays, and an omitted longest session becomes an hour."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend

from sandbox.aws.rules import Given, before

HOUR = 3600


@before(IAMBackend, "update_role")
def an_omitted_attribute_has_its_default(iam: Any, given: Given) -> None:
    """moto empties both attributes."""
    if given["role_description"] is None:
        given["role_description"] = iam.get_role(given["role_name"]).description
    if given["max_session_duration"] is None:
        given["max_session_duration"] = HOUR
