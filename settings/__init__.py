"""A stack's settings: read, typed and checked in this one place, before anything is created."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import ValidationError

from settings.base import PROJECT
from settings.errors import SettingsError, line
from settings.fleet import Settings
from settings.near import fields, is_structured, near

__all__ = ["Settings", "SettingsError", "load", "parse"]


def load() -> Settings:
    """The running stack's settings. Raises SettingsError."""
    return parse(pulumi.runtime.get_config_env())


def parse(config: Mapping[str, str]) -> Settings:
    """Settings from a stack's configuration: full keys to values, objects and lists as JSON. Raises SettingsError."""
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace != PROJECT and near(namespace, [PROJECT]):
            raise SettingsError(f"{key}: is in a namespace that nothing reads; did you mean {PROJECT}:{name}?")
    own = {
        key.removeprefix(f"{PROJECT}:"): _value(key.removeprefix(f"{PROJECT}:"), value)
        for key, value in config.items()
        # Pulumi requires every declared key without a default. Keys that may be left out therefore default to "".
        if key.startswith(f"{PROJECT}:") and value
    }
    try:
        return Settings.model_validate(own)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{PROJECT}:{line(detail, Settings)}" for detail in error.errors())) from None


def _value(key: str, text: str) -> Any:
    """A setting's value. Pulumi passes every value as text; objects and lists are JSON in it, and a text is itself."""
    if key in TEXTS:
        return text
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, (str, int, float, type(None))) else value


TEXTS = frozenset(key for key, field in fields(Settings).items() if not is_structured(field.annotation))
"""The settings that are texts, whatever they look like."""
