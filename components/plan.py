"""What follows from a fleet's settings: each cluster's name and range, the host, and who is peered with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from components import addresses

BASTION = "bastion"
"""The bastion's network in names of peerings."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster with everything filled in."""

    region: str
    number: int
    name: str
    cidr: IPv4Network
    vpc: str | None = None
    """The id of the VPC it stands in; None: one of its own."""
    version: str | None = None
    """Of Kubernetes; None: as EKS has it."""
    protected: bool = False
    """Whether neither EKS nor Pulumi deletes it."""
    creator_admin: bool = True
    """Whether EKS let whoever made it administer it."""

    @property
    def place(self) -> tuple[str, IPv4Network, str | None]:
        """What it can't change without being made anew."""
        return self.name, self.cidr, self.vpc

    @property
    def title(self) -> str:
        """Its name, and where it is."""
        return f"{self.name} ({self.cidr} in {self.vpc})" if self.vpc else f"{self.name} ({self.cidr})"


@dataclass(frozen=True, kw_only=True)
class Bastion:
    """Where the bastion's network lies."""

    region: str
    cidr: IPv4Network


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A fleet on paper."""

    clusters: tuple[Cluster, ...]
    """In the settings' order."""
    host: Cluster
    """Where kubefed runs."""
    bastion: Bastion | None
    """None in a fleet without one: no network, no peerings, no instance."""
    links: tuple[tuple[str, str], ...]
    """The peered pairs, `bastion` or clusters' names, each pair and the list in order."""

    @property
    def regions(self) -> list[str]:
        """Where the fleet has networks, sorted."""
        return sorted({place.region for place in (*self.clusters, self.bastion) if place})

    def peers(self, name: str) -> dict[str, IPv4Network]:
        """The ranges of the networks that one is peered with, by `bastion` and clusters' names."""
        bastion = {BASTION: self.bastion.cidr} if self.bastion else {}
        ranges = bastion | {cluster.name: cluster.cidr for cluster in self.clusters}
        ends = {end for link in self.links if name in link for end in link} - {name}
        return {end: ranges[end] for end in sorted(ends)}

    def peer_ranges(self, name: str) -> list[str]:
        """The ranges of these, in order."""
        return sorted(map(str, self.peers(name).values()))


def links(host: str, members: Iterable[str], *, full_mesh: bool, bastion: bool = True) -> tuple[tuple[str, str], ...]:
    """Who is peered with whom: the bastion and the host with everyone (2N-1 links), in a full mesh all with all.

    Without a bastion, its N links aren't there.
    """
    clusters = sorted({host, *members})
    spokes = combinations(clusters, 2) if full_mesh else ((host, member) for member in clusters if member != host)
    ways_in = [(BASTION, cluster) for cluster in clusters] if bastion else []
    return (*ways_in, *sorted((min(pair), max(pair)) for pair in spokes))


def check_once(what: str, values: Iterable[Hashable], fix: str) -> None:
    """Raise ValueError for a value that comes more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"clusters: {what} {value} is listed {count} times; {fix}")


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
            f"supernet: {supernet} holds {addresses.capacity(supernet)} clusters' networks of a "
            f"/{addresses.NETWORK_PREFIX} and number {highest} is asked for; set a larger supernet, 10.0.0.0/8 say, "
            "or a cidr for each cluster past it"
        )


def check_ranges(ranges: Mapping[str, IPv4Network]) -> None:
    """Raise ValueError for ranges that overlap: AWS fails a peering of such networks."""
    for one, other in addresses.overlapping(ranges):
        raise ValueError(
            f"{other}: {ranges[other]} overlaps {ranges[one]} of {one}, and peered networks may not; "
            "choose another range for one of them"
        )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the stack's last update left; nothing before the first."""

    host: str | None = None
    """The host's region."""
    clusters: Mapping[str, Cluster] = field(default_factory=dict[str, Cluster])
    """By region."""
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    """The types that are federated, by name, and as what each is."""

    @staticmethod
    def parse(output: Any) -> Standing:
        """From the stack's output `plan`, as `describe` made it; None before the first update."""
        if output is None:
            return Standing()
        clusters = [Cluster(**(entry | {"cidr": IPv4Network(entry["cidr"])})) for entry in output["clusters"]]
        # Pulumi keeps every number as a double.
        return Standing(
            host=output["host"],
            clusters={c.region: replace(c, number=int(c.number)) for c in clusters},
            types=output.get("types") or {},
        )


