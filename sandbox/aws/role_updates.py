"""IAM's update of a role changes what it names alone."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend

from sandbox.aws.rules import Given, before


@before(IAMBackend, "update_role")
def what_is_not_named_stays(iam: Any, given: Given) -> None:
    """moto forgets the description and the longest session that an update doesn't name."""
    role = iam.get_role(given["role_name"])
    given["role_description"] = given["role_description"] or role.description
    given["max_session_duration"] = given["max_session_duration"] or role.max_session_duration
