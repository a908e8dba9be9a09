"""Networks outside the fleet that call the clusters' API servers over private addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from components.network import addresses
from components.network.client_routes import TARGETS, ClientRoute
from settings.base import IPV4_RANGE, NAME, PRIVATE, Range, Section
from settings.form import Form
from settings.plan import ClusterSite, Plan

MOST = 50
"""The clients of one cluster: a security group takes 60 rules (Amazon VPC quotas), and the fleet's own networks and
whatever else is added to the account's count against this limit."""


GATEWAY = rf"({'|'.join(TARGETS)})-([0-9a-f]{{8}}|[0-9a-f]{{17}})"


def _client_name(value: str) -> str:
    if not re.fullmatch(NAME, value) or len(value) > 40 or value in ("bastion", "host"):
        raise ValueError(
            "can't name a client; use 1 to 40 lower-case letters, digits and hyphens, no hyphen first or last, and "
            "neither bastion nor host, which the fleet has itself"
        )
    return value


def _private(value: IPv4Network) -> IPv4Network:
    if not any(value.subnet_of(block) for block in PRIVATE):
        raise ValueError(
            f"is not a private range, within {', '.join(map(str, PRIVATE))}; use the range of a network that is "
            "connected with the clusters' networks, or list public addresses in endpoint.allowedCidrs"
        )
    return value


def _gateway(value: str) -> str:
    if not re.fullmatch(GATEWAY, value):
        raise ValueError(
            "is not the id of a peering connection, a transit gateway or a virtual private gateway; give one, "
            "pcx-0123456789abcdef0, tgw-... or vgw-... for instance"
        )
    return value


Gateway = Annotated[
    str,
    AfterValidator(_gateway),
    Form("The id of a peering connection, a transit gateway or a virtual private gateway.", GATEWAY),
]


class Client(Section):
    """A network whose machines call the API servers."""

    cidr: Annotated[
        Range, AfterValidator(_private), Form("A private IPv4 range that no other network has.", IPV4_RANGE)
    ]
    """The network's range."""
    via: dict[str, Gateway] = {}
    """The gateway that leads back to it, by the region or the name of each cluster that has such a route.

    Without a gateway, others create the route: in an existing VPC, or by a gateway's propagation.
    """

    def route(self, cluster: ClusterSite) -> ClientRoute | None:
        """The route back from a cluster's network; None: the fleet makes none."""
        gateway = self.via.get(cluster.region) or self.via.get(cluster.name)
        return ClientRoute(cidr=self.cidr, gateway=gateway) if gateway else None


def _range_alone(value: Any) -> Any:
    return {"cidr": value} if isinstance(value, str) else value


Clients = dict[
    Annotated[
        str,
        AfterValidator(_client_name),
        Form("The client's name: 1 to 40 lower-case letters, digits and hyphens; not `bastion` or `host`.", NAME),
    ],
    Annotated[Client, BeforeValidator(_range_alone, json_schema_input_type=Client | Range)],
]
"""Client networks by name. A range alone is a network without routes."""


def check(key: str, clients: Mapping[str, Client], clusters: Collection[ClusterSite], plan: Plan) -> None:
    """Raise ValueError for clients that can't call `clusters`, to which the setting `key` applies.

    Their ranges overlap no other network's, and `via` names clusters whose route tables are the fleet's.
    """
    if len(clients) > MOST:
        raise ValueError(
            f"{key}: {len(clients)} networks are more than the {MOST} that fit into a security group beside the "
            "fleet's own; list fewer, larger ones"
        )
    own = {site.name: site.cidr for site in plan.sites} | {"serviceCidr": plan.service_cidr}
    ranges = own | {f"{key}.{name}": client.cidr for name, client in clients.items()}
    for first, second in addresses.overlapping(ranges):
        if second not in own:
            raise ValueError(
                f"{second}: {ranges[second]} overlaps {ranges[first]} of {first}, and answers would not find "
                "their way back; choose another range for one of them"
            )
    for name, client in clients.items():
        if name in own:
            raise ValueError(f"{key}.{name}: {name} is a cluster's own name; give the client another one")
        _check_via(f"{key}.{name}.via", client.via, clusters)


def _check_via(key: str, via: Mapping[str, str], clusters: Collection[ClusterSite]) -> None:
    known = {name: cluster for cluster in clusters for name in (cluster.region, cluster.name)}
    routed: set[str] = set()
    for name in via:
        cluster = known.get(name)
        if cluster is None:
            raise ValueError(f"{key}: {name} is no cluster that it may call; use one of {', '.join(known)}")
        if cluster.vpc:
            raise ValueError(
                f"{key}: {name} is in {cluster.vpc}, whose route tables are not the fleet's; add the route there, and "
                "take it out here"
            )
        if cluster.name in routed:
            raise ValueError(f"{key}: {name} is {cluster.name} in {cluster.region} again; name each cluster once")
        routed.add(cluster.name)
