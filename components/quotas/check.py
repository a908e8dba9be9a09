"""Check that the account's quotas fit a fleet, beside the resources that the account already has."""

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
from .memory import too_small
from .messages import Measure, Source, refusal, warning
from .offers import unoffered


@dataclass(frozen=True, kw_only=True)
class Query:
    """A function of the AWS provider that finds EC2's resources by filters."""

    function: str
    output: str = "ids"
    """The output with their ids."""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Values by EC2's filter names; a resource matches any value of each."""

    def only(self, filters: Mapping[str, Sequence[str]]) -> Query:
        """Return the query with these filters too."""
        return replace(self, filters={**self.filters, **filters})


_INSTANCES = Query(
    function="aws:ec2/getInstances:getInstances",
    filters={"instance-type": [f"{family}{generation}*" for family in FAMILIES for generation in range(1, 10)]},
)
_PEERINGS = Query(
    function="aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections", filters={"status-code": ["active"]}
)
_SPOT = {"instance-lifecycle": ["spot"]}


INVENTORY: Mapping[Quota, tuple[Sequence[Query], Sequence[Query]]] = {
    VPCS: ([Query(function="aws:ec2/getVpcs:getVpcs")], []),
    ADDRESSES: ([Query(function="aws:ec2/getEips:getEips", output="allocationIds")], []),
    ON_DEMAND: ([_INSTANCES], [_INSTANCES.only(_SPOT)]),
    SPOT: ([_INSTANCES.only(_SPOT)], []),
}
"""The resources that count against a region's quota: those of the first queries, without those of the others.

No function of the provider returns the types of many instances. Each running instance counts as one vCPU, because none
has fewer.
"""


def inventory(demand: Demand) -> tuple[Sequence[Query], Sequence[Query]]:
    """Return the queries of a demand's quota, like INVENTORY; none for a VPC that doesn't exist yet."""
    if demand.quota is PEERINGS and demand.within:
        return [_PEERINGS.only({f"{side}-vpc-info.vpc-id": [demand.within]}) for side in ("requester", "accepter")], []
    return INVENTORY.get(demand.quota, ([], []))


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, as far as the providers' credentials may read it."""

    providers: Mapping[str, pulumi.ProviderResource]
    """The providers by region."""
    own: Mapping[str, str]
    """The tags of the stack's own resources."""
    known: Mapping[str, int]
    """The quotas that the settings have, by code."""
    unknown: list[str] = field(default_factory=list[str])
    """The failed calls: what is unknown, the assumption instead, and the reason."""

    async def measures(self, footprints: Sequence[Footprint]) -> list[Measure]:
        """Return a fleet's demands with the account's quotas."""
        found = demands(footprints, await self._vcpus(footprints))
        return await asyncio.gather(*(self._measure(demand) for demand in found))

    async def _vcpus(self, footprints: Sequence[Footprint]) -> dict[str, int]:
        regions = {name: footprint.region for footprint in footprints for name in footprint.instance_types}
        counts = await asyncio.gather(*(self._vcpus_of(name, region) for name, region in regions.items()))
        return dict(zip(regions, counts, strict=True))

    async def _vcpus_of(self, instance_type: str, region: str) -> int:
        response = await self.ask(
            "aws:ec2/getInstanceType:getInstanceType",
            region,
            {"instanceType": instance_type},
            instead=f"the vCPUs of {instance_type}: 1 is assumed",
        )
        return int(response["defaultVcpus"]) if response else 1

    async def _measure(self, demand: Demand) -> Measure:
        all_queries, other_queries = inventory(demand)
        found = await self._found(demand, all_queries) | await self._destinations(demand)
        value, source = await self._value(demand, len(found))
        if found and demand.maximum + len(found) > value:
            own_queries = [query.only({f"tag:{key}": [tag] for key, tag in self.own.items()}) for query in all_queries]
            found -= await self._found(demand, [*own_queries, *other_queries]) | demand.own
        return Measure(demand=demand, value=value, source=source, in_use=len(found))

    async def _found(self, demand: Demand, queries: Sequence[Query]) -> set[str]:
        """Return the ids that any of the queries finds."""
        responses = [
            await self.ask(
                query.function,
                demand.region,
                {"filters": [{"name": name, "values": [*values]} for name, values in query.filters.items()]},
                instead=f"the use of {demand.quota.name} by others: none is assumed",
            )
            for query in queries
        ]
        return {
            id_
            for query, response in zip(queries, responses, strict=True)
            for id_ in (response or {}).get(query.output, ())
        }

    async def _destinations(self, demand: Demand) -> set[str]:
        """Return the destinations of an existing table's routes."""
        if demand.quota is not ROUTES or not demand.within:
            return set()
        response = await self.ask(
            "aws:ec2/getRouteTable:getRouteTable",
            demand.region,
            {"routeTableId": demand.within},
            instead=f"the routes of {demand.within}: none is assumed",
        )
        return {route["cidrBlock"] or route["destinationPrefixListId"] for route in (response or {}).get("routes", ())}

    async def _value(self, demand: Demand, in_use: int) -> tuple[int, Source]:
        """Return a quota's value and its source. The function only calls AWS if its default may not be enough."""
        quota = demand.quota
        if quota.code in self.known:
            return self.known[quota.code], "set"
        if quota.certain and demand.maximum + in_use <= quota.default:
            return quota.default, "aws"
        response = await self.ask(
            "aws:servicequotas/getServiceQuota:getServiceQuota",
            demand.region,
            {"serviceCode": quota.service, "quotaCode": quota.code},
            instead=f"{quota.name} ({quota.code}): AWS's default of {quota.default} is assumed",
        )
        return (int(response["value"]), "aws") if response else (quota.default, "assumed")

    async def ask(
        self, function: str, region: str, arguments: Mapping[str, Any], *, instead: str
    ) -> Mapping[str, Any] | None:
        """Return the result of a function of the AWS provider; None if it fails, with an entry in `unknown`."""
        try:
            return await ask(function, arguments, pulumi.InvokeOptions(provider=self.providers[region]))
        except UnansweredError as error:
            self.unknown.append(f"{instead} in {region} ({error.reason})")
            return None


def check_quotas(
    account: Account, footprints: Sequence[Footprint], *, after: Output[Any]
) -> Output[Sequence[pulumi.Resource]]:
    """Resolve to an empty list once every quota is known to fit; put it in `depends_on` of whatever uses quota.

    The update fails with a pulumi.RunError before anything is created. The error has a line for each quota that is too
    small, for each instance type that EC2 does not offer in its region, or for each cluster whose nodes are too small.
    `after` must succeed first.
    """

    async def found() -> Sequence[pulumi.Resource]:
        await after.future()
        for provider in account.providers.values():
            await provider.urn.future()  # a failed sign-in is an error, and no failed call
        for check in (unoffered, too_small):
            if lines := await check(account.ask, footprints):
                raise pulumi.RunError("\n".join(lines))
        measures = await account.measures(footprints)
        if account.unknown:
            pulumi.log.warn(f"quotas: AWS does not tell {'; '.join(sorted(account.unknown))}")
        for text in filter(None, map(warning, measures)):
            pulumi.log.warn(text)
        if refusals := [*filter(None, map(refusal, measures))]:
            raise pulumi.RunError("\n".join(refusals))
        return []

    return Output.from_input(found())
