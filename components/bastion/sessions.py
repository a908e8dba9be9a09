"""Sessions on an instance by Session Manager: how they are opened, encrypted and logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import iam

IDLE_MINUTES = 20
"""After so long without a keystroke a session ends; Session Manager's own default."""

AGENT = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]
"""What the instance's agent calls, none of it on a resource of its own (Systems Manager user guide, "Add Session
Manager permissions to an existing IAM role")."""


@dataclass(frozen=True, kw_only=True)
class SessionsArgs:
    """What sessions are set up from."""

    key_arn: Input[str]
    """The KMS key that encrypts them under way, and their logs."""
    log_days: int


class Sessions(pulumi.ComponentResource):
    """An SSM document of type Session, named after the component, and the encrypted log group it writes to."""

    document: Output[str]
    """Its name."""
    log_group: Output[str]
    """Its name."""
    instance_policy: Output[iam.Document]
    """The policy of an instance that sessions are opened on."""

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
            # By this name people open sessions, and the account's policies may let them.
            name=name,
            document_type="Session",
            content=Output.json_dumps(Output.all(group.name, args.key_arn).apply(lambda made: preferences(*made))),
            opts=ResourceOptions(parent=self),
        )
        self.document = document.name
        self.log_group = group.name
        # The agent reads the list of all log groups, to check that this one is encrypted.
        self.instance_policy = Output.all(group.arn, args.key_arn).apply(
            lambda arns: iam.policy(iam.allow(AGENT, "*"), *iam.write_logs(arns[0]), iam.allow("kms:Decrypt", arns[1]))
        )
        self.register_outputs({"document": self.document, "log_group": self.log_group})


def preferences(log_group: str, key_arn: str) -> dict[str, Any]:
    """The document's content: a login shell, streamed to the log group, refused where either can't be encrypted."""
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
