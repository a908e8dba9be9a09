"""aws:route53 HealthCheck and ZoneAssociation, and what all of Route 53's types share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import names, tags
from sandbox.plugins.aws.resource import Api, AwsResource, found
from sandbox.plugins.aws.session import Answer
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import UNKNOWN, Properties

INSYNC = 1800.0
"""Seconds until a change has reached all of Route 53's servers; the official provider's default (record.go)."""


def wait_insync(api: Api, answer: Answer) -> None:
    """Wait for a change."""
    id = str(answer["ChangeInfo"]["Id"]).rpartition("/")[2]
    api.wait(
        f"change {id} to be in sync",
        lambda: api.request("route53", "GetChange", Id=id)["ChangeInfo"]["Status"] == "INSYNC" or None,
        INSYNC,
    )


def bare(id: str) -> str:
    """An id without the path that Route 53 puts before it."""
    return id.rpartition("/")[2]


_CONFIG = {
    "disabled": "Disabled",
    "enableSni": "EnableSNI",
    "failureThreshold": "FailureThreshold",
    "fqdn": "FullyQualifiedDomainName",
    "invertHealthcheck": "Inverted",
    "ipAddress": "IPAddress",
    "measureLatency": "MeasureLatency",
    "port": "Port",
    "requestInterval": "RequestInterval",
    "resourcePath": "ResourcePath",
    "searchString": "SearchString",
    "type": "Type",
}
"""Inputs by the API's names."""

_FIXED = ("measureLatency", "requestInterval", "type")
"""ForceNew in health_check.go."""


class HealthCheck(AwsResource):
    """A health check of an endpoint."""

    kind = "aws:route53/healthCheck:HealthCheck"
    regional = False
    knows = tuple(_CONFIG)
    defaults = {"disabled": False, "measureLatency": False}
    replace_on = _FIXED
    computed = ("enableSni", "failureThreshold")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """The bounds in health_check.go."""
        bounds = {"failureThreshold": range(1, 11), "port": range(1, 65536), "requestInterval": (10, 30)}
        for name, allowed in bounds.items():
            value = inputs.get(name)
            if isinstance(value, int | float) and value not in allowed:
                shown = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else "10 or 30"
                yield Problem(name, f"{value:g} is out of bounds; use {shown}")

    def make(self, api: Api) -> str:
        """Create it, then tag it."""
        config = {key: api.get(name) for name, key in _CONFIG.items() if api.get(name) not in (None, False, "")}
        reference = names.unique("terraform-")
        answer = api.request("route53", "CreateHealthCheck", CallerReference=reference, HealthCheckConfig=config)
        id = api.created(answer["HealthCheck"]["Id"])
        self.retag(api, [], api.tags)
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The check."""
        answer = found(lambda: api.request("route53", "GetHealthCheck", HealthCheckId=api.id), "NoSuchHealthCheck")
        if answer is None:
            return None
        config = answer["HealthCheck"]["HealthCheckConfig"]
        settings = {name: config[key] for name, key in _CONFIG.items() if config.get(key) is not None}
        about = {"ResourceType": "healthcheck", "ResourceId": api.id}
        set = api.request("route53", "ListTagsForResource", **about)["ResourceTagSet"]
        return {
            **settings,
            "arn": f"arn:{api.aws.partition}:route53:::healthcheck/{api.id}",
            "tagsAll": tags.from_list(set["Tags"]),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change what differs."""
        config = {_CONFIG[name]: api.get(name) for name in changed}
        api.request("route53", "UpdateHealthCheck", HealthCheckId=api.id, **config)

    def remove(self, api: Api) -> None:
        """Delete it."""
        found(lambda: api.request("route53", "DeleteHealthCheck", HealthCheckId=api.id), "NoSuchHealthCheck")

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop or add:
            api.request(
                "route53",
                "ChangeTagsForResource",
                ResourceType="healthcheck",
                ResourceId=api.id,
                AddTags=tags.to_list(add) or None,
                RemoveTagKeys=drop or None,
            )


class ZoneAssociation(AwsResource):
    """A VPC with a private zone; its id is `zone:vpc:region`."""

    kind = "aws:route53/zoneAssociation:ZoneAssociation"
    regional = False
    taggable = False
    knows = ("zoneId", "vpcId", "vpcRegion")
    replace_on = knows
    computed = ("vpcRegion",)

    def make(self, api: Api) -> str:
        """Associate it, and wait for it."""
        zone, vpc = api.inputs["zoneId"], api.inputs["vpcId"]
        region = api.get("vpcRegion") or api.region
        of = {"VPCId": vpc, "VPCRegion": region}
        answer = api.request(
            "route53", "AssociateVPCWithHostedZone", HostedZoneId=zone, VPC=of, Comment="Managed by Terraform"
        )
        id = api.created(f"{zone}:{vpc}:{region}")
        wait_insync(api, answer)
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The association, of those that the VPC has."""
        zone, vpc, region = api.id.split(":")
        answer = api.request("route53", "ListHostedZonesByVPC", VPCId=vpc, VPCRegion=region)
        listed: list[Mapping[str, Any]] = answer["HostedZoneSummaries"]
        summary = next((summary for summary in listed if summary["HostedZoneId"] == zone), None)
        if summary is None:
            return None
        return {"zoneId": zone, "vpcId": vpc, "vpcRegion": region, "owningAccount": summary["Owner"]["OwningAccount"]}

    def remove(self, api: Api) -> None:
        """Disassociate it."""
        zone, vpc, region = api.id.split(":")
        of = {"VPCId": vpc, "VPCRegion": region}
        found(
            lambda: api.request(
                "route53", "DisassociateVPCFromHostedZone", HostedZoneId=zone, VPC=of, Comment="Managed by Terraform"
            ),
            "NoSuchHostedZone",
            "VPCAssociationNotFound",
        )


def known(inputs: Properties, name: str) -> bool:
    """Whether an input is given, and not still unknown."""
    return inputs.get(name) is not None and inputs[name] is not UNKNOWN
