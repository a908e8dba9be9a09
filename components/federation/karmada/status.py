"""What Karmada's objects say of a workload: the binding of its template, and the work of each cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Output

from .. import diagnosis
from ..diagnosis import Object
from .types import Template

CLUSTERS = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}
BINDINGS = "work.karmada.io/v1alpha2"
WORKS = {"apiVersion": "work.karmada.io/v1alpha1", "kind": "Work"}

SPACE = "karmada-es-"
"""What a cluster's namespace on the host begins with, which has its works (pkg/util/names, ExecutionSpacePrefix)."""

DECLARED = "federated-eks/declared"
"""The annotation of a template that changes with it and with its policies.

A work has the template's annotations. So it shows of what declaration it is, which neither the binding's conditions
nor the work's own do: they may be those of the last one.
"""

TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"
"""The annotation of a work's object with the template's generation; the status of a Deployment has it again."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A template with what Karmada has made of it."""

    template: Object
    binding: Object | None
    """None: Karmada hasn't looked at it."""
    works: Sequence[Object]


def read(cluster: Any, template: Template, namespace: str | None) -> Placed:
    """A template as it is now, its binding and its works. Raises whatever keeps the host from answering."""
    from kubernetes.dynamic.exceptions import NotFoundError

    where = {"namespace": namespace if template.namespaced else None}

    def named(api_version: str, kind: str, name: str) -> Object:
        return diagnosis.get(cluster, {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **where}})

    object = named(template.api_version, template.kind, template.name)
    try:
        binding = named(BINDINGS, template.binding_kind, template.binding)
    except NotFoundError:
        return Placed(template=object, binding=None, works=())
    label = f"{template.binding_kind.lower()}.karmada.io/permanent-id"
    labels: Any = binding["metadata"].get("labels") or {}
    return Placed(template=object, binding=binding, works=_labelled(cluster, f"{label}={labels.get(label)}"))


def _labelled(cluster: Any, selector: str) -> list[Object]:
    works = cluster.resources.get(api_version=WORKS["apiVersion"], kind=WORKS["kind"])
    return works.get(label_selector=selector, _request_timeout=diagnosis.TIMEOUT).to_dict()["items"]


def behind(placed: Placed, expected: Sequence[str] | None, suspended: bool | Sequence[str] = False) -> str:
    """Why a workload is not yet where it should be, and as it should be; empty once it is.

    `expected` are the clusters that should have it; None: those that Karmada has chosen. Nothing is passed on to
    `suspended` ones.
    """
    if placed.binding is None:
        return "Karmada has not looked at it yet"
    if expected is None or expected:
        if why := _unscheduled(placed.binding, expected):
            return why
    elif _scheduled(placed.binding):
        return "Karmada has not scheduled it yet"
    paused: Sequence[str] = () if isinstance(suspended, bool) else suspended
    late = {} if suspended is True else {**unhealthy(placed), **words(placed)}
    reasons = [f"{name}: {word}" for name, word in late.items() if name not in paused]
    return "; ".join([*reasons, *_leftovers(placed)])


def _unscheduled(binding: Object, expected: Sequence[str] | None) -> str:
    """Why the scheduler hasn't chosen the clusters; empty once it has."""
    condition = _condition(binding, "Scheduled")
    if condition.get("status") == "False":
        return f"Karmada does not schedule it: {condition.get('message') or condition.get('reason')}"
    if diagnosis.status(binding).get("schedulerObservedGeneration") != binding["metadata"]["generation"]:
        return "Karmada has not scheduled it yet"
    missing = sorted({*(expected or ())} - {*_scheduled(binding)})
    return f"Karmada has not scheduled it to {', '.join(missing)}" if missing else ""


def _scheduled(binding: Object) -> list[str]:
    return [cluster["name"] for cluster in binding["spec"].get("clusters") or ()]


def words(placed: Placed) -> dict[str, str]:
    """Karmada's word for each cluster of a binding where the object is not yet as declared."""
    declared = _annotations(placed.template).get(DECLARED)
    found = {name: _word(work, declared) if work else "no work yet" for name, work in _works(placed).items()}
    return {name: word for name, word in found.items() if word}


