"""Node groups: each has an Auto Scaling group of moto's instances, and a node for each instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import cluster_rules, fleet, images, instance_types, nodegroup_rules, roles, updates
from sandbox.aws.eks.access_entries import make as make_access_entry
from sandbox.aws.eks.errors import InvalidParameterException, ResourceInUseException, ResourceLimitExceededException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Nodegroup, Shape

_ECHOED = ("taints", "updateConfig", "nodeRepairConfig")
_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
_DISK = 20
"""The default size of a disk in GiB."""


@operation("CreateNodegroup")
def create_nodegroup(call: Call) -> Mapping[str, Any]:
    """Create a node group, which is CREATING until all its nodes are Ready."""
    cluster, params = call.cluster, call.params
    name = params["nodegroupName"]
    if name in cluster.nodegroups:
        raise ResourceInUseException(
            f"NodeGroup already exists with name {name} and cluster name {cluster.key.name}",
            clusterName=cluster.key.name,
            nodegroupName=name,
        )
    nodegroup_rules.check_active(cluster)
    if len(cluster.nodegroups) >= nodegroup_rules.MOST:
        raise ResourceLimitExceededException(f"A cluster has at most {nodegroup_rules.MOST} node groups")
    _check(cluster, params)
    shape, template = _shape(cluster, params)
    nodegroup = fleet.make(cluster, shape, template)
    cluster.nodegroups[name] = nodegroup
    if params["nodeRole"] not in cluster.access_entries:
        make_access_entry(cluster, params["nodeRole"], "EC2_LINUX")
    return {"nodegroup": shape}


def _check(cluster: Cluster, params: Mapping[str, Any]) -> None:
    nodegroup_rules.check_supported(params)
    cluster_rules.check_tags(params.get("tags", {}))
    nodegroup_rules.check_scaling({**_SCALING, **params.get("scalingConfig", {})})
    nodegroup_rules.check_subnets(cluster, params["subnets"])
    nodegroup_rules.check_labels(params.get("labels", {}))
    nodegroup_rules.check_taints(params.get("taints", []))
    nodegroup_rules.check_update_config(params.get("updateConfig", {}))
    roles.node_role(params["nodeRole"])
    version = params.get("version", cluster.shape["version"])
    if version != cluster.shape["version"]:
        raise InvalidParameterException(
            f"Requested Nodegroup version {version} does not match the cluster's {cluster.shape['version']}"
        )


def _shape(cluster: Cluster, params: Mapping[str, Any]) -> tuple[Shape, Any | None]:
    """The node group's shape, and the version of the launch template in the request."""
    template, version, data = None, None, {}
    if given := params.get("launchTemplate"):
        template, version = nodegroup_rules.template_version(cluster, given)
        data = version.data
        nodegroup_rules.check_template(data, params)
    own_image = bool(data.get("ImageId"))
    ami_type = "CUSTOM" if own_image else params.get("amiType", "AL2023_x86_64_STANDARD")
    types = list(params.get("instanceTypes") or [data.get("InstanceType") or "t3.medium"])
    instance_types.check(cluster.key.region, types, ami_type)
    name = params["nodegroupName"]
    kubernetes = cluster.shape["version"]
    shape: Shape = {
        "nodegroupName": name,
        "nodegroupArn": cluster.arn("nodegroup", name, seeded_random.uuid()),
        "clusterName": cluster.key.name,
        "version": kubernetes,
        "releaseVersion": data["ImageId"] if own_image else params.get("releaseVersion", images.release(kubernetes)),
        "createdAt": clock.now(),
        "modifiedAt": clock.now(),
        "status": "CREATING",
        "capacityType": params.get("capacityType", "ON_DEMAND"),
        "scalingConfig": {**_SCALING, **params.get("scalingConfig", {})},
        "instanceTypes": None if data.get("InstanceType") else types,
        "subnets": list(params["subnets"]),
        "amiType": ami_type,
        "nodeRole": params["nodeRole"],
        "labels": dict(params.get("labels", {})),
        "diskSize": None if template else params.get("diskSize", _DISK),
        "health": {"issues": []},
        "updateConfig": {"maxUnavailable": 1},
        "tags": dict(params.get("tags", {})),
        **{key: params[key] for key in _ECHOED if key in params},
    }
    if template and version:
        shape["launchTemplate"] = {"id": template.id, "name": template.name, "version": str(version.number)}
    return shape, version


@operation("DescribeNodegroup")
def describe_nodegroup(call: Call) -> Mapping[str, Any]:
    """Describe a node group."""
    return {"nodegroup": call.nodegroup.shape}


@operation("ListNodegroups")
def list_nodegroups(call: Call) -> Mapping[str, Any]:
    """List the names of a cluster's node groups."""
    return {"nodegroups": list(call.cluster.nodegroups)}


@operation("DeleteNodegroup")
def delete_nodegroup(call: Call) -> Mapping[str, Any]:
    """Begin to delete a node group, which is DELETING until its nodes are gone."""
    cluster, nodegroup = call.cluster, call.nodegroup
    if nodegroup.shape["status"] in ("UPDATING",):
        raise ResourceInUseException(
            f"Nodegroup {nodegroup.name} is {nodegroup.shape['status']}",
            clusterName=cluster.key.name,
            nodegroupName=nodegroup.name,
        )
    nodegroup.shape.update(status="DELETING", modifiedAt=clock.now())
    return {"nodegroup": nodegroup.shape}


