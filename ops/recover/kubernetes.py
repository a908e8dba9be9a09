"""The recovery of objects and releases in the clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import UserError
from ops.leftovers.clusters import Cluster
from ops.leftovers.kube import Api, Connection, Reference
from ops.recover.look import Looker
from ops.recover.state import Resource, State, inputs_of

RELEASE = "kubernetes:helm.sh/v3:Release"

CLUSTER = "aws:eks/cluster:Cluster"

TYPE = "helm.sh/release.v1"
"""The type of the Secrets in which Helm keeps a release, one for each revision."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release's last revision."""

    id: str
    """The id by which the provider imports it."""
    status: str
    secret: Reference
    """The Secret in which Helm keeps the revision."""

    @property
    def deployed(self) -> bool:
        """Whether Helm has completed it."""
        return self.status == "deployed"

    @property
    def pending(self) -> bool:
        """Whether Helm regards an operation as running, and refuses every other one."""
        return self.status.startswith("pending-")


class Releases:
    """The releases of one cluster."""

    def __init__(self, api: Api, cluster: str) -> None:
        self._api = api
        self._cluster = cluster

    def find(self, resource: Resource) -> Release | None:
        """Return the release of a resource; None if the cluster has none."""
        inputs = inputs_of(resource)
        name, namespace = str(inputs.get("name")), str(inputs.get("namespace"))
        revisions = [
            secret["metadata"]
            for secret in self._api.list("v1", "Secret")
            if secret.get("type") == TYPE
            and secret["metadata"].get("namespace") == namespace
            and _labels(secret["metadata"]).get("name") == name
        ]
        if not revisions:
            return None
        last = max(revisions, key=lambda metadata: int(_labels(metadata).get("version") or 0))
        secret = Reference(
            cluster=self._cluster, api_version="v1", kind="Secret", namespace=namespace, name=str(last["name"])
        )
        return Release(id=f"{namespace}/{name}", status=str(_labels(last).get("status")), secret=secret)

    def undo(self, release: Release) -> None:
        """Delete a pending revision, so that the one before it is the last."""
        self._api.delete(release.secret)


def _labels(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    return metadata.get("labels") or {}


def releases(state: State, looker: Looker, stack: str, provider: Resource) -> Releases:
    """Connect to the cluster of a provider. Raise UserError if it can't be reached."""
    cluster = cluster_of(state, looker, provider)
    try:
        return Releases(Connection(cluster, stack), cluster.name)
    except UserError:
        raise UserError(
            f"{cluster.name}: its API server doesn't answer, and a release was being installed there; run this where "
            "it is reached, through the bastion for instance: "
            f"python -m ops tunnel --stack {stack} -- python -m ops recover --stack {stack}"
        ) from None


def cluster_of(state: State, looker: Looker, provider: Resource) -> Cluster:
    """Return the cluster of a provider for Kubernetes, which depends on it. Raise UserError if it has none."""
    clusters = {
        resource["urn"]: resource
        for resource in state.resources
        if resource["type"] == CLUSTER and resource.get("outputs")
    }
    identifier = str(inputs_of(provider).get("clusterIdentifier") or "")
    for resource in clusters.values():
        outputs: Mapping[str, Any] = resource["outputs"]
        authority: Mapping[str, str] = outputs.get("certificateAuthority") or {}
        if identifier in (outputs.get("arn"), outputs.get("name")):
            return Cluster(
                name=str(outputs["name"]),
                region=looker.region(resource),
                status="ACTIVE",
                endpoint=str(outputs["endpoint"]),
                authority=authority.get("data") or "",
            )
    raise UserError(
        f"clusterIdentifier: {identifier or 'nothing'} is no cluster of the state, so the releases of "
        f"{provider.get('urn', 'its provider')} can't be listed; look them up: helm list --all --all-namespaces"
    )


def takes_over(provider: Resource) -> bool:
    """Whether a provider adopts an existing object, under an unchanging field manager."""
    return str(inputs_of(provider).get("upsertExistingObjects")).lower() == "true"


def id_of(resource: Resource) -> str:
    """Return the id by which the provider imports an object."""
    metadata: Mapping[str, Any] = inputs_of(resource).get("metadata") or {}
    namespace, name = metadata.get("namespace"), metadata.get("name")
    return f"{namespace}/{name}" if namespace else str(name)
