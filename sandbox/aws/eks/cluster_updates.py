"""Changes of an existing cluster: its endpoint, logging, subnets, version or protection, one kind at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock
from sandbox.aws.eks import cluster_rules, logs, network, updates, versions
from sandbox.aws.eks.errors import InvalidParameterException, InvalidRequestException, ResourceInUseException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape

_ENDPOINT = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
_PLACEMENT = ("subnetIds", "securityGroupIds")


@operation("UpdateClusterConfig")
def update_cluster_config(call: Call) -> Mapping[str, Any]:
    """Change one kind of a cluster's settings."""
    cluster = call.cluster
    kinds = [name for name in call.params if name not in ("name", "clientRequestToken")]
    if not kinds:
        raise InvalidParameterException("No changes needed for the cluster", clusterName=cluster.key.name)
    if len(kinds) > 1:
        raise InvalidParameterException("Only one type of update can be allowed.", clusterName=cluster.key.name)
    kind, given = kinds[0], call.params[kinds[0]]
    cluster_rules.check_supported({kind: given})
    if kind not in _CHANGES:
        raise cluster_rules.not_supported(f"UpdateClusterConfig of {kind}")
    name, shown = _CHANGES[kind](cluster, given)
    return {"update": updates.begin(cluster, name, shown).shape}


def _begin(cluster: Cluster, kind: str) -> None:
    """Check that the cluster may change, and set its status."""
    if cluster.status == "UPDATING":
        raise ResourceInUseException(
            f"Cannot {kind} because cluster {cluster.key.name} currently has update in progress",
            clusterName=cluster.key.name,
        )
    if cluster.status != "ACTIVE":
        raise InvalidRequestException(
            f"Cannot {kind} because cluster {cluster.key.name} is {cluster.status}", clusterName=cluster.key.name
        )
    cluster.shape["status"] = "UPDATING"


