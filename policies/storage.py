"""Keys, logs and sessions: encryption at rest, and retention."""

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
    what="A key rotates every year, so that the loss of a single key doesn't expose everything.",
    fix="set enable_key_rotation",
    sources=("CIS AWS v5.0.0 3.6", "CKV_AWS_7", "Prowler kms_cmk_rotation_enabled", "AwsSolutions-KMS5", "KMS.4"),
    severity=Severity.MEDIUM,
)
def key_rotates(key: Resource, _: Context) -> Iterator[str]:
    """Yield a key without rotation, if it is of a kind that AWS rotates."""
    if key.at("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT") and key.at(_ROTATION) not in (True, UNKNOWN):
        yield f"{_ROTATION} is {shown(key.at(_ROTATION))}"


@rule(
    "key-policy",
    lambda: (aws.kms.Key,),
    what="A key's policy names its users, and does not allow everybody.",
    fix="give it a policy that names the account and the services",
    sources=("CKV_AWS_33", "CKV2_AWS_64", "Prowler kms_key_not_publicly_accessible"),
    severity=Severity.CRITICAL,
)
def key_policy(key: Resource, _: Context) -> Iterator[str]:
    """Yield a missing policy, and statements for everybody without a condition."""
    if key.at("policy") is None:
        yield "it has no policy"
    for statement in statements(key.at("policy")):
        if statement.allows and ("AWS", "*") in statement.principals and not statement.conditions:
            yield "its policy allows everybody"


@rule(
    "key-deletion",
    lambda: (aws.kms.Key,),
    what="A key's deletion can be cancelled for a month, because all data that the key encrypts is lost with it.",
    fix="set deletion_window_in_days to 30",
    sources=("ours", "Prowler kms_cmk_not_deleted_unintentionally"),
    severity=Severity.HIGH,
    parameters={"days": Parameter.number(30, "The fewest days.", minimum=7, maximum=30)},
)
def key_deletion(key: Resource, context: Context) -> Iterator[str]:
    """Yield a window that is too short. AWS's default is 30 days."""
    days = key.at("deletionWindowInDays")
    if isinstance(days, int) and days < context.parameters["days"]:
        yield f"deletionWindowInDays is {days}, less than {context.parameters['days']}"


@rule(
    "log-retention",
    lambda: (aws.cloudwatch.LogGroup,),
    what="Logs have a retention that an investigation needs, and not an unlimited one.",
    fix="set retention_in_days",
    sources=(
        *("CKV_AWS_66", "CKV_AWS_338", "CloudWatch.16"),
        "Prowler cloudwatch_log_group_retention_policy_specific_days_enabled",
    ),
    severity=Severity.MEDIUM,
    parameters={"days": Parameter.number(90, "The fewest days.", minimum=1)},
)
def log_retention(group: Resource, context: Context) -> Iterator[str]:
    """Yield a retention that is too short, or not set, which AWS reads as for ever."""
    days = group.at("retentionInDays")
    if days in (None, 0):
        yield "retentionInDays is not set, so the logs never expire"
    elif isinstance(days, int) and days < context.parameters["days"]:
        yield f"retentionInDays is {days}, less than {context.parameters['days']}"


@rule(
    "log-encrypted",
    lambda: (aws.cloudwatch.LogGroup,),
    what="Logs are encrypted by a key of the fleet, which can be disabled and whose use is recorded.",
    fix="set kms_key_id",
    sources=("CKV_AWS_158", "Prowler cloudwatch_log_group_kms_encryption_enabled"),
    severity=Severity.MEDIUM,
)
def log_encrypted(group: Resource, _: Context) -> Iterator[str]:
    """Yield log groups without a key."""
    if group.at("kmsKeyId") is None:
        yield "kmsKeyId is not set"


@rule(
    "session-recorded",
    lambda: (aws.ssm.Document,),
    what="A shell by Session Manager is encrypted and recorded, and its document is not shared.",
    fix="name a KMS key and an encrypted log group or bucket in the document, and share it with nobody",
    sources=("CKV_AWS_112", "CKV_AWS_113", "CKV_AWS_303", "SSM.4"),
    severity=Severity.HIGH,
)
def session_recorded(document: Resource, _: Context) -> Iterator[str]:
    """Yield a session document's missing key or log, and documents that are shared with everybody."""
    if str(document.at("permissions.account_ids")).lower() == "all":
        yield "it is shared with everybody"
    inputs = _inputs(document.at("content")) if document.at("documentType") == "Session" else None
    if inputs is None:
        return
    if not inputs.get("kmsKeyId"):
        yield "its content names no kmsKeyId"
    to_group = inputs.get("cloudWatchLogGroupName") and inputs.get("cloudWatchEncryptionEnabled")
    to_bucket = inputs.get("s3BucketName") and inputs.get("s3EncryptionEnabled")
    if not to_group and not to_bucket:
        yield "its content does not record sessions to an encrypted log group or bucket"


_ROTATION = "enableKeyRotation"


def _inputs(content: Any) -> Mapping[str, Any] | None:
    """Return the inputs of a session's document: None if it is unknown, empty if it is no JSON."""
    if not isinstance(content, str):
        return None
    try:
        return cast(Mapping[str, Any], json.loads(content)["inputs"])
    except (ValueError, KeyError, TypeError):
        return {}
