"""A network's flow logs: accepted and rejected traffic."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account, iam


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """The arguments of flow logs."""

    vpc_id: Input[str]
    traffic: str
    """`reject`, or `all`."""
    retention_days: int
    """The days until records expire."""
    key_arn: Input[str]
    """The KMS key that encrypts them; its policy must allow CloudWatch Logs."""


class FlowLogs(pulumi.ComponentResource):
    """A VPC's flow log, its own log group, and a role that may write only there."""

    log_group: Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FlowLogs", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            f"{name}-flows",
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            tags={"Name": f"{name}-flows"},
            opts=ResourceOptions(parent=self),
        )
        role, policy = self._role(name, group)
        aws.ec2.FlowLog(
            f"{name}-flows",
            vpc_id=args.vpc_id,
            traffic_type=args.traffic.upper(),
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": f"{name}-flows"},
            # A flow log can't be changed, and AWS refuses a second one of the VPC to the same group. The service uses
            # its role's policy at the first delivery.
            opts=ResourceOptions(parent=self, depends_on=[policy], delete_before_replace=True),
        )
        self.log_group = group.name
        self.register_outputs({"log_group": self.log_group})

    def _role(self, name: str, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Return a role that the flow logs' service assumes for this account only, and its right to write to the group.

        VPC user guide, "Publish flow logs to CloudWatch Logs".
        """
        child = ResourceOptions(parent=self)
        own = account.identity(self).account_id
        role = aws.iam.Role(
            f"{name}-flows",
            assume_role_policy=Output.json_dumps(
                iam.trust({"Service": "vpc-flow-logs.amazonaws.com"}, condition=own.apply(iam.of_account))
            ),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-flows-policy",
            role=role.name,
            policy=Output.json_dumps(group.arn.apply(lambda arn: iam.policy(*iam.write_logs(arn)))),
            opts=child,
        )
        return role, policy
