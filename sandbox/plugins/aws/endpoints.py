"""aws:ec2/vpcEndpoint:VpcEndpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, where
from sandbox.plugins.aws.resource import Api, only
from sandbox.plugins.aws.table import Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_LISTS = {"routeTableIds": "RouteTableIds", "securityGroupIds": "SecurityGroupIds", "subnetIds": "SubnetIds"}
_OF_INTERFACES = ("privateDnsEnabled", "securityGroupIds", "subnetIds")


class VpcEndpoint(Plain, Ec2Resource):
    """A gateway or interface endpoint of one of AWS's services, in its own region."""

    kind = "aws:ec2/vpcEndpoint:VpcEndpoint"
    row = Row(
        service="ec2",
        calls=Calls(create="CreateVpcEndpoint", read="DescribeVpcEndpoints", delete="DeleteVpcEndpoints"),
        id="VpcEndpoint.VpcEndpointId",
        item="VpcEndpoints.0",
        missing=["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"],
        spelled={"policy": "PolicyDocument"},
        outputs=("arn", "networkInterfaceIds", "ownerId", "requesterManaged", "state"),
        noun="vpc-endpoint",
    )
    knows = ("policy", "privateDnsEnabled", "serviceName", "vpcEndpointType", "vpcId", *_LISTS)
    defaults = {"vpcEndpointType": "Gateway"}
    documents = ("policy",)
    unordered = tuple(_LISTS)
    replace_on = ("serviceName", "vpcEndpointType", "vpcId")
    computed = ("policy", "privateDnsEnabled", *_LISTS)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """A service; what belongs to the type; a group."""
        kind = inputs.get("vpcEndpointType", "Gateway")
        if kind not in ("Gateway", "Interface"):
            yield Problem("vpcEndpointType", f"this stand-in for AWS has not got endpoints of type {kind!r}")
        if "serviceName" not in inputs:
            yield Problem("serviceName", "an endpoint needs its service, com.amazonaws.eu-west-1.s3 for instance")
        for name in ("routeTableIds",) if kind == "Interface" else _OF_INTERFACES:
            if inputs.get(name):
                yield Problem(name, f"{kind} endpoints have none")

    def arguments(self, api: Api) -> dict[str, Any]:
        """Return the arguments, with private names only if an input has them."""
        return super().arguments(api) | {"PrivateDnsEnabled": api.inputs.get("privateDnsEnabled", False)}

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """Wait until it works."""
        return api.wait(f"VPC endpoint {api.id} to be available", lambda: self._settled(api), 600)[0]

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its groups, its addresses and its prefix list."""
        outputs = super().outputs(api, item, known)
        prefix, ranges = _prefix_list(api, outputs["serviceName"])
        return outputs | {
            "cidrBlocks": ranges,
            "dnsEntries": [
                {"dnsName": each.get("DnsName", ""), "hostedZoneId": each.get("HostedZoneId", "")}
                for each in item.get("DnsEntries", [])
            ],
            "prefixListId": prefix,
            "securityGroupIds": [group["GroupId"] for group in item.get("Groups", [])],
            "serviceRegion": api.region,
            "subnetConfigurations": _addresses(api, outputs["networkInterfaceIds"]),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change its policy, names, tables, subnets and groups; an empty policy lets everything through."""
        arguments: dict[str, Any] = {}
        if "policy" in changed:
            arguments |= {"PolicyDocument": api.get("policy")} if api.get("policy") else {"ResetPolicy": True}
        if "privateDnsEnabled" in changed:
            arguments["PrivateDnsEnabled"] = api.inputs.get("privateDnsEnabled", False)
        for name, key in _LISTS.items():
            before, after = ({*(of.get(name) or [])} for of in (api.state, api.inputs))
            if name in changed:
                arguments |= {
                    f"Add{key}": sorted(after - before) or None,
                    f"Remove{key}": sorted(before - after) or None,
                }
        api.ec2("ModifyVpcEndpoint", VpcEndpointId=api.id, **arguments)

    def remove(self, api: Api) -> None:
        """Delete it, and wait until its interfaces are gone."""
        self.delete_once(api)
        api.wait(f"VPC endpoint {api.id} to be gone", lambda: self._endpoint(api) is None, 600)

    def _endpoint(self, api: Api) -> dict[str, Any] | None:
        endpoint = super().look(api, {})
        return None if endpoint and endpoint["State"] == "deleted" else endpoint

    def _settled(self, api: Api) -> tuple[dict[str, Any] | None] | None:
        """The endpoint once it works, or the lack of one; None while neither is certain."""
        endpoint = self._endpoint(api)
        if endpoint and endpoint["State"].lower() == "failed" and not api.state:
            raise api.failed(f"VPC endpoint {api.id} failed: {(endpoint.get('LastError') or {}).get('Message', '')}")
        if endpoint is None or endpoint["State"].lower() in ("failed", "rejected", "expired"):
            return (None,)
        return (endpoint,) if endpoint["State"].lower() == "available" else None


def _prefix_list(api: Api, service: str) -> tuple[str, list[str]]:
    """The prefix list of the endpoint's service, and the ranges in it; the official provider asks for any type."""
    filters = where(prefix_list_name=service)
    listed = only(api.ec2("DescribePrefixLists", Filters=filters)["PrefixLists"])
    return (listed["PrefixListId"], listed.get("Cidrs", [])) if listed else ("", [])


def _addresses(api: Api, interfaces: list[str]) -> list[Properties]:
    """The address in each subnet."""
    if not interfaces:
        return []
    response = api.ec2("DescribeNetworkInterfaces", NetworkInterfaceIds=interfaces)["NetworkInterfaces"]
    return [
        {"ipv4": interface.get("PrivateIpAddress", ""), "ipv6": "", "subnetId": interface["SubnetId"]}
        for interface in response
    ]
