"""Check that the account's quotas have room for a fleet, beside what the account already uses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
from pulumi import Output

from ..ask import UnansweredError, ask
from .demand import Demand, Footprint, demands
from .known import ADDRESSES, FAMILIES, ON_DEMAND, PEERINGS, ROUTES, SPOT, VPCS, Quota
from .messages import Measure, Source, refusal, warning
from .offers import unoffered


@dataclass(frozen=True, kw_only=True)
class Query:
    """A function of the AWS provider's that finds things of EC2's by filters."""

    function: str
    output: str = "ids"
    """Which of its outputs has their ids."""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By EC2's names: the values of which a thing has one."""

    def only(self, filters: Mapping[str, Sequence[str]]) -> Query:
        """The same, of things that have these too."""
        return replace(self, filters={**self.filters, **filters})


_INSTANCES = Query(
    function="aws:ec2/getInstances:getInstances",
    filters={"instance-type": [f"{family}{generation}*" for family in FAMILIES for generation in range(1, 10)]},
)
_PEERINGS = Query(
    function="aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections", filters={"status-code": ["active"]}
)
_SPOT = {"instance-lifecycle": ["spot"]}


IN_REGION: Mapping[Quota, tuple[Sequence[Query], Sequence[Query]]] = {
    VPCS: ([Query(function="aws:ec2/getVpcs:getVpcs")], []),
    ADDRESSES: ([Query(function="aws:ec2/getEips:getEips", output="allocationIds")], []),
    ON_DEMAND: ([_INSTANCES], [_INSTANCES.only(_SPOT)]),
    SPOT: ([_INSTANCES.only(_SPOT)], []),
}
"""What counts against a quota of a region: all that the first queries find, without what the others find.

No function of the provider's tells the types of many instances, so each that runs counts as one vCPU: none has less.
"""


def holdings(demand: Demand) -> tuple[Sequence[Query], Sequence[Query]]:
    """What counts against a demand's quota, as above; of a VPC that is yet to be made, nothing does."""
    if demand.quota is PEERINGS and demand.within:
        return [_PEERINGS.only({f"{side}-vpc-info.vpc-id": [demand.within]}) for side in ("requester", "accepter")], []
    return IN_REGION.get(demand.quota, ([], []))


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, as the providers' credentials may see it."""

    providers: Mapping[str, pulumi.ProviderResource]
    """By region."""
    own: Mapping[str, str]
    """The tags that tell a stack's own things from others'."""
    known: Mapping[str, int]
    """Quotas that needn't be asked for, by code."""
    untold: list[str] = field(default_factory=list[str])
    """What could not be learnt, what is taken for it, and why."""

    async def measures(self, footprints: Sequence[Footprint]) -> list[Measure]:
        """All that a fleet takes, against what there is."""
        wanted = demands(footprints, await self._vcpus(footprints))
        return await asyncio.gather(*(self._measure(demand) for demand in wanted))

    async def _vcpus(self, footprints: Sequence[Footprint]) -> dict[str, int]:
        regions = {name: one.region for one in footprints for name in one.instance_types}
        told = await asyncio.gather(*(self._vcpus_of(name, region) for name, region in regions.items()))
        return dict(zip(regions, told, strict=True))

    async def _vcpus_of(self, instance_type: str, region: str) -> int:
        told = await self.ask(
            "aws:ec2/getInstanceType:getInstanceType",
            region,
            {"instanceType": instance_type},
            instead=f"the vCPUs of {instance_type}: 1 is assumed",
        )
        return int(told["defaultVcpus"]) if told else 1

    async def _measure(self, demand: Demand) -> Measure:
        everything, others = holdings(demand)
        found = await self._found(demand, everything) | await self._destinations(demand)
        value, source = await self._value(demand, len(found))
        if found and demand.most + len(found) > value:
            mine = [query.only({f"tag:{key}": [tag] for key, tag in self.own.items()}) for query in everything]
            found -= await self._found(demand, [*mine, *others]) | demand.own
        return Measure(demand=demand, value=value, source=source, held=len(found))

    async def _found(self, demand: Demand, queries: Sequence[Query]) -> set[str]:
        """The ids of what any of the queries finds."""
        told = [
            await self.ask(
                query.function,
                demand.region,
                {"filters": [{"name": name, "values": [*values]} for name, values in query.filters.items()]},
                instead=f"what others hold of {demand.quota.name}: nothing is assumed",
            )
            for query in queries
        ]
        return {id_ for query, one in zip(queries, told, strict=True) for id_ in (one or {}).get(query.output, ())}

    async def _destinations(self, demand: Demand) -> set[str]:
        """Where the routes of a table that is there already lead."""
        if demand.quota is not ROUTES or not demand.within:
            return set()
        told = await self.ask(
            "aws:ec2/getRouteTable:getRouteTable",
            demand.region,
            {"routeTableId": demand.within},
            instead=f"the routes of {demand.within}: none is assumed",
        )
        return {route["cidrBlock"] or route["destinationPrefixListId"] for route in (told or {}).get("routes", ())}

    async def _value(self, demand: Demand, held: int) -> tuple[int, Source]:
        """A quota's value, and whose word it is. AWS is asked where not every account has enough."""
        quota = demand.quota
        if quota.code in self.known:
            return self.known[quota.code], "set"
        if quota.certain and demand.most + held <= quota.default:
            return quota.default, "told"
        told = await self.ask(
            "aws:servicequotas/getServiceQuota:getServiceQuota",
            demand.region,
            {"serviceCode": quota.service, "quotaCode": quota.code},
            instead=f"{quota.name} ({quota.code}): AWS's default of {quota.default} is assumed",
        )
        return (int(told["value"]), "told") if told else (quota.default, "assumed")

    async def ask(
        self, function: str, region: str, arguments: Mapping[str, Any], *, instead: str
    ) -> Mapping[str, Any] | None:
        """What a function of the AWS provider answers; None where it fails, which is said in `untold`."""
        try:
            return await ask(function, arguments, pulumi.InvokeOptions(provider=self.providers[region]))
        except UnansweredError as error:
            self.untold.append(f"{instead} in {region} ({error.reason})")
            return None


def check_quotas(
    account: Account, footprints: Sequence[Footprint], *, after: Output[Any]
) -> Output[Sequence[pulumi.Resource]]:
    """Resolves to an empty list once every quota is known to fit; put it in `depends_on` of whatever uses quota.

    The update fails with a pulumi.RunError before anything is created, with a line for each quota that is too small, or
    for each instance type that EC2 does not offer in its region.
    `after` is what has to succeed first.
    """

    async def found() -> Sequence[pulumi.Resource]:
        await after.future()
        for provider in account.providers.values():
            await provider.urn.future()  # what fails here is no answer to a question
        if lines := await unoffered(account.ask, footprints):
            raise pulumi.RunError("\n".join(lines))
        measures = await account.measures(footprints)
        if account.untold:
            pulumi.log.warn(f"quotas: AWS does not tell {'; '.join(sorted(account.untold))}")
        for told in filter(None, map(warning, measures)):
            pulumi.log.warn(told)
        if refusals := [*filter(None, map(refusal, measures))]:
            raise pulumi.RunError("\n".join(refusals))
        return []

    return Output.from_input(found())
