"""A network's flow logs: who talked to whom, and what was turned away."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account, iam


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """What flow logs are made from."""

    vpc_id: Input[str]
    traffic: str
    """`reject`, or `all`."""
    retention_days: int
    """For how long records are kept."""
    key_arn: Input[str]
    """The KMS key that they are encrypted with; its policy must let CloudWatch Logs use it."""


class FlowLogs(pulumi.ComponentResource):
    """A VPC's flow log, into a log group of its own, by a role that may write there and nowhere else."""

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
        role, writing = self._role(name, group)
        aws.ec2.FlowLog(
            f"{name}-flows",
            vpc_id=args.vpc_id,
            traffic_type=args.traffic.upper(),
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": f"{name}-flows"},
            # Nothing of a flow log can be changed, and AWS takes no second one of the VPC to the same group. The
            # service looks at its role's policy as soon as it delivers.
            opts=ResourceOptions(parent=self, depends_on=[writing], delete_before_replace=True),
        )
        self.log_group = group.name
        self.register_outputs({"log_group": self.log_group})

    def _role(self, name: str, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """A role that the flow logs' service assumes for this account alone, and its right to write to the group.

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
        writing = aws.iam.RolePolicy(
            f"{name}-flows-policy",
            role=role.name,
            policy=Output.json_dumps(group.arn.apply(lambda arn: iam.policy(*iam.write_logs(arn)))),
            opts=child,
        )
        return role, writing
