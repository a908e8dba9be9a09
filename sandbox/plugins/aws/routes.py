"""aws:ec2 RouteTable, Route and RouteTableAssociation."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, where
from sandbox.plugins.aws.resource import Api, AwsResource, found, only
from sandbox.plugins.aws.session import AwsError
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_TABLE_GONE = "InvalidRouteTableID.NotFound"
_DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_TARGETS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "transitGatewayId": "TransitGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
}
_OTHER_TARGETS = {
    "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "localGatewayId": "LocalGatewayId",
}
"""Targets that can be read but not yet set here."""


class RouteTable(Plain, Ec2Resource):
    """A route table; its routes are Route resources, not inline ones."""

    kind = "aws:ec2/routeTable:RouteTable"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateRouteTable", read="DescribeRouteTables", delete="DeleteRouteTable"),
        id="RouteTable.RouteTableId",
        item="RouteTables.0",
        missing=[_TABLE_GONE],
        delete_again=Again(codes=["DependencyViolation"]),
        outputs=("arn", "ownerId"),
        noun="route-table",
    )
    knows = ("vpcId",)
    replace_on = ("vpcId",)

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add all routes that somebody made."""
        return super().outputs(api, item, known) | {
            "propagatingVgws": [vgw["GatewayId"] for vgw in item.get("PropagatingVgws", [])],
            "routes": [inline(route) for route in item["Routes"] if made(route)],
        }

    def remove(self, api: Api) -> None:
        """Take it from its subnets, and delete it."""
        table = _table(api, api.id)
        for association in (table or {}).get("Associations", []):
            id = association["RouteTableAssociationId"]
            found(lambda id=id: api.ec2("DisassociateRouteTable", AssociationId=id), "InvalidAssociationID.NotFound")
        self.delete_once(api)
        api.wait(f"route table {api.id} to be gone", lambda: _table(api, api.id) is None, 300)


