"""The key of a region: who may use it, and that it lasts."""

import json

import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from components.key import Encryption, EncryptionArgs, key_policy
from tests.unit import engine
from tests.unit.engine import Engine

pytestmark = pytest.mark.unit

CHINA = {"partition": "aws-cn", "dns_suffix": "amazonaws.com.cn", "account": "123456789012", "region": "cn-north-1"}


def made() -> Engine:
    def declare() -> None:
        provider = aws.Provider("aws-eu-west-1", region="eu-west-1")
        args = EncryptionArgs(region="eu-west-1", description="Logs at rest")
        Encryption("fleet-eu-west-1", args, ResourceOptions(providers=[provider]))

    return engine.run(declare)


def test_a_key_rotates_and_can_be_called_back_for_a_month() -> None:
    (key,) = made()["aws:kms/key:Key"].values()
    assert (key.inputs["enableKeyRotation"], key.inputs["deletionWindowInDays"]) == (True, 30)
    assert key.provider == "aws-eu-west-1"


def test_a_key_has_its_policy_when_it_is_made() -> None:
    (key,) = made()["aws:kms/key:Key"].values()
    assert json.loads(key.inputs["policy"]) == key_policy(
        partition="aws", dns_suffix="amazonaws.com", account="123456789012", region="eu-west-1"
    )


def test_the_account_keeps_its_key() -> None:
    statement = key_policy(**CHINA)["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws-cn:iam::123456789012:root"}
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", "kms:*", "*")


def test_the_regions_log_service_uses_it_for_the_accounts_own_log_groups_alone() -> None:
    (statement,) = [one for one in key_policy(**CHINA)["Statement"] if "Service" in one["Principal"]]
    assert statement["Principal"] == {"Service": "logs.cn-north-1.amazonaws.com.cn"}
    assert statement["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws-cn:logs:cn-north-1:123456789012:log-group:*"}
    }
    assert not {"kms:*", "kms:CreateGrant", "kms:PutKeyPolicy"} & {*statement["Action"]}
