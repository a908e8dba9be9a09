"""Who may sign in to a cluster, and to do what."""

import json
from collections.abc import Generator, Mapping

import pytest

from tests.sandbox.checkout import Result
from tests.sandbox.fleet.app import eventually
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet

CLUSTER, REGION = "federated-eks-2", "eu-west-3"
LIST = ("get", "configmaps", "-o", "json")
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@pytest.fixture
def someone(live_fleet: Fleet) -> Generator[tuple[str, Mapping[str, str]], None, None]:
    """An IAM user of their own: ARN and credentials."""
    iam = live_fleet.boto("iam", REGION)
    arn = iam.create_user(UserName="someone")["User"]["Arn"]
    key = iam.create_access_key(UserName="someone")["AccessKey"]
    yield arn, {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    iam.delete_access_key(UserName="someone", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="someone")


def assert_unauthorized(refused: Result) -> None:
    """kubectl got 401; it words it by what it was doing then."""
    told = ("You must be logged in to the server", "the server has asked for the client to provide credentials")
    assert refused.returncode != 0 and any(words in refused.stdout for words in told), refused.stdout


def test_a_principal_without_an_access_entry_is_unauthorized(
    live_fleet: Fleet, someone: tuple[str, Mapping[str, str]]
) -> None:
    refused = live_fleet.kubectl(CLUSTER, "get", "namespaces", check=False, env=someone[1])
    assert_unauthorized(refused)


def test_a_principal_with_a_view_policy_can_get_and_cannot_create(
    live_fleet: Fleet, someone: tuple[str, Mapping[str, str]]
) -> None:
    arn, credentials = someone
    eks = live_fleet.boto("eks", REGION)
    eks.create_access_entry(clusterName=CLUSTER, principalArn=arn)
    try:
        eks.associate_access_policy(
            clusterName=CLUSTER, principalArn=arn, policyArn=VIEW, accessScope={"type": "cluster"}
        )
        # An access entry counts some seconds after its creation.
        eventually(lambda: live_fleet.kubectl(CLUSTER, *LIST, check=False, env=credentials).returncode, 0)
        got = live_fleet.kubectl(CLUSTER, *LIST, env=credentials).stdout
        assert json.loads(got)["kind"] == "List"
        refused = live_fleet.kubectl(CLUSTER, "create", "configmap", "mine", check=False, env=credentials)
        assert refused.returncode != 0
        assert "forbidden" in refused.stdout
    finally:
        eks.delete_access_entry(clusterName=CLUSTER, principalArn=arn)


def test_a_forged_secret_is_unauthorized(live_fleet: Fleet) -> None:
    refused = live_fleet.kubectl(CLUSTER, "get", "nodes", check=False, env={"AWS_SECRET_ACCESS_KEY": "forged"})
    assert_unauthorized(refused)
