"""IAM roles that AWS services take on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions


def service_role(
    name: str,
    service: str,
    managed_policies: Sequence[str],
    *,
    actions: Sequence[str] = ("sts:AssumeRole",),
    condition: Input[Mapping[str, Any]] | None = None,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """A role that `service` (`ec2.amazonaws.com`, say) assumes, and its attachments of AWS's own policies, by name.

    `condition` says on whose behalf the service may.

    What uses the role depends on the attachments: AWS looks at the policies when it is used, not when it is named.
    """
    partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent)).partition
    # One action is text, not a list of one.
    action = actions[0] if len(actions) == 1 else list(actions)
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action}
    role = aws.iam.Role(
        name,
        assume_role_policy=Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [statement | ({"Condition": condition} if condition is not None else {})],
            }
        ),
        opts=ResourceOptions(parent=parent),
    )
    attachments: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy}",
            role=role.name,
            policy_arn=Output.format("arn:{0}:iam::aws:policy/{1}", partition, policy),
            opts=ResourceOptions(parent=parent),
        )
        for policy in managed_policies
    ]
    return role, attachments
