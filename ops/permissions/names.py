"""The document for a program with global names, and its calls of Route 53, in the given zones.

The fleet's own program makes none of these calls, so they have a document of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ops.permissions.calls import Actions, Calls, actions, of_service
from ops.permissions.scope import Scope
from ops.permissions.statements import Document, allow, document
from ops.recover import table

TYPES: Mapping[str, Calls] = {
    "aws:route53/record:Record": of_service(
        "route53",
        "GetHostedZone ChangeResourceRecordSets GetChange",
        "GetHostedZone ListResourceRecordSets",
        "ChangeResourceRecordSets GetChange",
        "ChangeResourceRecordSets GetChange",
    ),
    "aws:route53/healthCheck:HealthCheck": of_service(
        "route53",
        "CreateHealthCheck ChangeTagsForResource",
        "GetHealthCheck ListTagsForResource",
        "UpdateHealthCheck",
        "DeleteHealthCheck",
        "ChangeTagsForResource",
    ),
    "aws:route53/zoneAssociation:ZoneAssociation": of_service(
        "route53",
        "AssociateVPCWithHostedZone GetChange",
        "ListHostedZonesByVPC",
        "",
        "DisassociateVPCFromHostedZone",
        "",
        "ec2:DescribeVpcs",
    ),
}
"""The calls by Pulumi's type token (terraform-provider-aws v6, internal/service/route53)."""

FUNCTIONS: Mapping[str, Actions] = {
    "aws:lb/getHostedZoneId:getHostedZoneId": frozenset(),  # the provider's own table
    "aws:route53/getRecords:getRecords": actions("route53", "ListResourceRecordSets"),
    "aws:route53/getZone:getZone": actions(
        "route53", "GetHostedZone ListHostedZones ListResourceRecordSets ListTagsForResource"
    ),
}
"""The actions by Pulumi's function token."""

UNSCOPED = actions(
    "route53", "CreateHealthCheck ListHealthChecks ListHostedZones ListHostedZonesByVPC ec2:DescribeVpcs"
)
"""Calls that support no resource ARN (Service Authorization Reference, Amazon Route 53)."""

OF_CHECKS = actions("route53", "GetHealthCheck UpdateHealthCheck DeleteHealthCheck")
OF_BOTH = actions("route53", "ChangeTagsForResource ListTagsForResource")
OF_CHANGES = actions("route53", "GetChange")
"""Calls on a health check, on a health check or a zone, and on a change. The others are on a zone."""


def names(scope: Scope, zones: Collection[str]) -> Document:
    """Return the document that changes the records of zones, by id, and health checks. IAM has no tags of Route 53."""

    def arns(*resources: str) -> list[str]:
        return [f"arn:{scope.partition}:route53:::{resource}" for resource in resources]

    every = {action for each in TYPES.values() for action in each.changes | each.read | each.checked}
    every |= {action for functions in FUNCTIONS.values() for action in functions}
    every |= {action for action in table.actions() if action.startswith("route53:")}
    of_zones = every - UNSCOPED - OF_CHECKS - OF_BOTH - OF_CHANGES
    zone_arns = arns(*(f"hostedzone/{zone}" for zone in sorted(zones)))
    return document(
        [
            allow("Zones", of_zones | actions("route53", "ListTagsForResource"), zone_arns),
            allow("Checks", OF_CHECKS | OF_BOTH, arns("healthcheck/*")),
            allow("Changes", OF_CHANGES, arns("change/*")),
            allow("Listed", UNSCOPED, "*"),
        ]
    )
