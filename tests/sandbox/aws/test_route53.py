"""Route 53, as AWS has it: record sets, alias targets, private zones, health checks, and who may change them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.aws.route53 import alias
from tests.sandbox.aws.account import AWAY, HOME, Account, refused, unique
from tests.sandbox.aws.test_authorization import Role, allow

pytestmark = pytest.mark.aws

CLASSIC = {HOME: "Z32O12XQLNTSW2", AWAY: "Z3Q77PNBQS71R4"}
NAME = "shop.example.org."
Record = dict[str, Any]


class Dns:
    """A zone of a test's own."""

    def __init__(self, aws: Account) -> None:
        self.aws, self.route53 = aws, aws.client("route53", "us-east-1")
        self.id = self.route53.create_hosted_zone(Name="example.org", CallerReference=unique("zone"))["HostedZone"][
            "Id"
        ]

    def change(self, *changes: tuple[str, Record]) -> Any:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        return self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch=batch)

    def records(self) -> dict[tuple[str, str, str | None], Record]:
        found = self.route53.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return {(one["Name"], one["Type"], one.get("SetIdentifier")): one for one in found}

    def balancer(self, region: str = HOME) -> str:
        made = self.aws.client("elb", region).create_load_balancer(
            LoadBalancerName=unique("lb"),
            Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30080}],
            AvailabilityZones=[f"{region}a"],
        )
        return str(made["DNSName"])

    def check(self, **changed: Any) -> str:
        config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.org", "Port": 80, **changed}
        made = self.route53.create_health_check(CallerReference=unique("check"), HealthCheckConfig=config)
        return str(made["HealthCheck"]["Id"])


@pytest.fixture
def dns(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Dns:
    monkeypatch.setattr(alias, "KNOWN", timedelta(0))
    return Dns(aws)


def text(identifier: str | None = None, **changed: Any) -> Record:
    """A record of values."""
    own = {"SetIdentifier": identifier} if identifier else {}
    return {"Name": NAME, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}], **own, **changed}


def to(target: str, zone: str, identifier: str | None = None, **changed: Any) -> Record:
    """An alias."""
    own = {"SetIdentifier": identifier} if identifier else {}
    where = {"DNSName": target, "HostedZoneId": zone, "EvaluateTargetHealth": True}
    return {"Name": NAME, "Type": "A", "AliasTarget": where, **own, **changed}


def test_a_set_has_a_record_for_each_identifier_and_one_is_deleted_alone(dns: Dns) -> None:
    one = to(dns.balancer(), CLASSIC[HOME], "one", Region=HOME)
    two = to(dns.balancer(AWAY), CLASSIC[AWAY], "two", Region=AWAY)
    elsewhere = {**two, "Name": "other.example.org."}
    dns.change(("CREATE", one), ("CREATE", two), ("CREATE", elsewhere))
    assert dns.records()[NAME, "A", "one"] == one
    dns.change(("DELETE", two))
    assert {key for key in dns.records() if key[1] == "A"} == {
        (NAME, "A", "one"),
        ("other.example.org.", "A", "two"),
    }


