"""A stack's settings: read, typed and checked in this one place, before anything is created."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pydantic import ValidationError

from settings.base import PROJECT, Section
from settings.errors import SettingsError, line
from settings.fleet import Settings
from settings.near import fields, is_structured, near
from settings.provider import NAMESPACE, REFUSED, Provider

__all__ = ["Settings", "SettingsError", "load", "parse", "parse_provider"]

Group = TypeVar("Group", bound=Section)


def load() -> Settings:
    """The running stack's settings. Raises SettingsError."""
    return parse(pulumi.runtime.get_config_env())


def parse(config: Mapping[str, str]) -> Settings:
    """Settings from a stack's configuration: full keys to values, objects and lists as JSON. Raises SettingsError."""
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace != PROJECT and near(namespace, [PROJECT]):
            raise SettingsError(f"{key}: is in a namespace that nothing reads; did you mean {PROJECT}:{name}?")
    # Pulumi requires every declared key without a default. Keys that may be left out therefore default to "".
    own = {key: value for key, value in _values(config, PROJECT, Settings).items() if value != ""}
    settings, mistakes = _read(Settings, PROJECT, own)
    provider, more = _provider(config)
    if settings is None or provider is None:
        raise SettingsError("\n".join([*mistakes, *more]))
    return settings.with_provider(provider)


def parse_provider(config: Mapping[str, str]) -> Provider:
    """The settings of AWS alone, whatever the fleet's are. Raises SettingsError."""
    provider, mistakes = _provider(config)
    if provider is None:
        raise SettingsError("\n".join(mistakes))
    return provider


def _provider(config: Mapping[str, str]) -> tuple[Provider | None, list[str]]:
    given = _values(config, NAMESPACE, Provider)
    refused = [f"{NAMESPACE}:{key}: {REFUSED[key]}" for key in given if key in REFUSED]
    provider, mistakes = _read(Provider, NAMESPACE, {key: given[key] for key in given if key not in REFUSED})
    return (None if refused else provider), [*refused, *mistakes]


def _read(kind: type[Group], namespace: str, values: Mapping[str, Any]) -> tuple[Group | None, list[str]]:
    """A group from its values, and no mistakes. Invalid values give None, and a line for each mistake."""
    try:
        return kind.model_validate(values), []
    except ValidationError as error:
        return None, [f"{namespace}:{line(detail, kind)}" for detail in error.errors()]


def _values(config: Mapping[str, str], namespace: str, settings: type[Section]) -> dict[str, Any]:
    """The values of a namespace's keys. Pulumi passes each as text, objects and lists as JSON."""
    known = fields(settings)
    given = {key.removeprefix(f"{namespace}:"): text for key, text in config.items() if key.startswith(f"{namespace}:")}
    return {
        key: _structure(text) if key in known and is_structured(known[key].annotation) else text
        for key, text in given.items()
    }


def _structure(text: str) -> Any:
    """The object or list of a JSON text; any other text as it is."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, (str, int, float, type(None))) else value
