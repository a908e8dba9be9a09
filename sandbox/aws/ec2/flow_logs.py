"""Flow logs' rule: their role trusts their service."""

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
def a_flow_log_s_role_trusts_the_service(ec2: Any, given: Given) -> None:
    """Raise InvalidParameter for a missing role, or for one that does not trust this account's flow logs."""
    arn = given["deliver_logs_permission_arn"]
    if arn and not any(
        role.arn == arn and _trusts(ec2, role) for role in iam_backends[ec2.account_id]["aws"].roles.values()
    ):
        raise refusal("InvalidParameter", f"Unable to assume given IAM role: {arn}")


def _trusts(ec2: Any, role: Any) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    return any(
        statement["Effect"] == "Allow" and _SERVICE in named(statement) and _of_account(ec2, statement)
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _of_account(ec2: Any, statement: dict[str, Any]) -> bool:
    accounts = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount", ec2.account_id)
    return ec2.account_id in (accounts if isinstance(accounts, list) else [accounts])
