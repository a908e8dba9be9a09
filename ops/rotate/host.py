"""The tokens that a fleet's engines know, and the marks on them."""

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

    engine: Engine
    name: str
    secret: str
    """The name of the Secret with its token, in the engine's API."""
    namespace: str = gather.NAMESPACE
    trouble: str
    """Why it is not Ready; empty if it is."""
    done: str = "the old account is deleted"
    """The news once its token is replaced."""

    @property
    def token(self) -> str:
        """The Secret with its token, as it is shown. Its namespace tells kubefed's from Karmada's."""
        return f"Secret {self.namespace}/{self.secret}"


class Host(Protocol):
    """The calls of the engines' APIs."""

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name, and what else has a token. Raise UserError."""
        ...

    def mark(self, member: Member) -> None:
        """Have the next update replace a member's account or token. Raise UserError."""
        ...


class Connection:
    """The API servers of the fleet's engines, called as the stack's kubeconfig says."""

    def __init__(self, stack: str, outputs: Mapping[str, Any]) -> None:
        """Raise UserError if the credentials can't be had."""
        plan = outputs["plan"]
        self._stack = stack
        self._contexts = {engine: topology.context(plan, engine) for engine in topology.engines(plan)}
        self._apis = {engine: self._sign_in(outputs["kubeconfig"], engine) for engine in self._contexts}

    def members(self) -> list[Member]:
        """Return the clusters that have joined, by name, and what else has a token. Raise UserError."""
        found = [member for engine in self._apis for member in self._members(engine)]
        return sorted(found, key=lambda member: member.name)

    def mark(self, member: Member) -> None:
        """Have the next update replace a member's account or token. Raise UserError."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        core: Any = client.CoreV1Api(self._apis[member.engine])
        patch = {"metadata": {"annotations": {ROTATE: now}}}
        try:
            core.patch_namespaced_secret(member.secret, member.namespace, patch, _request_timeout=gather.TIMEOUT)
        except Exception as error:  # of network, or rights
            raise self._refused(member.engine, error) from None

    def _sign_in(self, kubeconfig: str, engine: Engine) -> client.ApiClient:
        try:
            return gather.cluster_client(kubeconfig, self._contexts[engine])
        except Exception as error:  # of the kubeconfig, or of the program that signs in
            raise self._refused(engine, error) from None

    def _members(self, engine: Engine) -> list[Member]:
        try:
            return self._of_karmada() if engine is Engine.KARMADA else self._of_kubefed()
        except Exception as error:  # of network, TLS, or rights
            raise self._refused(engine, error) from None

    def _of_kubefed(self) -> list[Member]:
        clusters = gather.list_by(self._apis[Engine.KUBEFED])(
            "core.kubefed.io", "v1beta1", "kubefedclusters", gather.NAMESPACE
        )
        return [_member(Engine.KUBEFED, each, kubefed.membership(each), gather.NAMESPACE) for each in clusters]

    def _of_karmada(self) -> list[Member]:
        clusters = gather.list_by(self._apis[Engine.KARMADA])("cluster.karmada.io", "v1alpha1", "clusters", "")
        members = [_member(Engine.KARMADA, each, karmada.membership(each), MEMBERS) for each in clusters]
        return [*members, *(_programs(secret) for secret in self._tokens_of_programs())]

    def _tokens_of_programs(self) -> list[str]:
        """Return the name of the Secret with the programs' token, if there is one: the latest."""
        core: Any = client.CoreV1Api(self._apis[Engine.KARMADA])
        listed = core.list_namespaced_secret(
            PROGRAMS, field_selector="type=kubernetes.io/service-account-token", _request_timeout=gather.TIMEOUT
        )
        own = [
            each
            for each in listed.items
            if ("kubernetes.io/service-account.name", ACCOUNT) in dict(each.metadata.annotations or ()).items()
        ]
        return [each.metadata.name for each in sorted(own, key=lambda each: each.metadata.creation_timestamp)[-1:]]

    def _refused(self, engine: Engine, error: Exception) -> UserError:
        called = "Karmada's API" if engine is Engine.KARMADA else "the host's API server"
        return UserError(
            f"{self._contexts[engine]}: {called} can't be called: {gather.reason(error)}; sign in as an administrator "
            f"of the clusters (access.admins), where `pulumi up -s {self._stack}` reaches them too"
        )


def _member(engine: Engine, cluster: Mapping[str, Any], membership: Membership, namespace: str) -> Member:
    why = ": ".join(each for each in (membership.reason, membership.message) if each)
    return Member(
        engine=engine,
        name=cluster["metadata"]["name"],
        secret=cluster["spec"]["secretRef"]["name"],
        namespace=namespace,
        trouble="" if membership.state is State.READY else why,
    )


def _programs(secret: str) -> Member:
    return Member(
        engine=Engine.KARMADA,
        name=karmada.CONTEXT,
        secret=secret,
        namespace=PROGRAMS,
        trouble="",
        done="the old token has ended; programs need the output kubeconfig again",
    )
