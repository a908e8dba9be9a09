"""The targets of alias records: load balancers in AWS's own zones, and records of the same zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws import clock

KNOWN = timedelta(seconds=2)
"""The time until Route 53 knows a new load balancer; on AWS some minutes (github.com/boto/boto/issues/2519)."""

CLASSIC: Mapping[str, str] = {
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
}
"""The zones of classic and application load balancers (AWS General Reference, Elastic Load Balancing endpoints)."""

NETWORK: Mapping[str, str] = {
    "ca-central-1": "Z2EPGBW3API2WT",
    "eu-central-1": "Z3F0SRJ5LGBH90",
    "eu-north-1": "Z1UDT6IFJ4EJM",
    "eu-west-1": "Z2IFOLAFXWLO4F",
    "eu-west-2": "ZD4D7Y8KGAS4G",
    "eu-west-3": "Z1CMS0P5QUZ6D5",
    "us-east-1": "Z26RNL4JYFTOTI",
    "us-east-2": "ZLMOA37VPKANP",
    "us-west-1": "Z24FKFUX50B4VW",
    "us-west-2": "Z18D5FSROUN65G",
}
"""The zones of network load balancers, from the same page."""


def problems(route53: Any, zone: Any, records: Sequence[Any], type_: str, target: Mapping[str, Any]) -> Iterator[str]:
    """The problems of an alias target, in AWS's words."""
    name, at = str(target["DNSName"]).lower().rstrip(".").removeprefix("dualstack."), target["HostedZoneId"]
    subject = f"Tried to create an alias that targets {name}., type {type_} in zone {at}"
    if at == zone.resource_id:
        if not _within(name, zone.name):
            yield f"{subject}, but the alias target name does not lie within the target zone"
        if not any(record.name.rstrip(".") == name and record.type == type_ for record in records):
            yield f"{subject}, but that target was not found"
        return
    region = next((region for region in CLASSIC if at in (CLASSIC[region], NETWORK[region])), "")
    domain = f"{region}.elb.amazonaws.com" if at == CLASSIC.get(region) else f"elb.{region}.amazonaws.com"
    if not region or not _within(name, domain):
        yield f"{subject}, but the alias target name does not lie within the target zone"
    if not region or name not in _balancers(route53.account_id, region):
        yield f"{subject}, but that target was not found"


def _within(name: str, domain: str) -> bool:
    return name == domain.rstrip(".") or name.endswith(f".{domain.rstrip('.')}")


def _balancers(account: str, region: str) -> set[str]:
    """The names of a region's load balancers that Route 53 knows."""
    classic: Any = elb_backends[account][region].load_balancers
    newer: Any = elbv2_backends[account][region].load_balancers
    known = [balancer for balancer in classic.values() if balancer.created_time <= clock.now() - KNOWN]
    return {balancer.dns_name.lower() for balancer in (*known, *newer.values())}
