"""The members that kubefed's host knows, and the marks on their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from kubernetes import client

from ops.errors import UserError
from ops.map import gather, kubefed, topology
from ops.map.model import State

ROTATE = "federated-eks/rotate"
"""The annotation of a token's Secret that has the next update replace the account (components/federation/kubefed)."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A cluster that has joined."""

    name: str
    secret: str
    """The name of the Secret with its token, on the host."""
    trouble: str
    """Why it is not Ready; empty if it is."""


class Host(Protocol):
    """What is called of the host."""

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name. Raise UserError."""
        ...

    def mark(self, secret: str) -> None:
        """Have the next update replace the account whose token a Secret has. Raise UserError."""
        ...


class Connection:
    """The host's API server, called as the stack's kubeconfig says."""

    def __init__(self, stack: str, outputs: Mapping[str, Any]) -> None:
        """Raise UserError if the credentials can't be had."""
        self._stack, self._name = stack, topology.host(outputs["plan"])
        try:
            self._api = gather.cluster_client(outputs["kubeconfig"], self._name)
        except Exception as error:  # of the kubeconfig, or of the program that signs in
            raise self._refused(error) from None

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name. Raise UserError."""
        try:
            found = gather.list_by(self._api)("core.kubefed.io", "v1beta1", "kubefedclusters", gather.NAMESPACE)
        except Exception as error:  # of network, TLS, or rights
            raise self._refused(error) from None
        return sorted((_member(each) for each in found), key=lambda member: member.name)

    def mark(self, secret: str) -> None:
        """Have the next update replace the account whose token a Secret has. Raise UserError."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        core: Any = client.CoreV1Api(self._api)
        patch = {"metadata": {"annotations": {ROTATE: now}}}
        try:
            core.patch_namespaced_secret(secret, gather.NAMESPACE, patch, _request_timeout=gather.TIMEOUT)
        except Exception as error:  # of network, or rights
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> UserError:
        return UserError(
            f"{self._name}: the host's API server can't be called: {gather.reason(error)}; sign in as an administrator "
            f"of the clusters (access.admins), where `pulumi up -s {self._stack}` reaches them too"
        )


def _member(cluster: Mapping[str, Any]) -> Member:
    membership = kubefed.membership(cluster)
    why = ": ".join(each for each in (membership.reason, membership.message) if each)
    return Member(
        name=cluster["metadata"]["name"],
        secret=cluster["spec"]["secretRef"]["name"],
        trouble="" if membership.state is State.READY else why,
    )
