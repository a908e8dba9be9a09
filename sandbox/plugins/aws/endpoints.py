"""aws:ec2/vpcEndpoint:VpcEndpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of, where
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_GONE = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")
_LISTS = {"routeTableIds": "RouteTableIds", "securityGroupIds": "SecurityGroupIds", "subnetIds": "SubnetIds"}
_OF_INTERFACES = ("privateDnsEnabled", "securityGroupIds", "subnetIds")


class VpcEndpoint(Ec2Resource):
    """A gateway or interface endpoint of one of AWS's services, in its own region."""

    kind = "aws:ec2/vpcEndpoint:VpcEndpoint"
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

    def make(self, api: Api) -> str:
        """Create it, and wait until it works."""
        made = api.ec2(
            "CreateVpcEndpoint",
            VpcId=api.get("vpcId"),
            ServiceName=api.get("serviceName"),
            VpcEndpointType=api.get("vpcEndpointType"),
            PolicyDocument=api.get("policy"),
            PrivateDnsEnabled=api.inputs.get("privateDnsEnabled", False),
            TagSpecifications=specification("vpc-endpoint", api.tags),
            **{key: api.get(name) for name, key in _LISTS.items()},
        )
        return api.created(made["VpcEndpoint"]["VpcEndpointId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The endpoint, its interfaces and its prefix list."""
        endpoint = api.wait(f"VPC endpoint {api.id} to be available", lambda: _settled(api), 600)[0]
        if endpoint is None:
            return None
        prefix, ranges = _prefix_list(api, endpoint)
        interfaces = endpoint.get("NetworkInterfaceIds", [])
        return {
            "arn": api.arn("ec2", f"vpc-endpoint/{api.id}"),
            "cidrBlocks": ranges,
            "dnsEntries": [
                {"dnsName": one.get("DnsName", ""), "hostedZoneId": one.get("HostedZoneId", "")}
                for one in endpoint.get("DnsEntries", [])
            ],
            "networkInterfaceIds": interfaces,
            "ownerId": endpoint.get("OwnerId", api.aws.account),
            "policy": endpoint.get("PolicyDocument", ""),
            "prefixListId": prefix,
            "privateDnsEnabled": bool(endpoint.get("PrivateDnsEnabled")),
            "requesterManaged": bool(endpoint.get("RequesterManaged")),
            "routeTableIds": endpoint.get("RouteTableIds", []),
            "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])],
            "serviceName": endpoint["ServiceName"],
            "serviceRegion": api.region,
            "state": endpoint["State"],
            "subnetConfigurations": _addresses(api, interfaces),
            "subnetIds": endpoint.get("SubnetIds", []),
            "vpcEndpointType": endpoint["VpcEndpointType"],
            "vpcId": endpoint["VpcId"],
            "tagsAll": tags_of(endpoint),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change its policy, names, tables, subnets and groups; an empty policy lets everything through."""
        asked: dict[str, Any] = {}
        if "policy" in changed:
            asked |= {"PolicyDocument": api.get("policy")} if api.get("policy") else {"ResetPolicy": True}
        if "privateDnsEnabled" in changed:
            asked["PrivateDnsEnabled"] = api.inputs.get("privateDnsEnabled", False)
        for name, key in _LISTS.items():
            before, after = ({*(of.get(name) or [])} for of in (api.state, api.inputs))
            if name in changed:
                asked |= {f"Add{key}": sorted(after - before) or None, f"Remove{key}": sorted(before - after) or None}
        api.ec2("ModifyVpcEndpoint", VpcEndpointId=api.id, **asked)

    def remove(self, api: Api) -> None:
        """Delete it, and wait until its interfaces are gone."""
        found(lambda: api.ec2("DeleteVpcEndpoints", VpcEndpointIds=[api.id]), *_GONE)
        api.wait(f"VPC endpoint {api.id} to be gone", lambda: _endpoint(api) is None, 600)


def _endpoint(api: Api) -> dict[str, Any] | None:
    answer = found(lambda: api.ec2("DescribeVpcEndpoints", VpcEndpointIds=[api.id]), *_GONE)
    endpoint = only(answer["VpcEndpoints"]) if answer else None
    return None if endpoint and endpoint["State"] == "deleted" else endpoint


def _settled(api: Api) -> tuple[dict[str, Any] | None] | None:
    """The endpoint once it works, or the lack of one; None while neither is certain."""
    endpoint = _endpoint(api)
    if endpoint and endpoint["State"].lower() == "failed" and not api.state:
        raise api.failed(f"VPC endpoint {api.id} failed: {(endpoint.get('LastError') or {}).get('Message', '')}")
    if endpoint is None or endpoint["State"].lower() in ("failed", "rejected", "expired"):
        return (None,)
    return (endpoint,) if endpoint["State"].lower() == "available" else None


def _prefix_list(api: Api, endpoint: dict[str, Any]) -> tuple[str, list[str]]:
    """The prefix list of the endpoint's service, and the ranges in it; the official provider asks for any type."""
    filters = where(prefix_list_name=endpoint["ServiceName"])
    listed = only(api.ec2("DescribePrefixLists", Filters=filters)["PrefixLists"])
    return (listed["PrefixListId"], listed.get("Cidrs", [])) if listed else ("", [])


def _addresses(api: Api, interfaces: list[str]) -> list[Properties]:
    """The address in each subnet."""
    if not interfaces:
        return []
    told = api.ec2("DescribeNetworkInterfaces", NetworkInterfaceIds=interfaces)["NetworkInterfaces"]
    return [{"ipv4": one.get("PrivateIpAddress", ""), "ipv6": "", "subnetId": one["SubnetId"]} for one in told]
