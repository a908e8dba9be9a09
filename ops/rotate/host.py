"""The tokens that a fleet's engine knows, and the marks on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from kubernetes import client

from ops.errors import UserError
from ops.map import gather, karmada, kubefed, topology
from ops.map.model import Engine, Membership, State

ROTATE = "federated-eks/rotate"
"""The annotation of a token's Secret that has the next update replace the account (components/federation/tokens.py)."""

MEMBERS, PROGRAMS = "karmada-cluster", "karmada-system"
"""The namespaces in Karmada of the clusters' tokens, and of the programs' token."""

ACCOUNT = "federated-eks-programs"
"""The service account of programs in Karmada."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A cluster that has joined, or with Karmada its own API, into which programs sign in."""

    name: str
    secret: str
    """The name of the Secret with its token, in the engine's API."""
    namespace: str = gather.NAMESPACE
    trouble: str
    """Why it is not Ready; empty if it is."""
    done: str = "the old account is deleted"
    """The news once its token is replaced."""


class Host(Protocol):
    """The calls of an engine's API."""

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name, and what else has a token. Raise UserError."""
        ...

    def mark(self, member: Member) -> None:
        """Have the next update replace a member's account or token. Raise UserError."""
        ...


class Connection:
    """The engine's API server, called as the stack's kubeconfig says."""

    def __init__(self, stack: str, outputs: Mapping[str, Any]) -> None:
        """Raise UserError if the credentials can't be had."""
        plan = outputs["plan"]
        self._stack, self._name, self._engine = stack, topology.context(plan), topology.engine(plan)
        try:
            self._api = gather.cluster_client(outputs["kubeconfig"], self._name)
        except Exception as error:  # of the kubeconfig, or of the program that signs in
            raise self._refused(error) from None

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name, and what else has a token. Raise UserError."""
        try:
            found = self._of_karmada() if self._engine is Engine.KARMADA else self._of_kubefed()
        except Exception as error:  # of network, TLS, or rights
            raise self._refused(error) from None
        return sorted(found, key=lambda member: member.name)

    def mark(self, member: Member) -> None:
        """Have the next update replace a member's account or token. Raise UserError."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        core: Any = client.CoreV1Api(self._api)
        patch = {"metadata": {"annotations": {ROTATE: now}}}
        try:
            core.patch_namespaced_secret(member.secret, member.namespace, patch, _request_timeout=gather.TIMEOUT)
        except Exception as error:  # of network, or rights
            raise self._refused(error) from None

    def _of_kubefed(self) -> list[Member]:
        clusters = gather.list_by(self._api)("core.kubefed.io", "v1beta1", "kubefedclusters", gather.NAMESPACE)
        return [_member(each, kubefed.membership(each), gather.NAMESPACE) for each in clusters]

    def _of_karmada(self) -> list[Member]:
        clusters = gather.list_by(self._api)("cluster.karmada.io", "v1alpha1", "clusters", "")
        members = [_member(each, karmada.membership(each), MEMBERS) for each in clusters]
        return [*members, *(_programs(secret) for secret in self._tokens_of_programs())]

    def _tokens_of_programs(self) -> list[str]:
        """Return the name of the Secret with the programs' token, if there is one: the latest."""
        core: Any = client.CoreV1Api(self._api)
        listed = core.list_namespaced_secret(
            PROGRAMS, field_selector="type=kubernetes.io/service-account-token", _request_timeout=gather.TIMEOUT
        )
        own = [
            each
            for each in listed.items
            if ("kubernetes.io/service-account.name", ACCOUNT) in dict(each.metadata.annotations or ()).items()
        ]
        return [each.metadata.name for each in sorted(own, key=lambda each: each.metadata.creation_timestamp)[-1:]]

    def _refused(self, error: Exception) -> UserError:
        called = "Karmada's API" if self._engine is Engine.KARMADA else "the host's API server"
        return UserError(
            f"{self._name}: {called} can't be called: {gather.reason(error)}; sign in as an administrator "
            f"of the clusters (access.admins), where `pulumi up -s {self._stack}` reaches them too"
        )


def _member(cluster: Mapping[str, Any], membership: Membership, namespace: str) -> Member:
    why = ": ".join(each for each in (membership.reason, membership.message) if each)
    return Member(
        name=cluster["metadata"]["name"],
        secret=cluster["spec"]["secretRef"]["name"],
        namespace=namespace,
        trouble="" if membership.state is State.READY else why,
    )


def _programs(secret: str) -> Member:
    return Member(
        name=karmada.CONTEXT,
        secret=secret,
        namespace=PROGRAMS,
        trouble="",
        done="the old token has ended; programs need the output kubeconfig again",
    )
