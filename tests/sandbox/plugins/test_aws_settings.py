"""The settings of the AWS provider itself, as the official provider takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import Aborted, Calls

pytestmark = pytest.mark.aws

IDENTITY = "aws:index/getCallerIdentity:getCallerIdentity"
VPC, ROLE = "aws:ec2/vpc:Vpc", "aws:iam/role:Role"


def profiles(folder: Path, **sections: dict[str, str]) -> str:
    """A file of profiles."""
    path = folder / "config"
    lines = [
        f"[profile {name}]\n" + "".join(f"{key} = {value}\n" for key, value in held.items())
        for name, held in sections.items()
    ]
    path.write_text("\n".join(lines))
    return str(path)


def keys(aws: aws_cloud.Aws) -> dict[str, str]:
    return {
        "aws_access_key_id": aws.env["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": aws.env["AWS_SECRET_ACCESS_KEY"],
    }


@pytest.mark.parametrize("how", ["setting", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_there_is_not_is_an_error(
    aws: aws_cloud.Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", profiles(tmp_path, work=keys(aws), home=keys(aws)))
    said = (
        'The AWS profile "wrok" was not found. Configured profiles: work, home. Check the `aws:profile` configuration'
    )
    if how == "setting":
        with pytest.raises(Aborted, match=said):
            Calls(profile="wrok")
    else:
        monkeypatch.setenv(how, "wrok")
        with pytest.raises(Aborted, match=said):
            Calls()


def test_a_profile_comes_before_the_environments_keys_and_may_give_the_region(
    aws: aws_cloud.Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    path = profiles(tmp_path, work={**keys(aws), "region": "eu-west-3"})
    calls = Calls(profile="work", region="", sharedConfigFiles=[path])
    assert calls.invoke("aws:index/getRegion:getRegion")["name"] == "eu-west-3"
    assert calls.invoke(IDENTITY)["accountId"] == "123456789012"


def test_keys_that_aws_does_not_know_are_an_error_at_once(aws: aws_cloud.Aws) -> None:
    with pytest.raises(Aborted, match="sts GetCallerIdentity: InvalidClientTokenId"):
        Calls(accessKey="AKIAWRONG", secretKey="wrong")


@pytest.mark.parametrize(
    "settings", [{"allowedAccountIds": ["999999999999"]}, {"forbiddenAccountIds": ["123456789012"]}]
)
def test_an_account_that_is_not_allowed_is_refused(aws: aws_cloud.Aws, settings: dict[str, Any]) -> None:
    with pytest.raises(Aborted, match=r"^AWS account ID not allowed: 123456789012$"):
        Calls(**settings)
    assert Calls(allowedAccountIds=["123456789012"])


def test_without_looking_up_the_account_none_is_allowed(aws: aws_cloud.Aws) -> None:
    with pytest.raises(Aborted, match=r"^AWS account ID not allowed: $"):
        Calls(allowedAccountIds=["123456789012"], skipCredentialsValidation=True, skipRequestingAccountId=True)


def test_roles_are_taken_one_by_the_other(calls: Calls, aws: aws_cloud.Aws) -> None:
    def trusting(principal: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    first = calls.create(ROLE, "first", assumeRolePolicy=trusting("123456789012"))
    second = calls.create(ROLE, "second", assumeRolePolicy=trusting(first.outputs["arn"]))
    taken = [
        {"roleArn": first.outputs["arn"]},
        {"roleArn": second.outputs["arn"], "sessionName": "fleet", "duration": "1h", "externalId": "theirs"},
    ]
    told = Calls(assumeRoles=taken).invoke(IDENTITY)
    assert told["arn"] == f"arn:aws:sts::123456789012:assumed-role/{second.id}/fleet"
    with pytest.raises(
        Aborted, match=rf"IAM Role \({second.outputs['arn']}\) cannot be assumed. Error: .*AccessDenied"
    ):
        Calls(assumeRoles=taken[1:])


def test_tags_to_be_ignored_are_neither_set_nor_taken_away(aws: aws_cloud.Aws) -> None:
    calls = Calls(ignoreTags={"keys": ["owner"], "keyPrefixes": ["audit:"]})
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "it", "owner": "me"}}
    vpc = calls.create(VPC, "vpc", **inputs)
    ec2 = aws.client("ec2")
    theirs = [{"Key": "owner", "Value": "they"}, {"Key": "audit:seen", "Value": "yes"}]
    ec2.create_tags(Resources=[vpc.id], Tags=theirs)
    found = calls.read(vpc)
    assert found
    assert found.outputs["tagsAll"] == {"fleet": "one", "Name": "it"}
    assert "tagsAll" not in calls.diff(found, inputs).diffs
    calls.update(found, {**inputs, "tags": {"Name": "other"}})
    (told,) = ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"]
    tags = {tag["Key"]: tag["Value"] for tag in told["Tags"]}
    assert tags == {"fleet": "one", "Name": "other", "owner": "they", "audit:seen": "yes"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"allowedAccountIds": '["1"]', "forbiddenAccountIds": '["2"]'}, "conflicts with allowedAccountIds"),
        ({"assumeRoles": '[{"sessionName": "s"}]'}, "a role to take needs its ARN"),
        ({"assumeRoles": '[{"roleArn": "r", "duration": "13h"}]'}, "'13h' must be between 15m and 12h"),
        ({"retryMode": "legacy"}, "'legacy' is none of standard, adaptive"),
        ({"sharedConfigFiles": '["a", "b"]'}, "takes one of sharedConfigFiles"),
        ({"useFipsEndpoint": "true"}, "FIPS and custom endpoint are not supported"),
        ({"useDualstackEndpoint": "true"}, "Dualstack and custom endpoint are not supported"),
        ({"stsRegion": "eu-west-9"}, "invalid AWS Region: eu-west-9"),
        ({"httpProxy": "http://proxy"}, "has not got the provider's setting 'httpProxy'"),
        ({"tagPolicyCompliance": "error"}, "has not got the provider's setting 'tagPolicyCompliance'"),
    ],
)
def test_a_setting_that_is_wrong_or_not_implemented_is_named(calls: Calls, settings: dict[str, str], said: str) -> None:
    assert any(said in problem for problem in calls.check_config({"region": "eu-west-1", **settings}))


def test_settings_that_mean_nothing_here_are_accepted(calls: Calls) -> None:
    settings = {"insecure": "true", "userAgents": '["x"]', "tokenBucketRateLimiterCapacity": "10"}
    assert calls.check_config({"region": "eu-west-1", **settings}) == []
