"""The host: the cluster on which a program declares what runs on a fleet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output

from .engine import Engine
from .host_cluster import HostCluster
from .kubefed.engine import KubeFedEngine
from .kubefed.joined import joined
from .kubefed.status import explained


@dataclass(frozen=True, kw_only=True)
class Host:
    """A fleet's host cluster, with the engine that runs there."""

    engine: Engine

    @staticmethod
    def by_kubeconfig(kubeconfig: Input[str], groups: Mapping[str, str] | None = None) -> Host:
        """The host by the output `kubeconfig` of the fleet's stack, JSON whose current context is the host's.

        For a program that runs workloads on the fleet; a program has one fleet. `groups` are the API groups that the
        fleet's settings federate types in, if not in the default group: {"Prometheus": "monitoring.coreos.com"}. A
        key is a kind, or `<kind>.<group>` if several groups have the kind; a value is a group, or `<group>/<version>`.
        """
        secret = Output.secret(kubeconfig)
        provider = kubernetes.Provider(
            "fleet",
            kubeconfig=secret,
            # Without it, a new endpoint would read as another cluster, and everything on the fleet would be replaced.
            cluster_identifier=Output.unsecret(secret).apply(lambda text: json.loads(text)["current-context"]),
            upsert_existing_objects=True,
        )
        cluster = HostCluster(provider=provider, kubeconfig=secret, reason=explained(secret))
        return Host(engine=KubeFedEngine(host=cluster, groups=groups or {}, clusters=joined(secret)))
