"""A network's flow logs: who talked to whom, and what was turned away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """What flow logs are made from."""

    region: str
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
        role, writing = self._role(name, args.region, group)
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

    def _role(self, name: str, region: str, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        child = ResourceOptions(parent=self)
        within = pulumi.InvokeOutputOptions(parent=self)
        account = aws.get_caller_identity_output(opts=within).account_id
        partition = aws.get_partition_output(opts=within).partition
        told = Output.all(partition=partition, account=account, group=group.arn)
        role = aws.iam.Role(
            f"{name}-flows",
            assume_role_policy=Output.json_dumps(account.apply(trust_policy)),
            opts=child,
        )
        writing = aws.iam.RolePolicy(
            f"{name}-flows-policy",
            role=role.name,
            policy=Output.json_dumps(
                told.apply(lambda told: role_policy(told["partition"], region, told["account"], told["group"]))
            ),
            opts=child,
        )
        return role, writing


def trust_policy(account: str) -> dict[str, Any]:
    """The flow logs' service may take the role, for flow logs of this account alone: nobody else can have it write."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }


def role_policy(partition: str, region: str, account: str, group: str) -> dict[str, Any]:
    """What AWS asks for (VPC user guide, "Publish flow logs to CloudWatch Logs"), on the one group where it can be.

    It may not make a group: records that come after a destroy would bring the group back, for ever and unencrypted.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                "Resource": [group, f"{group}:*"],
            },
            {
                "Effect": "Allow",
                "Action": "logs:DescribeLogGroups",
                "Resource": f"arn:{partition}:logs:{region}:{account}:log-group:*",
            },
        ],
    }
