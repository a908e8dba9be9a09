"""An API server's rules for a CRD's names, group and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ....documents import fields, items

Object = Mapping[str, Any]

LABEL = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
"""A DNS label that begins with a letter (RFC 1035), at most 63 characters."""

SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
"""A DNS subdomain (RFC 1123), at most 253 characters."""

VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
"""A Kubernetes label's value, and the part of a label's or an annotation's key after the prefix."""

ANNOTATIONS = 256 * 1024
"""The most bytes of all annotations of an object together (apimachinery, TotalAnnotationSizeLimitB)."""

APPROVED = "api-approved.kubernetes.io"
"""The annotation that a CRD of Kubernetes' own groups needs (KEP-1111)."""


def misnamed(crd: Object) -> Iterator[str]:
    """The problems of a CRD's name, its group, scope and metadata, and its type's names."""
    spec: Object = crd["spec"]
    names, name, group = spec["names"], crd["metadata"]["name"], spec["group"]
    right = f"{names['plural']}.{group}"
    if name != right:
        yield f"its name is {name} and not {right}, its plural and group"
    if not is_subdomain(group):
        yield f"spec.group: {group} is no domain"
    elif "." not in group:
        yield f"spec.group: {group} is no domain with at least one dot"
    if spec["scope"] not in ("Namespaced", "Cluster"):
        yield f"its scope is {spec['scope']} and not Namespaced or Cluster"
    yield from _names(names)
    yield from _metadata(crd["metadata"])
    yield from _unapproved(group, fields(crd["metadata"].get("annotations")))


def is_label(text: str) -> bool:
    """Whether a text is a DNS label that begins with a letter."""
    return re.fullmatch(LABEL, text) is not None


def is_subdomain(text: str) -> bool:
    """Whether a text is a DNS subdomain."""
    return len(text) <= 253 and re.fullmatch(SUBDOMAIN, text) is not None


def list_kind(names: Object) -> str:
    """The kind of a type's lists; by default <kind>List, as an API server has it."""
    return names.get("listKind") or f"{names['kind']}List"


def singular(names: Object) -> str:
    """A type's singular name; by default the kind in lower case, as an API server has it."""
    return names.get("singular") or names["kind"].lower()


def _names(names: Object) -> Iterator[str]:
    given = {"plural": names["plural"], "singular": singular(names)}
    given |= {"kind": names["kind"].lower(), "listKind": list_kind(names).lower()}
    for which in ("shortNames", "categories"):
        given |= {f"{which}[{index}]": name for index, name in enumerate(items(names.get(which)))}
    for which, name in given.items():
        if not is_label(name):
            yield (
                f"spec.names.{which}: {name or 'nothing'} is no name of at most 63 letters, digits and dashes "
                "that begins with a letter"
            )
    if names["kind"] == list_kind(names):
        yield f"spec.names.listKind: {names['kind']} is the kind as well"


def _metadata(metadata: Object) -> Iterator[str]:
    for which in ("labels", "annotations"):
        for key, value in fields(metadata.get(which)).items():
            # An annotation's key is checked in lower case (apimachinery, ValidateAnnotations).
            if not _qualified(key.lower() if which == "annotations" else key):
                yield f"metadata.{which}: {key} is no key of Kubernetes"
            if which == "labels" and not re.fullmatch(VALUE, value):
                yield f"metadata.labels.{key}: {value} is no value of a label"
    annotations: Object = fields(metadata.get("annotations"))
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > ANNOTATIONS:
        yield f"metadata.annotations have more than {ANNOTATIONS} bytes"


def _qualified(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(name and re.fullmatch(VALUE, name) and (is_subdomain(prefix) if slash else True))


def is_protected(group: str) -> bool:
    """Whether an API group is Kubernetes' own, in which its maintainers approve each CRD (KEP-1111)."""
    return re.search(r"(^|\.)(k8s|kubernetes)\.io$", group) is not None


def _unapproved(group: str, annotations: Object) -> Iterator[str]:
    if not is_protected(group):
        return
    approval = annotations.get(APPROVED) or ""
    if approval.startswith("unapproved"):
        return
    url = urlsplit(approval)
    if not (url.scheme and url.netloc):
        yield f"spec.group: {group} is Kubernetes' own, and metadata.annotations has no {APPROVED} with a URL"
