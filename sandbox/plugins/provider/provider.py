"""A provider: its handlers by type token, checked against what the SDK has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from sandbox.plugins.provider.resource import Function, ProviderError, Resource
from sandbox.plugins.provider.sdk import Sdk, Shape
from sandbox.plugins.provider.values import Properties

C = TypeVar("C")
_ENGINES_OWN = {"version", "pluginDownloadURL", "pluginChecksums", "__internal"}


class Provider(Generic[C]):
    """The stand-in of a package. A subclass overrides whatever its package does differently."""

    def __init__(
        self,
        name: str,
        sdk: str,
        resources: Mapping[str, Callable[[], Resource[C]]],
        functions: Mapping[str, Function] | None = None,
        configure: Callable[[Properties], C] | None = None,
    ) -> None:
        """Answer as package `name` with the SDK `sdk` (its Python package).

        `resources` maps type tokens to what makes their handler (its class, or a function that imports it first, so
        that a plugin starts fast); `functions` maps tokens to functions. `configure` makes the client that handlers
        get, from the provider's settings; it must do no slow work, nor fail on what only some handlers need.
        """
        self.name = name
        self.sdk = Sdk(sdk)
        self.version = self.sdk.version
        self._resources = resources
        self._functions = functions or {}
        self._configure = configure
        self._made: dict[str, Resource[C]] = {}

    @cached_property
    def shape(self) -> Shape:
        """The provider's own settings."""
        return self.sdk.resource(f"pulumi:providers:{self.name}") or Shape("", {}, {})

    def settings(self, wire: Properties) -> Properties:
        """The provider's settings as they are meant: what is no string comes as JSON."""
        settings = {name: value for name, value in wire.items() if name not in _ENGINES_OWN}
        for name, value in settings.items():
            declared = self.shape.inputs.get(name)
            if declared and declared.type.kind not in ("string", "any") and isinstance(value, str):
                settings[name] = _parsed(value)
        return settings

    def check(self, settings: Properties) -> None:
        """Check the provider's settings further; raises Refused."""

    def replaces(self, old: Properties, new: Properties) -> frozenset[str]:
        """The changed settings that mean another account or cluster, so that all resources must be made again."""
        return frozenset()

    def configure(self, settings: Properties) -> C:
        """The client that handlers get."""
        if self._configure is None:
            raise NotImplementedError
        return self._configure(settings)

    def resource(self, token: str) -> tuple[Resource[C], Shape]:
        """A type's handler and shape; raises ProviderError for one that the SDK or the stand-in does not have."""
        shape = self.sdk.resource(token)
        if shape is None:
            raise ProviderError(f"unknown resource type {token}: {self.sdk.package} {self.version} has none such")
        if token not in self._resources:
            raise ProviderError(f"resource type {token} is not in the sandbox's stand-in for {self.name}")
        if token not in self._made:
            self._made[token] = self._resources[token]()
        return self._made[token], shape

    def function(self, token: str) -> tuple[Function, Shape]:
        """A function and its shape; raises ProviderError for one that the SDK or the stand-in does not have."""
        shape = self.sdk.function(token)
        if shape is None:
            raise ProviderError(f"unknown function {token}: {self.sdk.package} {self.version} has none such")
        if token not in self._functions:
            raise ProviderError(f"function {token} is not in the sandbox's stand-in for {self.name}")
        return self._functions[token], shape


def _parsed(value: str) -> Any:
    """A setting from its JSON; what is none is left for the check to refuse."""
    try:
        return json.loads(value)
    except ValueError:
        return value
