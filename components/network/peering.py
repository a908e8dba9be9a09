"""A peering of two networks, in the same or in two regions, with routes and name resolution in both directions."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from .. import creation
from .existing import ExistingNetwork
from .network import Network

AnyNetwork = Network | ExistingNetwork

PATIENCE = pulumi.CustomTimeouts(create="5m", update="5m", delete="5m")
"""The time for resources that need the peering's other side, which EC2 shows only after a while.

The provider's own is one minute for an acceptance and for options (terraform-provider-aws,
internal/service/ec2/vpc_peering_connection_accepter.go).
"""


class Peering(pulumi.ComponentResource):
    """An active VPC peering connection: a request on one side, an acceptance on the other, DNS resolution on both.

    The peering can span two regions, so each resource names its own.
    """

    connection_id: Output[str]
    """The id, once the connection is active."""

    def __init__(
        self,
        name: str,
        requester: AnyNetwork,
        accepter: AnyNetwork,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("federated-eks:index:Peering", name, None, opts)
        child = ResourceOptions(parent=self, hooks=creation.binding(self))
        requested = aws.ec2.VpcPeeringConnection(
            f"{name}-request",
            vpc_id=requester.vpc_id,
            peer_vpc_id=accepter.vpc_id,
            peer_region=accepter.region,
            region=requester.region,
            tags={"Name": name},
            opts=child,
        )
        accepted = aws.ec2.VpcPeeringConnectionAccepter(
            f"{name}-accept",
            vpc_peering_connection_id=requested.id,
            auto_accept=True,
            region=accepter.region,
            tags={"Name": name},
            opts=ResourceOptions(parent=self, custom_timeouts=PATIENCE, hooks=creation.binding(self)),
        )
        # From the accepter, which exists after the acceptance: AWS sets options on an active peering only.
        self.connection_id = accepted.id
        self._resolve_names(name, requester, accepter)
        for network, peer in ((requester, accepter), (accepter, requester)):
            self._route(name, network, peer)
        self.register_outputs({"connection_id": self.connection_id})

    def _resolve_names(self, name: str, requester: AnyNetwork, accepter: AnyNetwork) -> None:
        """Resolve the other side's names to private addresses. Across regions, each side sets its own option."""
        child = ResourceOptions(parent=self, custom_timeouts=PATIENCE)
        aws.ec2.PeeringConnectionOptions(
            f"{name}-{requester.name}",
            vpc_peering_connection_id=self.connection_id,
            requester={"allow_remote_vpc_dns_resolution": True},
            region=requester.region,
            opts=child,
        )
        aws.ec2.PeeringConnectionOptions(
            f"{name}-{accepter.name}",
            vpc_peering_connection_id=self.connection_id,
            accepter={"allow_remote_vpc_dns_resolution": True},
            region=accepter.region,
            opts=child,
        )

    def _route(self, name: str, network: AnyNetwork, peer: AnyNetwork) -> None:
        for table, table_id in network.route_table_ids.items():
            aws.ec2.Route(
                f"{name}-{network.name}-{table}",
                route_table_id=table_id,
                destination_cidr_block=str(peer.cidr),
                vpc_peering_connection_id=self.connection_id,
                region=network.region,
                opts=ResourceOptions(parent=self, custom_timeouts=PATIENCE),
            )