def describe(plan: Plan, types: Mapping[str, str], versions: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The stack's output `plan`; `versions` are the clusters' versions as EKS has them, by region.

    `host`, a region; `bastion` with region and cidr, or empty; `clusters`, each with region, number, name, cidr, vpc,
    version, and whether it is protected and its creator its administrator; and `types`, the federated ones by name,
    and as what each is federated.
    """
    clusters = [
        {**vars(cluster), "cidr": str(cluster.cidr), "version": (versions or {}).get(cluster.region) or cluster.version}
        for cluster in plan.clusters
    ]
    bastion = {"region": plan.bastion.region, "cidr": str(plan.bastion.cidr)} if plan.bastion else {}
    return {"host": plan.host.region, "bastion": bastion, "clusters": clusters, "types": dict(types)}


def check_unmoved(plan: Plan, types: Mapping[str, str], standing: Standing) -> None:
    """Compare a plan, and the types that are to be federated, with what stands.

    Raises ValueError where a running cluster would change name, range or VPC, the host would go while members remain,
    or a type would be federated as another: each of these replaces what runs, together with all that it holds. And
    where EKS would refuse what is asked of a running cluster.
    """
    now = {cluster.region: cluster for cluster in plan.clusters}
    remain = [region for region in now if region in standing.clusters]
    if remain and standing.host != plan.host.region:
        raise ValueError(
            f"host: kubefed runs in {standing.host} and its members remain in {', '.join(remain)}, so it can't move to "
            f"{plan.host.region}; keep {standing.host} in clusters and set host: {standing.host}, or destroy the stack "
            "first"
        )
    for region in remain:
        was, becomes = standing.clusters[region], now[region]
        if was.place != becomes.place:
            raise ValueError(
                f"clusters: {was.title} in {region} would become {becomes.title}, which replaces it and all that runs "
                f"on it; set number: {was.number} on {region}, with name, cidr and vpc as they were"
            )
        _check_version(was, becomes)
        _check_creator(was, becomes)
    for gone in standing.clusters.values():
        if gone.protected and gone.region not in now:
            raise ValueError(
                f"clusters: {gone.name} in {gone.region} is not listed any more, and is protected from deletion; list "
                "it again, set controlPlane.deletionProtection: false, update, and then take it out"
            )
    for name, becomes in types.items():
        was = standing.types.get(name, becomes)
        if was != becomes:
            raise ValueError(
                f"types: {name} is federated as {was} and would become {becomes}, which removes its objects from every "
                "cluster; take it out of types, update, and list it again"
            )


def upgrading(standing: Standing, region: str, version: str) -> bool:
    """Whether a region's cluster runs, and at another version than the one that is wanted."""
    was = standing.clusters.get(region)
    return was is not None and was.version != version


def _check_version(was: Cluster, becomes: Cluster) -> None:
    if was.version is None or becomes.version is None:
        return
    steps = _minor(becomes.version) - _minor(was.version)
    if steps < 0:
        raise ValueError(
            f"kubernetesVersion: {becomes.version} is older than {was.version}, which {was.name} in {was.region} runs, "
            f"and EKS takes no control plane back; set {was.version}"
        )
    if steps > 1:
        raise ValueError(
            f"kubernetesVersion: {becomes.version} is {steps} minor versions past {was.version}, which {was.name} in "
            f"{was.region} runs, and EKS goes up one at a time; set 1.{_minor(was.version) + 1}, update, and so on"
        )


def _check_creator(was: Cluster, becomes: Cluster) -> None:
    if was.creator_admin != becomes.creator_admin:
        raise ValueError(
            f"access.creatorAdmin: {becomes.creator_admin} is not how {was.name} in {was.region} was made, and EKS "
            f"decides it for good when it makes a cluster; set it to {str(was.creator_admin).lower()}"
            + (", and delete the access entry of whoever made the clusters" if was.creator_admin else "")
        )


def _minor(version: str) -> int:
    return int(version.split(".")[1])
