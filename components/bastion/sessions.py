"""Sessions on an instance by Session Manager: their document, encryption and logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import iam

IDLE_MINUTES = 20
"""The minutes without a keystroke after which a session ends; Session Manager's own default."""

AGENT = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]
"""The actions of the instance's agent, none of which has resources.

Systems Manager user guide, "Add Session Manager permissions to an existing IAM role".
"""


@dataclass(frozen=True, kw_only=True)
class SessionsArgs:
    """The arguments of sessions."""

    key_arn: Input[str]
    """The KMS key that encrypts sessions in transit, and their logs."""
    log_days: int


class Sessions(pulumi.ComponentResource):
    """An SSM document of type Session, named after the component, and its encrypted log group."""

    document: Output[str]
    """The document's name."""
    log_group: Output[str]
    """The log group's name."""
    instance_policy: Output[iam.Document]
    """The policy of an instance that people open sessions on."""

    def __init__(self, name: str, args: SessionsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Sessions", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            f"{name}-sessions",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_days,
            opts=ResourceOptions(parent=self),
        )
        document = aws.ssm.Document(
            f"{name}-session",
            # A fixed name, because people open sessions by it, and the account's policies may refer to it.
            name=name,
            document_type="Session",
            content=Output.json_dumps(
                Output.all(group.name, args.key_arn).apply(lambda group_and_key: preferences(*group_and_key))
            ),
            opts=ResourceOptions(parent=self),
        )
        self.document = document.name
        self.log_group = group.name
        # The agent lists all log groups to check that this one is encrypted, so the policy allows DescribeLogGroups.
        self.instance_policy = Output.all(group.arn, args.key_arn).apply(
            lambda arns: iam.policy(iam.allow(AGENT, "*"), *iam.write_logs(arns[0]), iam.allow("kms:Decrypt", arns[1]))
        )
        self.register_outputs({"document": self.document, "log_group": self.log_group})


def preferences(log_group: str, key_arn: str) -> dict[str, Any]:
    """Return the document's content: a login shell, streamed to the log group. Encryption of both is required."""
    return {
        "schemaVersion": "1.0",
        "description": "A shell on the fleet's bastion, logged",
        "sessionType": "Standard_Stream",
        "inputs": {
            "cloudWatchLogGroupName": log_group,
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchStreamingEnabled": True,
            "kmsKeyId": key_arn,
            "idleSessionTimeout": str(IDLE_MINUTES),
            "runAsEnabled": False,
            "shellProfile": {"linux": "cat /etc/motd; exec bash --login"},
        },
    }
