"""A name over a fleet's clusters, as it is registered: marks, then the object, then a record for each cluster."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components import federation
from components.federation import (
    Failover,
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObjectArgs,
    GlobalName,
    GlobalNameArgs,
    HealthCheck,
    Host,
    Override,
    Placement,
    Weighted,
    diagnosis,
)
from components.federation.names import record_set, waiting
from tests.unit.engine import Engine, Registered, run

pytestmark = pytest.mark.unit

RECORD, CHECK = "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"
MARK, SERVICE = "kubernetes:core/v1:ConfigMap", "kubernetes:types.kubefed.io/v1beta1:FederatedService"
REGION = "topology.kubernetes.io/region"
FLEET: dict[str, dict[str, str]] = {
    "fleet-1": {REGION: "eu-west-1", "tier": "a"},
    "fleet-2": {REGION: "eu-west-3", "tier": "a"},
    "fleet-3": {REGION: "us-east-1"},
}
HOSTS = {
    "fleet-1": "a1-1.eu-west-1.elb.amazonaws.com",
    "fleet-2": "a2-2.elb.eu-west-3.amazonaws.com",
    "fleet-3": "a3-3.us-east-1.elb.amazonaws.com",
}
ZONES = {
    ("eu-west-1", "application"): "ZAPP1",
    ("eu-west-3", "network"): "ZNET3",
    ("us-east-1", "application"): "ZAPP9",
}
TEMPLATE = {"spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
DUAL = {"service.beta.kubernetes.io/aws-load-balancer-ip-address-type": "dualstack"}
ALONE = Placement(clusters=["fleet-1"])


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A fleet whose clusters answer with the load balancers of HOSTS, which a test may change."""
    hosts = dict(HOSTS)

    def look(_: str, cluster: str, object: Any) -> dict[str, Any]:
        return {**object, "status": {"loadBalancer": {"ingress": [{"hostname": hosts[cluster]}]}}}

    memberships = [{"metadata": {"name": name, "labels": labels}} for name, labels in FLEET.items()]
    monkeypatch.setattr(diagnosis, "connect", lambda _, context=None: context)
    monkeypatch.setattr(diagnosis, "listed", lambda _, __: memberships)
    monkeypatch.setattr(waiting, "look", look)
    return hosts


def engine(**zone: Any) -> Engine:
    """An account with one zone."""
    found = {"zoneId": "Z1", "name": "example.org", "privateZone": False, **zone}
    engine = Engine()
    engine.answers["aws:route53/getZone:getZone"] = lambda asked: found
    engine.answers["aws:lb/getHostedZoneId:getHostedZoneId"] = lambda asked: {
        "id": ZONES[asked["region"], asked["loadBalancerType"]]
    }
    return engine


def declare(engine: Engine, service: Mapping[str, Any] | None = None, **given: Any) -> Engine:
    """A name of a Service that is in each cluster, unless `service` says otherwise."""

    def program() -> None:
        host = Host.by_kubeconfig(json.dumps({"current-context": "fleet-1"}))
        own: dict[str, Any] = {
            "kind": "Service",
            "object_name": "web",
            "namespace": "shop",
            "template": TEMPLATE,
            **(service or {}),
        }
        if isinstance(own["namespace"], Placement):
            around = FederatedNamespaceArgs(host=host, namespace="shop", placement=own["namespace"])
            own["namespace"] = FederatedNamespace("shop", around)
        args: dict[str, Any] = {"dns_name": "shop.example.org", "zone": "example.org", **given}
        GlobalName("shop", GlobalNameArgs(service=FederatedObjectArgs(host=host, **own), **args))

    return run(program, engine)


def aliases(engine: Engine) -> dict[str, Any]:
    return {name: record.inputs["aliases"][0] for name, record in engine[RECORD].items()}


