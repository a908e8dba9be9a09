"""The routes from a network back to the clients of its cluster's API server, through existing gateways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

TARGETS = {"pcx": "vpc_peering_connection_id", "tgw": "transit_gateway_id", "vgw": "gateway_id"}
"""The argument of a route for each kind of gateway, by the prefix of its id.

The kinds are peering connections, transit gateways and virtual private gateways (EC2 API reference, CreateRoute).
"""


@dataclass(frozen=True, kw_only=True)
class ClientRoute:
    """The route back to a client network."""

    cidr: IPv4Network
    """The client network's range."""
    gateway: str
    """The id of the gateway that leads there, of a kind in TARGETS. It must be attached to the VPC already."""


def client_routes(
    name: str, routes: Mapping[str, ClientRoute], table_ids: Mapping[str, Input[str]], *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Create a route to each client, by its name, in each of the network's route tables."""
    return [
        _route(f"{name}-{client}-{table}", route, table_id, parent=parent)
        for client, route in routes.items()
        for table, table_id in table_ids.items()
    ]


def _route(name: str, route: ClientRoute, table_id: Input[str], *, parent: pulumi.Resource) -> aws.ec2.Route:
    target: dict[str, Any] = {TARGETS[route.gateway.partition("-")[0]]: route.gateway}
    return aws.ec2.Route(
        name,
        route_table_id=table_id,
        destination_cidr_block=str(route.cidr),
        **target,
        opts=ResourceOptions(parent=parent),
    )
