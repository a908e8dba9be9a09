"""The charts and manifests of each cluster, in their order and with their content."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from components.cluster import PodIdentityArgs
from components.software.objects import Key, Object
from components.software.software import Entry as EntryArgs
from settings import sources
from settings.access import check_partition
from settings.base import PROJECT
from settings.charts import Chart
from settings.entries import Entry
from settings.errors import SettingsError
from settings.near import near
from settings.plan import ClusterSite, Plan, partition

if TYPE_CHECKING:
    from settings.fleet import Settings


def entries(settings: Settings) -> Mapping[str, Entry]:
    """Every entry of charts and manifests, by its key: `charts[0]`."""
    charts = {f"charts[{index}]": chart for index, chart in enumerate(settings.charts)}
    return charts | {f"manifests[{index}]": manifest for index, manifest in enumerate(settings.manifests)}


def takes(settings: Settings, entry: Entry, cluster: ClusterSite) -> bool:
    """Whether an entry goes into a cluster."""
    named = entry.clusters is None or cluster.name in entry.clusters
    return named and (entry.labels or {}).items() <= settings.labels_of(cluster.region).items()


def clusters_of(settings: Settings, plan: Plan, entry: Entry) -> list[str]:
    """The names of the clusters that an entry goes into, in the settings' order."""
    return [cluster.name for cluster in plan.clusters if takes(settings, entry, cluster)]


def check(settings: Settings, plan: Plan) -> None:
    """Raise ValueError for entries that contradict each other, or the fleet."""
    found = entries(settings)
    by_name: dict[str, str] = {}
    for key, entry in found.items():
        other = by_name.setdefault(entry.name, key)
        if other != key:
            raise ValueError(f"{key}.name: {entry.name} is the name of {other} too; give each entry its own")
    for key, entry in found.items():
        _check_clusters(settings, plan, key, entry)
        if isinstance(entry, Chart):
            _check_values(settings, plan, key, entry)
    for key, entry in found.items():
        _check_after(settings, plan, key, entry, {other.name: other for other in found.values()})
    _ordered([*found.values()])
    _check_roles(settings, plan)


def _check_clusters(settings: Settings, plan: Plan, key: str, entry: Entry) -> None:
    for name in entry.clusters or ():
        _check_named(plan, f"{key}.clusters", name)
    if not clusters_of(settings, plan, entry):
        labels = ", ".join(f"{label}: {value}" for label, value in (entry.labels or {}).items())
        raise ValueError(
            f"{key}.labels: {labels} selects no cluster, so {entry.name} goes nowhere; give a cluster these labels, "
            "select others, or take the entry out"
        )


def _check_named(plan: Plan, key: str, name: str) -> None:
    names = [cluster.name for cluster in plan.clusters]
    if name in names:
        return
    meant = {cluster.region: cluster.name for cluster in plan.clusters}.get(name) or near(name, names)
    raise ValueError(
        f"{key}: {name} is no cluster of the fleet; "
        + (f"did you mean {meant}?" if meant else f"use {', '.join(names)}")
    )


def _check_values(settings: Settings, plan: Plan, key: str, chart: Chart) -> None:
    here = clusters_of(settings, plan, chart)
    for name in chart.values_by_cluster:
        _check_named(plan, f"{key}.valuesByCluster", name)
        if name not in here:
            raise ValueError(
                f"{key}.valuesByCluster: {name} has values, but {chart.name} does not go there; drop them, or let the "
                "entry go there"
            )


def _check_after(settings: Settings, plan: Plan, key: str, entry: Entry, by_name: Mapping[str, Entry]) -> None:
    for other in entry.after:
        if other not in by_name:
            meant = near(other, by_name.keys() - {entry.name})
            raise ValueError(
                f"{key}.after: {other} is no entry of charts or manifests; "
                + (f"did you mean {meant}?" if meant else "name one, or leave it out")
            )
        reached = clusters_of(settings, plan, by_name[other])
        without = [name for name in clusters_of(settings, plan, entry) if name not in reached]
        if without:
            raise ValueError(
                f"{key}.after: {other} does not go into {', '.join(without)}, where {entry.name} does; let both go "
                "there, or leave it out"
            )


