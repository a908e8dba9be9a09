"""A workload as Karmada's policies have it: where it goes, and what differs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Input

from .. import membership, secret_values
from ..engine import Spread, Workload
from ..membership import Labels
from ..placement import ClusterFailover, Groups, Override, Placement
from . import shares
from .types import Template

API = "policy.karmada.io/v1alpha1"

NOWHERE = {"labelSelector": {"matchExpressions": [{"key": "federated-eks/nowhere", "operator": "Exists"}]}}
"""The affinity to no cluster: an empty list of names is every cluster (pkg/util, ClusterMatches)."""

STAYS = [{"operator": "Exists"}]
"""Tolerations by which nothing is taken out of a cluster, and a cluster that doesn't answer is reported."""

UNLIMITED = 1000
"""The `maxGroups` that leaves the number open: without one, Karmada chooses none (selectBestClustersByCluster)."""

PRESERVED = {"preserveResourcesOnDeletion": True}
"""The field of a policy by which the clusters keep an object when its template is deleted."""

DUPLICATED = {"replicaSchedulingType": "Duplicated"}


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Where a workload goes."""

    affinity: Mapping[str, Any]
    division: Mapping[str, Any]
    """How its replicas are divided."""
    replicas: int | None
    """In all clusters together; None: what the template says, in each."""
    expected: tuple[str, ...] | None
    """The clusters that it should be in, by name, in order; None: Karmada chooses."""


def goal(workload: Workload, names: Sequence[str], spread: Spread | None, clusters: Labels | None) -> Goal:
    """Where a workload goes, of the clusters that have joined. `names` are those of its placement.

    Raises RunError for a spread if the host doesn't tell which clusters have joined, or not the named ones.
    """
    if clusters is not None and not isinstance(workload.suspended, bool):
        membership.check_names(f"{workload.kind} {workload.name}", "suspended", workload.suspended, clusters)
    if spread is None:
        expected = None if clusters is None else _taken(workload.placement, names, clusters)
        expected = None if workload.placement.chooses or workload.failover else expected
        return Goal(affinity=affinity(workload.placement, names), division=DUPLICATED, replicas=None, expected=expected)
    if spread.by_capacity:
        return _by_capacity(workload, names, spread)
    return _by_weight(workload, names, spread, clusters)


def _by_capacity(workload: Workload, names: Sequence[str], spread: Spread) -> Goal:
    within = spread.within_placement or workload.placement.chooses
    return Goal(
        affinity=affinity(workload.placement, names) if within else {"labelSelector": {}},
        division=_divided({"dynamicWeight": "AvailableReplicas"}),
        replicas=spread.total,
        expected=None,
    )


def _by_weight(workload: Workload, names: Sequence[str], spread: Spread, clusters: Labels | None) -> Goal:
    if clusters is None:
        raise pulumi.RunError(
            f"ReplicaScheduling of {workload.kind} {workload.name}: the host doesn't tell which clusters have joined; "
            "check that it answers, and run the update again"
        )
    membership.check_spread(spread, clusters)
    candidates = _taken(workload.placement, names, clusters) if spread.within_placement else (*sorted(clusters),)
    divided = shares.divide(spread.total, candidates, spread.clusters)
    chosen = (*divided,) or candidates
    weights = [{"targetCluster": {"clusterNames": [name]}, "weight": share} for name, share in divided.items()]
    return Goal(
        affinity={"clusterNames": [*chosen]} if chosen else NOWHERE,
        # Without a weight, Karmada would take all clusters for equal; no replicas are as many in each.
        division=_divided({"staticWeightList": weights}) if weights else DUPLICATED,
        replicas=sum(divided.values()),
        expected=None if workload.failover else chosen,
    )


def _divided(preference: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": preference,
    }


def _taken(placement: Placement, names: Sequence[str], clusters: Labels) -> tuple[str, ...]:
    return (*sorted(membership.taken_by(placement, names, clusters)),)


def affinity(placement: Placement, names: Sequence[str]) -> Mapping[str, Any]:
    """A placement's clusters in Karmada's form; `names` are its names."""
    if placement.selector is not None:
        return {"labelSelector": placement.selector}
    return {"clusterNames": [*names]} if names else NOWHERE


def selector(template: Template, namespace: Input[str] | None) -> dict[str, Any]:
    """The one object that a policy is for."""
    place = {"namespace": namespace} if template.namespaced else {}
    return {"apiVersion": template.api_version, "kind": template.kind, "name": template.name, **place}


def propagation(
    object: Mapping[str, Any], workload: Workload, goal: Goal, *, preserved: bool = False
) -> dict[str, Any]:
    """The spec of a PropagationPolicy, or of a ClusterPropagationPolicy; `object` is the selector.

    The clusters keep a `preserved` object when its template is deleted.
    """
    constraints = _constraints(workload.placement)
    return {
        "resourceSelectors": [object],
        "placement": {
            "clusterAffinity": goal.affinity,
            "clusterTolerations": _tolerations(workload.failover),
            "replicaScheduling": goal.division,
            **({"spreadConstraints": constraints} if constraints else {}),
        },
        # An object that a cluster has already is taken over, as kubefed does.
        "conflictResolution": "Overwrite",
        **(PRESERVED if preserved else {}),
        **({"failover": {"cluster": {"purgeMode": workload.failover.purge}}} if workload.failover else {}),
        **({"suspension": _suspension(workload.suspended)} if workload.suspended else {}),
    }


def _constraints(placement: Placement) -> list[dict[str, Any]]:
    """Karmada wants a number of clusters beside one of regions."""
    if not placement.chooses:
        return []
    fields = {"region": placement.in_regions, "cluster": placement.in_clusters or Groups()}
    return [
        {"spreadByField": field, "minGroups": groups.min, "maxGroups": groups.max or UNLIMITED}
        for field, groups in fields.items()
        if groups
    ]


def _tolerations(failover: ClusterFailover | None) -> list[dict[str, Any]]:
    if failover is None:
        return STAYS
    return [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": failover.after_seconds}]


def _suspension(suspended: bool | Sequence[str]) -> dict[str, Any]:
    if isinstance(suspended, bool):
        return {"dispatching": True}
    return {"dispatchingOnClusters": {"clusterNames": [*suspended]}}


def overriding(object: Mapping[str, Any], workload: Workload) -> dict[str, Any]:
    """The spec of an OverridePolicy, or of a ClusterOverridePolicy; `object` is the selector."""
    return {
        "resourceSelectors": [object],
        "overrideRules": [
            {
                "targetCluster": {"clusterNames": [cluster]},
                "overriders": {"plaintext": [patch(override, workload.kind) for override in overrides]},
            }
            for cluster, overrides in sorted(workload.overrides.items())
        ],
    }


def patch(override: Override, kind: str = "") -> dict[str, Any]:
    """An override in Karmada's form, for an object of `kind`: of a Secret, its value is a Pulumi secret."""
    value = {} if override.op == "remove" else {"value": secret_values.value(override, kind)}
    return {"path": override.path, "operator": override.op, **value}
