"""A workload's template: the object on Karmada's API server, as the program declares it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from pulumi import Input, Output

from ...metadata import metadata
from .. import secret_values
from ..engine import Workload
from . import shares, status
from .policies import Goal
from .types import Template

RETAIN = {"resourcetemplate.karmada.io/retain-replicas": "true"}
"""Leaves spec.replicas to each cluster's autoscaler (API reference, well-known labels)."""

# No pod runs on Karmada's API server: nothing there becomes ready as it does in a cluster.
UNAWAITED = {"pulumi.com/skipAwait": "true"}

AWAITED_GONE = {"pulumi.com/waitFor": "jsonpath={.metadata.uid}"}
"""Ready at once, too, and its deletion ends when its binding is gone.

A deletion of its overrides before that would still change what a cluster keeps.
"""

ANNOTATIONS = {
    # Karmada's controllers write into templates, the replicas of an autoscaled one for instance.
    "pulumi.com/patchForce": "true",
}


def body(
    template: Template, workload: Workload, goal: Output[Goal], declared: Output[str], *, preserved: bool = False
) -> dict[str, Any]:
    """The object; the clusters keep a `preserved` one. Raises ValueError for metadata that only an update knows."""
    given = secret_values.hidden(workload.template) if workload.kind == secret_values.SECRET else workload.template
    own = _part(workload, given, "metadata")
    more: Any = metadata(
        template.name,
        namespace=workload.namespace,
        labels={**_part(workload, own, "labels"), **(RETAIN if workload.retain_replicas else {})},
        annotations={
            **_part(workload, own, "annotations"),
            **(AWAITED_GONE if preserved else UNAWAITED),
            **ANNOTATIONS,
            status.DECLARED: declared,
        },
    )
    divided = {"spec": _divided(given.get("spec"), goal)} if workload.kind in shares.KINDS else {}
    return {
        **given,
        **divided,
        "apiVersion": template.api_version,
        "kind": template.kind,
        "metadata": {**own, **more},
    }


def _divided(spec: Any, goal: Output[Goal]) -> Output[Mapping[str, Any]]:
    """A spec with the replicas of all clusters together, if they are divided."""

    def total(found: Any) -> Mapping[str, Any]:
        given, goal = found
        return given if goal.replicas is None else {**given, "replicas": goal.replicas}

    return Output.all(spec or {}, goal).apply(total)


def _part(workload: Workload, object: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part: Any = object.get(key) or {}
    if not isinstance(part, Mapping):
        raise ValueError(
            f"{workload.kind} {workload.name}: template: {key} is known during an update alone; give a mapping, whose "
            "values may be"
        )
    return cast("Mapping[str, Any]", part)


def digest(*parts: Input[Any]) -> Output[str]:
    """A short text that changes with what is declared."""
    text = Output.json_dumps([*parts], sort_keys=True)
    return text.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()[:16])
