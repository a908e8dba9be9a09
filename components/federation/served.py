"""The types that an API server serves. They identify a host's engine, and the types of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from . import diagnosis

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""The media type of all types in one response (Kubernetes 1.30 and later, API concepts, aggregated discovery)."""

PATHS = ("/api", "/apis")
"""The paths of the core group and of the other groups. A slash at the end changes the response."""


@dataclass(frozen=True)
class Type:
    """A type, at the version that the API server prefers."""

    group: str
    """Empty for the core group."""
    api_version: str
    namespaced: bool

    @property
    def own(self) -> bool:
        """Whether it is Kubernetes' own type. No custom type may have such a group without Kubernetes' approval."""
        return "." not in self.group or self.group.endswith(".k8s.io")


@dataclass(frozen=True)
class Served:
    """The types that an API server serves."""

    types: Mapping[str, tuple[Type, ...]]
    """The types by kind."""
    groups: frozenset[str]
    answered: bool = True
    """Whether the API server answered. Otherwise the types are those of every API server."""


def ask(kubeconfig: str) -> Served:
    """The types that a kubeconfig's API server serves. Raises any error of the call."""
    from kubernetes import client, config
    from kubernetes.dynamic import DynamicClient

    quick: Any = client.Configuration()
    quick.retries = False
    api = cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig), client_configuration=quick)
    # The client's own discovery takes a call for each group, and may come from an old file.
    bare: Any = cast(Any, DynamicClient)(api, discoverer=_nothing)

    def get(path: str) -> diagnosis.Object:
        return bare.request(
            "get",
            path,
            header_params={"Accept": ACCEPT},
            serializer=_as_it_is,
            _request_timeout=diagnosis.TIMEOUT,
        )

    return parse(*map(get, PATHS))


def _nothing(*_: object) -> None:
    """No discovery, in place of the client's own."""


def _as_it_is(_: object, found: diagnosis.Object) -> diagnosis.Object:
    return found


def parse(*discoveries: diagnosis.Object) -> Served:
    """The types of APIGroupDiscoveryLists."""
    types: dict[str, tuple[Type, ...]] = {}
    groups = [group for discovery in discoveries for group in discovery.get("items") or ()]
    for kind, type_ in (found for group in groups for found in _preferred(group)):
        types[kind] = (*types.get(kind, ()), type_)
    return Served(types=types, groups=frozenset(_name(group) for group in groups))


def _preferred(group: diagnosis.Object) -> Iterator[tuple[str, Type]]:
    """The kinds of a group, each once, because the versions are in the order of the API server's preference."""
    seen: set[str] = set()
    for version in group.get("versions") or ():
        for resource in version.get("resources") or ():
            kind = resource["responseKind"]["kind"]
            if kind not in seen:
                seen.add(kind)
                name = _name(group)
                api_version = f"{name}/{version['version']}" if name else version["version"]
                yield kind, Type(name, api_version, resource["scope"] == "Namespaced")


def _name(group: diagnosis.Object) -> str:
    metadata: Any = group.get("metadata") or {}
    return metadata.get("name") or ""