def never_changed(placed: Placed) -> bool:
    """Whether the works are as Karmada made them, so that their conditions are of no earlier declaration.

    Without the annotation, as of a namespace, a work doesn't show of which declaration it is.
    """
    declared = DECLARED in _annotations(placed.template) and placed.works
    return bool(declared) and all(work["metadata"].get("generation") == 1 for work in placed.works)


def obstacle(placed: Placed, cluster: str) -> str:
    """Why a cluster doesn't have an object as declared; empty if it does, healthy or not."""
    return words(placed).get(cluster, "" if cluster in _works(placed) else "Karmada has not scheduled it there")


def unhealthy(placed: Placed) -> dict[str, str]:
    """Karmada's word for each cluster where the object is not healthy, or not known to be."""
    return {
        name: f"applied, and its health is {health}"
        for name, work in _works(placed).items()
        for status in diagnosis.status(work or {}).get("manifestStatuses") or ()
        if (health := status.get("health") or "Unknown") != "Healthy"
    }


def _works(placed: Placed) -> dict[str, Object | None]:
    """The work of each cluster of a binding, in order; None if there is none yet."""
    works = {_cluster(work): work for work in placed.works}
    return {name: works.get(name) for name in sorted(_scheduled(placed.binding))} if placed.binding else {}


def _word(work: Object, declared: str | None) -> str:
    manifest = work["spec"]["workload"]["manifests"][0]
    if _annotations(manifest).get(DECLARED) != declared:
        return "the last change is not passed on yet"
    applied = _condition(work, "Applied")
    if applied.get("status") != "True":
        return applied.get("message") or "not applied yet"
    found = diagnosis.status(work).get("manifestStatuses") or ()
    if not found:
        return "its status is not read yet"
    reflected: Any = found[0].get("status") or {}
    generation = reflected.get("resourceTemplateGeneration")
    if generation is not None and str(generation) != _annotations(manifest).get(TEMPLATE_GENERATION):
        return "the last change is not applied yet"
    return ""


def _leftovers(placed: Placed) -> Iterator[str]:
    """Clusters that Karmada still takes the object out of. A failover's are not waited for."""
    spec: Any = placed.binding["spec"] if placed.binding else {}
    evicted = {task["fromCluster"] for task in spec.get("gracefulEvictionTasks") or ()}
    kept = {*_works(placed), *evicted}
    yield from (f"{name}: not removed yet" for name in sorted({_cluster(work) for work in placed.works} - kept))


def _cluster(work: Object) -> str:
    return work["metadata"]["namespace"].removeprefix(SPACE)


def _annotations(object: Object) -> Mapping[str, str]:
    return object["metadata"].get("annotations") or {}


def _condition(object: Object, type_: str) -> Mapping[str, Any]:
    found: Any = diagnosis.status(object).get("conditions") or ()
    none: dict[str, Any] = {}
    return next((condition for condition in found if condition.get("type") == type_), none)


def labels(member: Object) -> Mapping[str, str]:
    """A cluster's labels, and its region where the labels don't say."""
    region = member["spec"].get("region")
    return {**({"topology.kubernetes.io/region": region} if region else {}), **(member["metadata"].get("labels") or {})}


def explained(kubeconfig: Output[str]) -> pulumi.ErrorHook:
    """The hook that logs why an object of the host failed, in Karmada's own words; a program makes it once."""
    return diagnosis.explained("karmada-reason", kubeconfig, reasons)


def reasons(cluster: Any, object: Object) -> Iterator[str]:
    """What keeps a deleted object, and Karmada's word for each cluster where an object is not as declared.

    Karmada removes a finalizer of its own once it has cleared the cluster.
    """
    metadata = object["metadata"]
    if metadata.get("deletionTimestamp") and metadata.get("finalizers"):
        yield f"it waits for {', '.join(metadata['finalizers'])}"
    namespace = metadata.get("namespace")
    template = Template(
        api_version=object["apiVersion"],
        kind=object["kind"],
        name=metadata["name"],
        namespaced=namespace is not None,
    )
    placed = read(cluster, template, namespace)
    yield from (f"{name}: {word}" for name, word in {**unhealthy(placed), **words(placed)}.items())
