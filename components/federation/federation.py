"""A federation of clusters: the engine on the host, every cluster's membership, and the types that are federated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi import Input, Output, ResourceOptions

from .beside import marked
from .federated_cluster import FederatedCluster
from .karmada.joining import join
from .karmada.kubeconfig import CONTEXT
from .karmada.release import KarmadaRelease
from .kubefed import chart_types, crd
from .kubefed.builtin_types import Target
from .kubefed.derive import Enabled
from .kubefed.federated_type import FederatedType, FederatedTypeArgs
from .kubefed.member import Member, MemberArgs
from .kubefed.release import KubeFed, KubeFedArgs
from .kubefed.tokens import current
from .target_types import TargetTypes, TargetTypesArgs
from .tokens import Issued


@dataclass(frozen=True, kw_only=True)
class Release:
    """kubefed's chart and images."""

    chart: str
    """The chart's name in the repository, or a folder that contains it."""
    repository: str | None
    """The chart repository's URL; None for a folder."""
    version: str
    """The version of the chart in the repository, and of the image."""
    registry: str
    """The registry of kubefed's own image."""
    hook_image: str
    """`<registry>/<image>:<tag>` with bash and kubectl."""
    node_selector: Mapping[str, str]
    """Labels of the nodes that its pods may run on; empty: any."""


@dataclass(frozen=True, kw_only=True)
class FederationArgs:
    """The clusters of a federation, its engine, and the federated types."""

    host: str
    """The name of the cluster that runs the engine."""
    clusters: Sequence[FederatedCluster]
    """Every cluster, the host among them."""
    release: Release | KarmadaRelease
    """The release of the engine: kubefed, or Karmada."""
    beside: Release | KarmadaRelease | None = None
    """The release of the other engine, while workloads move to or from it; None: there is one engine."""
    issued: Issued
    """The engines' existing accounts."""
    types: Sequence[Enabled]
    """Federated types beside those of kubefed's chart. Karmada's own API gets their CRDs."""
    timeout_minutes: int
    """Limit for the engine to report a cluster Ready, to start with a type, and to remove a type's objects."""