WRONG: dict[str, tuple[list[tuple[str, Record]], str]] = {
    "created twice": (
        [("CREATE", text()), ("CREATE", text())],
        r"Tried to create resource record set \[name='shop.example.org.', type='A'\] but it already exists",
    ),
    "another zone": (
        [("CREATE", text(Name="shop.example.com."))],
        "RRSet with DNS name shop.example.com. is not permitted in zone example.org.",
    ),
    "a name that only ends alike": ([("CREATE", text(Name="myexample.org."))], "is not permitted in zone"),
    "a CNAME of the zone itself": (
        [("CREATE", text(Name="example.org.", Type="CNAME"))],
        "RRSet of type CNAME with DNS name example.org. is not permitted at apex in zone example.org.",
    ),
    "a CNAME beside another type": (
        [("CREATE", text()), ("CREATE", text(Type="CNAME"))],
        "RRSet of type CNAME with DNS name shop.example.org. is not permitted as it conflicts with other records",
    ),
    "another policy": (
        [("CREATE", text("one", Weight=1)), ("CREATE", text("two", Region=HOME))],
        "SetIdentifier two cannot be created as other RRSets exist with the same name and type",
    ),
    "a simple record beside a set": (
        [("CREATE", text("one", Weight=1)), ("CREATE", text())],
        "cannot be created as other RRSets exist",
    ),
    "a region twice": (
        [("CREATE", text("one", Region=HOME)), ("CREATE", text("two", Region=HOME))],
        f"another RRSet with the same name, type, and region {HOME} exists",
    ),
    "two primaries": (
        [("CREATE", text("one", Failover="PRIMARY")), ("CREATE", text("two", Failover="PRIMARY"))],
        "another RRSet with the same name, type, and failover PRIMARY exists",
    ),
    "deleted, and never there": ([("DELETE", text())], "Tried to delete resource record set .* but it was not found"),
    "deleted with other values": (
        [("CREATE", text()), ("DELETE", text(TTL=61))],
        "the values provided do not match the current values",
    ),
    "a load balancer that isn't there": (
        [("CREATE", to("gone-1.eu-west-1.elb.amazonaws.com", CLASSIC[HOME]))],
        "Tried to create an alias that targets gone-1.eu-west-1.elb.amazonaws.com., type A in zone Z32O12XQLNTSW2, but "
        "that target was not found",
    ),
    "a zone of another family": (
        [("CREATE", to("gone-1.eu-west-1.elb.amazonaws.com", "Z2IFOLAFXWLO4F"))],
        "the alias target name does not lie within the target zone",
    ),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=list(WRONG))
def test_what_contradicts_is_refused_and_nothing_of_its_batch_is_done(
    dns: Dns, changes: list[tuple[str, Record]], told: str
) -> None:
    before = dns.records()
    with refused("InvalidChangeBatch", told):
        dns.change(("CREATE", text(Name="else.example.org.")), *changes)
    assert dns.records() == before


MALFORMED: dict[str, tuple[Record, str]] = {
    "no value": ({"Name": NAME, "Type": "A", "TTL": 60}, "but found none in Change with"),
    "a policy without an identifier": (text(Weight=1), "with a SetIdentifier"),
    "an identifier without a policy": (text("one"), "with a SetIdentifier"),
    "two policies": (text("one", Weight=1, Region=HOME), "with a SetIdentifier"),
}


@pytest.mark.parametrize(("record", "told"), MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_record_is_refused(dns: Dns, record: Record, told: str) -> None:
    with refused("InvalidInput", told):
        dns.change(("CREATE", record))


def test_a_new_load_balancer_is_known_a_little_later(dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alias, "KNOWN", timedelta(hours=1))
    record = to(dns.balancer(), CLASSIC[HOME])
    with refused("InvalidChangeBatch", "that target was not found"):
        dns.change(("CREATE", record))
    monkeypatch.setattr(alias, "KNOWN", timedelta(0))
    dns.change(("CREATE", record))


def test_a_weight_may_be_zero(dns: Dns) -> None:
    dns.change(("CREATE", text("one", Weight=0)))
    assert dns.records()[NAME, "A", "one"]["Weight"] == 0


def test_an_alias_of_the_zone_s_own_records_needs_one_of_its_type(dns: Dns) -> None:
    own = to("_rest.shop.example.org", dns.id.rpartition("/")[2])
    with refused("InvalidChangeBatch", "that target was not found"):
        dns.change(("CREATE", own))
    dns.change(("CREATE", text(Name="_rest.shop.example.org.")))
    dns.change(("CREATE", own))


def test_a_record_s_health_check_exists(dns: Dns) -> None:
    with refused("NoSuchHealthCheck"):
        dns.change(("CREATE", text(HealthCheckId="0f5f1d56-0000-4000-8000-000000000000")))
    dns.change(("CREATE", text(HealthCheckId=dns.check())))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"RequestInterval": 20}, "RequestInterval must be one of"),
        ({"FailureThreshold": 11}, "failureThreshold"),
        ({"Port": 65536}, "port"),
        ({"ResourcePath": "health"}, "ResourcePath must begin with /"),
        ({"FullyQualifiedDomainName": ""}, "Either IPAddress or FullyQualifiedDomainName"),
        ({"Type": "TCP", "ResourcePath": "/"}, "ResourcePath cannot be given"),
    ],
)
def test_a_health_check_out_of_bounds_is_refused(dns: Dns, changed: dict[str, Any], told: str) -> None:
    with refused("InvalidInput", told):
        dns.check(**changed)


