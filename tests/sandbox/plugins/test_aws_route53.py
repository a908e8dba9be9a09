"""Route 53's types and functions of the stand-in for AWS: inputs, operations, errors, and the rights that they need."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ops.permissions import names
from sandbox.aws import gate
from sandbox.plugins.provider.values import UNKNOWN
from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import OFFLINE, Aborted, Calls
from tests.sandbox.plugins.test_aws_operations import Heard, heard

pytestmark = pytest.mark.aws

RECORD, CHECK = "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"
ASSOCIATION = "aws:route53/zoneAssociation:ZoneAssociation"
_count = itertools.count(1)

__all__ = ["heard"]  # a fixture


@pytest.fixture
def zone(aws: aws_cloud.Aws) -> str:
    """A zone of the test's own, by its id."""
    return make_zone(aws, "example.org")


def make_zone(aws: aws_cloud.Aws, name: str, **more: Any) -> str:
    made = aws.client("route53", "us-east-1").create_hosted_zone(
        Name=name, CallerReference=f"zone-{next(_count)}", **more
    )
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def inputs(zone: str, **changed: Any) -> dict[str, Any]:
    """A record's."""
    own = {"zoneId": zone, "name": "shop.example.org", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    return {name: value for name, value in {**own, **changed}.items() if value is not None}


ALIAS = {"name": "a-1.eu-west-1.elb.amazonaws.com", "zoneId": "Z32O12XQLNTSW2", "evaluateTargetHealth": True}
LATENCY = [{"region": "eu-west-1"}]


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"aliases": [ALIAS], "ttl": None}, "aliases", "conflicts with records"),
        ({"records": None, "ttl": None}, "records", "needs aliases or records"),
        ({"records": None, "aliases": [ALIAS]}, "ttl", "conflicts with aliases"),
        ({"latencyRoutingPolicies": LATENCY}, "latencyRoutingPolicies", "needs a setIdentifier"),
        (
            {"latencyRoutingPolicies": LATENCY, "weightedRoutingPolicies": [{"weight": 1}], "setIdentifier": "a"},
            "weightedRoutingPolicies",
            "conflicts with latencyRoutingPolicies",
        ),
        ({"multivalueAnswerRoutingPolicy": True}, "multivalueAnswerRoutingPolicy", "has not got the input"),
    ],
)
def test_a_record_that_can_not_be_is_refused(changed: dict[str, Any], path: str, reason: str) -> None:
    assert reason in Calls(**OFFLINE).problems(RECORD, inputs("Z1", **changed))[path]


def test_what_is_unknown_may_turn_out_right() -> None:
    unknown = inputs("Z1", aliases=UNKNOWN, records=UNKNOWN, ttl=UNKNOWN)
    assert Calls(**OFFLINE).problems(RECORD, unknown) == {}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"failureThreshold": 11}, "failureThreshold"),
        ({"port": 0}, "port"),
        ({"requestInterval": 20}, "requestInterval"),
    ],
)
def test_a_check_out_of_bounds_is_refused(changed: dict[str, Any], path: str) -> None:
    given = {"type": "HTTP", "fqdn": "a.example.org", **changed}
    assert "is out of bounds; use" in Calls(**OFFLINE).problems(CHECK, given)[path]


def test_a_record_is_created_changed_and_deleted_by_the_official_calls(calls: Calls, heard: Heard, zone: str) -> None:
    record = calls.create(RECORD, "record", **inputs(zone))
    assert record.id == f"{zone}_shop.example.org_A"
    read = ["GetHostedZone", "ListResourceRecordSets"]
    put = ["GetHostedZone", "ChangeResourceRecordSets", "GetChange"]
    assert heard.names() == [*put, *read]
    calls.update(record, inputs(zone, ttl=30))
    assert heard.names() == [*put, *read]
    calls.read(record)
    assert heard.names() == read
    calls.delete(record)
    assert heard.names() == [*read, "ChangeResourceRecordSets", "GetChange"]
    calls.delete(record)
    assert heard.names() == read


def test_a_record_that_exists_is_not_overwritten(calls: Calls, zone: str) -> None:
    calls.create(RECORD, "record", **inputs(zone))
    with pytest.raises(Aborted, match=r"InvalidChangeBatch: .*but it already exists"):
        calls.create(RECORD, "again", **inputs(zone))
    assert calls.create(RECORD, "over", **inputs(zone, allowOverwrite=True, ttl=5)).outputs["ttl"] == 5


def test_another_identifier_takes_the_place_of_the_first(calls: Calls, zone: str) -> None:
    policy = {"weightedRoutingPolicies": [{"weight": 1}]}
    record = calls.create(RECORD, "record", **inputs(zone, setIdentifier="one", **policy))
    calls.update(record, inputs(zone, setIdentifier="two", **policy))
    assert record.outputs["setIdentifier"] == "two"


def test_another_name_is_another_record(calls: Calls, zone: str) -> None:
    record = calls.create(RECORD, "record", **inputs(zone))
    assert "name" in calls.diff(record, inputs(zone, name="www.example.org")).replaces
    assert not calls.diff(record, inputs(zone, ttl=5)).replaces


