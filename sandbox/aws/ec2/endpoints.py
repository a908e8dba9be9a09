"""VPC endpoints' rules: their service exists, and they have their own interfaces and routes."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

from sandbox.aws import usual, waiting
from sandbox.aws.ec2 import interfaces
from sandbox.aws.ec2.errors import refusal
from sandbox.aws.rules import Given, around, before

GATEWAYS = ("dynamodb", "s3")
"""The services with gateway endpoints. S3 has interface endpoints too."""


def _mistake(message: str) -> Exception:
    return refusal("InvalidParameter", message)


def _kind(given: Given) -> str:
    return given["endpoint_type"] or "Gateway"


def _service(ec2: Any, name: str) -> str:
    return name.removeprefix(f"com.amazonaws.{ec2.region_name}.")


@around(EC2Backend, "create_vpc_endpoint")
def an_endpoint_s_interfaces_have_its_groups_and_an_address_of_their_subnet(
    proceed: Any, ec2: Any, given: Given
) -> Any:
    """moto gives interfaces any address, and no group. Without groups they get the VPC's default group.

    The rule comes first, so that the checks get the request's own arguments.
    """
    given["endpoint_type"] = _kind(given)
    if _kind(given) == "Gateway":
        given["private_dns_enabled"] = False
        return proceed(given)
    if not given["security_group_ids"]:
        default = ec2.get_security_group_from_name("default", given["vpc_id"])
        given["security_group_ids"] = [default.id]
    subnets, given["subnet_ids"] = given["subnet_ids"] or [], []
    endpoint = proceed(given)
    endpoint.subnet_ids = []
    _enter(ec2, endpoint, subnets)
    if wait := usual.creation("AWS::EC2::VPCEndpoint"):
        endpoint.state = "pending"
        waiting.later(wait, lambda: setattr(endpoint, "state", "available"))
    return endpoint


@before(EC2Backend, "create_vpc_endpoint")
def an_endpoint_s_service_exists(ec2: Any, given: Given) -> None:
    """Raise InvalidServiceName, or InvalidParameter for a service that has no endpoints of the type."""
    name = given["service_name"]
    service = _service(ec2, name)
    if service == name or service not in {*AWS_ENDPOINT_SERVICES, *GATEWAYS}:
        raise refusal("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    kinds = ["Gateway"] if service in GATEWAYS else []
    kinds += ["Interface"] if service != "dynamodb" else []
    if _kind(given) not in kinds:
        raise _mistake(f"Endpoint type ({_kind(given)}) does not match available service types ([{', '.join(kinds)}]).")


@before(EC2Backend, "create_vpc_endpoint")
def a_gateway_has_tables_and_an_interface_endpoint_has_subnets(_: Any, given: Given) -> None:
    """Raise InvalidParameter for parameters of the other type."""
    if _kind(given) == "Gateway" and (given["subnet_ids"] or given["security_group_ids"]):
        raise _mistake("Subnet IDs and security group IDs are not supported for Gateway VPC Endpoints.")
    if _kind(given) == "Interface" and given["route_table_ids"]:
        raise _mistake("Route table IDs are not supported for Interface VPC Endpoints.")


@before(EC2Backend, "create_vpc_endpoint")
@before(EC2Backend, "modify_vpc_endpoint")
def an_endpoint_s_policy_is_json(_: Any, given: Given) -> None:
    """Raise InvalidPolicyDocument."""
    document = given.get("policy_document") or given.get("policy_doc")
    try:
        policy = json.loads(document) if document else {"Statement": []}
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise refusal("InvalidPolicyDocument", "The specified policy document is not a valid JSON policy document.")


@before(EC2Backend, "create_vpc_endpoint")
def an_endpoint_s_subnets_are_in_its_vpc_and_in_different_zones(ec2: Any, given: Given) -> None:
    """Raise InvalidParameter and DuplicateSubnetsInSameZone."""
    zones: set[str] = set()
    for subnet in (ec2.get_subnet(subnet_id) for subnet_id in given["subnet_ids"] or []):
        if subnet.vpc_id != given["vpc_id"]:
            raise _mistake(f"Subnet {subnet.id} does not belong to VPC {given['vpc_id']}")
        if subnet.availability_zone in zones:
            raise refusal(
                "DuplicateSubnetsInSameZone",
                "Found another VPC endpoint subnet in the availability zone of "
                f"{subnet.id}. VPC endpoint subnets should be in different availability zones.",
            )
        zones.add(subnet.availability_zone)


@before(EC2Backend, "create_vpc_endpoint")
def an_endpoint_s_groups_are_in_its_vpc(ec2: Any, given: Given) -> None:
    """Raise InvalidGroup.NotFound, or InvalidParameter for a group of another VPC."""
    for group_id in given["security_group_ids"] or []:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise refusal("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        if group.vpc_id != given["vpc_id"]:
            raise _mistake(f"Security group {group_id} does not belong to VPC {given['vpc_id']}")


@before(EC2Backend, "create_vpc_endpoint")
def an_endpoint_s_private_names_are_unique(ec2: Any, given: Given) -> None:
    """Raise InvalidParameter if the VPC lacks DNS names, or if another endpoint has the same names."""
    if _kind(given) != "Interface" or not given["private_dns_enabled"]:
        return
    vpc = ec2.get_vpc(given["vpc_id"])
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise _mistake(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{vpc.id}"
        )
    for other in ec2.vpc_end_points.values():
        if (other.vpc_id, other.service_name) == (vpc.id, given["service_name"]) and other.private_dns_enabled:
            domain = f"{_service(ec2, other.service_name)}.{ec2.region_name}.amazonaws.com"
            raise _mistake(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{domain} in the VPC {vpc.id}"
            )


@before(EC2Backend, "create_vpc_endpoint")
def a_table_leads_to_a_service_by_one_endpoint(ec2: Any, given: Given) -> None:
    """Raise RouteAlreadyExists, or InvalidParameter for a table of another VPC."""
    for table_id in given["route_table_ids"] or []:
        if ec2.get_route_table(table_id).vpc_id != given["vpc_id"]:
            raise _mistake(f"Route table {table_id} does not belong to VPC {given['vpc_id']}")
        for other in ec2.vpc_end_points.values():
            if other.service_name == given["service_name"] and table_id in (other.route_table_ids or []):
                raise refusal(
                    "RouteAlreadyExists",
                    f"route table {table_id} already has a route with destination-prefix-list-id "
                    f"{other.destination_prefix_list_id}",
                )


def _enter(ec2: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    for subnet_id in subnet_ids:
        subnet = ec2.get_subnet(subnet_id)
        address = subnet.get_available_subnet_ip(instance=None)
        interface = ec2.create_network_interface(subnet, address, group_ids=list(endpoint.security_group_ids))
        interface.description = f"VPC Endpoint Interface {endpoint.id}"
        interface.interface_type, interface.requester_managed, interface.status = "vpc_endpoint", True, "in-use"
        endpoint.subnet_ids.append(subnet_id)
        endpoint.network_interface_ids.append(interface.id)


def _leave(ec2: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    for interface in [ec2.enis[id_] for id_ in endpoint.network_interface_ids if id_ in ec2.enis]:
        if interface.subnet.id in subnet_ids:
            interfaces.remove(ec2, interface)
            endpoint.network_interface_ids.remove(interface.id)
            endpoint.subnet_ids.remove(interface.subnet.id)


@around(EC2Backend, "modify_vpc_endpoint")
def an_endpoint_s_interfaces_and_routes_follow_a_change(proceed: Any, ec2: Any, given: Given) -> Any:
    """moto changes only the endpoint's lists."""
    endpoint = ec2.get_vpc_end_point(given["vpc_id"])
    added, removed = given["add_subnets"] or [], given["remove_subnets"] or []
    tables = [table for table in given["add_route_tables"] or [] if table not in endpoint.route_table_ids]
    given["add_subnets"] = given["remove_subnets"] = None
    proceed(given)
    _leave(ec2, endpoint, removed)
    _enter(ec2, endpoint, [subnet for subnet in added if subnet not in endpoint.subnet_ids])
    prefix = endpoint.destination_prefix_list_id
    for table_id in tables:
        ec2.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix)
    for table_id in given["remove_route_tables"] or []:
        ec2.delete_route(table_id, prefix)
    groups = [ec2.get_security_group_from_id(group) for group in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        ec2.enis[interface_id]._group_set = groups


@around(VPCs, "modify_vpc_endpoint")
def an_endpoint_s_private_names_can_be_changed(proceed: Any, request: Any, given: Given) -> Any:
    """moto ignores PrivateDnsEnabled."""
    answer = proceed(given)
    enabled = request._get_bool_param("PrivateDnsEnabled")
    if enabled is not None:
        request.ec2_backend.get_vpc_end_point(request._get_param("VpcEndpointId")).private_dns_enabled = enabled
    return answer


@around(EC2Backend, "delete_vpc_endpoints")
def an_endpoint_is_deleted_with_its_interfaces(proceed: Any, ec2: Any, given: Given) -> Any:
    """The endpoint is no longer described. On AWS one with interfaces is `deleting` for some minutes first."""
    for endpoint_id in given["vpce_ids"] or []:
        endpoint = ec2.vpc_end_points.get(endpoint_id)
        if endpoint is not None:
            endpoint.state = "deleting"
            wait = usual.deletion("AWS::EC2::VPCEndpoint") if endpoint.network_interface_ids else timedelta()
            waiting.later(wait, partial(_remove, proceed, ec2, endpoint))


def _remove(proceed: Any, ec2: Any, endpoint: Any) -> None:
    if endpoint.id in ec2.vpc_end_points:
        _leave(ec2, endpoint, list(endpoint.subnet_ids or []))
        proceed({"vpce_ids": [endpoint.id]})
        del ec2.vpc_end_points[endpoint.id]


@around(VPCEndPoint, "get_filter_value")
def an_endpoint_is_found_by_its_id(proceed: Any, endpoint: Any, given: Given) -> Any:
    """moto fails at this filter."""
    return endpoint.id if given["filter_name"] == "vpc-endpoint-id" else proceed(given)
