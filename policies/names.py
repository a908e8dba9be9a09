"""Names: the zones that a program may write to, and whether a name leaves a region that is lost."""

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
    what="A program writes records in the zones named for it alone: whoever writes a name takes its callers.",
    fix="take one of the policy's zones, or have the zone's owner add it there",
    sources=("ours",),
    severity=Severity.HIGH,
    parameters={"zones": Parameter.texts((), "The ids of the zones that may be written to; none: all.")},
)
def record_zone(record: Resource, context: Context) -> Iterator[str]:
    """Its zone is one of them."""
    zones, zone = context.parameters["zones"], record.at("zoneId")
    if zones and zone is not UNKNOWN and zone not in zones:
        yield f"it is in the zone {zone}, and the policy's are {', '.join(zones)}"


@rule(
    "record-health",
    lambda: (route53.Record,),
    what="A record that is one of several follows the health of its target, or a lost region goes on being answered.",
    fix="leave evaluate_target_health on, or give the record a health check",
    sources=("Route 53 developer guide, How Amazon Route 53 chooses records when health checking is configured",),
    severity=Severity.MEDIUM,
)
def record_health(record: Resource, _: Context) -> Iterator[str]:
    """It has a health check, or an alias whose target is evaluated."""
    routed = any(record.at(policy) not in (None, UNKNOWN, []) for policy in POLICIES)
    aliases = record.at("aliases")
    if not routed or record.at("healthCheckId") is not None or aliases is UNKNOWN:
        return
    if not any(alias.at("evaluateTargetHealth") in (True, UNKNOWN) for alias in record.each("aliases")):
        yield "nothing says whether its target is healthy"
