"""The error of invalid settings, and its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import pulumi
from pydantic_core import ErrorDetails

from settings.base import Section


class SettingsError(pulumi.RunError):
    """Invalid settings; the message has a line for each mistake, `<key>: <value> <rule>; <what to do>`."""


def line(error: ErrorDetails, settings: type[Section]) -> str:
    """A mistake in the settings as `<key>: <value> <rule>; <what to do>`."""
    # A mapping's key that is refused comes as <mapping>.<the key>.[key].
    key = _path(error["loc"][:-2] if error["loc"][-1:] == ("[key]",) else error["loc"])
    match error["type"]:
        case "value_error":
            message = str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
            return _joined(key, error["input"], message)
        case "missing":
            return f"{key}: is not set; " + (
                "list the regions, [{region: eu-west-1}] for instance" if key == "clusters" else "set it"
            )
        case "extra_forbidden":
            if gone := GONE.get(re.sub(r"^clusters\[\d+\]\.", "", key)):
                return f"{key}: is not a setting any more; {gone}"
            return f"{key}: is not a setting; {_known(error['loc'], settings)}"
        case _:
            return f"{key}: {error['input']!r} is refused ({error['msg']}); {FIXES.get(error['type'], 'give that')}"


GONE = {
    "nodes": "list node groups, nodeGroups: [{instanceTypes: [t3.medium], min: 1, desired: 2, max: 4, diskGib: 20}] "
    "for what it was",
    "network.addressQuota": "AWS is asked; set quotas.L-0263D0A3 where it does not tell",
    "peering.quota": "AWS is asked; set quotas.L-7E9ECCDB where it does not tell",
}
"""What took the place of a setting, of the fleet or of a cluster."""

FIXES = {
    "tuple_type": "give a list",
    "dict_type": "give keys and values",
    "model_type": "give keys and values",
    "string_type": "put it in quotes",
    "string_too_short": "give it, or leave the key out",
    "string_pattern_mismatch": "give one that does",
    "ip_v4_address": "give an address, 198.51.100.7 for instance",
    "ip_v4_network": "give a range, 172.21.0.0/16 for instance",
}
"""What to do about a value of the wrong kind, by pydantic's name of the mistake."""


def _joined(key: str, value: Any, message: str) -> str:
    """A rule over several keys names them itself; a rule on one value is told here which and what."""
    if isinstance(value, Mapping):
        return f"{key}.{message}" if key else message
    return f"{key}: {value} {message}"


def _path(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def _known(loc: tuple[int | str, ...], section: type[Section]) -> str:
    """The keys that are known where an unknown one stands."""
    for key in loc[:-1]:
        fields = {field.alias or name: field for name, field in section.model_fields.items()}
        if key in fields:
            section = _section(fields[str(key)].annotation) or section
    known = sorted(field.alias or name for name, field in section.model_fields.items())
    return f"the known ones there are {', '.join(known)}"


def _section(annotation: Any) -> type[Section] | None:
    """The group that a setting is, has, or has a list of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_section, get_args(annotation))), None)