def test_each_cluster_has_an_alias_of_its_load_balancer_by_latency() -> None:
    found = declare(engine())
    assert aliases(found) == {
        f"shop-{cluster}": {"name": HOSTS[cluster], "zoneId": zone, "evaluateTargetHealth": True}
        for cluster, zone in {"fleet-1": "ZAPP1", "fleet-2": "ZNET3", "fleet-3": "ZAPP9"}.items()
    }
    record = found[RECORD]["shop-fleet-2"].inputs
    assert {key: record[key] for key in ("name", "type", "zoneId", "setIdentifier", "latencyRoutingPolicies")} == {
        "name": "shop.example.org",
        "type": "A",
        "zoneId": "Z1",
        "setIdentifier": "fleet-2",
        "latencyRoutingPolicies": [{"region": "eu-west-3"}],
    }
    assert not {"ttl", "records", "healthCheckId"} & record.keys()


def test_the_object_is_placed_by_the_names_that_the_placement_takes() -> None:
    placed = declare(engine(), {"placement": Placement(selector={"matchLabels": {"tier": "a"}})})
    assert placed[SERVICE]["shop"].inputs["spec"]["placement"] == {
        "clusters": [{"name": "fleet-1"}, {"name": "fleet-2"}]
    }
    assert placed[RECORD].keys() == {"shop-fleet-1", "shop-fleet-2"}


def test_a_namespace_that_is_in_fewer_clusters_leaves_the_others_without_a_record() -> None:
    placed = declare(engine(), {"namespace": ALONE})
    assert placed[RECORD].keys() == {"shop-fleet-1"}
    assert placed[MARK]["shop-fleet-1"].deleted_with == "shop-host"


def test_a_name_of_no_cluster_yet_is_registered_without_a_record_and_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    nowhere = declare(engine(), {"placement": Placement(selector={"matchLabels": {"tier": "b"}})})
    assert {name: mark.replaced_by for name, mark in nowhere[MARK].items()} == {f"shop-{name}": "out" for name in FLEET}
    # Names hide a selector from kubefed, an empty list of them as well.
    assert nowhere[SERVICE]["shop"].inputs["spec"]["placement"] == {"clusters": []}
    assert not nowhere[RECORD]
    assert warned == ["Service web: placement: the selector takes none of fleet-1, fleet-2, fleet-3, so it is nowhere"]


def test_a_record_goes_with_its_cluster_s_mark_before_the_object_changes() -> None:
    placed = declare(engine(), {"placement": ALONE})
    roles = {name: mark.replaced_by for name, mark in placed[MARK].items()}
    assert roles == {"shop-fleet-1": "latency", "shop-fleet-2": "out", "shop-fleet-3": "out"}
    assert all(mark.deleted_first for mark in placed[MARK].values())
    mark = placed[MARK]["shop-fleet-1"].inputs["metadata"]
    assert (mark["name"], mark["namespace"]) == ("service-web.fleet-1.global-name", "shop")
    assert placed[SERVICE]["shop"].depends_on >= placed[MARK].keys()
    record = placed[RECORD]["shop-fleet-1"]
    assert record.replaced_with == ("shop-fleet-1",)
    # The record is created after the object, and deleted before it.
    assert any(SERVICE in urn for urn in record.waits)


def test_ipv6_has_records_of_its_own_where_the_load_balancer_has_it() -> None:
    found = declare(engine(), {"placement": ALONE, "template": {**TEMPLATE, "metadata": {"annotations": DUAL}}})
    types = {name: record.inputs["type"] for name, record in found[RECORD].items()}
    assert types == {"shop-fleet-1": "A", "shop-fleet-1-ipv6": "AAAA"}


def test_annotations_are_set_in_each_cluster_because_kubefed_drops_a_template_s() -> None:
    two = Placement(clusters=["fleet-1", "fleet-2"])
    port = Override(path="/spec/ports/0/port", value=81)
    found = declare(
        engine(),
        {
            "placement": two,
            "template": {**TEMPLATE, "metadata": {"labels": {"a": "b"}, "annotations": DUAL}},
            "overrides": {"fleet-2": [port]},
        },
    )
    spec = found[SERVICE]["shop"].inputs["spec"]
    assert spec["template"] == {**TEMPLATE, "metadata": {"labels": {"a": "b"}}}
    own = {"op": "add", "path": "/metadata/annotations", "value": DUAL}
    assert spec["overrides"] == [
        {"clusterName": "fleet-1", "clusterOverrides": [own]},
        {"clusterName": "fleet-2", "clusterOverrides": [own, {"op": "replace", "path": port.path, "value": 81}]},
    ]


