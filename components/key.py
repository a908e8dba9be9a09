"""A region's own KMS key, for log groups and the fleet's other data at rest."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from . import account, iam

DELETION_DAYS = 30
"""The days in which a key's deletion can be cancelled; AWS allows 7 to 30. With the key, its data is lost."""


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """The arguments of a key."""

    region: str
    """The region of the key, whose CloudWatch Logs may use it."""
    description: str


class Encryption(pulumi.ComponentResource):
    """A symmetric key that rotates each year, its policy and its alias.

    A key costs a dollar a month for any number of log groups, and nothing while it waits for its deletion.
    """

    key_arn: Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Encryption", name, None, opts)
        child = ResourceOptions(parent=self)
        region_partition = account.partition(self)
        own = account.identity(self).account_id
        key = aws.kms.Key(
            f"{name}-key",
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=Output.json_dumps(
                Output.all(region_partition.partition, region_partition.dns_suffix, own).apply(
                    lambda known: key_policy(
                        partition=known[0], dns_suffix=known[1], account=known[2], region=args.region
                    )
                )
            ),
            tags={"Name": name},
            opts=child,
        )
        # People recognize the key by its alias, because a key has no name.
        aws.kms.Alias(f"{name}-key", target_key_id=key.id, opts=child)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def key_policy(*, partition: str, dns_suffix: str, account: str, region: str) -> iam.Document:
    """Return a key's policy: the account's own IAM policies decide, and CloudWatch Logs serves the account's groups.

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