def _vpc(cluster: Cluster, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if any(name in given for name in _ENDPOINT):
        if any(name in given for name in _PLACEMENT):
            raise InvalidParameterException("Only one type of update can be allowed.", clusterName=cluster.key.name)
        return _endpoint(cluster, given)
    return _placement(cluster, given)


def _endpoint(cluster: Cluster, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    now: Shape = cluster.shape["resourcesVpcConfig"]
    desired = {**now, **given}
    if desired["endpointPublicAccess"] and not desired["publicAccessCidrs"]:
        desired["publicAccessCidrs"] = ["0.0.0.0/0"]
    cluster_rules.check_endpoint(desired)
    if all(_same(desired[name], now[name]) for name in _ENDPOINT):
        public, private = str(now["endpointPublicAccess"]).lower(), str(now["endpointPrivateAccess"]).lower()
        raise InvalidParameterException(
            f"Cluster is already at the desired configuration with endpointPrivateAccess: {private} , "
            f"endpointPublicAccess: {public}, and "
            f"Public Endpoint Restrictions: [{', '.join(now['publicAccessCidrs'])}]",
            clusterName=cluster.key.name,
        )
    _begin(cluster, "EndpointAccessUpdate")
    now.update({name: desired[name] for name in _ENDPOINT})
    return "EndpointAccessUpdate", {name[0].upper() + name[1:]: now[name] for name in _ENDPOINT}


def _placement(cluster: Cluster, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    now: Shape = cluster.shape["resourcesVpcConfig"]
    ids, groups = given.get("subnetIds", now["subnetIds"]), given.get("securityGroupIds", now["securityGroupIds"])
    if _same(ids, now["subnetIds"]) and _same(groups, now["securityGroupIds"]):
        raise InvalidParameterException("Cluster is already at the desired configuration", clusterName=cluster.key.name)
    found = cluster_rules.check_subnets(cluster.key, ids)
    if network.vpc_of(found) != now["vpcId"]:
        raise InvalidParameterException(
            f"Subnets must stay in the cluster's VPC {now['vpcId']}", clusterName=cluster.key.name
        )
    network.check_groups(cluster.key, groups, now["vpcId"])
    _begin(cluster, "VpcConfigUpdate")
    network.remove_interfaces(cluster.key, cluster.interfaces)
    cluster.interfaces = network.make_interfaces(cluster.key, found, [now["clusterSecurityGroupId"], *groups])
    now.update(subnetIds=list(ids), securityGroupIds=list(groups))
    return "VpcConfigUpdate", {"Subnets": list(ids), "SecurityGroups": list(groups)}


def _logging(cluster: Cluster, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    now = logs.enabled(cluster.shape["logging"])
    desired = logs.changed(now, given)
    if desired == now:
        raise InvalidParameterException(
            "No changes needed for the logging config provided", clusterName=cluster.key.name
        )
    _begin(cluster, "LoggingUpdate")
    cluster.shape["logging"] = logs.shown(desired)
    cluster.logged_until = None if desired else clock.now()
    logs.make_group(cluster)
    return "LoggingUpdate", {"ClusterLogging": cluster.shape["logging"]}


def _access(cluster: Cluster, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    raise InvalidParameterException(
        f"Cluster is already at the desired configuration with authenticationMode: {given.get('authenticationMode')}",
        clusterName=cluster.key.name,
    )


def _echoed(name: str, kind: str) -> Any:
    def change(cluster: Cluster, given: Any) -> tuple[str, Mapping[str, Any]]:
        if cluster.shape.get(name) == given:
            raise InvalidParameterException(f"No changes needed for the {name} provided", clusterName=cluster.key.name)
        _begin(cluster, kind)
        cluster.shape[name] = given
        return kind, {name[0].upper() + name[1:]: given}

    return change


_CHANGES = {
    "resourcesVpcConfig": _vpc,
    "logging": _logging,
    "accessConfig": _access,
    "deletionProtection": _echoed("deletionProtection", "DeletionProtectionUpdate"),
    "upgradePolicy": _echoed("upgradePolicy", "UpgradePolicyUpdate"),
    "zonalShiftConfig": _echoed("zonalShiftConfig", "ZonalShiftConfigUpdate"),
}


def _same(left: Any, other: Any) -> bool:
    return sorted(left) == sorted(other) if isinstance(left, list) else left == other


@operation("AssociateEncryptionConfig")
def associate_encryption_config(call: Call) -> Mapping[str, Any]:
    """Encrypt a cluster's secrets; it can't be undone."""
    cluster, configs = call.cluster, call.params["encryptionConfig"]
    if cluster.shape.get("encryptionConfig"):
        raise InvalidRequestException("Cluster already has an encryption config", clusterName=cluster.key.name)
    cluster_rules.check_encryption(cluster.key, configs)
    _begin(cluster, "AssociateEncryptionConfig")
    cluster.shape["encryptionConfig"] = configs
    return {"update": updates.begin(cluster, "AssociateEncryptionConfig", {"EncryptionConfig": configs}).shape}


@operation("UpdateClusterVersion")
def update_cluster_version(call: Call) -> Mapping[str, Any]:
    """Take the control plane one minor version up."""
    cluster, version = call.cluster, call.params["version"]
    if call.params.get("rollbackConfig"):
        raise cluster_rules.not_supported("rollbackConfig")
    now = cluster.shape["version"]
    versions.offered(version)
    if version == now:
        raise InvalidParameterException(
            f"Cluster is already at the desired version {now}", clusterName=cluster.key.name
        )
    if versions.minor(version) != versions.minor(now) + 1:
        raise InvalidParameterException(
            f"Unsupported Kubernetes minor version update from {now} to {version}", clusterName=cluster.key.name
        )
    _begin(cluster, "VersionUpdate")
    cluster.shape["version"] = version
    shown = {"Version": version, "PlatformVersion": versions.PLATFORM}
    return {"update": updates.begin(cluster, "VersionUpdate", shown).shape}
