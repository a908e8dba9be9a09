"""The records of a name: one for each cluster and IP version, with a health check of its own if there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from . import routing
from .health import HealthCheck
from .routing import Entry
from .zone import Zone

PAUSE = 10.0
"""Seconds between two tries."""

TRIES = 30
"""Route 53 knows a new load balancer some minutes after AWS has created it (github.com/boto/boto/issues/2519)."""

UNKNOWN_YET = "target was not found"
"""A part of the error until then."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A load balancer."""

    hostname: str
    zone_id: str | None
    """AWS's hosted zone for it; None if the load balancer is not AWS's."""


@dataclass(frozen=True, kw_only=True)
class RecordSetArgs:
    """A name, and where it leads."""

    dns_name: str
    zone: Zone
    entries: Mapping[str, Entry]
    """The entries by cluster, as in all mappings here."""
    targets: Mapping[str, Output[Target]]
    marks: Mapping[str, pulumi.Resource]
    """A record is deleted before its mark is replaced."""
    health_check: HealthCheck | None
    ipv6: bool
    ttl: int
    """Seconds; of records that are no alias."""


class RecordSet(pulumi.ComponentResource):
    """Alias records for AWS's load balancers; CNAME records if one of them is not AWS's."""

    dns_name: Output[str]
    """The name, once all its records exist."""

    def __init__(self, name: str, args: RecordSetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:RecordSet", name, None, opts)
        self._args, self._known = args, _known(f"{name}-known")
        records = [record for cluster in args.entries for record in self._cluster(name, cluster)]
        if routing.has_rest(args.entries.values()):
            records = [*records, *self._rest(name, records)]
        self.dns_name = Output.all(*(record.fqdn for record in records)).apply(lambda _: args.dns_name)
        self.register_outputs({"dns_name": self.dns_name})

    @property
    def _versions(self) -> dict[str, str]:
        """The suffixes of the records' names, by type."""
        return {"A": "", "AAAA": "-ipv6"} if self._args.ipv6 else {"A": ""}

    def _cluster(self, name: str, cluster: str) -> list[aws.route53.Record]:
        args, entry, target = self._args, self._args.entries[cluster], self._args.targets[cluster]
        check = self._health_check(f"{name}-{cluster}", target) if args.health_check else None
        # A preview knows no load balancer that is still to come, and each record by its own.
        others = [target] if pulumi.runtime.is_dry_run() else [*args.targets.values()]
        records: list[aws.route53.Record] = []
        for type_, suffix in self._versions.items():
            fields = Output.all(target, *others).apply(lambda all, type_=type_: _fields(args, type_, *all))
            records.append(
                aws.route53.Record(
                    f"{name}-{cluster}{suffix}",
                    zone_id=args.zone.id,
                    name=entry.dns_name,
                    type=fields["type"],
                    aliases=fields["aliases"],
                    records=fields["records"],
                    ttl=fields["ttl"],
                    set_identifier=cluster,
                    health_check_id=check.id if check else None,
                    **entry.policy,
                    opts=self._options(replace_with=[args.marks[cluster]]),
                )
            )
        return records

    def _health_check(self, name: str, target: Output[Target]) -> aws.route53.HealthCheck:
        check = self._args.health_check
        assert check  # noqa: S101  the caller has looked
        return aws.route53.HealthCheck(
            name,
            fqdn=target.apply(lambda target: target.hostname),
            **check.arguments,
            tags={"Name": name},
            opts=ResourceOptions(parent=self),
        )

    def _rest(self, name: str, records: Sequence[aws.route53.Record]) -> list[aws.route53.Record]:
        """The secondary of a failover: an alias of the records that the clusters beside the primary have."""
        args = self._args
        (primary,) = (cluster for cluster, entry in args.entries.items() if entry.role == routing.PRIMARY)
        return [
            aws.route53.Record(
                f"{name}-rest{suffix}",
                zone_id=args.zone.id,
                name=args.dns_name,
                type=records[index].type,
                aliases=[
                    {
                        "name": f"{routing.REST}.{args.dns_name}",
                        "zone_id": args.zone.id,
                        "evaluate_target_health": True,
                    }
                ],
                set_identifier="rest",
                **routing.failover("SECONDARY"),
                # Route 53 takes an alias of records that exist. The secondary is in the way of another routing, and
                # would be deleted last.
                opts=self._options(depends_on=records, replace_with=[args.marks[primary]]),
            )
            for index, suffix in enumerate(self._versions.values())
        ]

    def _options(self, **more: Any) -> ResourceOptions:
        return ResourceOptions(parent=self, hooks=pulumi.ResourceHookBinding(on_error=[self._known]), **more)


def _fields(args: RecordSetArgs, type_: str, own: Target, *all: Target) -> dict[str, Any]:
    """A record's type and target. Raise RunError for a set that Route 53 would refuse, or could not fail over."""
    if args.health_check and own.hostname.startswith("internal-"):
        raise pulumi.RunError(
            f"{args.dns_name}: health_check: Route 53 checks from the internet, which doesn't reach {own.hostname}; "
            "leave it out, and the load balancer's own checks decide"
        )
    foreign = next((target.hostname for target in all if not target.zone_id), None)
    if foreign is None:
        evaluate = args.health_check is None
        alias = {"name": own.hostname, "zone_id": own.zone_id, "evaluate_target_health": evaluate}
        return {"type": type_, "aliases": [alias], "records": None, "ttl": None}
    if args.dns_name == args.zone.name:
        raise pulumi.RunError(
            f"dns_name: {args.dns_name} is the zone itself, and leads to {foreign}, which is no load balancer of AWS's "
            f"and takes a CNAME record; use a name below it, www.{args.dns_name} for instance"
        )
    if args.ipv6:
        raise pulumi.RunError(
            f"{args.dns_name}: {foreign} is no load balancer of AWS's and takes a CNAME record, which has IPv6 "
            "already; take the annotation for dualstack out of the template"
        )
    if args.health_check is None:
        raise pulumi.RunError(
            f"{args.dns_name}: Route 53 can't evaluate {foreign}, which is no load balancer of AWS's; give a "
            "health_check"
        )
    return {"type": "CNAME", "aliases": None, "records": [own.hostname], "ttl": args.ttl}


def _known(name: str) -> pulumi.ErrorHook:
    """An error hook that tries again until Route 53 knows a new load balancer. `name` is unique among the hooks."""

    async def again(failed: pulumi.ErrorHookArgs) -> bool:
        if not failed.errors or UNKNOWN_YET not in failed.errors[0] or len(failed.errors) > TRIES:
            return False
        await asyncio.sleep(PAUSE)
        return True

    return pulumi.ErrorHook(name, again)