@operation("UpdateNodegroupConfig")
def update_nodegroup_config(call: Call) -> Mapping[str, Any]:
    """Change a group's size, labels, taints or update settings."""
    cluster, nodegroup, params = call.cluster, call.nodegroup, call.params
    nodegroup_rules.check_supported(params)
    _check_changeable(cluster, nodegroup)
    scaling = {**nodegroup.shape["scalingConfig"], **params.get("scalingConfig", {})}
    nodegroup_rules.check_scaling(scaling)
    labels, taints = _labels(nodegroup, params.get("labels", {})), _taints(nodegroup, params.get("taints", {}))
    update_config = params.get("updateConfig", nodegroup.shape["updateConfig"])
    nodegroup_rules.check_update_config(update_config)
    nodegroup.shape.update(scalingConfig=scaling, labels=labels, updateConfig=update_config, status="UPDATING")
    nodegroup.shape.update(taints=taints or None, modifiedAt=clock.now())
    if "nodeRepairConfig" in params:
        nodegroup.shape["nodeRepairConfig"] = params["nodeRepairConfig"]
    fleet.resize(cluster, nodegroup)
    return {"update": updates.begin(cluster, "ConfigUpdate", _config_params(params), nodegroup.name).shape}


def _check_changeable(cluster: Cluster, nodegroup: Nodegroup) -> None:
    if nodegroup.shape["status"] not in ("ACTIVE", "DEGRADED"):
        raise ResourceInUseException(
            f"Nodegroup cannot be updated as it is currently not in Active State: {nodegroup.shape['status']}",
            clusterName=cluster.key.name,
            nodegroupName=nodegroup.name,
        )


def _labels(nodegroup: Nodegroup, change: Mapping[str, Any]) -> dict[str, str]:
    added, removed = change.get("addOrUpdateLabels", {}), change.get("removeLabels", [])
    nodegroup_rules.check_labels(added)
    kept = {name: value for name, value in nodegroup.shape["labels"].items() if name not in removed}
    return {**kept, **added}


def _taints(nodegroup: Nodegroup, change: Mapping[str, Any]) -> list[dict[str, str]]:
    added, removed = change.get("addOrUpdateTaints", []), change.get("removeTaints", [])
    nodegroup_rules.check_taints(added)
    replaced = {(taint["key"], taint["effect"]) for taint in [*added, *removed]}
    kept = [taint for taint in nodegroup.shape.get("taints") or [] if (taint["key"], taint["effect"]) not in replaced]
    return [*kept, *added]


def _config_params(params: Mapping[str, Any]) -> dict[str, Any]:
    scaling, update_config = params.get("scalingConfig", {}), params.get("updateConfig", {})
    labels, taints = params.get("labels", {}), params.get("taints", {})
    shown = {
        "MinSize": scaling.get("minSize"),
        "MaxSize": scaling.get("maxSize"),
        "DesiredSize": scaling.get("desiredSize"),
        "MaxUnavailable": update_config.get("maxUnavailable"),
        "MaxUnavailablePercentage": update_config.get("maxUnavailablePercentage"),
        "LabelsToAdd": labels.get("addOrUpdateLabels"),
        "LabelsToRemove": labels.get("removeLabels"),
        "TaintsToAdd": taints.get("addOrUpdateTaints"),
        "TaintsToRemove": taints.get("removeTaints"),
    }
    return {name: value for name, value in shown.items() if value is not None}


@operation("UpdateNodegroupVersion")
def update_nodegroup_version(call: Call) -> Mapping[str, Any]:
    """Replace a group's instances because of another launch template version, release or Kubernetes version."""
    cluster, nodegroup, params = call.cluster, call.nodegroup, call.params
    _check_changeable(cluster, nodegroup)
    template = None
    if given := params.get("launchTemplate"):
        if "launchTemplate" not in nodegroup.shape:
            raise InvalidParameterException(
                "Node group was not created with a launch template, none can be given to it now"
            )
        template, version = nodegroup_rules.template_version(cluster, given)
        if template.id != nodegroup.shape["launchTemplate"]["id"]:
            raise InvalidParameterException("The launch template must be the one the node group was created with")
        nodegroup.shape["launchTemplate"] = {"id": template.id, "name": template.name, "version": str(version.number)}
        template = version
    kubernetes = params.get("version", cluster.shape["version"])
    if kubernetes != cluster.shape["version"]:
        raise InvalidParameterException(
            f"Requested Nodegroup version {kubernetes} does not match the cluster's {cluster.shape['version']}"
        )
    nodegroup.shape.update(version=kubernetes, status="UPDATING", modifiedAt=clock.now())
    fleet.replace(cluster, nodegroup, template)
    shown = {"Version": kubernetes, "ReleaseVersion": nodegroup.shape["releaseVersion"]}
    if template:
        shown["LaunchTemplateVersion"] = str(template.number)
    return {"update": updates.begin(cluster, "VersionUpdate", shown, nodegroup.name).shape}
