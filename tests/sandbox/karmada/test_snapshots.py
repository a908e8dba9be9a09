"""Snapshots of Karmada's etcd: taken by the schedule's job, and restored into a release that begins anew."""

from __future__ import annotations

import functools
from collections.abc import Generator, Mapping
from typing import Any

import pytest
import yaml

from tests.sandbox.fleet.app import App, eventually, objects
from tests.sandbox.fleet.live import Fleet, unchanged
from tests.sandbox.karmada.clusters import BOTH, HOST, NAMESPACE, OTHER, clusters_ready

pytestmark = pytest.mark.fleet

BUCKET, REGION = "snapshots", "eu-west-1"
FOLDER = "federated-eks/sandbox/"
MEMBERS = [f"etcd-data-etcd-{number}" for number in range(3)]
WEB = """
    federated("Deployment", "web", namespace("shop"), deployment("web", {replicas}))
    """


def configure(fleet: Fleet, **more: Any) -> None:
    """Change the fleet's settings of Karmada."""
    before = yaml.safe_load(fleet.settings.read_text())["config"]["federated-eks:karmada"]
    fleet.configure(karmada={**before, **more})


def update(fleet: Fleet, *more: str) -> str:
    """What an update of the fleet says."""
    return fleet.pulumi("up", "--yes", "--skip-preview", *more, timeout=1200).stdout


@pytest.fixture(scope="module")
def bucket(karmada: Fleet) -> Generator[Any, None, None]:
    """S3, with a bucket to which the fleet puts snapshots; the fleet and the account are afterwards as before."""
    s3 = karmada.boto("s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    with karmada.settings_put_back():
        configure(karmada, snapshots={"bucket": BUCKET, "schedule": "0 0 1 1 *"})
        update(karmada)
        yield s3
    update(karmada)
    for key in keys(s3):
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)


def on_host(fleet: Fleet, *argv: str) -> None:
    """Run kubectl in Karmada's namespace on the host."""
    fleet.kubectl(HOST, "-n", NAMESPACE, *argv)


def keys(s3: Any) -> list[str]:
    """The keys of the bucket's objects."""
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def uids(fleet: Fleet) -> Mapping[str, set[str]]:
    """The uids of the shop's pods in each cluster."""
    found = {cluster: objects(fleet, cluster, "pods", "shop").values() for cluster in BOTH}
    return {cluster: {pod["metadata"]["uid"] for pod in pods} for cluster, pods in found.items()}


def test_the_schedule_s_job_puts_a_snapshot_into_the_bucket(karmada: Fleet, shop: App, bucket: Any) -> None:
    shop.up(WEB.format(replicas=2))
    karmada.kubectl("karmada", "create", "configmap", "note", "--from-literal=text=of-a-person")
    on_host(karmada, "create", "job", "--from=cronjob/karmada-snapshots", "now")
    on_host(karmada, "wait", "--for=condition=Complete", "job/now", "--timeout=50s")
    (key,) = keys(bucket)
    assert key.startswith(FOLDER) and key.endswith("Z.db")
    assert bucket.head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 100_000


def test_a_new_release_begins_with_the_snapshot_and_no_pod_of_a_cluster_ends(karmada: Fleet, bucket: Any) -> None:
    (key,) = keys(bucket)
    before = uids(karmada)
    assert {cluster: len(pods) for cluster, pods in before.items()} == {HOST: 2, OTHER: 2}
    karmada.kubectl("karmada", "delete", "configmap", "note")
    karmada.checkout.run("helm", "--kube-context", HOST, "-n", NAMESPACE, "uninstall", "karmada")
    on_host(karmada, "delete", "statefulset", "etcd")
    on_host(karmada, "delete", "pvc", *MEMBERS)
    configure(karmada, snapshots={"bucket": BUCKET, "schedule": "0 0 1 1 *", "restore": key})
    lost = ("--target", "**KarmadaEtcd$**", "--target", "**karmada-release")
    karmada.pulumi("refresh", "--yes", "--skip-preview", *lost)
    update(karmada)
    eventually(functools.partial(clusters_ready, karmada), {HOST: ["True"], OTHER: ["True"]})
    found = karmada.kubectl("karmada", "get", "configmap", "note", "-o", "jsonpath={.data.text}").stdout
    assert found.endswith("of-a-person")
    assert uids(karmada) == before


def test_after_the_restore_nothing_differs_and_workloads_are_managed_as_before(
    karmada: Fleet, shop: App, bucket: Any
) -> None:
    configure(karmada, snapshots={"bucket": BUCKET, "schedule": "0 0 1 1 *"})
    update(karmada, "--refresh")
    unchanged(update(karmada))
    before = uids(karmada)
    shop.up(WEB.format(replicas=3), "--refresh")
    after = uids(karmada)
    assert {cluster: len(pods) for cluster, pods in after.items()} == {HOST: 3, OTHER: 3}
    assert all(before[cluster] <= after[cluster] for cluster in BOTH)
    assert bucket.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    karmada.kubectl("karmada", "delete", "configmap", "note")
