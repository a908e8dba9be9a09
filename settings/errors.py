"""The error of invalid settings, and its text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pulumi
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from settings.near import Place, belongs, fields, find, group, near
from settings.wording import described, shown


class SettingsError(pulumi.RunError):
    """Invalid settings; the message has a line for each mistake, `<key>: <value> <rule>; <what to do>`."""


def line(error: ErrorDetails, settings: type[BaseModel]) -> str:
    """A mistake in the settings as `<key>: <value> <rule>; <what to do>`."""
    # A mapping's key that is refused comes as <mapping>.<the key>.[key].
    place = error["loc"][:-2] if error["loc"][-1:] == ("[key]",) else error["loc"]
    key = _path(place)
    match error["type"]:
        case "value_error":
            message = str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
            field = find(settings, place)[1]
            is_group = isinstance(error["input"], Mapping) and (not place or (field and group(field.annotation)))
            # The message of a rule over a group's keys names them itself. That of a rule on a value does not.
            if is_group:
                return f"{key}.{message}" if key else message
            return f"{key}: {shown(error['input'])} {message}"
        case "missing":
            return f"{key}: is not set; " + (
                "list the regions, [{region: eu-west-1}] for instance" if key == "clusters" else "set it"
            )
        case "extra_forbidden":
            if replacement := REPLACED.get(re.sub(r"^clusters\[\d+\]\.", "", key)):
                return f"{key}: is not a setting any more; {replacement}"
            return f"{key}: is not a setting; {_meant(place, settings)}"
        case _:
            return f"{key}: {described(error, find(settings, place)[1])}"


REPLACED = {
    "nodes": "list node groups, nodeGroups: [{instanceTypes: [t3.medium], min: 1, desired: 2, max: 4, diskGib: 20}] "
    "for what it was",
    "network.addressQuota": "Service Quotas has the quota; set quotas.L-0263D0A3 if it lacks it",
    "peering.quota": "Service Quotas has the quota; set quotas.L-7E9ECCDB if it lacks it",
}
"""Removed settings of the fleet or of a cluster, each with what replaces it."""


def _path(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _meant(place: Place, settings: type[BaseModel]) -> str:
    """The fix for an unknown key: the key that was probably meant, or the known keys of its group."""
    known = fields(find(settings, place)[0])
    if meant := near(str(place[-1]), known):
        return f"did you mean {meant}?"
    if elsewhere := belongs(settings, str(place[-1])):
        return f"it belongs in {' or '.join(elsewhere)}"
    return f"the known keys there are {', '.join(sorted(known))}"