def test_a_health_check_of_its_own_takes_the_place_of_the_evaluation() -> None:
    found = declare(engine(), {"placement": ALONE}, health_check=HealthCheck(path="/ready", port=8080))
    check = found[CHECK]["shop-fleet-1"].inputs
    assert check | {"tags": {}} == {
        "fqdn": HOSTS["fleet-1"],
        "type": "HTTP",
        "port": 8080,
        "resourcePath": "/ready",
        "failureThreshold": 3,
        "requestInterval": 30,
        "tags": {},
    }
    record = found[RECORD]["shop-fleet-1"].inputs
    assert record["healthCheckId"] == "shop-fleet-1-id"
    assert record["aliases"][0]["evaluateTargetHealth"] is False


def test_a_failover_leads_to_the_primary_and_else_to_the_rest_by_latency() -> None:
    found = declare(engine(), routing=Failover("fleet-2"))[RECORD]
    assert found["shop-fleet-2"].inputs["failoverRoutingPolicies"] == [{"type": "PRIMARY"}]
    assert found["shop-fleet-1"].inputs["name"] == "_rest.shop.example.org"
    rest = found["shop-rest"]
    assert rest.inputs["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]
    assert rest.inputs["aliases"] == [{"name": "_rest.shop.example.org", "zoneId": "Z1", "evaluateTargetHealth": True}]
    assert rest.depends_on >= {"shop-fleet-1", "shop-fleet-3"}
    assert rest.replaced_with == ("shop-fleet-2",), "another routing or primary takes it away first"


def test_weights_are_the_records() -> None:
    found = declare(engine(), routing=Weighted({"fleet-1": 9, "*": 1}))[RECORD]
    weights = {name: record.inputs["weightedRoutingPolicies"] for name, record in found.items()}
    assert weights == {
        "shop-fleet-1": [{"weight": 9}],
        "shop-fleet-2": [{"weight": 1}],
        "shop-fleet-3": [{"weight": 1}],
    }


def test_a_load_balancer_of_others_makes_all_records_cnames(hosts: dict[str, str]) -> None:
    hosts["fleet-2"] = "edge.example.com"
    found = declare(engine(), health_check=HealthCheck(), ttl=20)[RECORD]
    assert {record.inputs["type"] for record in found.values()} == {"CNAME"}
    assert {name: record.inputs["records"] for name, record in found.items()} == {
        "shop-fleet-1": [HOSTS["fleet-1"]],
        "shop-fleet-2": ["edge.example.com"],
        "shop-fleet-3": [HOSTS["fleet-3"]],
    }
    assert {record.inputs["ttl"] for record in found.values()} == {20}
    assert not any("aliases" in record.inputs for record in found.values())


FOREIGN: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "without a check",
        {},
        {},
        r"shop.example.org: Route 53 can't evaluate edge.example.com, which is no load balancer of AWS's; give a h",
    ),
    (
        "for the zone itself",
        {},
        {"dns_name": "example.org", "health_check": HealthCheck()},
        r"dns_name: example.org is the zone itself, and leads to edge.example.com, .*www.example.org for instance",
    ),
    (
        "with IPv6",
        {"template": {**TEMPLATE, "metadata": {"annotations": DUAL}}},
        {"health_check": HealthCheck()},
        r"shop.example.org: edge.example.com is no load balancer .* take the annotation for dualstack out",
    ),
]


@pytest.mark.parametrize(("service", "given", "told"), [pytest.param(*rest, id=case) for case, *rest in FOREIGN])
def test_what_a_load_balancer_of_others_can_not_do_is_told(
    hosts: dict[str, str], service: dict[str, Any], given: dict[str, Any], told: str
) -> None:
    hosts["fleet-1"] = "edge.example.com"
    with pytest.raises(pulumi.RunError, match=f"^{told}"):
        declare(engine(), service, **given)


