"""All of a fleet with Karmada: the release on the host, the account of programs, and every cluster joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Output, ResourceOptions

from ..federated_cluster import FederatedCluster
from ..target_types import TargetTypes, TargetTypesArgs
from . import failover
from .account import Account, AccountArgs
from .kubeconfig import CONTEXT
from .member import Member, MemberArgs
from .release import Karmada, KarmadaArgs, KarmadaRelease


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The clusters that have joined Karmada, and the ways into its API. The kubeconfigs are secret."""

    members: dict[str, Output[str]]
    """The clusters' names, each known once Karmada reports the cluster Ready."""
    contexts: Mapping[str, Output[str]]
    """The kubeconfig of programs, by the name of its context."""
    administrator: Output[str]
    """The kubeconfig of Karmada's administrator."""


def join(
    name: str,
    release: KarmadaRelease,
    *,
    host: str,
    clusters: Sequence[FederatedCluster],
    crds: Mapping[str, Mapping[str, Any] | None],
    minutes: int,
    parent: pulumi.Resource,
) -> Joined:
    """Declare the release, the account and the members; `host` is the name of the cluster that runs Karmada.

    `crds` are those of custom types, by name, for Karmada's own API.
    """
    child = ResourceOptions(parent=parent)
    (home,) = (cluster for cluster in clusters if cluster.name == host)
    karmada = Karmada(
        f"{name}-karmada",
        KarmadaArgs(release=release, provider=home.provider, ready=home.ready, timeout_minutes=minutes),
        child,
    )
    account = Account(
        f"{name}-programs",
        AccountArgs(karmada=karmada.host, server=karmada.server, authority=karmada.authority),
        child,
    )
    TargetTypes(
        f"{name}-karmada-types",
        TargetTypesArgs(crds=crds, provider=karmada.host.provider, control_plane=karmada.release),
        child,
    )
    if release.failover:
        failover.taint_policy(f"{name}-failover", karmada.host, parent)
    members = {
        cluster.name: Member(
            f"{cluster.name}-member",
            MemberArgs(
                cluster_name=cluster.name,
                endpoint=cluster.endpoint,
                provider=cluster.provider,
                control_plane=cluster.control_plane,
                karmada=karmada.host,
                labels=cluster.labels,
                zones=cluster.zones,
                before=cluster.ways,
                timeout_minutes=minutes,
            ),
            child,
        ).cluster_name
        for cluster in clusters
    }
    return Joined(members=members, contexts={CONTEXT: account.kubeconfig}, administrator=karmada.kubeconfig)
