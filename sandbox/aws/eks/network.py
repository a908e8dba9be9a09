"""A cluster's things in its VPC: the control plane's interfaces, and the security group of EKS."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_network
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends

from sandbox.aws import seeded_random
from sandbox.aws.ec2 import interfaces
from sandbox.aws.eks.errors import InvalidParameterException
from sandbox.contract import ClusterKey


def ec2(key: ClusterKey) -> Any:
    """moto's EC2 of the cluster's region."""
    return ec2_backends[key.account][key.region]


def subnets(key: ClusterKey, ids: Sequence[str]) -> list[Any]:
    """moto's subnets with these ids."""
    found: list[Any] = []
    for subnet_id in ids:
        try:
            found.append(ec2(key).get_subnet(subnet_id))
        except ServiceException as error:
            raise InvalidParameterException(
                f"The subnet ID '{subnet_id}' does not exist (Service: Ec2, Status Code: 400)", clusterName=key.name
            ) from error
    return found


def public(key: ClusterKey, subnet_id: str) -> bool:
    """Whether the subnet has a route to an internet gateway."""
    (subnet,) = subnets(key, [subnet_id])
    tables = [table for table in ec2(key).route_tables.values() if table.vpc_id == subnet.vpc_id]
    own = [
        table for table in tables if any(association.get("SubnetId") == subnet_id for association in table.associations)
    ]
    (table, *_) = own or [table for table in tables if table.main_association_id]
    return any(str(getattr(route.gateway, "id", "")).startswith("igw-") for route in table.routes)


def vpc_of(found: Sequence[Any]) -> str:
    """The VPC of the subnets. Raises InvalidParameterException for several."""
    vpcs = {subnet.vpc_id for subnet in found}
    if len(vpcs) != 1:
        raise InvalidParameterException(f"Subnets must be in the same VPC, not in {', '.join(sorted(vpcs))}")
    return str(vpcs.pop())


def check_groups(key: ClusterKey, ids: Sequence[str], vpc_id: str) -> None:
    """Check that the security groups exist in the VPC."""
    for group_id in ids:
        group = ec2(key).get_security_group_from_id(group_id)
        if group is None:
            raise InvalidParameterException(f"The security group '{group_id}' does not exist", clusterName=key.name)
        if group.vpc_id != vpc_id:
            raise InvalidParameterException(
                f"Security group(s) [{group_id}] are not in the same VPC as the subnets ({vpc_id})",
                clusterName=key.name,
            )


def ranges(key: ClusterKey, vpc_id: str) -> list[IPv4Network]:
    """The VPC's IPv4 ranges."""
    associations = ec2(key).get_vpc(vpc_id).get_cidr_block_association_set()
    return [IPv4Network(str(ip_network(association["cidr_block"], strict=False))) for association in associations]


def make_security_group(key: ClusterKey, vpc_id: str) -> str:
    """Create the cluster's own security group, whose members may call each other, and return its id."""
    name = f"eks-cluster-sg-{key.name}-{seeded_random.letters(9, '123456789')}"
    description = (
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
        "managed workloads."
    )
    tags = {"Name": name, "aws:eks:cluster-name": key.name, f"kubernetes.io/cluster/{key.name}": "owned"}
    group = ec2(key).create_security_group(name, description, vpc_id=vpc_id, tags=tags)
    source = {"GroupId": group.id, "UserId": key.account}
    ec2(key).authorize_security_group_ingress(group.id, "-1", "-1", "-1", [], source_groups=[source])
    return str(group.id)


def make_interfaces(key: ClusterKey, found: Sequence[Any], groups: Sequence[str]) -> list[str]:
    """Create an interface of the control plane in a subnet of each zone, and return their ids."""
    of_zone = {subnet.availability_zone: subnet for subnet in reversed(found)}
    return [str(_interface(key, of_zone[zone], groups).id) for zone in sorted(of_zone)]


def _interface(key: ClusterKey, subnet: Any, groups: Sequence[str]) -> Any:
    interface = ec2(key).create_network_interface(
        subnet,
        subnet.get_available_subnet_ip(instance=None),
        group_ids=list(groups),
        description=f"Amazon EKS {key.name}",
        tags={"cluster.k8s.amazonaws.com/name": key.name},
    )
    interface.requester_managed = True
    interface.status = "in-use"
    return interface


def remove_interfaces(key: ClusterKey, ids: Sequence[str]) -> None:
    """Delete the control plane's interfaces."""
    for interface_id in ids:
        if interface := ec2(key).enis.get(interface_id):
            interfaces.remove(ec2(key), interface)


def remove_security_group(key: ClusterKey, group_id: str) -> None:
    """Delete the cluster's own security group. A group in use stays behind, as on AWS."""
    try:
        ec2(key).delete_security_group(group_id=group_id)
    except ServiceException:
        return
