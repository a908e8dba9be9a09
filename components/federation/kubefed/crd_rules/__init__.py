"""What an API server would refuse in a CustomResourceDefinition, told without one.

The rules are those of Kubernetes 1.37 (apiextensions-apiserver: pkg/apis/apiextensions/validation and
pkg/apiserver/schema), which 1.34 shares. Rules in CEL (x-kubernetes-validations) are not compiled here: only an API
server tells whether they are valid, and how much they cost.
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
    """What the API server would refuse in a CRD, each problem with its place in the manifest.

    A CRD with unknown fields or values of the wrong type is told by those alone, because no other rule can read it.
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
        # A default is only held against a schema that is valid.
        yield from (f"{where}: {problem}" for problem in found or invalid_defaults(schema))
    yield from invalid_versions(crd["spec"])