def test_a_check_of_a_load_balancer_that_turns_out_internal_is_told(hosts: dict[str, str]) -> None:
    hosts["fleet-1"] = f"internal-{HOSTS['fleet-1']}"
    with pytest.raises(pulumi.RunError, match=r"^shop.example.org: health_check: .* doesn't reach internal-a1-1"):
        declare(engine(), health_check=HealthCheck())


WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "no name",
        {},
        {"dns_name": "shop"},
        "dns_name: shop is no DNS name in lower case; write one like shop.example.com",
    ),
    ("capitals", {}, {"dns_name": "Shop.example.org"}, "dns_name: Shop.example.org is no DNS name"),
    ("a last dot", {}, {"dns_name": "shop.example.org."}, r"dns_name: shop.example.org\. is no DNS name"),
    (
        "a type without a load balancer",
        {"kind": "Deployment"},
        {},
        "service: Deployment has no load balancer; give a Service of type LoadBalancer or an Ingress",
    ),
    (
        "a Service without a load balancer",
        {"template": {"spec": {"type": "NodePort"}}},
        {},
        "service: a Service of type NodePort has no load balancer; set spec.type to LoadBalancer",
    ),
    (
        "a Service of no type",
        {"template": {"spec": {}}},
        {},
        "service: a Service of type ClusterIP has no load balancer; set spec.type to LoadBalancer",
    ),
    (
        "a check of what is internal",
        {
            "template": {
                **TEMPLATE,
                "metadata": {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}},
            }
        },
        {"health_check": HealthCheck()},
        "health_check: Route 53 checks from the internet, and the load balancers are internal; leave it out",
    ),
    ("a TTL", {}, {"ttl": -1}, "ttl: -1 is not possible; use 0 to 2147483647 seconds"),
]


@pytest.mark.parametrize(("service", "given", "told"), [pytest.param(*rest, id=case) for case, *rest in WRONG])
def test_what_can_not_work_on_any_fleet_is_refused(service: dict[str, Any], given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        declare(engine(), service, **given)


UNFIT: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "another zone",
        {},
        {"dns_name": "shop.example.com"},
        r"GlobalName shop: dns_name: shop.example.com is not in the zone example.org \(Z1\); end it with .example.or",
    ),
    (
        "a name that only ends alike",
        {},
        {"dns_name": "myexample.org"},
        "GlobalName shop: dns_name: myexample.org is not in the zone example.org",
    ),
    (
        "a weight elsewhere",
        {"placement": ALONE},
        {"routing": Weighted({"*": 1, "fleet-2": 1})},
        "GlobalName shop: weights: fleet-2 is not in the placement, which has fleet-1; place the object there too",
    ),
    (
        "a primary elsewhere",
        {"placement": ALONE},
        {"routing": Failover("fleet-2")},
        "GlobalName shop: primary: fleet-2 is not in the placement, which has fleet-1; place the object there too",
    ),
    (
        "a cluster that isn't there",
        {"placement": Placement(clusters=["fleet-1", "fleet-9"])},
        {},
        "Service web: placement: fleet-9 is no cluster of the fleet, which has fleet-1, fleet-2, fleet-3; fleet-",
    ),
    (
        "an override outside the placement",
        {"placement": ALONE, "overrides": {"fleet-2": [Override(path="/spec/ports", value=[])]}},
        {},
        "Service web: overrides: fleet-2 is not in the placement, so the override has no effect",
    ),
]


@pytest.mark.parametrize(("service", "given", "told"), [pytest.param(*rest, id=case) for case, *rest in UNFIT])
def test_what_does_not_fit_the_fleet_ends_the_update_before_anything_is_made(
    service: dict[str, Any], given: dict[str, Any], told: str
) -> None:
    account = engine()
    with pytest.raises(pulumi.RunError, match=f"^{told}"):
        declare(account, service, **given)
    assert not account[RECORD] and not account[SERVICE]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "is no public hosted zone of the account .*, with private=True for a private one"),
        ({"private": True}, "is no private hosted zone of the account .*, without private=True for a public one"),
    ],
)
def test_a_zone_that_is_not_there_is_told_before_anything_is_made(given: dict[str, Any], told: str) -> None:
    account = engine()
    account.denied, account.denial = {"aws:route53/getZone:getZone"}, "no matching Route 53 Hosted Zone found"
    with pytest.raises(pulumi.RunError, match=f"^zone: example.org {told}$"):
        declare(account, **given)
    assert not account[RECORD] and not account[SERVICE]


