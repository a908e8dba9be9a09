"""A stack's resources and the links between them. A preview has no ids yet that could link them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

import pulumi

from policies.inputs import Resource, token


class Stack:
    """All resources. Resources of types that no rule reads have links only."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Index the resources by type and by URN."""
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_urn: dict[str, Resource] = {}
        for resource in resources:
            self._by_type[resource.type].append(resource)
            self._by_urn[resource.urn] = resource

    def of(self, *types: type[pulumi.Resource] | str) -> list[Resource]:
        """Return the resources of any of the types."""
        return [resource for type_ in types for resource in self._by_type[token(type_)]]

    def sources(self, resource: Resource, name: str, type_: type[pulumi.Resource] | str) -> list[Resource]:
        """Return the resources of a type that a resource's input comes from."""
        found = (self._by_urn.get(urn) for urn in resource.links.get(name, ()))
        return [source for source in found if source is not None and source.type == token(type_)]

    def users(self, resource: Resource, type_: type[pulumi.Resource] | str, name: str) -> list[Resource]:
        """Return the resources of a type whose input `name` comes from a resource."""
        return self._users[token(type_), name, resource.urn]

    def used(self, resource: Resource, *names: str) -> bool:
        """Whether an input of any resource comes from this one, except the inputs in `names`."""
        return any(name not in names for name in self._used[resource.urn])

    def provider(self, resource: Resource) -> Resource | None:
        """Return the provider of a resource."""
        return self._by_urn.get(resource.provider)

    def provides(self, provider: Resource) -> bool:
        """Whether a provider has resources."""
        return provider.urn in self._providing

    @cached_property
    def _providing(self) -> set[str]:
        return {resource.provider for resource in self._by_urn.values()}

    @cached_property
    def _users(self) -> dict[tuple[str, str, str], list[Resource]]:
        found: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
        for resource in self._by_urn.values():
            for name, urns in resource.links.items():
                for urn in urns:
                    found[resource.type, name, urn].append(resource)
        return found

    @cached_property
    def _used(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for _, name, urn in self._users:
            found[urn].add(name)
        return found
