"""The hosted zone of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Input, InvokeOptions, Output

from ...ask import UnansweredError, ask

ID = re.compile(r"Z[A-Z0-9]{1,31}")
"""A zone's id (Route 53 API reference, HostedZone, Id: at most 32 characters)."""

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
LONGEST = 253
"""Characters of a name without its last dot (RFC 1035, 2.3.4: 255 octets)."""


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A hosted zone."""

    id: str
    name: str
    """The name without its last dot."""


def look_up(zone: Input[str], *, private: bool, parent: pulumi.Resource) -> Output[Zone]:
    """The zone of an id or a name. Fails the update, and a preview, with what is wrong if there is none."""

    async def look(given: str) -> Zone:
        by = {"zoneId": given} if ID.fullmatch(given) else {"name": given, "privateZone": private}
        try:
            found = await ask("aws:route53/getZone:getZone", by, InvokeOptions(parent=parent))
        except UnansweredError as error:
            if error.denied:
                raise
            kind = "private" if private else "public"
            other = "without private=True for a public one" if private else "with private=True for a private one"
            raise pulumi.RunError(
                f"zone: {given} is no {kind} hosted zone of the account ({error.reason}); give the id or the name of "
                f"one, {other}"
            ) from None
        return Zone(id=found["zoneId"], name=found["name"].rstrip("."))

    return Output.from_input(zone).apply(look)


def check_name(name: str) -> None:
    """Raise ValueError for what is no DNS name."""
    labels = name.removeprefix("*.").split(".")
    if len(name) > LONGEST or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"dns_name: {name} is no DNS name in lower case; write one like shop.example.com")


def outside(name: str, zone: Zone) -> str:
    """Why a name can't be in a zone; empty if it can."""
    if name == zone.name or name.endswith(f".{zone.name}"):
        return ""
    return (
        f"dns_name: {name} is not in the zone {zone.name} ({zone.id}); end it with .{zone.name}, or name its own zone"
    )


async def recorded(zone: Zone, dns_name: str, cluster: str, *, parent: pulumi.Resource) -> str:
    """The load balancer that the record of a cluster has in a zone; empty without one."""
    pattern = f"^{re.escape(dns_name)}\\.?$"
    arguments = {"zoneId": zone.id, "nameRegex": pattern}
    found = await ask("aws:route53/getRecords:getRecords", arguments, InvokeOptions(parent=parent))
    record: Any = next((record for record in found["resourceRecordSets"] if record["setIdentifier"] == cluster), None)
    if record is None:
        return ""
    target: Any = record.get("aliasTarget")
    return str(target["dnsName"] if target else record["resourceRecords"][0]["value"]).rstrip(".")