def test_only_a_health_check_that_exists_is_deleted(dns: Dns) -> None:
    check = dns.check()
    dns.route53.delete_health_check(HealthCheckId=check)
    with refused("NoSuchHealthCheck"):
        dns.route53.delete_health_check(HealthCheckId=check)


@pytest.fixture
def private(aws: Account) -> Iterator[tuple[Any, str, str]]:
    """A client, a private zone's id, and its VPC's."""
    route53, vpc, name = aws.client("route53", "us-east-1"), aws.vpc(), f"{unique('fleet')}.internal"
    made = route53.create_hosted_zone(
        Name=name,
        CallerReference=unique("zone"),
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": vpc, "VPCRegion": HOME},
    )
    yield route53, made["HostedZone"]["Id"].rpartition("/")[2], vpc


def test_a_zone_s_id_begins_with_a_z(aws: Account) -> None:
    ids = [Dns(aws).id for _ in range(3)]
    assert all(re.fullmatch("/hostedzone/Z[A-Z0-9]{1,31}", id) for id in ids), ids


def test_a_private_zone_takes_each_vpc_once(aws: Account, private: tuple[Any, str, str]) -> None:
    route53, zone, first = private
    second = {"VPCId": aws.vpc(ec2=aws.away), "VPCRegion": AWAY}
    route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=second)
    with refused("ConflictingDomainExists", "is already associated with another private hosted zone"):
        route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=second)
    with refused("InvalidVPCId"):
        route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC={"VPCId": first, "VPCRegion": AWAY})
    route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=second)
    with refused("VPCAssociationNotFound"):
        route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=second)
    with refused("LastVPCAssociation"):
        route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC={"VPCId": first, "VPCRegion": HOME})


def test_a_private_zone_without_a_vpc_is_refused(dns: Dns) -> None:
    with refused("InvalidVPCId"):
        dns.route53.create_hosted_zone(
            Name="a.internal", CallerReference=unique("zone"), HostedZoneConfig={"PrivateZone": True}
        )


def test_rights_are_by_zone_and_by_the_records_names(aws: Account, dns: Dns) -> None:
    names = {"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "*shop.example.org"}}
    arn = f"arn:aws:route53:::{dns.id.strip('/')}"
    role = Role(aws, allow("route53:ChangeResourceRecordSets", arn, names), allow("route53:GetHostedZone", arn))
    own, route53 = Dns(aws), role.client("route53", "us-east-1")

    def change(zone: str, record: Record) -> None:
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change(dns.id, text())
    assert route53.get_hosted_zone(Id=dns.id)
    with refused("AccessDenied", "route53:ChangeResourceRecordSets"):
        change(dns.id, text(Name="www.example.org."))
    with refused("AccessDenied", f"arn:aws:route53:::{own.id.strip('/')}"):
        change(own.id, text())
    with refused("AccessDenied", "route53:ListHostedZones"):
        route53.list_hosted_zones()
    with refused("AccessDenied", "route53:CreateHealthCheck"):
        route53.create_health_check(CallerReference="a", HealthCheckConfig={"Type": "HTTP", "IPAddress": "192.0.2.1"})


def test_dns_comes_back_after_a_restart(dns: Dns) -> None:
    check = dns.check(ResourcePath="/")
    dns.change(("CREATE", to(dns.balancer(), CLASSIC[HOME], "one", Region=HOME, HealthCheckId=check)))
    before = dns.records()
    dns.aws.stop()
    dns.aws.start()
    dns.route53 = dns.aws.client("route53", "us-east-1")
    assert dns.records() == before
