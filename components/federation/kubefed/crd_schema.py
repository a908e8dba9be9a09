"""What an API server would refuse in a CustomResourceDefinition, told without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

Object = Mapping[str, Any]


def problems(crd: Object) -> Iterator[str]:
    """What the API server would refuse in a CRD, as far as that can be told without one."""
    if crd.get("apiVersion") != "apiextensions.k8s.io/v1":
        yield f"its apiVersion is {crd.get('apiVersion')} and not apiextensions.k8s.io/v1"
        return
    yield from _unnamed(crd)
    versions = [fields(version) for version in items(crd["spec"].get("versions"))]
    if not any(version.get("served") for version in versions):
        yield "it serves no version"
    for version in versions:
        if not isinstance(version.get("name"), str):
            yield "a version has no name"
        schema = fields(version.get("schema")).get("openAPIV3Schema")
        where = f"version {version.get('name')}"
        if not isinstance(schema, Mapping):
            yield f"{where} has no schema.openAPIV3Schema"
            continue
        yield from (f"{where}: {problem}" for problem in _unstructured(cast(Object, schema), ""))


def _unnamed(crd: Object) -> Iterator[str]:
    """What a CRD's own name and its type's names lack."""
    spec: Object = crd["spec"]
    names, name = fields(spec.get("names")), crd["metadata"]["name"]
    if not all(isinstance(names.get(key), str) for key in ("kind", "plural")):
        yield "spec.names has no kind and plural"
    elif name != (right := f"{names['plural']}.{spec.get('group')}"):
        yield f"its name is {name} and not {right}, its plural and group"
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        yield f"its scope is {spec.get('scope')} and not Namespaced or Cluster"


def _unstructured(schema: Object, path: str) -> Iterator[str]:
    """Where a schema is not structural: a field without a type, or a type within a logical junctor."""
    place = path or "the schema"
    typeless = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not schema.get("type") and (not typeless or not path):
        yield f"{place} has no type, so the schema is not structural"
    for junctor in ("allOf", "anyOf", "oneOf"):
        for part in map(fields, items(schema.get(junctor))):
            if "type" in part and not schema.get("x-kubernetes-int-or-string"):
                yield f"{place} has a type within {junctor}, so the schema is not structural"
    for name, field in fields(schema.get("properties")).items():
        yield from _unstructured(fields(field), f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), Mapping):
            yield from _unstructured(schema[keyword], f"{path}[]")


def fields(value: Any) -> Object:
    """A mapping as it is, and nothing for what is none."""
    return cast(Object, value) if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """A list as it is, and nothing for what is none."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()
