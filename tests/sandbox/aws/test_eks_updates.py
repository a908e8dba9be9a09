"""Changes of EKS clusters, as AWS makes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.aws.account import Account, refused, until

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    """A cluster that tests change, each something else."""
    return aws.cluster()


def config(aws: Account, cluster: str) -> Any:
    """How the cluster lies in its VPC."""
    return aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]


def test_an_update_is_in_progress_and_then_successful(aws: Account, cluster: str) -> None:
    made = aws.eks.update_cluster_config(name=cluster, resourcesVpcConfig={"endpointPrivateAccess": True})["update"]
    assert (made["status"], made["type"]) == ("InProgress", "EndpointAccessUpdate")
    assert aws.status(cluster) == "UPDATING"
    aws.until_status(cluster, "ACTIVE")
    assert aws.eks.describe_update(name=cluster, updateId=made["id"])["update"]["status"] == "Successful"
    assert made["id"] in aws.eks.list_updates(name=cluster)["updateIds"]


def test_an_update_changes_only_what_it_names(aws: Account) -> None:
    cluster = aws.cluster()
    before = config(aws, cluster)
    aws.eks.update_cluster_config(name=cluster, resourcesVpcConfig={"publicAccessCidrs": ["52.1.2.0/24"]})
    aws.until_status(cluster, "ACTIVE")
    assert config(aws, cluster) == {**before, "publicAccessCidrs": ["52.1.2.0/24"]}


def test_one_update_is_made_at_a_time(aws: Account) -> None:
    cluster = aws.cluster()
    aws.eks.update_cluster_config(name=cluster, resourcesVpcConfig={"endpointPrivateAccess": True})
    with refused("ResourceInUseException", "update in progress"):
        aws.eks.update_cluster_config(name=cluster, deletionProtection=True)
    with refused("ResourceInUseException", "UPDATING"):
        aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "ACTIVE")


LOGGING = {"clusterLogging": [{"types": ["api"], "enabled": True}]}

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "two kinds": ({"logging": LOGGING, "deletionProtection": True}, "Only one type of update"),
    "endpoint and subnets": (
        {"resourcesVpcConfig": {"subnetIds": ["subnet-0"], "endpointPrivateAccess": True}},
        "Only one type of update",
    ),
    "nothing": ({}, "No changes needed"),
    "the endpoint it has": (
        {"resourcesVpcConfig": {"endpointPublicAccess": True}},
        "already at the desired configuration",
    ),
    "the logging it has": (
        {"logging": {"clusterLogging": [{"types": ["api"], "enabled": False}]}},
        "No changes needed for the logging config",
    ),
    "no endpoint": (
        {"resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": False}},
        "cannot be false",
    ),
    "a private range": ({"resourcesVpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}}, "not allowed"),
    "an unknown subnet": ({"resourcesVpcConfig": {"subnetIds": ["subnet-0123456789abcdef0"]}}, "does not exist"),
    "the mode it has": ({"accessConfig": {"authenticationMode": "API"}}, "already at the desired configuration"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_update_is_refused(aws: Account, cluster: str, what: str) -> None:
    changes, match = BAD[what]
    with refused("InvalidParameterException", match):
        aws.eks.update_cluster_config(name=cluster, **changes)
    assert aws.status(cluster) == "ACTIVE"


def other_subnets(aws: Account, cluster: str) -> dict[str, Any]:
    vpc = config(aws, cluster)["vpcId"]
    return {"subnetIds": [aws.subnet(vpc, f"10.0.{place}.0/24", zone) for place, zone in ((7, "a"), (8, "b"))]}


def other_groups(aws: Account, cluster: str) -> dict[str, Any]:
    return {"securityGroupIds": [aws.group(config(aws, cluster)["vpcId"])]}


@pytest.mark.parametrize("change", [other_subnets, other_groups])
def test_a_cluster_moves_to_other_subnets_and_groups_with_its_interfaces(
    aws: Account, change: Callable[[Account, str], dict[str, Any]]
) -> None:
    cluster = aws.cluster()
    changed = change(aws, cluster)
    update = aws.eks.update_cluster_config(name=cluster, resourcesVpcConfig=changed)["update"]
    assert update["type"] == "VpcConfigUpdate"
    assert config(aws, cluster).items() >= changed.items()
    filters = [{"Name": "description", "Values": [f"Amazon EKS {cluster}"]}]
    interfaces = aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert {one["SubnetId"] for one in interfaces} == set(config(aws, cluster)["subnetIds"])
    groups = [config(aws, cluster)["clusterSecurityGroupId"], *config(aws, cluster)["securityGroupIds"]]
    assert all({group["GroupId"] for group in one["Groups"]} == set(groups) for one in interfaces)


def test_logging_is_changed_type_by_type(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.eks.update_cluster_config(name=cluster, logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]})
    shown = aws.eks.describe_cluster(name=cluster)["cluster"]["logging"]["clusterLogging"]
    assert shown[0] == {"types": ["api", "audit"], "enabled": True}


def test_secrets_are_encrypted_once(aws: Account) -> None:
    cluster = aws.cluster()
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    aws.eks.associate_encryption_config(clusterName=cluster, encryptionConfig=encryption)
    aws.until_status(cluster, "ACTIVE")
    assert aws.eks.describe_cluster(name=cluster)["cluster"]["encryptionConfig"] == encryption
    with refused("InvalidRequestException"):
        aws.eks.associate_encryption_config(clusterName=cluster, encryptionConfig=encryption)


def test_a_cluster_goes_up_one_minor_version(aws: Account) -> None:
    cluster = aws.cluster(version="1.36")
    update = aws.eks.update_cluster_version(name=cluster, version="1.37")["update"]
    assert update["type"] == "VersionUpdate"
    aws.until_status(cluster, "ACTIVE")
    assert aws.eks.describe_cluster(name=cluster)["cluster"]["version"] == "1.37"
    assert aws.planes.planes[aws.key(cluster)].version == "1.37"


def test_an_upgrade_takes_until_the_control_plane_is_ready_at_the_new_version(aws: Account) -> None:
    cluster = aws.cluster(version="1.36")
    aws.planes.held = True
    update = aws.eks.update_cluster_version(name=cluster, version="1.37")["update"]
    time.sleep(0.5)
    assert aws.eks.describe_update(name=cluster, updateId=update["id"])["update"]["status"] == "InProgress"
    aws.planes.held = False
    aws.until_status(cluster, "ACTIVE")


def test_an_upgrade_that_fails_says_why(aws: Account) -> None:
    cluster = aws.cluster(version="1.36")
    until(lambda: aws.cloud.world.eks.estate.clusters[aws.key(cluster)].answers)
    aws.planes.failing[aws.key(cluster)] = "out of memory"
    update = aws.eks.update_cluster_version(name=cluster, version="1.37")["update"]
    aws.until_status(cluster, "ACTIVE")
    told = aws.eks.describe_update(name=cluster, updateId=update["id"])["update"]
    assert (told["status"], told["errors"][0]["errorMessage"]) == ("Failed", "out of memory")


@pytest.mark.parametrize(
    ("version", "wanted", "match"),
    [
        ("1.35", "1.37", "minor version update from 1.35 to 1.37"),
        ("1.36", "1.35", "minor version update from 1.36 to 1.35"),
        ("1.36", "1.36", "already at the desired version"),
        ("1.37", "1.38", "unsupported Kubernetes version"),
    ],
)
def test_a_cluster_goes_to_no_other_version(aws: Account, version: str, wanted: str, match: str) -> None:
    cluster = aws.cluster(version=version)
    with refused("InvalidParameterException", match):
        aws.eks.update_cluster_version(name=cluster, version=wanted)


def test_an_unknown_update_is_not_found(aws: Account, cluster: str) -> None:
    with refused("ResourceNotFoundException", "No update found"):
        aws.eks.describe_update(name=cluster, updateId="00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize(
    "operation", ["update_cluster_config", "update_cluster_version", "describe_update", "list_updates"]
)
def test_an_unknown_clusters_updates_are_not_found(aws: Account, operation: str) -> None:
    needed = {"update_cluster_version": {"version": "1.37"}, "describe_update": {"updateId": "0"}}
    with refused("ResourceNotFoundException", "No cluster found"):
        getattr(aws.eks, operation)(name="nothing", **needed.get(operation, {}))
