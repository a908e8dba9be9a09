"""The name over the tour's regions: a hosted zone of Route 53, and what is seen of where its name leads."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
from steps import Step, everywhere, found, has, in_the_last

SERVICE = "entrance"
NOBODY = "nobody"
"""Whom Route 53 leads to a cluster without a record."""


@dataclass(frozen=True)
class Zone:
    """A public hosted zone of the account that the environment signs in to."""

    name: str
    id: str
    route53: Any
    """A client of Route 53."""

    @property
    def entrance(self) -> str:
        """The name that the example has in the zone."""
        return f"tour.{self.name}"

    @classmethod
    def named(cls, name: str, region: str) -> Zone:
        """The zone of a name; `region` as in `connect`. Raise SystemExit without one."""
        route53 = connect(region)
        for page in route53.get_paginator("list_hosted_zones").paginate():
            for zone in page["HostedZones"]:
                if zone["Name"].rstrip(".") == name and not zone["Config"]["PrivateZone"]:
                    return cls(name, zone["Id"], route53)
        sys.exit(f"zone: {name} is no public hosted zone of the account; set the name of one, or none")

    def callers(self) -> dict[str, str]:
        """The region whose callers the name leads to a load balancer, by the load balancer's hostname."""
        pages = self.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self.id)
        return {
            record["AliasTarget"]["DNSName"].rstrip("."): record["Region"]
            for page in pages
            for record in page["ResourceRecordSets"]
            if record["Name"].rstrip(".") == self.entrance and record["Type"] == "A"
        }


@contextmanager
def created(name: str, region: str) -> Generator[Zone]:
    """A new zone, deleted at the end; `region` as in `connect`. Route 53 deletes none that still has a record."""
    route53 = connect(region)
    id = route53.create_hosted_zone(Name=name, CallerReference=str(uuid.uuid4()))["HostedZone"]["Id"]
    try:
        yield Zone(name, id, route53)
    finally:
        route53.delete_hosted_zone(Id=id)


def connect(region: str) -> Any:
    """A client of Route 53, which is the same in every region of a partition."""
    return cast(Any, botocore.session).get_session().create_client("route53", region_name=region)


def led(zone: Zone) -> Callable[[Any], object]:
    """Look whose callers Route 53 leads to a cluster's load balancer, by the hostname in its Service's status."""

    def look(cluster: Any) -> object:
        service: Any = found(cluster, "v1", "Service", SERVICE) or {}
        ingress: Any = service.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        region = zone.callers().get(ingress[0].get("hostname", "").lower())
        return f"callers near {region}" if region else NOBODY

    return look


def in_both(zone: Zone) -> Sequence[Step]:
    """The name while each cluster has its Service."""
    title = f"{zone.entrance} in Route 53"
    return (Step(title, "leads to both clusters", led(zone), lambda seen: NOBODY not in seen),)


def in_one(zone: Zone, region: str) -> Sequence[Step]:
    """The name once the last cluster, which is in a region, has no Service."""
    return (
        Step(
            f"its Service, taken out of {region}",
            "in the first cluster only",
            has("v1", "Service", SERVICE),
            in_the_last("not there", elsewhere="there"),
        ),
        Step(
            f"{zone.entrance} in Route 53",
            "leads to the first cluster only",
            led(zone),
            lambda seen: seen[-1] == NOBODY and NOBODY not in seen[:-1],
        ),
        Step("its records", "1", lambda _: len(zone.callers()), lambda seen: seen[0] == len(seen) - 1),
    )


def in_none(zone: Zone) -> Sequence[Step]:
    """The name after the example."""
    return (Step(f"records of {zone.entrance}", "none", lambda _: len(zone.callers()), everywhere(0)),)