class Route(AwsResource):
    """A route to a gateway, NAT gateway, peering, transit gateway or network interface."""

    kind = "aws:ec2/route:Route"
    taggable = False
    knows = ("routeTableId", *_DESTINATIONS, *_TARGETS)
    replace_on = ("routeTableId", *_DESTINATIONS)
    computed = ("networkInterfaceId",)
    cidrs = ("destinationCidrBlock",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield anything but one destination and one target."""
        for what, names in (("destination", _DESTINATIONS), ("target", _TARGETS)):
            given = [name for name in names if name in inputs]
            if len(given) != 1:
                yield Problem(
                    given[-1] if given else next(iter(names)), f"a route has one {what}: {' or '.join(names)}"
                )

    def make(self, api: Api) -> str:
        """Create it; a route that somebody else made stays theirs."""
        api.retry(
            lambda: api.ec2("CreateRoute", RouteTableId=api.get("routeTableId"), **_settings(api)),
            ["InvalidTransitGatewayID.NotFound"],
        )
        id = api.created(_route_id(api.inputs))
        api.wait(f"route {id} to be visible", lambda: _route(api, api.inputs), 300)
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The route in its table."""
        known = known or _imported(api.id)
        api.id = _route_id(known)
        route = _route(api, known)
        if route is None:
            return None
        return {
            "routeTableId": known["routeTableId"],
            **{name: route.get(key, "") for name, key in (_DESTINATIONS | _TARGETS | _OTHER_TARGETS).items()},
            "destinationIpv6CidrBlock": route.get("DestinationIpv6CidrBlock", ""),
            "instanceId": route.get("InstanceId", ""),
            "instanceOwnerId": route.get("InstanceOwnerId", ""),
            "origin": route.get("Origin", ""),
            "state": route.get("State", ""),
            "vpcEndpointId": "",
            "id": api.id,
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Replace its target."""
        api.ec2("ReplaceRoute", RouteTableId=api.get("routeTableId"), **_settings(api))

    def remove(self, api: Api) -> None:
        """Delete it."""
        table, destination = api.state["routeTableId"], _destination(api.state)
        gone = ("InvalidRoute.NotFound", _TABLE_GONE)
        found(lambda: api.ec2("DeleteRoute", RouteTableId=table, **destination), *gone)
        api.wait(f"route {api.id} to be gone", lambda: _route(api, api.state) is None, 300)


class RouteTableAssociation(AwsResource):
    """A subnet's use of a route table; gateways' are not implemented."""

    kind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    taggable = False
    knows = ("routeTableId", "subnetId")
    replace_on = ("subnetId",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield a missing subnet."""
        if "subnetId" not in inputs:
            yield Problem("subnetId", "an association needs its subnet")

    def make(self, api: Api) -> str:
        """Associate them."""
        made = api.retry(
            lambda: api.ec2("AssociateRouteTable", RouteTableId=api.get("routeTableId"), SubnetId=api.get("subnetId")),
            [_TABLE_GONE],
            timeout=300,
        )
        return api.created(made["AssociationId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The association: by its id, or by its subnet after it was replaced or in an import `subnet/table`."""
        subnet = known.get("subnetId") or api.id.partition("/")[0]
        if not subnet.startswith("subnet-"):
            return None
        association = _association(api, subnet)
        if association is None:
            return None
        return {
            "gatewayId": "",
            "routeTableId": association["RouteTableId"],
            "subnetId": association["SubnetId"],
            "id": association["RouteTableAssociationId"],
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Move the subnet to another table; AWS gives the association another id."""
        current = _association(api, api.inputs["subnetId"])
        id = current["RouteTableAssociationId"] if current else api.id
        api.ec2("ReplaceRouteTableAssociation", AssociationId=id, RouteTableId=api.get("routeTableId"))

    def remove(self, api: Api) -> None:
        """Dissolve it."""
        current = _association(api, api.state["subnetId"])
        if current and current["RouteTableId"] == api.state["routeTableId"]:
            id = current["RouteTableAssociationId"]
            found(lambda: api.ec2("DisassociateRouteTable", AssociationId=id), "InvalidAssociationID.NotFound")
        api.wait(f"association {api.id} to be gone", lambda: _association(api, api.state["subnetId"]) is None, 300)


def _table(api: Api, id: str) -> dict[str, Any] | None:
    answer = found(lambda: api.ec2("DescribeRouteTables", RouteTableIds=[id]), _TABLE_GONE)
    return only(answer["RouteTables"]) if answer else None


def _destination(of: Properties) -> dict[str, str]:
    return {key: of[name] for name, key in _DESTINATIONS.items() if of.get(name)}


def _settings(api: Api) -> dict[str, str]:
    given = api.call.inputs
    return _destination(given) | {key: given[name] for name, key in _TARGETS.items() if given.get(name)}


def _route(api: Api, of: Properties) -> dict[str, Any] | None:
    table = _table(api, of["routeTableId"])
    destination = _destination(of)
    return only([route for route in (table or {}).get("Routes", []) if destination.items() <= route.items()])


def _route_id(of: Properties) -> str:
    """Return a route's id by the official provider's rule: the table, and a checksum of the destination."""
    destination = next(iter(_destination(of).values()))
    return f"r-{of['routeTableId']}{zlib.crc32(destination.encode())}"


def _imported(id: str) -> Properties:
    """An import names a route by `table_destination`."""
    table, _, destination = id.partition("_")
    if not destination:
        raise AwsError("ec2", "import", "InvalidRoute.NotFound", f"{id!r} is not <route table id>_<destination>")
    name = "destinationPrefixListId" if destination.startswith("pl-") else "destinationCidrBlock"
    return {"routeTableId": table, name: destination}


def _association(api: Api, subnet: str) -> dict[str, Any] | None:
    tables = api.ec2("DescribeRouteTables", Filters=where(association__subnet_id=subnet))["RouteTables"]
    return only(
        [
            association | {"RouteTableId": table["RouteTableId"]}
            for table in tables
            for association in table["Associations"]
            if association.get("SubnetId") == subnet
        ]
    )


def made(route: dict[str, Any]) -> bool:
    """Whether somebody made the route, and neither the VPC nor a gateway endpoint brought it."""
    return route.get("Origin") == "CreateRoute" and not route.get("GatewayId", "").startswith("vpce-")


def inline(route: dict[str, Any]) -> Properties:
    """A route as its table has it."""
    names = {
        "cidrBlock": "DestinationCidrBlock",
        "ipv6CidrBlock": "DestinationIpv6CidrBlock",
        "destinationPrefixListId": "DestinationPrefixListId",
        **_TARGETS,
        **_OTHER_TARGETS,
    }
    return {name: route.get(key, "") for name, key in names.items()} | {"vpcEndpointId": ""}
