"""Flow logs: they write as a role that lets their service take it."""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.models import EC2Backend
from moto.iam.models import iam_backends

from sandbox.aws.ec2.errors import refusal
from sandbox.aws.iam import named
from sandbox.aws.rules import Given, before

_SERVICE = ("Service", "vpc-flow-logs.amazonaws.com")


@before(EC2Backend, "create_flow_logs")
def its_role_lets_the_service_take_it(ec2: Any, given: Given) -> None:
    """InvalidParameter for a role that is not there, or that trusts others, or this account's flow logs not."""
    arn = given["deliver_logs_permission_arn"]
    if arn and not any(
        role.arn == arn and _trusts(ec2, role) for role in iam_backends[ec2.account_id]["aws"].roles.values()
    ):
        raise refusal("InvalidParameter", f"Unable to assume given IAM role: {arn}")


def _trusts(ec2: Any, role: Any) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    return any(
        one["Effect"] == "Allow" and _SERVICE in named(one) and _of_account(ec2, one)
        for one in (statements if isinstance(statements, list) else [statements])
    )


def _of_account(ec2: Any, statement: dict[str, Any]) -> bool:
    wanted = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount", ec2.account_id)
    return ec2.account_id in (wanted if isinstance(wanted, list) else [wanted])
