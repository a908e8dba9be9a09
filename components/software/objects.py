"""Kubernetes objects of a manifest, as `kubectl apply -f` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..documents import documents, fields, items

CRD = "CustomResourceDefinition"
FIRST = frozenset({CRD, "Namespace"})
"""Kinds that other objects need before they can exist."""
INTERCEPTING = frozenset({"APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"})
"""Kinds that send an API server's requests to pods. The pods must run first, because requests fail without them."""


@dataclass(frozen=True)
class Key:
    """An object's identity in a cluster."""

    group: str
    """Empty for the core group."""
    kind: str
    namespace: str
    """Empty for a cluster-scoped object, and for one in the namespace `default`."""
    name: str

    def __str__(self) -> str:
        """The form for messages: `Role.rbac.authorization.k8s.io monitoring/operator`."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    @property
    def path(self) -> str:
        """The form for names in Pulumi: `Role.rbac.authorization.k8s.io:monitoring/operator`."""
        return str(self).replace(" ", ":")


@dataclass(frozen=True)
class Object:
    """An object of a manifest."""

    body: Mapping[str, Any]
    """The object as its author wrote it, without its status."""

    @property
    def api_version(self) -> str:
        """The apiVersion: `v1`, `apps/v1`."""
        return self.body["apiVersion"]

    @property
    def kind(self) -> str:
        """The kind."""
        return self.body["kind"]

    @property
    def key(self) -> Key:
        """The object's identity in a cluster."""
        metadata = self.body["metadata"]
        namespace = metadata.get("namespace") or ""
        group = self.api_version.rpartition("/")[0]
        return Key(group, self.kind, "" if namespace == "default" else namespace, metadata["name"])

    @property
    def is_crd(self) -> bool:
        """Whether it defines a type."""
        return self.key.kind == CRD and self.key.group == "apiextensions.k8s.io"

    @property
    def token(self) -> str:
        """The object's type in Pulumi."""
        return f"kubernetes:{self.api_version if '/' in self.api_version else f'core/{self.api_version}'}:{self.kind}"


def parse(text: str) -> list[Object]:
    """The objects of a manifest, also those in a List. Ignores empty documents. Raises ValueError."""
    found = [Object(_written(body)) for document in documents(text) for body in _expanded(document)]
    seen: set[Key] = set()
    for object in found:
        if object.key in seen:
            raise ValueError(f"it has {object.key} twice")
        seen.add(object.key)
    return found


def _expanded(document: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a document. Raises ValueError for a document that is no object."""
    if document is None or document == {}:
        return
    body = fields(document)
    version, kind = body.get("apiVersion"), body.get("kind")
    if not isinstance(version, str) or not isinstance(kind, str):
        raise ValueError("a document of it has no apiVersion and kind, so it is no object of Kubernetes")
    if kind.endswith("List") and isinstance(body.get("items"), list):
        for item in items(body["items"]):
            yield from _expanded(item)
        return
    if not isinstance(fields(body.get("metadata")).get("name"), str):
        raise ValueError(f"a {kind} of it has no metadata.name, which the next update needs to find it")
    yield body


def _written(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object without its status and creation time, which an API server sets and generators leave null."""
    metadata = {name: value for name, value in fields(body["metadata"]).items() if name != "creationTimestamp"}
    return {**{name: value for name, value in body.items() if name != "status"}, "metadata": metadata}


def phases(objects: Sequence[Object]) -> list[list[Object]]:
    """Objects without the CRDs, in the order in which they need each other.

    Namespaces come first, then most objects, then those that intercept requests, whose pods must run first. Objects of
    the CRDs come last, so that their controller still runs when they are deleted.
    """
    own = {
        (spec.get("group"), fields(spec.get("names")).get("kind"))
        for object in objects
        if object.is_crd
        for spec in [fields(object.body.get("spec"))]
    }

    def phase(object: Object) -> int:
        if object.kind in FIRST:
            return 0
        if (object.key.group, object.kind) in own:
            return 3
        return 2 if object.kind in INTERCEPTING else 1

    rest = [object for object in objects if not object.is_crd]
    sorted_ = [[object for object in rest if phase(object) == number] for number in range(4)]
    return [objects for objects in sorted_ if objects]


def crds(objects: Sequence[Object]) -> dict[str, Object]:
    """The CRDs among objects, by name."""
    return {object.key.name: object for object in objects if object.is_crd}


def versions(crd: Object) -> list[str]:
    """The names of a CRD's versions."""
    return [fields(entry).get("name", "") for entry in items(fields(crd.body.get("spec")).get("versions"))]
