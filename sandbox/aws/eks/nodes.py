"""The nodes of a node group: one for each instance of its Auto Scaling group."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import autoscaling_backends

from sandbox.aws.eks import instance_types, network
from sandbox.aws.eks.state import Cluster, Nodegroup
from sandbox.contract import ControlPlanes, NodeSpec

_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


def autoscaling(cluster: Cluster) -> Any:
    """moto's Auto Scaling of the cluster's region."""
    return autoscaling_backends[cluster.key.account][cluster.key.region]


def desired(cluster: Cluster, nodegroup: Nodegroup) -> dict[str, NodeSpec]:
    """The nodes of the group's running instances, by name."""
    group = autoscaling(cluster).autoscaling_groups.get(nodegroup.group)
    if group is None or nodegroup.shape["status"] == "DELETING":
        return {}
    running = [state.instance for state in group.instance_states if state.instance.state == "running"]
    return {instance.private_dns_name: _spec(cluster, nodegroup, instance) for instance in running}


def _spec(cluster: Cluster, nodegroup: Nodegroup, instance: Any) -> NodeSpec:
    zone = network.ec2(cluster.key).get_subnet(instance.subnet_id).availability_zone
    cpus, memory_mib, pods = instance_types.size(instance.instance_type)
    taints = nodegroup.shape.get("taints") or []
    return NodeSpec(
        name=instance.private_dns_name,
        provider_id=f"aws:///{zone}/{instance.id}",
        instance_type=instance.instance_type,
        address=instance.private_ip,
        labels=_labels(cluster, nodegroup, instance, zone) | nodegroup.shape.get("labels", {}),
        taints=[
            {"key": taint["key"], "value": taint.get("value", ""), "effect": _EFFECTS[taint["effect"]]}
            for taint in taints
        ],
        cpus=cpus,
        memory_mib=memory_mib,
        pods=pods,
    )


def _labels(cluster: Cluster, nodegroup: Nodegroup, instance: Any, zone: str) -> dict[str, str]:
    architecture = instance_types.architecture(instance.instance_type)
    return {
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/instance-type": instance.instance_type,
        "beta.kubernetes.io/os": "linux",
        "eks.amazonaws.com/capacityType": nodegroup.shape["capacityType"],
        "eks.amazonaws.com/nodegroup": nodegroup.name,
        "eks.amazonaws.com/nodegroup-image": instance.image_id,
        "failure-domain.beta.kubernetes.io/region": cluster.key.region,
        "failure-domain.beta.kubernetes.io/zone": zone,
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": instance.private_dns_name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instance.instance_type,
        "topology.kubernetes.io/region": cluster.key.region,
        "topology.kubernetes.io/zone": zone,
    }


def announce(cluster: Cluster, nodegroup: Nodegroup, planes: ControlPlanes) -> None:
    """Pass new, changed and ended instances since the last call to the control plane."""
    now = desired(cluster, nodegroup)
    for name in [name for name in nodegroup.known if name not in now]:
        planes.remove_node(cluster.key, name)
        del nodegroup.known[name]
    for name, spec in now.items():
        if nodegroup.known.get(name) != spec:
            planes.add_node(cluster.key, spec)
            nodegroup.known[name] = spec
