"""aws:ec2 InternetGateway, EgressOnlyInternetGateway, Eip and NatGateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_IGW_GONE = "InvalidInternetGatewayID.NotFound"


class InternetGateway(Plain, Ec2Resource):
    """An internet gateway, attached to a VPC or not."""

    kind = "aws:ec2/internetGateway:InternetGateway"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateInternetGateway", read="DescribeInternetGateways", delete="DeleteInternetGateway"),
        id="InternetGateway.InternetGatewayId",
        item="InternetGateways.0",
        missing=[_IGW_GONE],
        delete_again=Again(codes=["DependencyViolation"]),
        outputs=("arn", "ownerId"),
        places={"vpcId": "Attachments.0.VpcId"},
        noun="internet-gateway",
    )
    knows = ("vpcId",)
    computed = knows

    def make(self, api: Api) -> str:
        """Create it, and attach it."""
        id = super().make(api)
        self._attach(api, api.get("vpcId"))
        return id

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Move it to another VPC."""
        self._detach(api)
        self._attach(api, api.get("vpcId"))

    def remove(self, api: Api) -> None:
        """Detach and delete it, once no public address in the VPC is mapped."""
        self._detach(api)
        self.delete_once(api)

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


class EgressOnlyInternetGateway(Plain, Ec2Resource):
    """A way out of a VPC for IPv6, and none in."""

    kind = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    row = Row(
        service="ec2",
        calls=Calls(
            create="CreateEgressOnlyInternetGateway",
            read="DescribeEgressOnlyInternetGateways",
            delete="DeleteEgressOnlyInternetGateway",
        ),
        id="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
        item="EgressOnlyInternetGateways.0",
        missing=["InvalidGatewayID.NotFound"],
        places={"vpcId": "Attachments.0.VpcId"},
        noun="egress-only-internet-gateway",
    )
    knows = replace_on = ("vpcId",)


class Eip(Plain, Ec2Resource):
    """A public address of AWS's own pool; it is associated by what uses it, a NAT gateway say."""

    kind = "aws:ec2/eip:Eip"
    row = Row(
        service="ec2",
        calls=Calls(create="AllocateAddress", read="DescribeAddresses", delete="ReleaseAddress"),
        id="AllocationId",
        item="Addresses.0",
        parents=("networkBorderGroup",),
        missing=["InvalidAllocationID.NotFound", "InvalidAddress.NotFound"],
        delete_again=Again(
            codes=["InvalidIPAddress.InUse", "AuthFailure"], says=["in use", "InUse", "do not have permission"]
        ),
        spelled={"instance": "InstanceId", "networkInterface": "NetworkInterfaceId", "privateIp": "PrivateIpAddress"},
        outputs=(
            *("allocationId", "arn", "associationId", "carrierIp", "customerOwnedIp", "customerOwnedIpv4Pool"),
            *("instance", "networkBorderGroup", "networkInterface", "privateIp", "publicIp", "publicIpv4Pool"),
        ),
        noun="elastic-ip",
    )
    knows = ("domain",)
    computed = knows
    replace_on = ("domain",)

    def arguments(self, api: Api) -> dict[str, Any]:
        """Return the arguments of an address for VPCs, unless the input says otherwise."""
        return {"Domain": api.get("domain") or "vpc"}

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its names."""
        outputs = super().outputs(api, item, known)
        host = "ec2-" + outputs["publicIp"].replace(".", "-")
        zone = "compute-1" if api.region == "us-east-1" else f"{api.region}.compute"
        private = outputs["privateIp"].replace(".", "-")
        inside = "ec2.internal" if api.region == "us-east-1" else f"{api.region}.compute.internal"
        return outputs | {
            "networkBorderGroup": outputs["networkBorderGroup"] or api.region,
            "privateDns": f"ip-{private}.{inside}" if private else "",
            "ptrRecord": self._domain(api),
            "publicDns": f"{host}.{zone}.amazonaws.com",
            "publicIpv4Pool": outputs["publicIpv4Pool"] or "amazon",
        }

    def remove(self, api: Api) -> None:
        """Take it from what the state says that it is associated with, and release it."""
        if association := api.state.get("associationId"):
            found(lambda: api.ec2("DisassociateAddress", AssociationId=association), "InvalidAssociationID.NotFound")
        self.delete_once(api)

    def _domain(self, api: Api) -> str:
        """Return the domain name of the address; empty for most."""
        addresses = api.ec2("DescribeAddressesAttribute", AllocationIds=[api.id], Attribute="domain-name")["Addresses"]
        return (addresses[0].get("PtrRecord") or "").rstrip(".") if addresses else ""


class NatGateway(Plain, Ec2Resource):
    """A zonal NAT gateway, public or private."""

    kind = "aws:ec2/natGateway:NatGateway"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateNatGateway", read="DescribeNatGateways", delete="DeleteNatGateway"),
        id="NatGateway.NatGatewayId",
        item="NatGateways.0",
        missing=["NatGatewayNotFound"],
        spelled={"privateIp": "PrivateIpAddress"},
        outputs=(
            *("associationId", "availabilityZoneAddresses", "networkInterfaceId", "publicIp"),
            *("regionalNatGatewayAddresses", "secondaryAllocationIds", "secondaryPrivateIpAddressCount"),
            *("secondaryPrivateIpAddresses", "vpcId"),
        ),
        places={
            "allocationId": "NatGatewayAddresses.0.AllocationId",
            "associationId": "NatGatewayAddresses.0.AssociationId",
            "networkInterfaceId": "NatGatewayAddresses.0.NetworkInterfaceId",
            "privateIp": "NatGatewayAddresses.0.PrivateIp",
            "publicIp": "NatGatewayAddresses.0.PublicIp",
        },
        noun="natgateway",
    )
    knows = ("allocationId", "subnetId", "connectivityType", "privateIp")
    defaults = {"connectivityType": "public"}
    computed = ("privateIp",)
    replace_on = knows

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield a zonal gateway without a subnet, and a public one without an address."""
        if "subnetId" not in inputs:
            yield Problem("subnetId", "a zonal NAT gateway needs its subnet")
        if inputs.get("connectivityType", "public") == "public" and "allocationId" not in inputs:
            yield Problem("allocationId", "a public NAT gateway needs an address; give an Eip's id")

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """Wait until it works."""
        return api.wait(f"NAT gateway {api.id} to be available", lambda: self._settled(api), 600)[0]

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add that it belongs to one zone."""
        outputs = super().outputs(api, item, known)
        kind = outputs["connectivityType"] or "public"
        return outputs | {"availabilityMode": "zonal", "connectivityType": kind}

    def remove(self, api: Api) -> None:
        """Delete it, and wait until it let go of its address."""
        if self.delete_once(api) is not None:
            api.wait(f"NAT gateway {api.id} to be gone", lambda: self._state(api) == "deleted", 600)

    def _state(self, api: Api) -> str:
        return (super().look(api, {}) or {"State": "deleted"})["State"]

    def _settled(self, api: Api) -> tuple[dict[str, Any] | None] | None:
        """The gateway once it works, or the lack of one; None while neither is certain."""
        gateway = super().look(api, {})
        state = gateway["State"] if gateway else "deleted"
        if gateway and state == "failed" and not api.state:
            why = f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}"
            raise api.failed(f"NAT gateway {api.id} failed: {why}")
        if state in ("deleted", "failed"):
            return (None,)
        return (gateway,) if state == "available" else None
