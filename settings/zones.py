"""The zones of the fleet's networks, known before any resource is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import pulumi_aws as aws
from pulumi import InvokeOptions, Output
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from components.network.zones import Zones, first_zones, zones_of_eks
from settings.plan import Plan, Site
from settings.standing import Standing

T = TypeVar("T")


def resolve(plan: Plan, standing: Output[Standing], providers: Mapping[str, aws.Provider]) -> dict[str, Zones]:
    """The zones of each network that the fleet creates, by its site's name; `providers` are by region.

    An existing network keeps its zones, whatever AWS returns now. The call waits for AWS's response, because the
    number of zones decides which resources are declared. Raises the error of the comparison with the last update, and
    pulumi.RunError for a region with too few zones.
    """
    return _now(standing.apply(lambda state: _zones(plan, state, providers)))


def _zones(plan: Plan, state: Standing, providers: Mapping[str, aws.Provider]) -> Output[dict[str, Zones]]:
    new = [site for site in plan.created if not state.zones_of(site)]
    offered = {
        region: zones_of_eks(InvokeOptions(provider=providers[region]))
        for region in sorted({site.region for site in new})
    }

    def of(site: Site, known: Mapping[str, Sequence[str]]) -> Zones:
        if existing := state.zones_of(site):
            return Zones(names=existing, fixed=True)
        return Zones(names=first_zones(known[site.region], site.region, site.zones))

    return Output.all(**offered).apply(lambda known: {site.name: of(site, known) for site in plan.created})


def _now(output: Output[T]) -> T:
    """The value of an output that previews know too. Waits as the SDK's own synchronous functions do."""
    return cast(T, _sync_await(output.future()))
