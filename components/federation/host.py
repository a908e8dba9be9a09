"""The host: the cluster on which a program declares a fleet's workloads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from ..threads import in_thread
from . import membership, served
from .beside import Beside, beside, other_context
from .both import LOOKS
from .engine import Engine
from .host_cluster import HostCluster
from .karmada import engine as karmada
from .karmada import status as karmada_status
from .karmada.kubeconfig import is_marked
from .karmada.usual_types import USUAL
from .kubefed.engine import KubeFedEngine
from .kubefed.joined import joined
from .kubefed.status import explained
from .served import Served


@dataclass(frozen=True, kw_only=True)
class Host:
    """A fleet's host cluster, with its engine."""

    engine: Engine

    @staticmethod
    def by_kubeconfig(kubeconfig: Input[str], groups: Mapping[str, str] | None = None) -> Host:
        """The host by the output `kubeconfig` of the fleet's stack, JSON whose current context is the host's.

        Programs that run workloads on a fleet use it; a program has one fleet. `groups` are the API groups that the
        fleet's settings federate types in, if not in the default group: {"Prometheus": "monitoring.coreos.com"}. A
        key is a kind, or `<kind>.<group>` if several groups have the kind; a value is a group, or `<group>/<version>`.
        Karmada federates types as they are, and ignores `groups`.

        The engine is Karmada if the kubeconfig has Karmada's mark, as the fleet's has, or if its API server serves
        Karmada's types. Otherwise it is kubefed, also if an API server without the mark doesn't answer.

        While the fleet has both, the clusters keep what leaves the engine, and an object moves only if the other engine
        leaves it there too (docs/karmada.md, "From kubefed").
        """
        secret = Output.secret(kubeconfig)
        found = _karmada(secret)
        provider = kubernetes.Provider(
            "fleet",
            kubeconfig=secret,
            # Without it, Pulumi takes a new endpoint for another cluster, and replaces everything on the fleet.
            cluster_identifier=Output.unsecret(secret).apply(lambda text: json.loads(text)["current-context"]),
            upsert_existing_objects=True,
        )
        if found is not None:
            cluster = HostCluster(provider=provider, kubeconfig=secret, reason=karmada_status.explained(secret))
            clusters = membership.joined(secret, karmada_status.CLUSTERS, karmada_status.labels)
            other = _beside("kubefed", secret)
            return Host(engine=karmada.KarmadaEngine(host=cluster, served=found, clusters=clusters, beside=other))
        cluster = HostCluster(provider=provider, kubeconfig=secret, reason=explained(secret))
        other = _beside("karmada", secret)
        return Host(engine=KubeFedEngine(host=cluster, groups=groups or {}, clusters=joined(secret), beside=other))


def _karmada(kubeconfig: Output[str]) -> Served | None:
    """The types that Karmada's API server serves; None for another host, or for an unknown kubeconfig.

    The program waits for the response, as the SDK's own synchronous functions do, because the engine decides which
    resources are declared.
    """

    async def ask(text: str) -> Served | None:
        marked = is_marked(text)
        try:
            found = await in_thread(served.ask, text)
        except Exception:  # The host may fail in any way. `membership.joined` warns of it.
            return USUAL if marked else None
        return found if marked or karmada.GROUP in found.groups else None

    return _sync_await(kubeconfig.apply(ask).future())


def _beside(engine: str, kubeconfig: Output[str]) -> Beside | None:
    """The engine beside the host's own; None if the fleet has one. The program waits for the kubeconfig."""

    async def context(text: str) -> str | None:
        return other_context(text)

    found = _sync_await(kubeconfig.apply(context).future())
    return beside(engine, kubeconfig, found, LOOKS[engine]) if found else None
