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

__all__ = ["Settings", "SettingsError", "load", "parse"]


def load() -> Settings:
    """The running stack's settings. Raises SettingsError."""
    return parse(pulumi.runtime.get_config_env())


def parse(config: Mapping[str, str]) -> Settings:
    """Settings from a stack's configuration: full keys to values, objects and lists as JSON. Raises SettingsError."""
    own = {
        key.removeprefix(f"{PROJECT}:"): _value(value)
        for key, value in config.items()
        # Pulumi requires every declared key without a default. Keys that may be left out therefore default to "".
        if key.startswith(f"{PROJECT}:") and value
    }
    try:
        return Settings.model_validate(own)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{PROJECT}:{line(detail, Settings)}" for detail in error.errors())) from None


def _value(text: str) -> Any:
    """Pulumi passes every value as text; objects and lists are JSON in it."""
    return json.loads(text) if text[:1] in ("{", "[") else text
