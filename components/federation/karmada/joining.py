"""All of a fleet with Karmada: the release on the host, the account of programs, and every cluster joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi import Output, ResourceOptions

from ..federated_cluster import FederatedCluster
from .account import Account, AccountArgs
from .member import Member, MemberArgs
from .release import Karmada, KarmadaArgs, KarmadaRelease


def join(
    name: str,
    release: KarmadaRelease,
    *,
    host: str,
    clusters: Sequence[FederatedCluster],
    minutes: int,
    parent: pulumi.Resource,
) -> tuple[dict[str, Output[str]], Mapping[str, Output[str]]]:
    """The members' names, each known once Karmada reports it Ready, and the kubeconfigs of Karmada's API.

    `host` is the name of the cluster that runs Karmada. The kubeconfigs are by who signs in: `admin`, `programs`.
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
                before=cluster.ways,
                timeout_minutes=minutes,
            ),
            child,
        ).cluster_name
        for cluster in clusters
    }
    return members, {"admin": karmada.kubeconfig, "programs": account.kubeconfig}
