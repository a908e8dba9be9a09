"""Names: the zones that a program may write to, and how records leave a lost region."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Resource
from policies.rule import Context, Parameter, Severity, rule

route53 = aws.route53

POLICIES = ("failoverRoutingPolicies", "latencyRoutingPolicies", "weightedRoutingPolicies")
"""The routing policies that choose between clusters."""


@rule(
    "record-zone",
    lambda: (route53.Record,),
    what="A program writes records only in its own zones, because whoever writes a name receives its callers.",
    fix="use a zone of the policy, or ask the zone's owner to add this zone to it",
    sources=("ours",),
    severity=Severity.HIGH,
    parameters={"zones": Parameter.texts((), "The ids of the zones that a program may write to; empty: all.")},
)
def record_zone(record: Resource, context: Context) -> Iterator[str]:
    """Yield a record in any other zone."""
    zones, zone = context.parameters["zones"], record.at("zoneId")
    if zones and zone is not UNKNOWN and zone not in zones:
        yield f"it is in the zone {zone}, which is not among {', '.join(zones)}"


@rule(
    "record-health",
    lambda: (route53.Record,),
    what="A record among several follows its target's health, because Route 53 would still answer with a lost region.",
    fix="turn on evaluate_target_health, or give the record a health check",
    sources=("Route 53 developer guide, How Amazon Route 53 chooses records when health checking is configured",),
    severity=Severity.MEDIUM,
)
def record_health(record: Resource, _: Context) -> Iterator[str]:
    """Yield a routed record without a health check and without an alias whose target is evaluated."""
    routed = any(record.at(policy) not in (None, UNKNOWN, []) for policy in POLICIES)
    aliases = record.at("aliases")
    if not routed or record.at("healthCheckId") is not None or aliases is UNKNOWN:
        return
    if not any(alias.at("evaluateTargetHealth") in (True, UNKNOWN) for alias in record.each("aliases")):
        yield "it has no health check, and no alias that evaluates its target's health"
