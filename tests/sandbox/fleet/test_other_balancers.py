"""Names over load balancers that other controllers make, and in a private zone: one program, one update."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.sandbox.fleet.app import App, app, eventually
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.resolver import Resolver

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
REGIONS = {FIRST: "eu-west-1", SECOND: "eu-west-3"}
PUBLIC, PRIVATE = "example.org", "fleet.internal"
ANNOTATION = "service.beta.kubernetes.io/aws-load-balancer"

PROGRAM = f"""
import pulumi_aws as aws

here = pulumi.ResourceOptions(providers=[aws.Provider("aws", region="eu-west-1")])
doors = namespace("doors")
clusters = fleet.require_output("clusters")
internal = PrivateZone("internal", PrivateZoneArgs(zone="{PRIVATE}", clusters=clusters, without=["{FIRST}"]), here)

def service(**spec):
    return {{"type": "LoadBalancer", "selector": {{"app": "web"}}, "ports": [{{"port": 80}}], **spec}}

def named(dns_name, zone, kind, spec, annotations=None, **args):
    name = dns_name.partition(".")[0]
    template = {{"metadata": {{"annotations": annotations or {{}}}}, "spec": spec}}
    service = FederatedObjectArgs(host=host, kind=kind, object_name=name, namespace=doors, template=template)
    GlobalName(name, GlobalNameArgs(dns_name=dns_name, zone=zone, service=service, **args), here)

backend = {{"service": {{"name": "web", "port": {{"number": 80}}}}}}
named("door.{PUBLIC}", "{PUBLIC}", "Ingress", {{"ingressClassName": "alb", "defaultBackend": backend}})
dual = {{"{ANNOTATION}-ip-address-type": "dualstack"}}
named("six.{PUBLIC}", "{PUBLIC}", "Service", service(loadBalancerClass="service.k8s.aws/nlb"), dual)
edge = service(loadBalancerClass="example.net/edge")
named("edge.{PUBLIC}", "{PUBLIC}", "Service", edge, health_check=HealthCheck(), ttl=30)
named("inner.{PRIVATE}", internal.zone_id, "Service", service(), {{"{ANNOTATION}-internal": "true"}})
"""

Hosts = Mapping[tuple[str, str], Mapping[str, str]]
"""Load balancers by an object's kind and name, and by cluster."""


def vpc(fleet: Fleet, cluster: str) -> str:
    """A cluster's VPC."""
    found = fleet.boto("eks", REGIONS[cluster]).describe_cluster(name=cluster)["cluster"]
    return str(found["resourcesVpcConfig"]["vpcId"])


def balancer(fleet: Fleet, cluster: str, type_: str) -> str:
    """A load balancer as the AWS Load Balancer Controller creates it; its hostname."""
    ec2, elb = fleet.boto("ec2", REGIONS[cluster]), fleet.boto("elbv2", REGIONS[cluster])
    of = {"vpc-id": vpc(fleet, cluster), "tag:kubernetes.io/role/elb": "1"}
    filters = [{"Name": name, "Values": [value]} for name, value in of.items()]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=filters)["Subnets"]]
    made = elb.create_load_balancer(Name=f"k8s-doors-{type_}", Type=type_, Subnets=subnets)
    return str(made["LoadBalancers"][0]["DNSName"])


def balance(fleet: Fleet, hosts: Hosts) -> None:
    """Write each object's load balancer into its status, as its controller does, once the object is in the cluster."""
    for (kind, name), by_cluster in hosts.items():
        for cluster, host in by_cluster.items():
            status = json.dumps({"status": {"loadBalancer": {"ingress": [{"hostname": host}]}}})
            patch = ("-n", "doors", "patch", kind, name, "--subresource=status", "--type=merge", "-p", status)
            write = partial(fleet.kubectl, cluster, *patch, check=False)
            eventually(lambda write=write: write().returncode, 0)


@pytest.fixture(scope="module")
def hosts(live_fleet: Fleet) -> Generator[Hosts, None, None]:
    """The load balancers of an Ingress, of a Service with IPv6, and of one that is not AWS's."""
    yield {
        ("ingress", "door"): {cluster: balancer(live_fleet, cluster, "application") for cluster in REGIONS},
        ("service", "six"): {cluster: balancer(live_fleet, cluster, "network") for cluster in REGIONS},
        ("service", "edge"): {cluster: f"{cluster}.example.net" for cluster in REGIONS},
    }
    for region in REGIONS.values():
        elb = live_fleet.boto("elbv2", region)
        for left in elb.describe_load_balancers()["LoadBalancers"]:
            elb.delete_load_balancer(LoadBalancerArn=left["LoadBalancerArn"])


