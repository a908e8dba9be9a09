"""Keys, logs and sessions: what rests, and for how long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi_aws as aws

from policies.documents import statements
from policies.inputs import UNKNOWN, Resource, shown
from policies.rule import Context, Parameter, Severity, rule


@rule(
    "key-rotates",
    lambda: (aws.kms.Key,),
    what="A key is renewed every year, so that no one key's loss opens everything.",
    fix="set enable_key_rotation",
    sources=("CIS AWS v5.0.0 3.6", "CKV_AWS_7", "Prowler kms_cmk_rotation_enabled", "AwsSolutions-KMS5", "KMS.4"),
    severity=Severity.MEDIUM,
)
def key_rotates(key: Resource, _: Context) -> Iterator[str]:
    """Its switch is on, where it is of a kind that AWS renews."""
    if key.at("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT") and key.at(_ROTATION) not in (True, UNKNOWN):
        yield f"{_ROTATION} is {shown(key.at(_ROTATION))}"


@rule(
    "key-policy",
    lambda: (aws.kms.Key,),
    what="A key's policy says who may use it, and that isn't everybody.",
    fix="give it a policy that names the account and the services that use it",
    sources=("CKV_AWS_33", "CKV2_AWS_64", "Prowler kms_key_not_publicly_accessible"),
    severity=Severity.CRITICAL,
)
def key_policy(key: Resource, _: Context) -> Iterator[str]:
    """It has one, and lets nobody unnamed without a condition."""
    if key.at("policy") is None:
        yield "it has no policy"
    for statement in statements(key.at("policy")):
        if statement.allows and ("AWS", "*") in statement.principals and not statement.conditions:
            yield "its policy lets everybody use it"


@rule(
    "key-deletion",
    lambda: (aws.kms.Key,),
    what="A key that is let go can be called back for a month: with it goes all that it encrypts.",
    fix="set deletion_window_in_days to 30",
    sources=("ours", "Prowler kms_cmk_not_deleted_unintentionally"),
    severity=Severity.HIGH,
    parameters={"days": Parameter.number(30, "For how long, at the least.", minimum=7, maximum=30)},
)
def key_deletion(key: Resource, context: Context) -> Iterator[str]:
    """Its window is long enough; AWS's own is of 30 days."""
    days = key.at("deletionWindowInDays")
    if isinstance(days, int) and days < context.parameters["days"]:
        yield f"deletionWindowInDays is {days}, and {context.parameters['days']} are asked for"


@rule(
    "log-retention",
    lambda: (aws.cloudwatch.LogGroup,),
    what="Logs are kept as long as an investigation takes, and no longer than somebody decided.",
    fix="set retention_in_days",
    sources=(
        *("CKV_AWS_66", "CKV_AWS_338", "CloudWatch.16"),
        "Prowler cloudwatch_log_group_retention_policy_specific_days_enabled",
    ),
    severity=Severity.MEDIUM,
    parameters={"days": Parameter.number(90, "For how long, at the least.", minimum=1)},
)
def log_retention(group: Resource, context: Context) -> Iterator[str]:
    """It is set, and long enough; without it AWS keeps them for ever."""
    days = group.at("retentionInDays")
    if days in (None, 0):
        yield "retentionInDays is not set, and logs are kept for ever"
    elif isinstance(days, int) and days < context.parameters["days"]:
        yield f"retentionInDays is {days}, and {context.parameters['days']} are asked for"


@rule(
    "log-encrypted",
    lambda: (aws.cloudwatch.LogGroup,),
    what="Logs are encrypted by a key of the fleet's, which can be withdrawn and whose use is recorded.",
    fix="set kms_key_id",
    sources=("CKV_AWS_158", "Prowler cloudwatch_log_group_kms_encryption_enabled"),
    severity=Severity.MEDIUM,
)
def log_encrypted(group: Resource, _: Context) -> Iterator[str]:
    """A key is named."""
    if group.at("kmsKeyId") is None:
        yield "kmsKeyId is not set"


@rule(
    "session-recorded",
    lambda: (aws.ssm.Document,),
    what="A shell by Session Manager is encrypted and recorded, and its document is the account's alone.",
    fix="name a KMS key and an encrypted log group or bucket in the document, and share it with nobody",
    sources=("CKV_AWS_112", "CKV_AWS_113", "CKV_AWS_303", "SSM.4"),
    severity=Severity.HIGH,
)
def session_recorded(document: Resource, _: Context) -> Iterator[str]:
    """What its content asks for; only documents that sessions are opened by have such."""
    if str(document.at("permissions.account_ids")).lower() == "all":
        yield "it is shared with everybody"
    asked = _inputs(document.at("content")) if document.at("documentType") == "Session" else None
    if asked is None:
        return
    if not asked.get("kmsKeyId"):
        yield "its content names no kmsKeyId"
    to_group = asked.get("cloudWatchLogGroupName") and asked.get("cloudWatchEncryptionEnabled")
    to_bucket = asked.get("s3BucketName") and asked.get("s3EncryptionEnabled")
    if not to_group and not to_bucket:
        yield "its content records sessions nowhere, or not encrypted"


_ROTATION = "enableKeyRotation"


def _inputs(content: Any) -> Mapping[str, Any] | None:
    """What a session's document asks for; None where it isn't known. No JSON asks for nothing."""
    if not isinstance(content, str):
        return None
    try:
        return cast(Mapping[str, Any], json.loads(content)["inputs"])
    except (ValueError, KeyError, TypeError):
        return {}
