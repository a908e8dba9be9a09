"""aws:ec2/vpc:Vpc and aws:ec2/subnet:Subnet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, where
from sandbox.plugins.aws.holders import SUBNET, VPC, delete, lingering
from sandbox.plugins.aws.resource import Api
from sandbox.plugins.aws.table import Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_VPC_ATTRIBUTES = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}
"""The attributes in the order of their calls: host names need DNS support."""


class Vpc(Plain, Ec2Resource):
    """A VPC with one IPv4 range; IPv6 and IPAM are not implemented."""

    kind = "aws:ec2/vpc:Vpc"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateVpc", read="DescribeVpcs"),
        id="Vpc.VpcId",
        item="Vpcs.0",
        missing=["InvalidVpcID.NotFound"],
        outputs=(
            *("arn", "assignGeneratedIpv6CidrBlock", "dhcpOptionsId", "ipv6AssociationId", "ipv6CidrBlock"),
            *("ipv6CidrBlockNetworkBorderGroup", "ipv6IpamPoolId", "ipv6NetmaskLength", "ownerId"),
        ),
        noun="vpc",
    )
    knows = ("cidrBlock", "instanceTenancy", *_VPC_ATTRIBUTES)
    defaults = {"instanceTenancy": "default", "enableDnsSupport": True}
    replace_on = ("cidrBlock", "instanceTenancy")
    computed = ("cidrBlock", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
    cidrs = ("cidrBlock",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield a missing range, which a VPC without IPAM needs."""
        if "cidrBlock" not in inputs:
            yield Problem("cidrBlock", "a VPC needs its range; write one like 10.0.0.0/16")

    def make(self, api: Api) -> str:
        """Create it, wait for it, set its attributes."""
        id = super().make(api)
        api.wait(f"VPC {id} to be available", lambda: (self.look(api, {}) or {}).get("State") == "available", 600)
        # Only what differs from a new VPC's is set.
        defaults = {"enableDnsSupport": True, "enableDnsHostnames": False, "enableNetworkAddressUsageMetrics": False}
        self._set(api, {name: value for name in defaults if (value := api.get(name)) != defaults[name]})
        return id

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its attributes, and what AWS made along with it."""
        of_vpc = where(vpc_id=api.id)
        main = api.ec2("DescribeRouteTables", Filters=of_vpc + where(association__main="true"))["RouteTables"]
        group = api.ec2("DescribeSecurityGroups", Filters=of_vpc + where(group_name="default"))["SecurityGroups"]
        acl = api.ec2("DescribeNetworkAcls", Filters=of_vpc + where(default="true"))["NetworkAcls"]
        main_table = main[0]["RouteTableId"] if main else ""
        return super().outputs(api, item, known) | {
            "defaultNetworkAclId": acl[0]["NetworkAclId"] if acl else "",
            "defaultRouteTableId": main_table,
            "defaultSecurityGroupId": group[0]["GroupId"] if group else "",
            **{name: _attribute(api, name) for name in _VPC_ATTRIBUTES},
            "instanceTenancy": item.get("InstanceTenancy", "default"),
            "mainRouteTableId": main_table,
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Set the attributes that differ."""
        self._set(api, {name: api.get(name) for name in _VPC_ATTRIBUTES if name in changed})

    def remove(self, api: Api) -> None:
        """Delete it once nothing in it is left."""
        delete(api, VPC, "DeleteVpc", ["InvalidVpcID.NotFound"], VpcId=api.id)
        api.wait(f"VPC {api.id} to be gone", lambda: self.look(api, {}) is None, 300)

    def _set(self, api: Api, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            if value is not None:
                api.ec2("ModifyVpcAttribute", VpcId=api.id, **{_VPC_ATTRIBUTES[name]: {"Value": value}})


def _attribute(api: Api, name: str) -> bool:
    answer = api.ec2("DescribeVpcAttribute", VpcId=api.id, Attribute=name)
    return bool(answer.get(_VPC_ATTRIBUTES[name], {}).get("Value", False))


_SUBNET_FLAGS = {
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    "enableDns64": "EnableDns64",
}
_HOSTNAME_FLAGS = {
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}


class Subnet(Plain, Ec2Resource):
    """An IPv4 subnet; IPv6, Outposts and IPAM are not implemented."""

    kind = "aws:ec2/subnet:Subnet"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateSubnet", read="DescribeSubnets"),
        id="Subnet.SubnetId",
        item="Subnets.0",
        missing=["InvalidSubnetID.NotFound"],
        outputs=(
            *("arn", "customerOwnedIpv4Pool", "enableLniAtDeviceIndex", "ipv6CidrBlock", "ipv6CidrBlockAssociationId"),
            *("ipv6Native", "mapCustomerOwnedIpOnLaunch", "outpostArn", "ownerId"),
        ),
        places={
            "privateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            **{name: f"PrivateDnsNameOptionsOnLaunch.{key}" for name, key in _HOSTNAME_FLAGS.items()},
        },
        noun="subnet",
    )
    knows = (
        "vpcId",
        "cidrBlock",
        "availabilityZone",
        "availabilityZoneId",
        "privateDnsHostnameTypeOnLaunch",
        *_SUBNET_FLAGS,
        *_HOSTNAME_FLAGS,
    )
    defaults = dict.fromkeys((*_SUBNET_FLAGS, *_HOSTNAME_FLAGS), False)
    replace_on = ("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId")
    computed = ("availabilityZone", "availabilityZoneId", "privateDnsHostnameTypeOnLaunch")
    cidrs = ("cidrBlock",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """A range is needed, and one way of naming the zone."""
        if "cidrBlock" not in inputs:
            yield Problem("cidrBlock", "a subnet needs its range; write one like 10.0.1.0/24")
        if "availabilityZone" in inputs and "availabilityZoneId" in inputs:
            yield Problem("availabilityZoneId", "conflicts with availabilityZone; give one of them")

    def make(self, api: Api) -> str:
        """Create it, wait for it, set its attributes."""
        id = super().make(api)
        api.wait(f"subnet {id} to be available", lambda: (self.look(api, {}) or {}).get("State") == "available", 600)
        wanted = {name for name in (*_SUBNET_FLAGS, *_HOSTNAME_FLAGS) if api.get(name)}
        self.change(api, frozenset(wanted | ({"privateDnsHostnameTypeOnLaunch"} & api.inputs.keys())))
        return id

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Host names of addresses, unless they are to be another."""
        outputs = super().outputs(api, item, known)
        return outputs | {
            "privateDnsHostnameTypeOnLaunch": outputs["privateDnsHostnameTypeOnLaunch"] or "ip-name",
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Set the attributes that differ: AWS takes one at a time."""
        for name in sorted(changed):
            if key := _SUBNET_FLAGS.get(name):
                self._set(api, **{key: {"Value": bool(api.get(name))}})
            elif key := _HOSTNAME_FLAGS.get(name):
                self._set(api, **{f"{key}OnLaunch": {"Value": bool(api.get(name))}})
            elif name == "privateDnsHostnameTypeOnLaunch" and api.get(name):
                self._set(api, PrivateDnsHostnameTypeOnLaunch=api.get(name))

    def remove(self, api: Api) -> None:
        """Delete it once nothing in it is left."""
        lingering(api, "subnet-id")
        delete(api, SUBNET, "DeleteSubnet", ["InvalidSubnetID.NotFound"], SubnetId=api.id)
        api.wait(f"subnet {api.id} to be gone", lambda: self.look(api, {}) is None, 300)

    def _set(self, api: Api, **attribute: Any) -> None:
        api.ec2("ModifySubnetAttribute", SubnetId=api.id, **attribute)
