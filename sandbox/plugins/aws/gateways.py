"""aws:ec2 InternetGateway, Eip and NatGateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_IGW_GONE = "InvalidInternetGatewayID.NotFound"


class InternetGateway(Ec2Resource):
    """An internet gateway, attached to a VPC or not."""

    kind = "aws:ec2/internetGateway:InternetGateway"
    knows = ("vpcId",)
    computed = knows

    def make(self, api: Api) -> str:
        """Create it, and attach it."""
        made = api.ec2("CreateInternetGateway", TagSpecifications=specification("internet-gateway", api.tags))
        id = api.created(made["InternetGateway"]["InternetGatewayId"])
        self._attach(api, api.get("vpcId"))
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The gateway, and what it is attached to."""
        gateway = self._gateway(api)
        if gateway is None:
            return None
        attached = only(gateway.get("Attachments", []))
        return {
            "arn": api.arn("ec2", f"internet-gateway/{api.id}"),
            "ownerId": gateway.get("OwnerId", api.aws.account),
            "vpcId": attached["VpcId"] if attached else "",
            "tagsAll": tags_of(gateway),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Move it to another VPC."""
        self._detach(api)
        self._attach(api, api.get("vpcId"))

    def remove(self, api: Api) -> None:
        """Detach and delete it, once no public address in the VPC is mapped."""
        self._detach(api)
        api.retry(
            lambda: found(lambda: api.ec2("DeleteInternetGateway", InternetGatewayId=api.id), _IGW_GONE),
            ["DependencyViolation"],
        )

    def _attach(self, api: Api, vpc: str | None) -> None:
        if vpc:
            api.retry(
                lambda: api.ec2("AttachInternetGateway", InternetGatewayId=api.id, VpcId=vpc), [_IGW_GONE], timeout=60
            )

    def _detach(self, api: Api) -> None:
        vpc = api.state.get("vpcId")
        if vpc:
            api.retry(
                lambda: found(
                    lambda: api.ec2("DetachInternetGateway", InternetGatewayId=api.id, VpcId=vpc),
                    _IGW_GONE,
                    "Gateway.NotAttached",
                ),
                ["DependencyViolation"],
            )

    def _gateway(self, api: Api) -> dict[str, Any] | None:
        answer = found(lambda: api.ec2("DescribeInternetGateways", InternetGatewayIds=[api.id]), _IGW_GONE)
        return only(answer["InternetGateways"]) if answer else None


class Eip(Ec2Resource):
    """A public address of AWS's own pool; it is associated by what uses it, a NAT gateway say."""

    kind = "aws:ec2/eip:Eip"
    knows = ("domain",)
    computed = knows
    replace_on = ("domain",)

    def make(self, api: Api) -> str:
        """Allocate it."""
        made = api.ec2(
            "AllocateAddress",
            Domain=api.get("domain") or "vpc",
            TagSpecifications=specification("elastic-ip", api.tags),
        )
        return api.created(made["AllocationId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The address, and what holds it."""
        answer = found(
            lambda: api.ec2("DescribeAddresses", AllocationIds=[api.id]),
            "InvalidAllocationID.NotFound",
            "InvalidAddress.NotFound",
        )
        address = only(answer["Addresses"]) if answer else None
        if address is None:
            return None
        host = "ec2-" + address["PublicIp"].replace(".", "-")
        zone = "compute-1" if api.region == "us-east-1" else f"{api.region}.compute"
        private = address.get("PrivateIpAddress", "")
        inside = "ec2.internal" if api.region == "us-east-1" else f"{api.region}.compute.internal"
        return {
            "allocationId": api.id,
            "arn": api.arn("ec2", f"elastic-ip/{api.id}"),
            "associationId": address.get("AssociationId", ""),
            "carrierIp": address.get("CarrierIp", ""),
            "customerOwnedIp": address.get("CustomerOwnedIp", ""),
            "customerOwnedIpv4Pool": address.get("CustomerOwnedIpv4Pool", ""),
            "domain": address.get("Domain", "vpc"),
            "instance": address.get("InstanceId", ""),
            "networkBorderGroup": address.get("NetworkBorderGroup", api.region),
            "networkInterface": address.get("NetworkInterfaceId", ""),
            "privateDns": f"ip-{private.replace('.', '-')}.{inside}" if private else "",
            "privateIp": private,
            "ptrRecord": self._name(api),
            "publicDns": f"{host}.{zone}.amazonaws.com",
            "publicIp": address["PublicIp"],
            "publicIpv4Pool": address.get("PublicIpv4Pool", "amazon"),
            "tagsAll": tags_of(address),
        }

    def remove(self, api: Api) -> None:
        """Take it from what the state says that it is associated with, and release it."""
        if association := api.state.get("associationId"):
            found(lambda: api.ec2("DisassociateAddress", AssociationId=association), "InvalidAssociationID.NotFound")
        group = api.state.get("networkBorderGroup") or None
        api.retry(
            lambda: found(
                lambda: api.ec2("ReleaseAddress", AllocationId=api.id, NetworkBorderGroup=group),
                "InvalidAllocationID.NotFound",
            ),
            ["InvalidIPAddress.InUse", "AuthFailure"],
            says=["in use", "InUse", "do not have permission"],
        )

    def _name(self, api: Api) -> str:
        """The domain name that the address stands for; only few have one."""
        told = api.ec2("DescribeAddressesAttribute", AllocationIds=[api.id], Attribute="domain-name")["Addresses"]
        return (told[0].get("PtrRecord") or "").rstrip(".") if told else ""


class NatGateway(Ec2Resource):
    """A zonal NAT gateway, public or private."""

    kind = "aws:ec2/natGateway:NatGateway"
    knows = ("allocationId", "subnetId", "connectivityType", "privateIp")
    defaults = {"connectivityType": "public"}
    computed = ("privateIp",)
    replace_on = knows

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """A zonal gateway stands in a subnet, a public one has an address."""
        if "subnetId" not in inputs:
            yield Problem("subnetId", "a zonal NAT gateway needs its subnet")
        if inputs.get("connectivityType", "public") == "public" and "allocationId" not in inputs:
            yield Problem("allocationId", "a public NAT gateway needs an address; give an Eip's id")

    def make(self, api: Api) -> str:
        """Create it, and wait until it works."""
        made = api.ec2(
            "CreateNatGateway",
            AllocationId=api.get("allocationId"),
            SubnetId=api.get("subnetId"),
            ConnectivityType=api.get("connectivityType"),
            PrivateIpAddress=api.get("privateIp"),
            TagSpecifications=specification("natgateway", api.tags),
        )
        return api.created(made["NatGateway"]["NatGatewayId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The gateway and its address."""
        gateway = api.wait(f"NAT gateway {api.id} to be available", lambda: _settled(api), 600)[0]
        if gateway is None:
            return None
        address = only(gateway.get("NatGatewayAddresses", [])) or {}
        return {
            "allocationId": address.get("AllocationId", ""),
            "associationId": address.get("AssociationId", ""),
            "availabilityMode": "zonal",
            "availabilityZoneAddresses": [],
            "connectivityType": gateway.get("ConnectivityType", "public"),
            "networkInterfaceId": address.get("NetworkInterfaceId", ""),
            "privateIp": address.get("PrivateIp", ""),
            "publicIp": address.get("PublicIp", ""),
            "regionalNatGatewayAddresses": [],
            "secondaryAllocationIds": [],
            "secondaryPrivateIpAddressCount": 0,
            "secondaryPrivateIpAddresses": [],
            "subnetId": gateway["SubnetId"],
            "vpcId": gateway["VpcId"],
            "tagsAll": tags_of(gateway),
        }

    def remove(self, api: Api) -> None:
        """Delete it, and wait until it let go of its address."""
        if found(lambda: api.ec2("DeleteNatGateway", NatGatewayId=api.id), "NatGatewayNotFound") is not None:
            api.wait(
                f"NAT gateway {api.id} to be gone", lambda: (_nat(api) or {}).get("State") in (None, "deleted"), 600
            )


def _nat(api: Api) -> dict[str, Any] | None:
    answer = found(lambda: api.ec2("DescribeNatGateways", NatGatewayIds=[api.id]), "NatGatewayNotFound")
    return only(answer["NatGateways"]) if answer else None


def _settled(api: Api) -> tuple[dict[str, Any] | None] | None:
    """The gateway once it works, or the lack of one; None while neither is certain."""
    gateway = _nat(api)
    state = gateway["State"] if gateway else "deleted"
    if gateway and state == "failed" and not api.state:
        why = f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}"
        raise api.failed(f"NAT gateway {api.id} failed: {why}")
    if state in ("deleted", "failed"):
        return (None,)
    return (gateway,) if state == "available" else None