class Federation(pulumi.ComponentResource):
    """The engine's release on the host, every cluster joined, and with kubefed every type federated."""

    members: dict[str, Output[str]]
    """The clusters' names, each known once every engine reports the cluster Ready."""
    serials: Output[Mapping[str, Mapping[str, int]]]
    """The serial of each engine's account in each cluster, by the engine's name in the settings and the cluster's.

    Karmada's also have that of the programs' token, by the name of its context.
    """
    contexts: Mapping[str, Output[str]]
    """A kubeconfig of Karmada's own API, by the name of its context. Empty without it: kubefed's API is the host's."""
    administrator: Output[str] | None
    """The kubeconfig of the administrator of Karmada's own API, which can't be revoked; None without it."""

    def __init__(self, name: str, args: FederationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Federation", name, None, opts)
        self._args = args
        self._custom = {cluster.name: self._custom_types(cluster, args.types) for cluster in args.clusters}
        self.contexts, self.administrator = {}, None
        self._serials: dict[str, Output[Mapping[str, int]]] = {}
        engines = [self._join(name, release, args) for release in (args.release, args.beside) if release]
        self.members = {cluster: _all(members[cluster] for members in engines) for cluster in engines[0]}
        self.serials = Output.all(**self._serials)
        self.register_outputs({"members": self.members})

    def lead(self, kubeconfig: str) -> str:
        """The fleet's kubeconfig, JSON, as programs find the engine by it: its API has the current context."""
        args = self._args
        return marked(kubeconfig, _context(args.release, args), args.beside and _context(args.beside, args))

    def _join(self, name: str, release: Release | KarmadaRelease, args: FederationArgs) -> Mapping[str, Output[str]]:
        """The names of the clusters that have joined an engine, each known once it reports the cluster Ready."""
        if isinstance(release, KarmadaRelease):
            return self._join_karmada(name, release, args)
        return self._join_kubefed(name, release, args)

    def _join_karmada(self, name: str, release: KarmadaRelease, args: FederationArgs) -> Mapping[str, Output[str]]:
        joined = join(
            name,
            release,
            host=args.host,
            clusters=args.clusters,
            issued=args.issued,
            crds={enabled.name: enabled.definition for enabled in args.types if enabled.custom},
            minutes=args.timeout_minutes,
            parent=self,
        )
        self.contexts, self.administrator = joined.contexts, joined.administrator
        self._serials["karmada"] = joined.serials
        return joined.members

    def _join_kubefed(self, name: str, release: Release, args: FederationArgs) -> Mapping[str, Output[str]]:
        """Join the clusters to kubefed.

        The order matters. kubefed's controller exits while a Ready cluster lacks a federated type, so each
        cluster gets the custom types before it joins.
        """
        kubefed = self._kubefed(name, release, args)
        names = [cluster.name for cluster in args.clusters]
        serials = current(args.issued, args.host).apply(lambda left: {name: left.get(name, 1) for name in names})
        self._serials["kubefed"] = serials
        members = {cluster.name: self._member(cluster, kubefed, serials, args) for cluster in args.clusters}
        for enabled in args.types:
            self._federate(enabled, kubefed, args)
        if args.beside:
            chart_types.take_over(f"{name}-kubefed", kubefed, kept=release is args.release, parent=self)
        return members

    def _options(self) -> ResourceOptions:
        # Version 0.1.0 is the first with this component. An older stack has its children at the top.
        return ResourceOptions(parent=self, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])

    def _kubefed(self, name: str, release: Release, args: FederationArgs) -> KubeFed:
        (host,) = (cluster for cluster in args.clusters if cluster.name == args.host)
        return KubeFed(
            f"{name}-kubefed",
            KubeFedArgs(
                **vars(release),
                provider=host.provider,
                control_plane=host.control_plane,
                kubeconfig=host.kubeconfig,
                nodes=host.nodes,
            ),
            self._options(),
        )

    def _custom_types(self, cluster: FederatedCluster, types: Sequence[Enabled]) -> TargetTypes:
        return TargetTypes(
            f"{cluster.name}-types",
            TargetTypesArgs(
                crds={enabled.name: enabled.crd for enabled in types if enabled.custom},
                brought=cluster.brought,
                software=cluster.software,
                provider=cluster.provider,
                control_plane=cluster.control_plane,
            ),
            self._options(),
        )

    def _member(
        self,
        cluster: FederatedCluster,
        kubefed: KubeFed,
        serials: Output[Mapping[str, int]],
        args: FederationArgs,
    ) -> Output[str]:
        member = Member(
            f"{cluster.name}-member",
            MemberArgs(
                cluster_name=cluster.name,
                host_name=args.host,
                endpoint=cluster.endpoint,
                certificate_authority=cluster.certificate_authority,
                provider=cluster.provider,
                control_plane=cluster.control_plane,
                host=kubefed.host,
                namespace=kubefed.namespace,
                serial=serials.apply(lambda serials: serials[cluster.name]),
                labels=cluster.labels,
                before=[*self._custom[cluster.name].crds.values(), *cluster.ways],
                timeout_minutes=args.timeout_minutes,
            ),
            self._options(),
        )
        return member.cluster_name

    def _federate(self, enabled: Enabled, kubefed: KubeFed, args: FederationArgs) -> None:
        crds = {name: types.crds[enabled.name] for name, types in self._custom.items()} if enabled.custom else {}
        target: Input[Target] = enabled.target or crd.known(cast(Any, crds[args.host]), enabled.version)
        FederatedType(
            enabled.name,
            FederatedTypeArgs(
                target=target,
                host=kubefed.host,
                namespace=kubefed.namespace,
                federated_group=enabled.federated_group,
                federated_version=enabled.federated_version,
                present=[*crds.values()],
                timeout_minutes=args.timeout_minutes,
            ),
            self._options(),
        )


def _all(names: Iterable[Output[str]]) -> Output[str]:
    """A cluster's name, once it is known from every engine."""
    return Output.all(*names).apply(lambda found: found[0])


def _context(release: Release | KarmadaRelease, args: FederationArgs) -> str:
    """The context of an engine's API in the fleet's kubeconfig."""
    return CONTEXT if isinstance(release, KarmadaRelease) else args.host
