"""The objects to delete in a cluster, and those that kubefed would create again."""

from __future__ import annotations

import pytest

from ops.leftovers import clean, objects
from ops.leftovers.kube import Reference
from ops.leftovers.waiting import Patience
from tests.unit.ops.leftovers.cluster import FakeApi, claim, made, pod, type_config

pytestmark = pytest.mark.unit

QUICK = Patience(0.05, pause=0.01)


def names(found: objects.Found) -> list[str]:
    return [str(one) for one in found.objects]


def test_services_and_ingresses_with_a_load_balancer_go_and_others_stay() -> None:
    api = FakeApi(
        made("Service", "web", type="LoadBalancer"),
        made("Service", "internal", type="ClusterIP"),
        made("Ingress", "front", "networking.k8s.io/v1", finalizers=["ingress.k8s.aws/resources"]),
        made("Ingress", "grouped", "networking.k8s.io/v1", finalizers=["group.ingress.k8s.aws/shop"]),
        made("Ingress", "nginx", "networking.k8s.io/v1"),
    )
    assert names(objects.find(api, "one")) == ["Service shop/web", "Ingress shop/front", "Ingress shop/grouped"]


def test_a_claim_goes_with_the_workload_that_uses_it_at_the_top_of_its_owners() -> None:
    operator = made("Prometheus", "metrics", "monitoring.coreos.com/v1")
    stateful = made("StatefulSet", "db", "apps/v1", owner=operator)
    deployment = made("Deployment", "web", "apps/v1")
    replicas = made("ReplicaSet", "web-1", "apps/v1", owner=deployment)
    api = FakeApi(
        *claim("data"),
        *claim("cache"),
        *(operator, stateful, deployment, replicas),
        pod("db-0", "data", owner=stateful),
        *(pod(f"web-{n}", "cache", owner=replicas) for n in range(2)),
        *(pod("alone", "cache"), pod("other")),
    )
    assert names(objects.find(api, "one")) == [
        *("Prometheus shop/metrics", "Deployment shop/web", "Pod shop/alone"),
        *("PersistentVolumeClaim shop/data", "PersistentVolumeClaim shop/cache"),
    ]


def test_an_owner_that_is_no_workload_or_is_gone_leaves_the_pod_itself() -> None:
    node = made("Node", "n-1", namespace="shop")
    gone = made("Job", "import", "batch/v1")
    api = FakeApi(*claim("data"), node, pod("static", "data", owner=node), pod("import-1", "data", owner=gone))
    assert names(objects.find(api, "one")) == [
        *("Pod shop/static", "Pod shop/import-1", "PersistentVolumeClaim shop/data"),
    ]


def test_a_volume_of_kubernetes_own_driver_and_its_snapshot_go_after_the_claim() -> None:
    (bound, volume), snapshot = claim("old"), made("VolumeSnapshot", "daily", "snapshot.storage.k8s.io/v1")
    volume["spec"].pop("csi")
    volume["spec"]["awsElasticBlockStore"] = {"volumeID": "aws://eu-west-1a/vol-old"}
    api = FakeApi(bound, volume, snapshot)
    assert names(objects.find(api, "one")) == ["PersistentVolumeClaim shop/old", "VolumeSnapshot shop/daily"]
    volume["spec"]["persistentVolumeReclaimPolicy"] = "Retain"
    assert objects.kept_volumes(api) == {"vol-old"}
    assert names(objects.find(api, "one")) == []


def test_a_volume_that_is_to_be_kept_keeps_its_claim_and_workload() -> None:
    api = FakeApi(*claim("data", policy="Retain"), pod("db", "data"), *claim("files", driver="efs.csi.aws.com"))
    found = objects.find(api, "one")
    assert names(found) == []
    assert [(str(one), volume) for one, volume in found.kept] == [("PersistentVolumeClaim shop/data", "vol-data")]
    assert objects.kept_volumes(api) == {"vol-data"}
    retained = objects.find(api, "one", retained=True)
    assert names(retained) == ["Pod shop/db", "PersistentVolumeClaim shop/data"]


def test_a_federated_service_goes_on_the_host_first() -> None:
    federated = made("FederatedService", "web", "types.kubefed.io/v1beta1")
    host = FakeApi(type_config("Service"), type_config("Deployment", "apps"), federated)
    member = FakeApi(made("Service", "web", type="LoadBalancer", managed=True))

    def propagate(reference: Reference) -> None:
        assert reference.kind == "FederatedService"
        member.objects.clear()

    host.on_delete = propagate
    apis = {"host": host, "member": member}
    found = clean.survey(apis, retained=False)
    first = clean.sources(apis, found)
    assert [(one.cluster, str(one)) for one in first] == [("host", "FederatedService shop/web")]
    said: list[str] = []
    assert clean.clean(apis, first, found, QUICK, said.append) == []
    assert said == ["host: deleting FederatedService shop/web", "member: deleting Service shop/web"]


def test_a_workload_that_is_federated_by_kind_and_group_goes_on_the_host_first() -> None:
    deployment = made("Deployment", "db", "apps/v1", managed=True)
    member = FakeApi(*claim("data"), deployment, pod("db-1", "data", owner=deployment))
    federated = made("FederatedDeployment", "db", "types.kubefed.io/v1beta1")
    host = FakeApi(type_config("Deployment", "apps"), federated)
    apis = {"host": host, "member": member}
    first = clean.sources(apis, clean.survey(apis, retained=False))
    assert [str(one) for one in first] == ["FederatedDeployment shop/db"]


def test_without_a_host_or_a_federated_object_nothing_is_deleted_there() -> None:
    member = FakeApi(made("Service", "web", type="LoadBalancer", managed=True))
    assert clean.sources({"member": member}, clean.survey({"member": member}, retained=False)) == []
    apis = {"host": FakeApi(type_config("Service")), "member": member}
    assert clean.sources(apis, clean.survey(apis, retained=False)) == [], "its federated Service is gone already"


def test_an_object_that_does_not_go_is_told_with_the_finalizers_that_hold_it() -> None:
    api = FakeApi(made("Service", "web", type="LoadBalancer", finalizers=["service.k8s.aws/resources"]))
    found = clean.survey({"one": api}, retained=False)
    assert clean.clean({"one": api}, [], found, QUICK, lambda _: None) == [
        "one: Service shop/web: its finalizers wait: service.k8s.aws/resources"
    ]


def test_an_object_that_is_made_again_counts_as_gone_and_is_told_afterwards() -> None:
    api = FakeApi(made("Service", "web", type="LoadBalancer"))

    def again(_: Reference) -> None:
        other = made("Service", "web", type="LoadBalancer")
        other["metadata"]["uid"] = "another"
        api.objects.append(other)

    api.on_delete = again
    apis = {"one": api}
    assert clean.clean(apis, [], clean.survey(apis, retained=False), QUICK, lambda _: None) == []
    (line,) = clean.again(apis, retained=False)
    assert line.startswith("one: Service shop/web: something makes it again")
