"""A region's own KMS key, for log groups and for whatever else of the fleet rests there."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from . import account, iam

DELETION_DAYS = 30
"""How long a key that is let go can still be called back, with all that it encrypts; AWS takes 7 to 30."""


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """What a key is made from."""

    region: str
    """The key's, whose CloudWatch Logs may use it."""
    description: str


class Encryption(pulumi.ComponentResource):
    """A symmetric key that rotates each year, its policy and its alias.

    It costs a dollar a month, however many log groups use it, and nothing once it waits for its deletion.
    """

    key_arn: Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Encryption", name, None, opts)
        child = ResourceOptions(parent=self)
        here = account.partition(self)
        own = account.identity(self).account_id
        key = aws.kms.Key(
            f"{name}-key",
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=Output.json_dumps(
                Output.all(here.partition, here.dns_suffix, own).apply(
                    lambda known: key_policy(
                        partition=known[0], dns_suffix=known[1], account=known[2], region=args.region
                    )
                )
            ),
            tags={"Name": name},
            opts=child,
        )
        # For people to know it by: a key has no name of its own.
        aws.kms.Alias(f"{name}-key", target_key_id=key.id, opts=child)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def key_policy(*, partition: str, dns_suffix: str, account: str, region: str) -> iam.Document:
    """Who may use a key: whom the account's own IAM policies let, and CloudWatch Logs for the account's log groups.

    Without the first statement nobody could ever change the key again. The second is AWS's own (CloudWatch Logs user
    guide, "Encrypt log data"): its condition keeps the service from using the key on another account's behalf.
    """
    return iam.policy(
        {
            "Sid": "AccountDecides",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "LogGroups",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.{dns_suffix}"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account}:log-group:*"
                }
            },
        },
    )
