"""The creation, description and deletion of clusters. Their control planes follow later (see `moves`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import access_entries, cluster_rules, logs, network, roles, versions
from sandbox.aws.eks.errors import InvalidRequestException, ResourceInUseException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape
from sandbox.contract import ClusterKey

_ECHOED = ("encryptionConfig", "zonalShiftConfig", "computeConfig", "storageConfig", "controlPlaneScalingConfig")


@operation("CreateCluster")
def create_cluster(call: Call) -> Mapping[str, Any]:
    """Create a cluster, which is CREATING until its control plane is ready."""
    params, key = call.params, call.key(call.params["name"])
    if key in call.estate.clusters:
        raise ResourceInUseException(f"Cluster already exists with name: {key.name}", clusterName=key.name)
    cluster_rules.check_supported(params)
    cluster_rules.check_mode(params.get("accessConfig", {}))
    cluster_rules.check_tags(params.get("tags", {}))
    cluster_rules.check_encryption(key, params.get("encryptionConfig", []))
    roles.cluster_role(params["roleArn"])
    cluster = _created(key, params)
    call.estate.clusters[key] = cluster
    if params.get("accessConfig", {}).get("bootstrapClusterCreatorAdminPermissions", True):
        access_entries.make_administrator(cluster, call.caller.canonical_arn)
    logs.make_group(cluster)
    return {"cluster": cluster.shape}


def _created(key: ClusterKey, params: Mapping[str, Any]) -> Cluster:
    version = versions.offered(params.get("version", versions.DEFAULT))
    vpc_config, subnets = _vpc_config(key, params["resourcesVpcConfig"])
    service_cidr = params.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr")
    service_cidr = cluster_rules.service_range(key, service_cidr, vpc_config["vpcId"])
    vpc_config["clusterSecurityGroupId"] = network.make_security_group(key, vpc_config["vpcId"])
    groups = [vpc_config["clusterSecurityGroupId"], *vpc_config["securityGroupIds"]]
    issuer = f"https://oidc.eks.{key.region}.amazonaws.com/id/{seeded_random.letters(32).upper()}"
    shape: Shape = {
        "name": key.name,
        "createdAt": clock.now(),
        "version": version,
        "roleArn": params["roleArn"],
        "resourcesVpcConfig": vpc_config,
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": service_cidr,
            "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": False},
        },
        "status": "CREATING",
        "certificateAuthority": {},
        "platformVersion": versions.PLATFORM,
        "tags": dict(params.get("tags", {})),
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": "API"},
        "upgradePolicy": {"supportType": "EXTENDED", **params.get("upgradePolicy", {})},
        "logging": logs.shown(logs.enabled(params.get("logging", {}))),
        "deletionProtection": params.get("deletionProtection", False),
        **{name: params[name] for name in _ECHOED if name in params},
    }
    cluster = Cluster(key, shape, issuer, interfaces=network.make_interfaces(key, subnets, groups))
    shape["arn"] = cluster.arn("cluster")
    return cluster


def _vpc_config(key: ClusterKey, given: Mapping[str, Any]) -> tuple[Shape, list[Any]]:
    subnets = cluster_rules.check_subnets(key, given.get("subnetIds", []))
    public = given.get("endpointPublicAccess", True)
    config: Shape = {
        "subnetIds": list(given["subnetIds"]),
        "securityGroupIds": list(given.get("securityGroupIds", [])),
        "vpcId": network.vpc_of(subnets),
        "endpointPublicAccess": public,
        "endpointPrivateAccess": given.get("endpointPrivateAccess", False),
        "publicAccessCidrs": list(given.get("publicAccessCidrs") or (["0.0.0.0/0"] if public else [])),
    }
    cluster_rules.check_endpoint(config)
    network.check_groups(key, config["securityGroupIds"], config["vpcId"])
    if given.get("controlPlaneEgressMode", "AWS_MANAGED") != "AWS_MANAGED":
        raise cluster_rules.not_supported("resourcesVpcConfig.controlPlaneEgressMode")
    return config, subnets


@operation("DescribeCluster")
def describe_cluster(call: Call) -> Mapping[str, Any]:
    """Describe a cluster."""
    return {"cluster": call.cluster.shape}


@operation("ListClusters")
def list_clusters(call: Call) -> Mapping[str, Any]:
    """List the names of the region's clusters."""
    here = (call.account, call.region)
    return {"clusters": sorted(key.name for key in call.estate.clusters if (key.account, key.region) == here)}


@operation("DeleteCluster")
def delete_cluster(call: Call) -> Mapping[str, Any]:
    """Begin to delete a cluster, which is DELETING until its control plane is gone."""
    cluster = call.cluster
    name = cluster.key.name
    if cluster.shape["deletionProtection"]:
        raise InvalidRequestException(
            f"Cluster {name} has deletion protection enabled; disable it before you delete the cluster",
            clusterName=name,
        )
    if cluster.nodegroups:
        raise ResourceInUseException(
            "Cluster has nodegroups attached", clusterName=name, nodegroupName=next(iter(cluster.nodegroups))
        )
    if cluster.fargate_profiles:
        raise ResourceInUseException("Cluster has Fargate profiles attached", clusterName=name)
    if cluster.status in ("CREATING", "UPDATING"):
        raise ResourceInUseException(f"Cluster {name} is {cluster.status}", clusterName=name)
    cluster.shape["status"] = "DELETING"
    cluster.leaving[""] = clock.now()
    return {"cluster": cluster.shape}