def _ordered(found: list[Entry]) -> list[Entry]:
    """The entries, each after those that it names. Raises ValueError for a circle."""
    by_name = {entry.name: entry for entry in found}
    try:
        order = [*TopologicalSorter({entry.name: entry.after for entry in found}).static_order()]
    except CycleError as error:
        circle = " after ".join(reversed(error.args[1]))
        raise ValueError(f"charts and manifests: {circle} is a circle; take one after out of it") from None
    return [by_name[name] for name in order]


def _check_roles(settings: Settings, plan: Plan) -> None:
    """Raise ValueError for a service account with two roles in a cluster (EKS API, CreatePodIdentityAssociation)."""
    for cluster in plan.clusters:
        taken: dict[tuple[str, str], str] = {}
        for key, identity in settings.pods_of(cluster):
            check_partition(
                key, [arn for arn in (identity.role_arn, *identity.policies) if arn], partition(cluster.region)
            )
            other = taken.setdefault((identity.namespace, identity.service_account), key)
            if other != key:
                raise ValueError(
                    f"{key}.serviceAccount: {identity.namespace}/{identity.service_account} has a role by {other}, and "
                    "EKS takes one in a cluster; take one of them out"
                )


def pods_of(settings: Settings, cluster: ClusterSite) -> dict[str, PodIdentityArgs]:
    """The service accounts of a cluster's charts that have an IAM role, by the role's key."""
    return {
        f"{key}.role": chart.role.arguments(chart.namespace)
        for key, chart in entries(settings).items()
        if isinstance(chart, Chart) and chart.role and takes(settings, chart, cluster)
    }


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Each cluster's charts and manifests, after they are read."""

    clusters: Mapping[str, list[EntryArgs]] = field(default_factory=dict[str, "list[EntryArgs]"])
    """The entries by the cluster's name, each after those that it needs."""

    def bringing(self, crd: str) -> dict[str, tuple[str, Object]]:
        """The entry that brings a CRD, and the CRD, by the name of each cluster that gets it."""
        return {
            cluster: (entry.name, found)
            for cluster, entries in self.clusters.items()
            for entry in entries
            for found in entry.crds
            if found.key.name == crd
        }


def resolve(settings: Settings) -> Resolved:
    """The charts and manifests of the settings, read from where they are. Raises SettingsError."""
    plan, found = settings.plan, entries(settings)
    keys = {entry.name: key for key, entry in found.items()}
    try:
        # Reading an entry takes a call or two of a server.
        with ThreadPoolExecutor(8) as pool:
            arguments = dict(zip(found, pool.map(sources.read, found, found.values()), strict=True))
        ordered = [(keys[entry.name], clusters_of(settings, plan, entry)) for entry in _ordered([*found.values()])]
        clusters = {
            cluster.name: [arguments[key](cluster.name) for key, here in ordered if cluster.name in here]
            for cluster in plan.clusters
        }
        for cluster, listed in clusters.items():
            _check_distinct(cluster, listed, keys)
    except ValueError as error:
        raise SettingsError(f"{PROJECT}:{error}") from None
    return Resolved(clusters=clusters)


def _check_distinct(cluster: str, listed: list[EntryArgs], keys: Mapping[str, str]) -> None:
    """Raise ValueError for an object that two entries bring: removing one entry would delete the other's object."""
    seen: dict[Key, str] = {}
    for entry in listed:
        for object in entry.objects:
            other = seen.setdefault(object.key, entry.name)
            if other != entry.name:
                raise ValueError(
                    f"{keys[entry.name]}.name: {entry.name} brings {object.key} into {cluster}, as {other} does; take "
                    "it out of one of them, or let them go into different clusters"
                )
