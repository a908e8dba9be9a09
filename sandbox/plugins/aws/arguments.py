"""The arguments of functions: the region, and the filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws.regions import require_region
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties


def region_of(aws: Aws, arguments: Properties) -> str:
    """The region that a call names, the provider's by default."""
    region = arguments.get("region") or aws.config.region
    if reason := require_region(region):
        raise ProviderError(f"region: {reason}")
    return region


def filters_of(arguments: Properties, names: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return EC2's filters: the given ones, the tags, and arguments by the filters' names."""
    given = [{"Name": entry["name"], "Values": entry["values"]} for entry in arguments.get("filters") or []]
    by_tag = {f"tag:{key}": value for key, value in (arguments.get("tags") or {}).items()}
    by_name = {key: arguments[name] for name, key in (names or {}).items() if arguments.get(name)}
    return given + [{"Name": key, "Values": [value]} for key, value in (by_tag | by_name).items()]
