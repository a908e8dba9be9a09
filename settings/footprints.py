"""The quotas that a fleet uses, from its settings and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from components.network.zones import Zones
from components.quotas.demand import Footprint, Nodes, Request
from settings.arguments import client_routes
from settings.fleet import Settings
from settings.plan import BASTION, ClusterSite, Site


def footprints(settings: Settings, zones: Mapping[str, Zones]) -> list[Footprint]:
    """The quotas that each network uses with everything in it; `zones` are by site."""
    plan = settings.plan
    given = {cluster.name: vpc.footprint for cluster, _, vpc in settings.in_existing_vpcs(plan)}
    clusters = [
        Footprint(
            name=cluster.name,
            region=cluster.region,
            existing=given.get(cluster.name),
            addresses=settings.own(cluster.region).network.addresses(_count(zones, cluster)),
            peers=plan.peer_ranges(cluster.name),
            client_routes=len(client_routes(settings, cluster)),
            nodes=_machines(settings, cluster),
            memory=_memory(settings, cluster),
        )
        for cluster in plan.clusters
    ]
    if plan.bastion is None:
        return clusters
    bastion = Footprint(
        name=BASTION,
        region=plan.bastion.region,
        addresses=settings.network.addresses(_count(zones, plan.bastion)),
        peers=plan.peer_ranges(BASTION),
        nodes=[
            Nodes(
                instance_types=[settings.bastion.instance_type],
                spot=False,
                desired=1,
                max=1,
                setting="bastion.instanceType",
            )
        ],
    )
    return [bastion, *clusters]


def _memory(settings: Settings, site: ClusterSite) -> Request | None:
    """The memory that Karmada requests on the host; kubefed's pods request little."""
    if site != settings.plan.host or "karmada" not in settings.engines:
        return None
    return settings.karmada.memory(settings.own(site.region))


def _count(zones: Mapping[str, Zones], site: Site) -> int:
    """The count of a site's zones; none for an existing VPC, which has no gateways of the fleet's."""
    return len(zones[site.name].names) if site.name in zones else 0


def _machines(settings: Settings, site: ClusterSite) -> list[Nodes]:
    """The nodes of a cluster, each with the key of its instance types."""
    place, cluster = next((place, own) for place, own in enumerate(settings.clusters) if own.region == site.region)
    own = "" if cluster.node_groups is None else f"clusters[{place}]."
    groups = settings.own(site.region).node_groups
    return [
        replace(group.machines, setting=f"{own}nodeGroups[{number}].instanceTypes")
        for number, group in enumerate(groups)
    ]
