"""The types that an API server serves, by which a host tells its engine and the types of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from . import diagnosis

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""All types of a path in one response (Kubernetes 1.30 and later, API concepts, aggregated discovery)."""


@dataclass(frozen=True)
class Type:
    """A type, at the version that the API server prefers."""

    group: str
    """Empty for the core group."""
    api_version: str
    namespaced: bool

    @property
    def own(self) -> bool:
        """Whether it is Kubernetes' own: no custom type may have such a group without Kubernetes' approval."""
        return "." not in self.group or self.group.endswith(".k8s.io")


@dataclass(frozen=True)
class Served:
    """What an API server serves."""

    types: Mapping[str, tuple[Type, ...]]
    """By kind."""
    groups: frozenset[str]


def ask(kubeconfig: str) -> Served:
    """What the API server of a kubeconfig serves. Raises whatever keeps it from answering."""
    from kubernetes import client, config

    quick: Any = client.Configuration()
    quick.retries = False
    api: Any = cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig), client_configuration=quick)

    # The client's own objects know no aggregated discovery.
    api.set_default_header("Accept", ACCEPT)
    versions = [functions(api).get_api_versions for functions in (client.CoreApi, client.ApisApi)]
    found = [get(_preload_content=False, _request_timeout=diagnosis.TIMEOUT) for get in versions]
    return parse(*(json.loads(response.data) for response in found))


def parse(*discoveries: diagnosis.Object) -> Served:
    """The types of APIGroupDiscoveryLists."""
    types: dict[str, tuple[Type, ...]] = {}
    groups = [group for discovery in discoveries for group in discovery.get("items") or ()]
    for kind, type_ in (found for group in groups for found in _preferred(group)):
        types[kind] = (*types.get(kind, ()), type_)
    return Served(types=types, groups=frozenset(_name(group) for group in groups))


def _preferred(group: diagnosis.Object) -> Iterator[tuple[str, Type]]:
    """The kinds of a group, each once: the versions are in the order of the API server's preference."""
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
    return (group.get("metadata") or {}).get("name") or ""