@pytest.fixture(scope="module")
def zones(live_fleet: Fleet) -> Generator[Mapping[str, Resolver], None, None]:
    """A public zone, and a private one with the first cluster's VPC, by name; deleted once they are empty."""
    route53 = live_fleet.boto("route53", "us-east-1")
    first = {"VPCId": vpc(live_fleet, FIRST), "VPCRegion": REGIONS[FIRST]}
    own: dict[str, Any] = {PUBLIC: {}, PRIVATE: {"VPC": first, "HostedZoneConfig": {"PrivateZone": True}}}
    made = {name: route53.create_hosted_zone(Name=name, CallerReference=name, **more) for name, more in own.items()}
    ids = {name: zone["HostedZone"]["Id"].rpartition("/")[2] for name, zone in made.items()}
    yield {name: Resolver(route53, id) for name, id in ids.items()}
    for id in ids.values():
        route53.delete_hosted_zone(Id=id)


@pytest.fixture(scope="module")
def doors(live_fleet: Fleet, zones: Mapping[str, Resolver], hosts: Hosts) -> Generator[App, None, None]:
    """The program, after its update."""
    with app(live_fleet, "doors") as program:
        with ThreadPoolExecutor(1) as pool:
            controllers = pool.submit(balance, live_fleet, hosts)
            program.up(PROGRAM)
            controllers.result()
        yield program


@pytest.fixture
def public(doors: App, zones: Mapping[str, Resolver]) -> Generator[Resolver, None, None]:
    """The public zone, all healthy."""
    yield zones[PUBLIC]
    zones[PUBLIC].down.clear()


def leads(resolver: Resolver, name: str, type_: str = "A") -> dict[str, str]:
    """The hostname that a caller in each cluster's region is led to, by cluster."""
    return {cluster: resolver.answer(name, region, type_) for cluster, region in REGIONS.items()}


def test_an_ingress_has_aliases_of_its_application_load_balancers(public: Resolver, hosts: Hosts) -> None:
    own = hosts["ingress", "door"]
    assert leads(public, f"door.{PUBLIC}") == own
    public.down.add(own[FIRST])
    assert leads(public, f"door.{PUBLIC}") == dict.fromkeys(REGIONS, own[SECOND])


def test_a_load_balancer_with_ipv6_has_an_alias_for_each_version(public: Resolver, hosts: Hosts) -> None:
    own = hosts["service", "six"]
    assert leads(public, f"six.{PUBLIC}") == leads(public, f"six.{PUBLIC}", "AAAA") == own
    assert leads(public, f"door.{PUBLIC}", "AAAA") == dict.fromkeys(REGIONS, "")


def test_a_load_balancer_of_others_has_cnames_with_the_ttl_and_a_check(public: Resolver, hosts: Hosts) -> None:
    own = hosts["service", "edge"]
    found = public.route53.list_resource_record_sets(HostedZoneId=public.zone)["ResourceRecordSets"]
    records = {record["SetIdentifier"]: record for record in found if record["Name"] == f"edge.{PUBLIC}."}
    assert {(record["Type"], record["TTL"]) for record in records.values()} == {("CNAME", 30)}
    assert leads(public, f"edge.{PUBLIC}") == own
    public.down.add(own[SECOND])
    assert leads(public, f"edge.{PUBLIC}") == dict.fromkeys(REGIONS, own[FIRST])


def test_a_private_zone_has_the_fleet_s_vpcs_and_its_name_leads_inside(
    live_fleet: Fleet, doors: App, zones: Mapping[str, Resolver]
) -> None:
    private = zones[PRIVATE]
    associated = private.route53.get_hosted_zone(Id=private.zone)["VPCs"]
    assert {(network["VPCId"], network["VPCRegion"]) for network in associated} == {
        (vpc(live_fleet, cluster), region) for cluster, region in REGIONS.items()
    }
    for cluster, host in leads(private, f"inner.{PRIVATE}").items():
        assert re.fullmatch(rf"internal-.+\.{REGIONS[cluster]}\.elb\.amazonaws\.com", host)


def test_a_second_preview_has_nothing_to_change(doors: App) -> None:
    output = doors.preview(PROGRAM).stdout
    assert not re.search(r"^ *[~+-] ", output, re.MULTILINE), output