def test_who_may_not_look_the_zone_up_is_told_of_the_rights() -> None:
    account = engine()
    account.denied = {"aws:route53/getZone:getZone"}
    with pytest.raises(pulumi.RunError, match=r"docs/permissions\.md"):
        declare(account)


@pytest.mark.parametrize(
    ("zone", "asked"),
    [
        ("Z0123456789ABC", {"zoneId": "Z0123456789ABC"}),
        ("example.org", {"name": "example.org", "privateZone": False}),
    ],
)
def test_a_zone_is_looked_up_by_its_id_or_its_name(zone: str, asked: dict[str, Any]) -> None:
    account = engine()
    declare(account, zone=pulumi.Output.from_input(zone))
    (call,) = [call for call in account.asked if call.token == "aws:route53/getZone:getZone"]
    assert call.args == asked


def test_a_host_that_does_not_answer_takes_no_record_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(_: object, __: object) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr(diagnosis, "listed", listed)
    with pytest.raises(pulumi.RunError, match=r"^Service web: the host doesn't tell which clusters have joined; check"):
        declare(engine())


UNKNOWN = (
    "InvalidChangeBatch: [Tried to create an alias that targets a., type A in zone Z, but that target was not found]"
)


@pytest.mark.parametrize(
    ("errors", "again"),
    [([UNKNOWN], True), (["AccessDenied"], False), ([], False), ([UNKNOWN] * 31, False)],
)
def test_a_load_balancer_that_route_53_does_not_know_yet_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, errors: list[str], again: bool
) -> None:
    monkeypatch.setattr(record_set, "PAUSE", 0)
    found = declare(engine(), {"placement": ALONE})
    (hook,) = found[RECORD]["shop-fleet-1"].hooks["on_error"]
    failed = pulumi.ErrorHookArgs(urn="", id="", name="", type="", failed_operation="create", errors=errors)
    callback: Any = found.error_hooks[hook].callback
    assert asyncio.run(callback(failed)) is again


PAGE = Path(__file__).parents[5] / "docs" / "workloads.md"


def test_the_page_about_workloads_prints_programs_that_run() -> None:
    section = PAGE.read_text().partition("## One name for all clusters")[2].partition("\n## ")[0]
    first, second = re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    found = engine(name="example.com")
    clusters = {name: {"region": labels[REGION], "vpcId": f"vpc-{name}"} for name, labels in FLEET.items()}

    def program() -> None:
        host = Host.by_kubeconfig(json.dumps({"current-context": "fleet-1"}))
        shop = FederatedNamespace("shop", FederatedNamespaceArgs(host=host, namespace="shop"))
        names = {**vars(federation), "host": host, "shop": shop, "labels": {"app": "web"}, "pulumi": pulumi}
        exec(first.replace("federated-eks-1", "fleet-1"), names)  # noqa: S102  our own page
        fleet = SimpleNamespace(require_output=lambda _: clusters)
        exec(second.partition("\n")[0], {**names, "fleet": fleet})  # noqa: S102

    run(program, found)
    assert {*found[RECORD]} == {"shop-fleet-1", "shop-fleet-2", "shop-fleet-3", "shop-rest"}
    assert len(found["aws:route53/zoneAssociation:ZoneAssociation"]) == 3


def registered(engine: Engine, type_: str) -> Registered:
    (found,) = engine[type_].values()
    return found


def test_an_ingress_has_a_name_as_well() -> None:
    found = declare(engine(), {"kind": "Ingress", "template": {"spec": {}}, "placement": ALONE})
    assert registered(found, RECORD).inputs["aliases"][0]["name"] == HOSTS["fleet-1"]
