"""AWS's rules for a node group's settings (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException

from sandbox.aws.eks import network
from sandbox.aws.eks.cluster_rules import not_supported
from sandbox.aws.eks.errors import InvalidParameterException, InvalidRequestException
from sandbox.aws.eks.state import Cluster

MOST = 30
"""The most node groups of a cluster (EKS service quotas)."""

_RESERVED_LABELS = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")
_FROM_IMAGE = ("amiType", "version", "releaseVersion")


def check_supported(params: Mapping[str, Any]) -> None:
    """Raise an error that names a setting which the sandbox lacks."""
    if params.get("remoteAccess"):
        raise not_supported("remoteAccess")
    if params.get("warmPoolConfig", {}).get("enabled"):
        raise not_supported("warmPoolConfig.enabled")
    if params.get("capacityType") == "CAPACITY_BLOCK":
        raise not_supported("capacityType CAPACITY_BLOCK")
    if params.get("amiType", "").startswith("WINDOWS"):
        raise not_supported(f"amiType {params['amiType']}")


def check_scaling(scaling: Mapping[str, int]) -> None:
    """Check the sizes against each other."""
    least, most, desired = scaling["minSize"], scaling["maxSize"], scaling["desiredSize"]
    if least > most:
        raise InvalidParameterException(f"Minimum capacity {least} can't be greater than maximum size {most}")
    if least > desired:
        raise InvalidParameterException(f"Minimum capacity {least} can't be greater than desired size {desired}")
    if desired > most:
        raise InvalidParameterException(f"desired capacity {desired} can't be greater than max size {most}")


def check_subnets(cluster: Cluster, ids: Sequence[str]) -> None:
    """Check that the nodes' subnets are in the cluster's VPC."""
    vpc_id = cluster.shape["resourcesVpcConfig"]["vpcId"]
    if not ids:
        raise InvalidParameterException("Subnets are not specified", clusterName=cluster.key.name)
    for subnet in network.subnets(cluster.key, ids):
        if subnet.vpc_id != vpc_id:
            raise InvalidParameterException(
                f"Subnet {subnet.id} is not in the cluster's VPC {vpc_id}", clusterName=cluster.key.name
            )


def check_labels(labels: Mapping[str, str]) -> None:
    """Check the labels of a request."""
    for name in labels:
        if any(reserved in name for reserved in _RESERVED_LABELS):
            raise InvalidParameterException(
                f"Label cannot contain reserved prefixes [{', '.join(_RESERVED_LABELS)}]: {name}"
            )


def check_taints(taints: Sequence[Mapping[str, str]]) -> None:
    """Check that no taint is listed twice."""
    keys = [(taint.get("key"), taint.get("effect")) for taint in taints]
    if len(set(keys)) != len(keys):
        raise InvalidParameterException("Taints with the same key and effect are duplicated")


def check_update_config(config: Mapping[str, Any]) -> None:
    """Check that only one of the limits of unavailable nodes is set."""
    if "maxUnavailable" in config and "maxUnavailablePercentage" in config:
        raise InvalidParameterException(
            "Cannot specify both maxUnavailable and maxUnavailablePercentage in updateConfig"
        )


def template_version(cluster: Cluster, given: Mapping[str, str]) -> tuple[Any, Any]:
    """moto's launch template and version that a node group names."""
    if bool(given.get("id")) == bool(given.get("name")):
        raise InvalidParameterException("Launch template: specify either its name or its id, and not both")
    ec2 = network.ec2(cluster.key)
    try:
        if given.get("id"):
            template = ec2.get_launch_template(given["id"])
        else:
            template = ec2.get_launch_template_by_name(given["name"])
        return template, template.get_version(given.get("version") or template.default_version_number)
    except (ServiceException, ValueError) as error:
        raise InvalidParameterException(f"Launch template {dict(given)} could not be found: {error}") from error


def check_template(data: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Check the fields of the launch template, and those of the request that contradict them.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html.
    """
    if "diskSize" in params:
        raise InvalidParameterException("Disk size must be specified within the launch template.")
    if data.get("IamInstanceProfile"):
        raise InvalidParameterException(
            "Launch template must not specify an instance profile: the node role goes into the request"
        )
    if data.get("InstanceType") and params.get("instanceTypes"):
        raise InvalidParameterException(
            "Instance types must be specified in the launch template or in the request, not in both"
        )
    if data.get("SecurityGroupIds") and any(interface.get("Groups") for interface in data.get("NetworkInterfaces", [])):
        raise InvalidParameterException("Launch template must not specify security groups beside network interfaces")
    if any(interface.get("SubnetId") for interface in data.get("NetworkInterfaces", [])):
        raise InvalidParameterException("Launch template must not specify subnets: they go into the request")
    if data.get("InstanceMarketOptions"):
        raise InvalidParameterException(
            "Launch template must not specify market options: the capacity type goes into the request"
        )
    if data.get("ImageId"):
        for name in _FROM_IMAGE:
            if name in params:
                raise InvalidParameterException(
                    f"You cannot specify {name} when the launch template specifies an image id"
                )


def check_active(cluster: Cluster) -> None:
    """Check that the cluster can take a node group."""
    if cluster.status != "ACTIVE":
        raise InvalidRequestException(
            f"Cluster '{cluster.key.name}' is not in ACTIVE status", clusterName=cluster.key.name
        )
