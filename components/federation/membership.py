"""The clusters that an engine knows, and checks of a workload's clusters against them.

An engine ignores clusters that it does not know. A placement or an override that names one would have no effect, and
no object's status would show it.
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
"""The label of a membership with the cluster's region. The fleet sets it."""

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
    """The clusters that have joined the host, with their labels; None and a warning if the host doesn't answer.

    `kind` is the apiVersion and kind of the engine's memberships. A preview calls the host too, so that it shows an
    unknown name.
    """

    async def look(text: str) -> Labels | None:
        try:
            found = await in_thread(lambda: diagnosis.listed(diagnosis.connect(text), kind))
        except Exception as error:  # The host may fail in any way. Placing objects fails with the reason.
            pulumi.log.warn(
                "the host doesn't tell which clusters have joined, so no placement is checked against them: "
                + diagnosis.reason(error)
            )
            return None
        return {cluster["metadata"]["name"]: labels(cluster) for cluster in found}

    return Output.unsecret(Output.secret(kubeconfig).apply(look))


def placed(workload: Workload, clusters: Output[Labels | None]) -> Output[str]:
    """A workload's name, known once each cluster that it names has joined.

    Otherwise the update fails with the problems, before the object is created or changed.
    """
    names = Output.all(*(workload.placement.clusters or ()))

    def check(found: Sequence[Any]) -> str:
        labels, named = found
        if labels is not None:
            where = f"{workload.kind} {workload.name}"
            _raise_for(where, unplaced(workload, named, labels))
            _warn_if_nowhere(where, workload.placement, labels)
        return workload.name

    return Output.all(clusters, names).apply(check)


def select(workload: Workload, within: Placement, clusters: Output[Labels | None]) -> Output[Selection]:
    """The clusters that a workload's placement takes, of those that `within` takes too.

    The update fails if the host doesn't answer, because an empty selection would delete the resources that follow it.
    """

    def chosen(found: Sequence[Any]) -> Selection:
        labels, *names = found
        where = f"{workload.kind} {workload.name}"
        if labels is None:
            raise pulumi.RunError(
                f"{where}: the host doesn't tell which clusters have joined; check that it answers, and run "
                "the update again"
            )
        taken = [taken_by(placement, named, labels) for placement, named in zip(placements, names, strict=True)]
        _raise_for(where, _unknown("placement", names[0], labels))
        _warn_if_nowhere(where, workload.placement, labels)
        return Selection(
            regions={name: own.get(REGION) for name, own in labels.items()},
            placed=tuple(sorted(name for name in labels if all(name in each for each in taken))),
        )

    placements = (workload.placement, within)
    named = [Output.all(*(placement.clusters or ())) for placement in placements]
    return Output.all(clusters, *named).apply(chosen)


def taken_by(placement: Placement, named: Sequence[str], clusters: Labels) -> set[str]:
    """The clusters that a placement takes; `named` are its names."""
    if placement.selector is None:
        return {*named}
    return {name for name, labels in clusters.items() if takes(placement.selector, labels)}


def spread(chosen: Spread, clusters: Output[Labels | None]) -> Output[str]:
    """The name of a spread's workload, known once each cluster that the spread names has joined."""

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
    _raise_for(where, _unknown(field, names, clusters))


def unplaced(workload: Workload, named: Sequence[str], clusters: Labels) -> list[str]:
    """The problems of a workload's clusters; `named` are the names of its placement."""
    problems = [*_unknown("placement", named, clusters), *_unknown("overrides", workload.overrides, clusters)]
    taken = taken_by(workload.placement, named, clusters)
    for cluster in workload.overrides:
        if cluster in clusters and cluster not in taken:
            problems.append(
                f"overrides: {cluster} is not in the placement, so the override has no effect; "
                "place the object there too, or take the override out"
            )
    return problems


def _warn_if_nowhere(where: str, placement: Placement, clusters: Labels) -> None:
    """Warn of a selector that takes no cluster. It may be right, until a cluster gets its label."""
    if placement.selector is not None and not taken_by(placement, (), clusters):
        pulumi.log.warn(f"{where}: placement: the selector takes none of {_listed(clusters)}, so it is nowhere")


def takes(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes a cluster of these labels."""
    required: Mapping[str, str] = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in required.items()):
        return False
    rules: Sequence[Mapping[str, Any]] = selector.get("matchExpressions") or ()
    return all(_matches(rule, labels.get(rule["key"])) for rule in rules)


def _matches(rule: Mapping[str, Any], value: str | None) -> bool:
    values: Sequence[str] = rule.get("values") or ()
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(rule["operator"], False)


def _unknown(field: str, named: Iterable[str], clusters: Labels) -> list[str]:
    return [
        f"{field}: {name} is no cluster of the fleet, which has {_listed(clusters)}; "
        + (f"{near[0]} perhaps" if (near := get_close_matches(name, clusters, n=1)) else "take one of these")
        for name in named
        if name not in clusters
    ]


def _listed(clusters: Labels) -> str:
    return ", ".join(sorted(clusters)) or "none"


def _raise_for(where: str, problems: Sequence[str]) -> None:
    if problems:
        raise pulumi.RunError("\n".join(f"{where}: {problem}" for problem in problems))