def test_a_record_is_imported_by_its_id(calls: Calls, zone: str) -> None:
    policy = {"latencyRoutingPolicies": LATENCY}
    record = calls.create(
        RECORD, "record", **inputs(zone, name="_rest.shop.example.org", setIdentifier="a_b", **policy)
    )
    found = calls.imported(RECORD, "record", record.id)
    assert found
    assert {name: found.inputs[name] for name in ("name", "setIdentifier", "latencyRoutingPolicies")} == {
        "name": "_rest.shop.example.org",
        "setIdentifier": "a_b",
        "latencyRoutingPolicies": LATENCY,
    }


def test_a_record_that_somebody_else_has_deleted_is_gone(calls: Calls, aws: aws_cloud.Aws, zone: str) -> None:
    record = calls.create(RECORD, "record", **inputs(zone))
    own = {"Name": "shop.example.org", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    aws.client("route53", "us-east-1").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": own}]}
    )
    assert calls.read(record) is None


def test_a_zone_is_found_by_id_and_by_name(calls: Calls, aws: aws_cloud.Aws) -> None:
    name = f"found-{next(_count)}.org"
    public = make_zone(aws, name)
    default = aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    of = {"VPCId": default, "VPCRegion": "eu-west-1"}
    private = make_zone(aws, name, HostedZoneConfig={"PrivateZone": True}, VPC=of)

    def found(**by: Any) -> tuple[str, bool]:
        zone = calls.invoke("aws:route53/getZone:getZone", **by)
        assert zone["name"] == name and len(zone["nameServers"]) == 4
        return zone["zoneId"], zone["privateZone"]

    assert found(name=name) == found(zoneId=public) == (public, False)
    assert found(name=f"{name}.", privateZone=True) == found(zoneId=private) == (private, True)
    for by, told in (
        ({"name": "nowhere.org"}, "no matching Route 53 Hosted Zone found"),
        ({"zoneId": "Z0000000000000"}, "couldn't find resource"),
    ):
        with pytest.raises(Aborted, match=told):
            calls.invoke("aws:route53/getZone:getZone", **by)
    make_zone(aws, name)
    with pytest.raises(Aborted, match="multiple Route 53 Hosted Zones matched"):
        calls.invoke("aws:route53/getZone:getZone", name=name)


def test_records_are_found_by_their_names(calls: Calls, zone: str) -> None:
    calls.create(RECORD, "record", **inputs(zone, setIdentifier="one", latencyRoutingPolicies=LATENCY))
    calls.create(RECORD, "other", **inputs(zone, name="www.example.org"))
    (found,) = calls.invoke("aws:route53/getRecords:getRecords", zoneId=zone, nameRegex="^shop")["resourceRecordSets"]
    assert (found["name"], found["setIdentifier"], found["region"]) == ("shop.example.org", "one", "eu-west-1")
    assert found["resourceRecords"] == [{"value": "192.0.2.1"}]


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ({}, "Z32O12XQLNTSW2"),
        ({"region": "us-east-1"}, "Z35SXDOTRQ7X7K"),
        ({"region": "us-east-1", "loadBalancerType": "network"}, "Z26RNL4JYFTOTI"),
    ],
)
def test_aws_s_own_zones_are_known_without_a_call(given: dict[str, Any], id: str) -> None:
    assert Calls(**OFFLINE).invoke("aws:lb/getHostedZoneId:getHostedZoneId", **given)["id"] == id


def test_the_documented_rights_are_enough(calls: Calls, aws: aws_cloud.Aws, zone: str) -> None:
    """Every call that a program with names makes is in its document, whoever made it here."""
    vpc = aws.client("ec2", "eu-west-3").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    default = aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    private = make_zone(
        aws,
        f"private-{next(_count)}.org",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": default, "VPCRegion": "eu-west-1"},
    )
    gate.calls.clear()
    for id in (zone, private):
        calls.invoke("aws:route53/getZone:getZone", zoneId=id)
    calls.invoke("aws:route53/getRecords:getRecords", zoneId=zone)
    check = calls.create(CHECK, "check", type="HTTP", fqdn="a.example.org", port=80)
    calls.update(check, {"type": "HTTP", "fqdn": "a.example.org", "port": 8080, "tags": {"a": "b"}})
    record = calls.create(RECORD, "record", **inputs(zone, healthCheckId=check.id))
    calls.update(record, inputs(zone, ttl=5))
    association = calls.create(ASSOCIATION, "vpc", zoneId=private, vpcId=vpc, vpcRegion="eu-west-3")
    for thing in (record, check, association):
        calls.read(thing)
        calls.delete(thing)
    made = {action for _, action, _ in gate.calls if action.startswith("route53:")}
    documented = {action for its in names.TYPES.values() for action in its.changes | its.read | its.checked}
    documented |= {action for its in names.FUNCTIONS.values() for action in its}
    assert documented - made == {"ec2:DescribeVpcs", "route53:ListHostedZones"}
    assert made <= documented
