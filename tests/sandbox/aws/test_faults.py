"""Calls that fail by the fault switch, and creates that end failed."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.sandbox.aws.account import AWAY, Account, refused, unique, until

pytestmark = pytest.mark.aws


@pytest.fixture(autouse=True)
def _off(aws: Account) -> Iterator[None]:
    yield
    (aws.folder / ".sandbox" / "faults.yaml").unlink(missing_ok=True)


def rule(aws: Account, **of: Any) -> None:
    """Let one rule be all that the fault switch has."""
    (aws.folder / ".sandbox" / "faults.yaml").write_text(json.dumps({"aws": [of]}))


def injected(aws: Account) -> int:
    """The faults of the rule so far."""
    with urllib.request.urlopen(f"{aws.cloud.server.url}/sandbox/faults") as answer:  # noqa: S310
        return sum(one["times"] for one in json.load(answer))


CALLS = {
    "ec2": ("describe_vpcs", {}),
    "eks": ("list_clusters", {}),
    "iam": ("list_roles", {}),
    "kms": ("list_keys", {}),
    "sts": ("get_caller_identity", {}),
}


@pytest.mark.parametrize(
    ("fault", "service", "code", "status"),
    [
        ("throttle", "ec2", "RequestLimitExceeded", 503),
        ("throttle", "eks", "ThrottlingException", 429),
        ("throttle", "iam", "Throttling", 400),
        ("throttle", "kms", "ThrottlingException", 400),
        ("throttle", "sts", "Throttling", 400),
        ("error", "ec2", "InternalError", 500),
        ("error", "eks", "ServerException", 500),
        ("error", "iam", "ServiceFailure", 500),
        ("error", "kms", "InternalFailure", 500),
        ("error", "sts", "InternalFailure", 500),
    ],
)
def test_each_service_fails_in_its_own_words(aws: Account, fault: str, service: str, code: str, status: int) -> None:
    rule(aws, call=f"{service}:*", fault=fault, first=1)
    operation, params = CALLS[service]
    call = getattr(aws.client(service), operation)
    with pytest.raises(ClientError) as caught:
        call(**params)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    call(**params)
    assert injected(aws) == 1


def test_a_call_that_fails_changes_nothing(aws: Account) -> None:
    before = len(aws.ec2.describe_vpcs()["Vpcs"])
    rule(aws, call="ec2:CreateVpc", fault="error", first=1)
    with refused("InternalError"):
        aws.vpc()
    assert len(aws.ec2.describe_vpcs()["Vpcs"]) == before
    aws.vpc()
    assert len(aws.ec2.describe_vpcs()["Vpcs"]) == before + 1


def test_a_rule_of_one_region_spares_the_others(aws: Account) -> None:
    rule(aws, call="ec2:DescribeVpcs", region=AWAY, fault="throttle")
    aws.ec2.describe_vpcs()
    with refused("RequestLimitExceeded"):
        aws.away.describe_vpcs()


def test_a_call_without_a_response(aws: Account) -> None:
    rule(aws, call="ec2:DescribeVpcs", fault="refuse", first=1)
    with pytest.raises(ConnectionClosedError):
        aws.ec2.describe_vpcs()
    aws.ec2.describe_vpcs()


def test_a_late_response(aws: Account) -> None:
    rule(aws, call="ec2:DescribeVpcs", fault="latency", seconds=0.5, first=1)
    begun = time.monotonic()
    aws.ec2.describe_vpcs()
    assert time.monotonic() - begun >= 0.5


def test_a_file_with_a_mistake_is_named_to_every_caller(aws: Account) -> None:
    rule(aws, call="ec2:*", fault="flood")
    with refused("InvalidFaults", match=r"aws\[0\].fault: flood is no fault"):
        aws.ec2.describe_vpcs()


def test_a_cluster_that_fails_has_its_reason_and_can_be_deleted(aws: Account) -> None:
    rule(aws, call="eks:CreateCluster", fault="fail", first=1, reason="ClusterUnreachable: no room in the zone")
    name = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    cluster = aws.eks.describe_cluster(name=name)["cluster"]
    assert cluster["status"] == "FAILED"
    (issue,) = cluster["health"]["issues"]
    assert (issue["code"], issue["message"]) == ("ClusterUnreachable", "no room in the zone")
    aws.eks.delete_cluster(name=name)
    aws.until_status(name, "GONE")
    again = aws.eks.create_cluster(**aws.cluster_settings(name=name))["cluster"]["name"]
    aws.until_status(again, "ACTIVE")


@pytest.mark.parametrize("part", ["nodegroup", "addon"])
def test_a_part_of_a_cluster_that_fails_stays_failed_until_it_is_deleted(aws: Account, part: str) -> None:
    vpc = aws.vpc()
    subnets = aws.subnets(vpc)
    cluster = aws.cluster(resourcesVpcConfig={"subnetIds": subnets})
    name = unique(part) if part == "nodegroup" else "vpc-cni"
    of = {"clusterName": cluster, f"{part}Name": name}
    settings = {"nodeRole": aws.role("ec2"), "subnets": subnets} if part == "nodegroup" else {}
    rule(aws, call=f"eks:Create{part.title()}", fault="fail", first=1, reason="AsgInstanceLaunchFailures: no capacity")
    getattr(aws.eks, f"create_{part}")(**of, **settings)
    time.sleep(0.5)
    shown = getattr(aws.eks, f"describe_{part}")(**of)[part]
    assert shown["status"] == "CREATE_FAILED"
    assert shown["health"]["issues"][0]["message"] == "no capacity"
    getattr(aws.eks, f"delete_{part}")(**of)
    until(lambda: not getattr(aws.eks, f"list_{part}s")(clusterName=cluster)[f"{part}s"])
    getattr(aws.eks, f"create_{part}")(**of, **settings)
    until(lambda: getattr(aws.eks, f"describe_{part}")(**of)[part]["status"] == "ACTIVE")


def test_a_peering_and_a_gateway_that_fail(aws: Account) -> None:
    one, other = aws.vpc("10.1.0.0/16"), aws.vpc("10.2.0.0/16")
    rule(aws, call="ec2:CreateVpcPeeringConnection", fault="fail", reason="no such peer")
    made = aws.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    found = aws.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[made["VpcPeeringConnectionId"]])
    assert found["VpcPeeringConnections"][0]["Status"] == {"Code": "failed", "Message": "no such peer"}
    rule(aws, call="ec2:CreateNatGateway", fault="fail", reason="InternalError: no luck")
    aws.gateway(one)
    gateway, address = aws.nat(aws.subnet(one, "10.1.0.0/24"))
    (shown,) = aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    assert (shown["State"], shown["FailureCode"], shown["FailureMessage"]) == ("failed", "InternalError", "no luck")
    aws.ec2.release_address(AllocationId=address)


def test_what_failed_is_still_failed_in_a_sandbox_that_comes_back(aws: Account) -> None:
    rule(aws, call="eks:CreateCluster", fault="fail", first=1, reason="InternalFailure: no luck")
    name = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    (aws.folder / ".sandbox" / "faults.yaml").unlink()
    aws.stop()
    aws.start()
    assert aws.status(name) == "FAILED"
    aws.eks.delete_cluster(name=name)
    aws.until_status(name, "GONE")
