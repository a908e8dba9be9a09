"""CustomResourceDefinitions from URLs and files, and the facts about their types that kubefed needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output

from ...documents import documents, fields, items
from ...source import SourceError, text
from .builtin_types import Target
from .crd_rules import problems

Object = Mapping[str, Any]


def load(source: str, name: str | None = None) -> Object:
    """The CRD at an https URL or in a file, or of several the one called `name`.

    Raises ValueError for a source without it, or for a CRD that Kubernetes would refuse.
    """
    found = _documents(_text(source), source)
    crds = [crd for crd in found if name in (None, crd["metadata"]["name"])]
    if len(crds) != 1:
        names = ", ".join(crd["metadata"]["name"] for crd in found) or "none"
        raise ValueError(
            f"{source} has {names}, and one CustomResourceDefinition is needed; "
            + ("set name to one that it has" if found else "give the URL or the file of a CRD")
        )
    problem = next(problems(crds[0]), None)
    if problem:
        raise ValueError(f"{source}: {problem}, which Kubernetes refuses; correct the CRD")
    return crds[0]


def target(crd: Object, version: str | None = None) -> Target:
    """The type that a CRD defines, at `version` or the one that an API server prefers. Raises ValueError."""
    spec = crd["spec"]
    versions = {entry["name"]: entry for entry in spec["versions"] if entry.get("served")}
    if not versions:
        raise ValueError(f"{crd['metadata']['name']} serves no version; have it serve one, or take it out")
    name = version or preferred(list(versions))
    if name not in versions:
        raise ValueError(f"{version} is not served by {crd['metadata']['name']}; use {', '.join(versions)}, or none")
    names = spec["names"]
    return Target(
        group=spec["group"],
        version=name,
        kind=names["kind"],
        plural=names["plural"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(items(names.get("shortNames"))),
        scalable=_scalable(versions[name]["schema"]["openAPIV3Schema"]),
    )


def known(found: kubernetes.apiextensions.v1.CustomResourceDefinition, version: str | None) -> Output[Target]:
    """The type of a cluster's existing CRD, at `version` or the one that an API server prefers."""

    def read(spec: Any) -> Target:
        names = {"kind": spec.names.kind, "plural": spec.names.plural, "shortNames": spec.names.short_names}
        versions: Any = [
            {"name": entry.name, "served": entry.served, "schema": {"openAPIV3Schema": entry.schema.open_apiv3_schema}}
            for entry in spec.versions
        ]
        plain = {"group": spec.group, "scope": spec.scope, "names": names, "versions": versions}
        try:
            return target({"metadata": {"name": f"{spec.names.plural}.{spec.group}"}, "spec": plain}, version)
        except ValueError as error:
            raise pulumi.RunError(f"types: {error}") from None

    return found.spec.apply(read)


def preferred(versions: Sequence[str]) -> str:
    """The version that an API server prefers: v2 before v1 before v1beta2 before v1alpha1, any other name last.

    Kubernetes orders the versions of a CRD so (its documentation, "Version priority").
    """

    def rank(version: str) -> tuple[int, int, int]:
        found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
        if not found:
            return 0, 0, 0
        return {None: 3, "beta": 2, "alpha": 1}[found[2]], int(found[1]), int(found[3] or 0)

    # Of the others, the first by the alphabet; max() takes the first of equals.
    return max(sorted(versions), key=rank)


def _scalable(schema: Object) -> bool:
    """Whether spec.replicas is an int32, because only then kubefed can leave the number to an autoscaler."""
    field = schema
    for name in ("spec", "replicas"):
        field = fields(fields(field.get("properties")).get(name))
    return (field.get("type"), field.get("format")) == ("integer", "int32")


def _text(place: str) -> str:
    try:
        return text(place)
    except SourceError as error:
        raise ValueError(f"{place} can't be read ({error}); give the path of a file, or an https URL") from None


def _documents(content: str, source: str) -> list[Object]:
    try:
        found = documents(content)
    except ValueError as error:
        raise ValueError(f"{source} is not YAML ({error}); give a CustomResourceDefinition's manifest") from None
    return [document for document in found if _is_crd(document)]


def _is_crd(document: Any) -> bool:
    if not isinstance(document, Mapping):
        return False
    found = cast(Object, document)
    named = isinstance(fields(found.get("metadata")).get("name"), str)
    return found.get("kind") == "CustomResourceDefinition" and named and isinstance(found.get("spec"), Mapping)
