"""Log groups and flow logs, as AWS has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.key import key_policy
from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

OURS = key_policy(partition="aws", dns_suffix="amazonaws.com", account=NUMBER, region=HOME)


def key(aws: Account, policy: dict[str, Any]) -> str:
    """A key's ARN."""
    return aws.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


def test_a_log_group_may_have_a_key_that_lets_its_service_use_it(aws: Account) -> None:
    name, arn = unique("group"), key(aws, OURS)
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=name, kmsKeyId=arn)
    (told,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert told["kmsKeyId"] == arn


@pytest.mark.parametrize(
    "wrong",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "logs.eu-west-3.amazonaws.com"}},
        {"Action": "kms:Decrypt"},
        {"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:1:log-group:*"}}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_key_of_another_policy_encrypts_no_log_group(aws: Account, wrong: dict[str, Any]) -> None:
    account, service = OURS["Statement"]
    arn = key(aws, {**OURS, "Statement": [account, {**service, **wrong}]})
    with refused("AccessDeniedException", "not allowed to be used with LogGroup"):
        aws.client("logs").create_log_group(logGroupName=unique("group"), kmsKeyId=arn)


def test_a_key_that_is_going_encrypts_no_log_group(aws: Account) -> None:
    arn = key(aws, OURS)
    aws.client("kms").schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    with refused("AccessDeniedException", "does not exist"):
        aws.client("logs").create_log_group(logGroupName=unique("group"), kmsKeyId=arn)


def test_records_are_kept_for_one_of_so_many_days(aws: Account) -> None:
    name, logs = unique("group"), aws.client("logs")
    logs.create_log_group(logGroupName=name)
    with refused("InvalidParameterException", "retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=17)
    logs.put_retention_policy(logGroupName=name, retentionInDays=90)


@pytest.mark.parametrize("mistake", ["none", "another service", "another account"])
def test_a_flow_log_s_role_lets_its_service_take_it(aws: Account, mistake: str) -> None:
    name = unique("flows")
    service = {"Service": "ec2.amazonaws.com" if mistake == "another service" else "vpc-flow-logs.amazonaws.com"}
    document = json.loads(trust(service))
    document["Statement"][0]["Condition"] = {
        "StringEquals": {"aws:SourceAccount": "000000000001" if mistake == "another account" else NUMBER}
    }
    aws.client("logs").create_log_group(logGroupName=name)
    aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    role = f"arn:aws:iam::{NUMBER}:role/{'nobody' if mistake == 'none' else name}"
    with refused("InvalidParameter", "Unable to assume given IAM role"):
        flow_log(aws, name, role)


def test_a_flow_log_may_write_as_a_role_of_its_own(aws: Account) -> None:
    name = unique("flows")
    aws.client("logs").create_log_group(logGroupName=name)
    made = aws.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust({"Service": "vpc-flow-logs.amazonaws.com"})
    )
    assert flow_log(aws, name, made["Role"]["Arn"])["FlowLogIds"]


def flow_log(aws: Account, group: str, role: str) -> dict[str, Any]:
    return aws.ec2.create_flow_logs(
        ResourceIds=[aws.vpc()],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestination=f"arn:aws:logs:{HOME}:{NUMBER}:log-group:{group}",
        DeliverLogsPermissionArn=role,
    )
