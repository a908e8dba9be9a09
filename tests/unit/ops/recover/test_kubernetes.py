"""Releases in the clusters."""

from __future__ import annotations

from typing import Any

import pytest

from ops.errors import UserError
from ops.leftovers.clusters import Cluster
from ops.leftovers.kube import Reference
from ops.recover import kubernetes
from ops.recover.kubernetes import Release, Releases
from ops.recover.look import Looker
from ops.recover.step import Verb
from tests.unit.ops.recover.fleet import Aws, resource, state, steps

pytestmark = pytest.mark.unit

RELEASE = resource(kubernetes.RELEASE, "kubefed", {"name": "kubefed", "namespace": "system"})
CLUSTER = resource(
    "aws:eks/cluster:Cluster",
    "fleet-1",
    {},
    id="fleet-1",
    outputs={"arn": "arn:1", "name": "fleet-1", "endpoint": "https://one", "certificateAuthority": {"data": "Q0E="}},
)
PROVIDER = {"urn": "urn:k8s", "inputs": {"clusterIdentifier": "arn:1"}}


def secret(version: str, status: str, *, name: str = "kubefed", namespace: str = "system", **more: str) -> Any:
    labels = {"owner": "helm", "name": name, "version": version, "status": status}
    metadata = {"name": f"sh.helm.release.v1.{name}.v{version}", "namespace": namespace, "labels": labels}
    return {"type": kubernetes.TYPE, **more, "metadata": metadata}


def reference(name: str) -> Reference:
    return Reference(cluster="fleet-1", api_version="v1", kind="Secret", namespace="system", name=name)


class Api:
    def __init__(self, *secrets: Any) -> None:
        self.secrets = secrets
        self.deleted: list[Reference] = []

    def list(self, api_version: str, kind: str) -> list[Any]:
        assert (api_version, kind) == ("v1", "Secret")
        return [*self.secrets]

    def get(self, reference: Reference) -> None:
        raise AssertionError(reference)

    def delete(self, reference: Reference) -> None:
        self.deleted.append(reference)


def test_a_release_is_what_its_last_revision_says() -> None:
    api = Api(secret("9", "superseded"), secret("10", "deployed"), secret("2", "failed"))
    last = reference("sh.helm.release.v1.kubefed.v10")
    found = Releases(api, "fleet-1").find(RELEASE)
    assert found == Release(id="system/kubefed", status="deployed", secret=last)
    assert found and found.deployed and not found.pending


def test_an_upgrade_that_was_cut_off_is_undone_by_its_revision() -> None:
    api = Api(secret("1", "deployed"), secret("2", "pending-upgrade"))
    known = {**RELEASE, "id": "system/kubefed", "outputs": {"a": 1}}
    undo, read = steps(state(known, updating=[known]), Aws(), lambda _: Releases(api, "fleet-1"))
    assert (undo.verb, undo.id) == (Verb.UNDO, "sh.helm.release.v1.kubefed.v2")
    assert (read.verb, read.id) == (Verb.READ, "system/kubefed")
    assert api.deleted == []
    undo.undo()
    read.undo()
    assert api.deleted == [reference("sh.helm.release.v1.kubefed.v2")]


def test_an_upgrade_that_came_to_its_end_is_only_read() -> None:
    api = Api(secret("2", "deployed"))
    known = {**RELEASE, "id": "system/kubefed", "outputs": {"a": 1}}
    (read,) = steps(state(known, updating=[known]), Aws(), lambda _: Releases(api, "fleet-1"))
    assert read.verb is Verb.READ


def test_other_secrets_and_other_releases_are_none() -> None:
    others = [secret("1", "deployed", name="other"), secret("1", "deployed", namespace="other")]
    assert Releases(Api(*others, secret("1", "deployed", type="Opaque")), "fleet-1").find(RELEASE) is None


def cluster_of(provider: Any, *resources: Any) -> Cluster:
    known = state(*resources)
    return kubernetes.cluster_of(known, Looker(Aws(), known), provider)


def test_a_provider_s_cluster_is_the_one_that_it_names() -> None:
    other = {**CLUSTER, "outputs": {**CLUSTER["outputs"], "arn": "arn:2", "name": "fleet-2"}, "urn": "urn:2"}
    assert cluster_of(PROVIDER, other, CLUSTER) == Cluster(
        name="fleet-1", region="eu-west-1", status="ACTIVE", endpoint="https://one", authority="Q0E="
    )


def test_a_provider_without_a_cluster_is_for_a_person() -> None:
    with pytest.raises(UserError, match=r"clusterIdentifier: arn:1 is no cluster of the state, .* helm list"):
        cluster_of(PROVIDER)


def test_a_cluster_that_does_not_answer_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(cluster: Cluster, stack: str) -> None:
        raise UserError("it does not answer")

    monkeypatch.setattr(kubernetes, "Connection", refuse)
    known = state(CLUSTER)
    match = "fleet-1: its API server doesn't answer, .*: python -m ops tunnel --stack dev -- python -m ops recover"
    with pytest.raises(UserError, match=match):
        kubernetes.releases(known, Looker(Aws(), known), "dev", PROVIDER)
