"""A private hosted zone that resolves in the fleet's VPCs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .zone import Zone, look_up


@dataclass(frozen=True, kw_only=True)
class PrivateZoneArgs:
    """A zone, and the fleet."""

    zone: Input[str]
    """The private zone, by id or by name. It exists, with the VPC that it was created with."""
    clusters: Input[Mapping[str, Mapping[str, Any]]]
    """The output `clusters` of the fleet's stack: `region` and `vpcId` of each."""
    without: Collection[str] = ()
    """Clusters whose VPC the zone has already: AWS associates a VPC only once."""


class PrivateZone(pulumi.ComponentResource):
    """The association of each cluster's VPC with a private zone, so that names in it resolve in the whole fleet."""

    zone_id: Output[str]
    """The zone's id, once it has all the VPCs."""

    def __init__(self, name: str, args: PrivateZoneArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:PrivateZone", name, None, opts)
        zone = look_up(args.zone, private=True, parent=self)
        # Resources inside of an apply: the fleet's stack has the clusters, and a preview reads it too.
        found = Output.all(zone, args.clusters)
        self.zone_id = found.apply(lambda found: self._associate(name, found[0], found[1], args.without))
        self.register_outputs({"zone_id": self.zone_id})

    def _associate(
        self, name: str, zone: Zone, clusters: Mapping[str, Mapping[str, Any]], without: Collection[str]
    ) -> Output[str]:
        """Associate each VPC once. Raise RunError for a cluster that the fleet doesn't have."""
        if unknown := sorted({*without} - {*clusters}):
            raise pulumi.RunError(
                f"PrivateZone {name}: without: {', '.join(unknown)} is no cluster of the fleet, which has "
                f"{', '.join(sorted(clusters))}; take one of these"
            )
        taken = {clusters[cluster]["vpcId"] for cluster in without}
        vpcs = {entry["vpcId"]: (cluster, entry["region"]) for cluster, entry in sorted(clusters.items(), reverse=True)}
        associations = [
            aws.route53.ZoneAssociation(
                f"{name}-{cluster}",
                zone_id=zone.id,
                vpc_id=vpc,
                vpc_region=region,
                opts=ResourceOptions(parent=self),
            )
            for vpc, (cluster, region) in vpcs.items()
            if vpc not in taken
        ]
        return Output.all(*(association.id for association in associations)).apply(lambda _: zone.id)
