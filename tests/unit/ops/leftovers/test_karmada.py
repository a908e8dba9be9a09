"""Leftovers of Karmada: its templates are deleted first, and its own objects stay until the destroy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.federation.karmada import kubeconfig, release
from ops.leftovers import clean, karmada, objects
from ops.leftovers.clusters import Cluster
from ops.leftovers.find import Kind, Leftover
from ops.leftovers.kube import Reference
from ops.leftovers.kube import kubeconfig as access_to
from ops.leftovers.waiting import Patience
from tests.unit.ops.leftovers.cluster import FakeApi, claim, made, pod

pytestmark = pytest.mark.unit

ALIVE = Cluster(name="fleet-1", region="eu-west-1", status="ACTIVE")
GONE = Cluster(name="fleet-1", region="eu-west-1")


def placed(name: str) -> dict[str, Any]:
    """A Service that Karmada has created in a cluster."""
    service = made("Service", name, type="LoadBalancer")
    service["metadata"]["labels"] = {"karmada.io/managed": "true"}
    return service


def test_a_service_of_karmada_s_goes_in_karmada_first() -> None:
    template = made("Service", "web", type="LoadBalancer")
    api, member = FakeApi(template, made("Service", "other")), FakeApi(placed("web"), placed("gone"))

    def propagate(reference: Reference) -> None:
        assert (reference.cluster, str(reference)) == ("karmada", "Service shop/web")
        member.objects.pop(0)

    api.on_delete = propagate
    found = clean.survey({"fleet-1": member}, retained=False)
    apis = {"fleet-1": member, karmada.CONTEXT: api}
    first = clean.sources(apis, found)
    assert [(each.cluster, str(each)) for each in first] == [("karmada", "Service shop/web")]
    assert clean.clean(apis, first, found, Patience(0.05, pause=0.01), lambda _: None) == []
    assert api.objects == [made("Service", "other")]


def test_what_karmada_runs_on_stays_until_the_destroy() -> None:
    service = made("Service", "karmada-api", type="LoadBalancer", namespace=karmada.NAMESPACE)
    bound, volume = claim("etcd-data-etcd-0")
    bound["metadata"]["namespace"] = karmada.NAMESPACE
    etcd = pod("etcd-0", "etcd-data-etcd-0")
    etcd["metadata"]["namespace"] = karmada.NAMESPACE
    api = FakeApi(service, bound, volume, etcd, made("Service", "web", type="LoadBalancer"))
    assert [str(each) for each in objects.find(api, "fleet-1").objects] == ["Service shop/web"]


def leftover(kind: Kind, id: str, origin: str) -> Leftover:
    return Leftover(kind=kind, id=id, cluster="fleet-1", region="eu-west-1", origin=origin)


ARN = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/k8s-karmada/1"
OWN = [
    leftover(Kind.CLASSIC, "a1", "Service karmada-system/karmada-api"),
    leftover(Kind.BALANCER, ARN, "Service karmada-system/karmada-api"),
    leftover(Kind.INTERFACE, "eni-1", "ELB a1"),
    leftover(Kind.INTERFACE, "eni-2", "ELB net/k8s-karmada/1"),
    leftover(Kind.GROUP, "sg-1", "k8s-elb-a1"),
    leftover(Kind.VOLUME, "vol-1", "claim karmada-system/etcd-data-etcd-0"),
]
THEIRS = [
    leftover(Kind.CLASSIC, "a2", "Service shop/web"),
    leftover(Kind.INTERFACE, "eni-3", "ELB a2"),
    leftover(Kind.GROUP, "sg-2", "k8s-elb-a2"),
    leftover(Kind.VOLUME, "vol-2", "claim shop/data"),
]


def test_karmada_s_volume_and_balancer_are_leftovers_once_their_cluster_is_gone() -> None:
    assert karmada.others(ALIVE, [*OWN, *THEIRS]) == THEIRS
    assert karmada.others(GONE, [*OWN, *THEIRS]) == [*OWN, *THEIRS]


def outputs(*contexts: str) -> dict[str, Any]:
    named = {name: {"server": f"https://{name}", "certificate-authority-data": "Q0E="} for name in contexts}
    return {
        "kubeconfig": json.dumps(
            {
                "clusters": [{"name": name, "cluster": server} for name, server in named.items()],
                "users": [{"name": name, "user": {"token": f"token-of-{name}"}} for name in contexts],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
            }
        )
    }


def test_karmada_is_reached_by_its_context_of_the_fleet_s_kubeconfig() -> None:
    access = karmada.access(outputs("karmada", "fleet-1"))
    assert access is not None
    assert access["current-context"] == "karmada"
    assert [user["user"] for user in access["users"]] == [{"token": "token-of-karmada"}]
    api = karmada.api_of(access)
    assert (api.name, api.endpoint, api.authority) == ("karmada", "https://karmada", "Q0E=")
    assert access_to(api, {}, access) == access
    assert karmada.access(outputs("fleet-1")) is None
    assert karmada.access({}) is None


def test_the_command_knows_karmada_s_names() -> None:
    assert (karmada.CONTEXT, karmada.NAMESPACE) == (kubeconfig.CONTEXT, release.NAMESPACE)
