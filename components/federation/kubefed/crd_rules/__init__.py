"""The rules by which an API server refuses CustomResourceDefinitions, checked without one.

The rules are those of Kubernetes 1.37 (apiextensions-apiserver: pkg/apis/apiextensions/validation and
pkg/apiserver/schema), which 1.34 shares. Rules in CEL (x-kubernetes-validations) are not compiled here. Only an API
server knows whether they are valid, and how much they cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .... import documents
from .defaults import invalid_defaults
from .fields import mistyped, without_nulls
from .names import misnamed
from .schema import invalid_schema
from .structural import unstructured
from .versions import invalid_versions

Object = Mapping[str, Any]


def problems(crd: Object) -> Iterator[str]:
    """The problems for which an API server would refuse a CRD, each with its place in the manifest.

    Unknown fields and values of the wrong type are the only problems then, because no other rule can read such a CRD.
    """
    if crd.get("apiVersion") != "apiextensions.k8s.io/v1":
        yield f"its apiVersion is {crd.get('apiVersion')} and not apiextensions.k8s.io/v1"
        return
    wrong = [*mistyped(crd)]
    if wrong:
        yield from wrong
        return
    crd = without_nulls(crd)
    yield from misnamed(crd)
    for version in crd["spec"]["versions"]:
        schema: Any = documents.fields(version.get("schema")).get("openAPIV3Schema")
        if schema is None:
            continue
        where = f"version {version['name']}"
        found = [*invalid_schema(schema), *unstructured(schema)]
        # A default is checked only against a valid schema.
        yield from (f"{where}: {problem}" for problem in found or invalid_defaults(schema))
    yield from invalid_versions(crd["spec"])
