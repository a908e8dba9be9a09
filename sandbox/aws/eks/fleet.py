"""The things of EC2, Auto Scaling and IAM that EKS creates and deletes with a node group, all named `eks-…`."""

from __future__ import annotations

import copy
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.eks import images, network, nodes, roles
from sandbox.aws.eks.state import Cluster, Nodegroup, Shape


def make(cluster: Cluster, shape: Shape, given: Any | None) -> Nodegroup:
    """Create a node group's Auto Scaling group; `given` is the caller's version of a launch template."""
    unique = shape["nodegroupArn"].rsplit("/", 1)[-1]
    _make_profile(cluster, shape, f"eks-{unique}")
    template = network.ec2(cluster.key).create_launch_template(
        f"eks-{unique}", "", _data(cluster, shape, given, f"eks-{unique}"), {"launch-template": _tags(cluster, shape)}
    )
    group = f"eks-{shape['nodegroupName']}-{unique}"
    scaling = shape["scalingConfig"]
    nodes.autoscaling(cluster).create_auto_scaling_group(
        name=group,
        availability_zones=[],
        desired_capacity=scaling["desiredSize"],
        max_size=scaling["maxSize"],
        min_size=scaling["minSize"],
        launch_config_name="",
        launch_template={"LaunchTemplateId": template.id, "Version": "1"},
        vpc_zone_identifier=",".join(shape["subnets"]),
        default_cooldown=None,
        health_check_period=15,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in _tags(cluster, shape).items()],  # type: ignore[dict-item]
        capacity_rebalance=True,
    )
    shape["resources"] = {"autoScalingGroups": [{"name": group}]}
    return Nodegroup(shape, group, template.id)


def _tags(cluster: Cluster, shape: Shape) -> dict[str, str]:
    return {
        "eks:cluster-name": cluster.key.name,
        "eks:nodegroup-name": shape["nodegroupName"],
        f"kubernetes.io/cluster/{cluster.key.name}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{cluster.key.name}": "owned",
    }


def _data(cluster: Cluster, shape: Shape, given: Any | None, profile: str) -> dict[str, Any]:
    data: dict[str, Any] = copy.deepcopy(given.data) if given else {}
    if not given:
        ebs = {"VolumeSize": shape["diskSize"], "VolumeType": "gp3", "DeleteOnTermination": True}
        data["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": ebs}]
        data["MetadataOptions"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    for mapping in data.get("BlockDeviceMappings", []):
        # A disk without a size has the size of the image's.
        mapping.get("Ebs", {}).setdefault("VolumeSize", images.disk(shape["amiType"], mapping["DeviceName"]))
    data.setdefault("ImageId", images.image(cluster.key.region, shape["version"], shape["amiType"]))
    data.setdefault("InstanceType", (shape["instanceTypes"] or [""])[0])
    data["IamInstanceProfile"] = {"Name": profile}
    if not data.get("SecurityGroupIds") and not any(
        interface.get("Groups") for interface in data.get("NetworkInterfaces", [])
    ):
        groups = [cluster.shape["resourcesVpcConfig"]["clusterSecurityGroupId"]]
        interfaces = data.get("NetworkInterfaces")
        if interfaces:
            interfaces[0]["Groups"] = groups
        else:
            data["SecurityGroupIds"] = groups
    return data


def _make_profile(cluster: Cluster, shape: Shape, name: str) -> None:
    role = roles.found(shape["nodeRole"])
    iam = iam_backends[cluster.key.account]["aws"]
    iam.create_instance_profile(name, "/", [role.name] if role else [])


def resize(cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Set the Auto Scaling group's sizes to the node group's."""
    scaling = nodegroup.shape["scalingConfig"]
    group = nodes.autoscaling(cluster).autoscaling_groups[nodegroup.group]
    group.min_size, group.max_size = scaling["minSize"], scaling["maxSize"]
    group.set_desired_capacity(scaling["desiredSize"])


def replace(cluster: Cluster, nodegroup: Nodegroup, given: Any | None) -> None:
    """Launch replacements of all instances, which `retire` ends then; `given` is the same as for `make`."""
    ec2 = network.ec2(cluster.key)
    template = ec2.get_launch_template(nodegroup.template)
    if given:
        data = _data(cluster, nodegroup.shape, given, template.name)
        version = template.create_version(data, "")
        template.default_version_number = version.number
    group = nodes.autoscaling(cluster).autoscaling_groups[nodegroup.group]
    group.launch_template_version = group.provided_launch_template_version = str(template.default_version_number)
    nodegroup.retiring = [state.instance.id for state in group.instance_states]
    group.replace_autoscaling_group_instances(len(nodegroup.retiring), group.get_propagated_tags())


def retire(cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Terminate the replaced instances."""
    if nodegroup.retiring:
        group = nodes.autoscaling(cluster).autoscaling_groups[nodegroup.group]
        existing = {state.instance.id for state in group.instance_states}
        network.ec2(cluster.key).terminate_instances([id_ for id_ in nodegroup.retiring if id_ in existing])
        group.instance_states = [
            state for state in group.instance_states if state.instance.id not in nodegroup.retiring
        ]
        nodegroup.retiring = []


def remove(cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Delete everything that `make` created."""
    ec2, iam = network.ec2(cluster.key), iam_backends[cluster.key.account]["aws"]
    nodes.autoscaling(cluster).delete_auto_scaling_group(nodegroup.group)
    name = ec2.get_launch_template(nodegroup.template).name
    ec2.delete_launch_template(name, None)
    iam.delete_instance_profile(name, ignore_attached_roles=True)
