"""The functions that find what is there of networks: VPCs, subnets and route tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sandbox.plugins.aws import routes, tags
from sandbox.plugins.aws.arguments import filters_of, region_of
from sandbox.plugins.aws.ec2 import where
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

Result = Mapping[str, Any]

VPC = {"id": "vpc-id", "cidrBlock": "cidr", "dhcpOptionsId": "dhcp-options-id", "state": "state"}
SUBNET = {
    "id": "subnet-id",
    "availabilityZone": "availability-zone",
    "availabilityZoneId": "availability-zone-id",
    "cidrBlock": "cidr-block",
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}
ROUTE_TABLE = {
    "gatewayId": "association.gateway-id",
    "routeTableId": "route-table-id",
    "subnetId": "association.subnet-id",
    "vpcId": "vpc-id",
}
"""Arguments that are filters, by EC2's names of these."""


def get_vpc(aws: Aws, arguments: Properties) -> Result:
    """The one VPC that matches."""
    region = region_of(aws, arguments)
    filters = filters_of(arguments, VPC) + (where(is_default="true") if arguments.get("default") else [])
    vpc = _only("getVpc", region, _found(aws, region, "Vpcs", filters))
    main = where(vpc_id=vpc["VpcId"], association__main="true")
    tables = _found(aws, region, "RouteTables", main)
    return {
        "arn": f"arn:{aws.partition}:ec2:{region}:{aws.account}:vpc/{vpc['VpcId']}",
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": association["AssociationId"],
                "cidrBlock": association["CidrBlock"],
                "state": association["CidrBlockState"]["State"],
            }
            for association in vpc.get("CidrBlockAssociationSet", [])
        ],
        "default": bool(vpc.get("IsDefault")),
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        **{
            name: aws.request(region, "ec2", "DescribeVpcAttribute", VpcId=vpc["VpcId"], Attribute=name)[
                name[0].upper() + name[1:]
            ]["Value"]
            for name in ("enableDnsHostnames", "enableDnsSupport")
        },
        "enableNetworkAddressUsageMetrics": False,
        "id": vpc["VpcId"],
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociations": [],
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else "",
        "ownerId": vpc.get("OwnerId", aws.account),
        "region": region,
        "state": vpc["State"],
        "tags": tags.from_list(vpc.get("Tags")),
    }


def get_subnet(aws: Aws, arguments: Properties) -> Result:
    """The one subnet that matches."""
    region = region_of(aws, arguments)
    filters = filters_of(arguments, SUBNET) + (where(default_for_az="true") if arguments.get("defaultForAz") else [])
    subnet = _only("getSubnet", region, _found(aws, region, "Subnets", filters))
    names = subnet.get("PrivateDnsNameOptionsOnLaunch", {})
    return {
        "arn": subnet["SubnetArn"],
        "assignIpv6AddressOnCreation": subnet.get("AssignIpv6AddressOnCreation", False),
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "cidrBlock": subnet["CidrBlock"],
        "customerOwnedIpv4Pool": "",
        "defaultForAz": subnet.get("DefaultForAz", False),
        "enableDns64": subnet.get("EnableDns64", False),
        "enableLniAtDeviceIndex": 0,
        "enableResourceNameDnsARecordOnLaunch": names.get("EnableResourceNameDnsARecord", False),
        "enableResourceNameDnsAaaaRecordOnLaunch": names.get("EnableResourceNameDnsAAAARecord", False),
        "id": subnet["SubnetId"],
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociationId": "",
        "ipv6Native": subnet.get("Ipv6Native", False),
        "mapCustomerOwnedIpOnLaunch": False,
        "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
        "outpostArn": "",
        "ownerId": subnet["OwnerId"],
        "privateDnsHostnameTypeOnLaunch": names.get("HostnameType", "ip-name"),
        "region": region,
        "state": subnet["State"],
        "tags": tags.from_list(subnet.get("Tags")),
        "vpcId": subnet["VpcId"],
    }


def get_route_table(aws: Aws, arguments: Properties) -> Result:
    """The one route table that matches, with the routes that somebody made."""
    region = region_of(aws, arguments)
    table = _only("getRouteTable", region, _found(aws, region, "RouteTables", filters_of(arguments, ROUTE_TABLE)))
    id = table["RouteTableId"]
    return {
        "arn": f"arn:{aws.partition}:ec2:{region}:{aws.account}:route-table/{id}",
        "associations": [
            {
                "gatewayId": association.get("GatewayId", ""),
                "main": association["Main"],
                "routeTableAssociationId": association["RouteTableAssociationId"],
                "routeTableId": id,
                "subnetId": association.get("SubnetId", ""),
            }
            for association in table["Associations"]
        ],
        "gatewayId": arguments.get("gatewayId", ""),
        "id": id,
        "ownerId": table.get("OwnerId", aws.account),
        "region": region,
        "routeTableId": id,
        "routes": [
            {**routes.inline(route), "instanceId": route.get("InstanceId", ""), "odbNetworkArn": ""}
            for route in table["Routes"]
            if routes.made(route)
        ],
        "subnetId": arguments.get("subnetId", ""),
        "tags": tags.from_list(table.get("Tags")),
        "vpcId": table["VpcId"],
    }


def _ids(aws: Aws, arguments: Properties, what: str, key: str, names: Mapping[str, str]) -> Result:
    """The ids of what matches; nothing is no error."""
    region = region_of(aws, arguments)
    return {
        **arguments,
        "id": region,
        "ids": sorted(item[key] for item in _found(aws, region, what, filters_of(arguments, names))),
        "region": region,
        "tags": arguments.get("tags") or {},
    }


def _found(aws: Aws, region: str, what: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return aws.request(region, "ec2", f"Describe{what}", Filters=filters or None)[what]


def _only(function: str, region: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    if len(found) != 1:
        raise ProviderError(f"{function}: {len(found) or 'none'} match in {region}; set its id")
    return found[0]


LOOKUPS: Mapping[str, Callable[[Aws, Properties], Result]] = {
    "aws:ec2/getRouteTable:getRouteTable": get_route_table,
    "aws:ec2/getRouteTables:getRouteTables": partial(
        _ids, what="RouteTables", key="RouteTableId", names={"vpcId": "vpc-id"}
    ),
    "aws:ec2/getSubnet:getSubnet": get_subnet,
    "aws:ec2/getSubnets:getSubnets": partial(_ids, what="Subnets", key="SubnetId", names={}),
    "aws:ec2/getVpc:getVpc": get_vpc,
    "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections": partial(
        _ids, what="VpcPeeringConnections", key="VpcPeeringConnectionId", names={}
    ),
    "aws:ec2/getVpcs:getVpcs": partial(_ids, what="Vpcs", key="VpcId", names={}),
}
"""The functions by token."""
