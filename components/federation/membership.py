"""The clusters that an engine knows, and whether a workload asks for others.

An engine passes over a cluster that it does not know: a placement or an override that names one would have no effect,
and the status of no object would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pulumi
from pulumi import Output

from ..threads import in_thread
from . import diagnosis
from .engine import Selection, Spread, Workload
from .placement import Placement
from .scheduling import ANY

REGION = "topology.kubernetes.io/region"
"""The label of a membership that says where the cluster is; the fleet sets it."""

Labels = Mapping[str, Mapping[str, str]]
"""The labels of each cluster's membership, by the cluster's name."""


def labels_of(member: diagnosis.Object) -> Mapping[str, str]:
    """The labels of a membership."""
    return member["metadata"].get("labels") or {}


def joined(
    kubeconfig: Output[str],
    kind: diagnosis.Object,
    labels: Callable[[diagnosis.Object], Mapping[str, str]] = labels_of,
) -> Output[Labels | None]:
    """The clusters that have joined the host, with their labels; None where the host doesn't answer, with a warning.

    `kind` is the apiVersion and kind of the engine's memberships. A preview asks as well: it is then that a name which
    isn't there should be told.
    """

    async def look(text: str) -> Labels | None:
        try:
            found = await in_thread(lambda: diagnosis.listed(diagnosis.connect(text), kind))
        except Exception as error:  # whatever keeps the host from answering, placing objects will tell of it
            pulumi.log.warn(
                "the host doesn't tell which clusters have joined, so no placement is held against them: "
                + diagnosis.reason(error)
            )
            return None
        return {cluster["metadata"]["name"]: labels(cluster) for cluster in found}

    return Output.unsecret(Output.secret(kubeconfig).apply(look))


def placed(workload: Workload, clusters: Output[Labels | None]) -> Output[str]:
    """A workload's name, once each cluster that it asks for is one that has joined.

    The update ends with what is wrong otherwise, before the object is created or changed.
    """
    names = Output.all(*(workload.placement.clusters or ()))

    def check(found: Sequence[Any]) -> str:
        labels, asked = found
        if labels is not None:
            where = f"{workload.kind} {workload.name}"
            _told(where, unplaced(workload, asked, labels))
            _warn_if_nowhere(where, workload.placement, labels)
        return workload.name

    return Output.all(clusters, names).apply(check)


def select(workload: Workload, within: Placement, clusters: Output[Labels | None]) -> Output[Selection]:
    """The clusters that a workload's placement takes, of those that `within` takes too.

    A host that doesn't answer ends the update: an empty selection would take away what follows it.
    """

    def chosen(found: Sequence[Any]) -> Selection:
        labels, *names = found
        where = f"{workload.kind} {workload.name}"
        if labels is None:
            raise pulumi.RunError(
                f"{where}: the host doesn't tell which clusters have joined; see that it answers, and run the update "
                "again"
            )
        taken = [taken_by(placement, asked, labels) for placement, asked in zip(placements, names, strict=True)]
        _told(where, _unknown("placement", names[0], labels))
        _warn_if_nowhere(where, workload.placement, labels)
        return Selection(
            regions={name: own.get(REGION) for name, own in labels.items()},
            placed=tuple(sorted(name for name in labels if all(name in one for one in taken))),
        )

    placements = (workload.placement, within)
    asked = [Output.all(*(placement.clusters or ())) for placement in placements]
    return Output.all(clusters, *asked).apply(chosen)


def taken_by(placement: Placement, asked: Sequence[str], clusters: Labels) -> set[str]:
    """The clusters that a placement takes; `asked` are its names."""
    if placement.selector is None:
        return {*asked}
    return {name for name, labels in clusters.items() if takes(placement.selector, labels)}


def spread(chosen: Spread, clusters: Output[Labels | None]) -> Output[str]:
    """The name of a spread's workload, once each cluster that it names is one that has joined."""

    def check(found: Sequence[Any]) -> str:
        labels, name = found
        if labels is not None:
            check_spread(chosen, labels)
        return name

    return Output.all(clusters, chosen.name).apply(check)


def check_spread(chosen: Spread, clusters: Labels) -> None:
    """Raise RunError for a spread that names a cluster which hasn't joined."""
    where = f"ReplicaScheduling of {chosen.workload.kind} {chosen.workload.name}"
    check_names(where, "clusters", [cluster for cluster in chosen.clusters if cluster != ANY], clusters)


def check_names(where: str, field: str, names: Iterable[str], clusters: Labels) -> None:
    """Raise RunError if a field of an object names a cluster that hasn't joined."""
    _told(where, _unknown(field, names, clusters))


def unplaced(workload: Workload, asked: Sequence[str], clusters: Labels) -> list[str]:
    """What a workload asks for that no cluster is there for. `asked` are the names of its placement."""
    told = [*_unknown("placement", asked, clusters), *_unknown("overrides", workload.overrides, clusters)]
    taken = taken_by(workload.placement, asked, clusters)
    for cluster in workload.overrides:
        if cluster in clusters and cluster not in taken:
            told.append(
                f"overrides: {cluster} is not in the placement, so the override has no effect; "
                "place the object there too, or take the override out"
            )
    return told


def _warn_if_nowhere(where: str, placement: Placement, clusters: Labels) -> None:
    """Log that a selector takes no cluster, which is right before a cluster gets its label, and else a mistake."""
    if placement.selector is not None and not taken_by(placement, (), clusters):
        pulumi.log.warn(f"{where}: placement: the selector takes none of {_listed(clusters)}, so it is nowhere")


def takes(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector of Kubernetes takes a cluster of these labels."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    rules: Sequence[Mapping[str, Any]] = selector.get("matchExpressions") or ()
    return all(_holds(rule, labels.get(rule["key"])) for rule in rules)


def _holds(rule: Mapping[str, Any], value: str | None) -> bool:
    values: Sequence[str] = rule.get("values") or ()
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(rule["operator"], False)


def _unknown(field: str, asked: Iterable[str], clusters: Labels) -> list[str]:
    return [
        f"{field}: {name} is no cluster of the fleet, which has {_listed(clusters)}; "
        + (f"{near[0]} perhaps" if (near := get_close_matches(name, clusters, n=1)) else "take one of these")
        for name in asked
        if name not in clusters
    ]


def _listed(clusters: Labels) -> str:
    return ", ".join(sorted(clusters)) or "none"


def _told(where: str, problems: Sequence[str]) -> None:
    if problems:
        raise pulumi.RunError("\n".join(f"{where}: {problem}" for problem in problems))
