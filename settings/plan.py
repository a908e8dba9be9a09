"""The plan of a fleet: each network's name and range, the host, and the peered networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

from components.network import addresses
from settings.base import check_once

if TYPE_CHECKING:
    from settings.fleet import Settings

BASTION = "bastion"
"""The name of the bastion's site."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A network of the fleet, and the cluster or bastion in it."""

    name: str
    """Unique in the fleet: `bastion`, or the cluster's name."""
    region: str
    cidr: IPv4Network
    zones: int | None = None
    """The zones that its network spans; None: as many as there are, up to three."""

    @property
    def component(self) -> str:
        """The Pulumi name of the components of the site."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class ClusterSite(Site):
    """A cluster and its network, with every default filled in."""

    number: int
    vpc: str | None = None
    """The id of the existing VPC that the cluster uses; None: the fleet creates a VPC."""
    version: str | None = None
    """The Kubernetes version; None: EKS's default."""
    protected: bool = False
    """Whether EKS and Pulumi refuse to delete it."""
    creator_admin: bool = True
    """Whether EKS made the cluster's creator its administrator."""

    @property
    def place(self) -> tuple[str, IPv4Network, str | None]:
        """The attributes that can't change without the cluster's replacement."""
        return self.name, self.cidr, self.vpc

    @property
    def title(self) -> str:
        """The cluster's name, and its range and VPC."""
        return f"{self.name} ({self.cidr} in {self.vpc})" if self.vpc else f"{self.name} ({self.cidr})"


@dataclass(frozen=True, kw_only=True)
class BastionSite(Site):
    """The bastion's network."""

    name: str = BASTION
    fleet: str
    """The fleet's name."""

    @property
    def component(self) -> str:
        """The Pulumi name of the network, and of the bastion in it."""
        return f"{self.fleet}-{self.name}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan of a fleet."""

    name: str
    """The fleet's name."""
    service_cidr: IPv4Network
    """Kubernetes services' addresses in every cluster."""
    clusters: tuple[ClusterSite, ...]
    """The clusters in the settings' order."""
    host: ClusterSite
    """The cluster that runs the engine."""
    engine: str
    """The engine that federates the clusters."""
    etcd_members: int | None
    """The members of Karmada's etcd; None for a fleet without Karmada."""
    beside: str | None
    """The other engine, which federates the clusters too while workloads move; None if there is one engine."""
    bastion: BastionSite | None
    """The bastion; None for a fleet without one: no network, no peerings, no instance."""
    links: tuple[tuple[str, str], ...]
    """The peered pairs, by the sites' names; each pair and the list are sorted."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every network of the fleet, the bastion's first."""
        return (*([self.bastion] if self.bastion else []), *self.clusters)

    @property
    def created(self) -> tuple[Site, ...]:
        """The sites whose networks the fleet creates."""
        return tuple(site for site in self.sites if not (isinstance(site, ClusterSite) and site.vpc))

    @property
    def members(self) -> tuple[ClusterSite, ...]:
        """The clusters other than the host, in the settings' order."""
        return tuple(cluster for cluster in self.clusters if cluster != self.host)

    @property
    def regions(self) -> list[str]:
        """The regions with a network of the fleet, sorted."""
        return sorted({site.region for site in self.sites})

    def peers(self, name: str) -> dict[str, IPv4Network]:
        """The ranges of the networks peered with the site `name`, by their sites' names."""
        ranges = {site.name: site.cidr for site in self.sites}
        ends = {end for link in self.links if name in link for end in link} - {name}
        return {end: ranges[end] for end in sorted(ends)}

    def api_clients(self, cluster: ClusterSite) -> dict[str, IPv4Network]:
        """The ranges of the fleet's networks that call a cluster's API: its own, the bastion's and the host's."""
        callers = {cluster.name: cluster.cidr} | ({BASTION: self.bastion.cidr} if self.bastion else {})
        return callers if cluster == self.host else callers | {"host": self.host.cidr}

    def peer_ranges(self, name: str) -> list[str]:
        """The ranges that `peers` returns, as sorted text."""
        return sorted(map(str, self.peers(name).values()))


def lay_out(settings: Settings) -> Plan:
    """The plan of a fleet's settings. Raises ValueError if they contradict each other."""
    clusters = _clusters(settings, _numbers(settings))
    check_once("clusters: name", [cluster.name for cluster in clusters], "give each cluster a name of its own")
    host = next((cluster for cluster in clusters if settings.host in (None, cluster.region)), None)
    if host is None:
        raise ValueError(
            f"host: {settings.host} has no cluster, and kubefed must run on one; list {settings.host} in clusters, "
            "or name one of theirs: " + ", ".join(cluster.region for cluster in clusters)
        )
    bastion = _bastion(settings, host)
    ranges = {"bastion": bastion.cidr} if bastion else {}
    ranges |= {f"clusters ({cluster.region})": cluster.cidr for cluster in clusters}
    check_ranges(ranges | {"serviceCidr": settings.service_cidr})
    members = [cluster.name for cluster in clusters if cluster != host]
    full_mesh = settings.peering.topology == "full-mesh"
    peered = links(host.name, members, full_mesh=full_mesh, bastion=settings.bastion.enabled)
    return Plan(
        name=settings.name,
        service_cidr=settings.service_cidr,
        clusters=clusters,
        host=host,
        engine=settings.engine,
        etcd_members=settings.karmada.members(settings.own(host.region)) if "karmada" in settings.engines else None,
        beside=settings.beside,
        bastion=bastion,
        links=peered,
    )


def _numbers(settings: Settings) -> list[int]:
    """Each cluster's number: its own, or its place in the list, from 1."""
    numbers = [cluster.number or place for place, cluster in enumerate(settings.clusters, 1)]
    planned = [number for number, own in zip(numbers, settings.clusters, strict=True) if own.own_range is None]
    if not settings.clusters:
        raise ValueError("clusters: [] is no fleet; list at least one, [{region: eu-west-1}] for instance")
    regions = [cluster.region for cluster in settings.clusters]
    check_once("clusters: region", regions, "a region has one cluster, list it once")
    check_once("clusters: number", numbers, "give each cluster its own, or none to go by the list's order")
    own = [settings.bastion.region] if settings.bastion.enabled and settings.bastion.region else []
    check_one_partition([*regions, *own])
    check_capacity(settings.supernet, planned)
    return numbers


def _clusters(settings: Settings, numbers: Iterable[int]) -> tuple[ClusterSite, ...]:
    return tuple(
        ClusterSite(
            region=cluster.region,
            number=number,
            name=cluster.name or f"{settings.name}-{number}",
            cidr=cluster.own_range or addresses.network(settings.supernet, number),
            zones=None if cluster.vpc else (cluster.network or settings.network).zones,
            vpc=cluster.vpc and cluster.vpc.id,
            version=cluster.kubernetes_version or settings.kubernetes_version,
            protected=(cluster.control_plane or settings.control_plane).deletion_protection,
            creator_admin=settings.access.creator_admin,
        )
        for number, cluster in zip(numbers, settings.clusters, strict=True)
    )


def _bastion(settings: Settings, host: ClusterSite) -> BastionSite | None:
    if not settings.bastion.enabled:
        return None
    cidr = settings.bastion.cidr or addresses.network(settings.supernet, 0)
    region = settings.bastion.region or host.region
    return BastionSite(region=region, cidr=cidr, zones=settings.network.zones, fleet=settings.name)


def links(host: str, members: Iterable[str], *, full_mesh: bool, bastion: bool = True) -> tuple[tuple[str, str], ...]:
    """The peered pairs: the bastion and the host with every cluster (2N-1 links), in a full mesh all with all.

    A fleet without a bastion lacks its N links.
    """
    clusters = sorted({host, *members})
    spokes = combinations(clusters, 2) if full_mesh else ((host, member) for member in clusters if member != host)
    ways_in = [(BASTION, cluster) for cluster in clusters] if bastion else []
    return (*ways_in, *sorted((min(pair), max(pair)) for pair in spokes))


def check_one_partition(regions: Iterable[str]) -> None:
    """Raise ValueError for regions of several AWS partitions, between which no peering is possible."""
    by_partition = {partition(region): region for region in regions}
    if len(by_partition) > 1:
        raise ValueError(
            f"clusters: {' and '.join(sorted(by_partition.values()))} lie in different AWS partitions "
            f"({', '.join(sorted(by_partition))}), whose networks can't be peered; make a stack for each partition"
        )


def partition(region: str) -> str:
    """The AWS partition a region belongs to, by its name's beginning."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")


PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def check_capacity(supernet: IPv4Network, numbers: Iterable[int]) -> None:
    """Raise ValueError for a supernet that has no network for the highest number."""
    highest = max(numbers, default=0)
    if highest > addresses.capacity(supernet):
        raise ValueError(
            f"clusters: number {highest} has no network in supernet {supernet}, which holds "
            f"{addresses.capacity(supernet)} clusters' networks of a /{addresses.NETWORK_PREFIX}; set a larger "
            "supernet, 10.0.0.0/8 say, or a cidr for each cluster past it"
        )


def check_ranges(ranges: Mapping[str, IPv4Network]) -> None:
    """Raise ValueError for ranges that overlap: AWS fails a peering of such networks."""
    for first, second in addresses.overlapping(ranges):
        raise ValueError(
            f"{second}: {ranges[second]} overlaps {ranges[first]} of {first}, and peered networks may not; "
            "choose another range for one of them"
        )
