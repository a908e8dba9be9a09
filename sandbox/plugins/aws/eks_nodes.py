"""aws:eks/nodeGroup:NodeGroup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import BUSY, GONE, INVALID, PROPAGATION, EksResource, mark, named, settled, update, vanish
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_EFFECTS = {"NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"}
_CREATED_ONCE = ("clusterName", "nodeGroupName", "nodeRoleArn", "subnetIds")
_ONE_TO_ONE = ("amiType", "capacityType", "diskSize", "instanceTypes", "labels", "releaseVersion", "version")
_CONFIG = ("scalingConfig", "labels", "taints", "updateConfig", "nodeRepairConfig")


class NodeGroup(EksResource):
    """A managed node group; its id is `cluster:name`. Remote access and warm pools are not implemented."""

    kind = "aws:eks/nodeGroup:NodeGroup"
    knows = (
        *_CREATED_ONCE,
        *_ONE_TO_ONE,
        "launchTemplate",
        "nodeRepairConfig",
        "scalingConfig",
        "taints",
        "updateConfig",
    )
    knows_nested = {"nodeRepairConfig": ("enabled",)}
    unread = ("forceUpdateVersion",)
    named = "nodeGroupName"
    names = Names(longest=63, prefix=37)
    replace_on = (
        *_CREATED_ONCE,
        "amiType",
        "capacityType",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
    )
    unordered = ("subnetIds", "taints")
    owned = ("labels", "taints")
    computed = (
        "amiType",
        "capacityType",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
        "nodeRepairConfig",
        "releaseVersion",
        "updateConfig",
        "version",
    )

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Taints have one of three effects."""
        for taint in inputs.get("taints") or []:
            effect = taint.get("effect") if isinstance(taint, dict) else None
            if isinstance(effect, str) and effect not in _EFFECTS:
                yield Problem("taints", f"effect {effect!r} is none of {', '.join(sorted(_EFFECTS))}")

    def make(self, api: Api) -> str:
        """Create it, and wait until its nodes have joined."""
        cluster, name = api.inputs["clusterName"], api.inputs["nodeGroupName"]
        api.retry(
            lambda: api.eks(
                "CreateNodegroup",
                clusterName=cluster,
                nodegroupName=name,
                nodeRole=api.get("nodeRoleArn"),
                subnets=api.get("subnetIds"),
                scalingConfig=api.get("scalingConfig"),
                launchTemplate=_template(api),
                taints=api.get("taints"),
                updateConfig=api.get("updateConfig"),
                nodeRepairConfig=api.get("nodeRepairConfig"),
                tags=api.tags or None,
                **{key: api.get(key) for key in _ONE_TO_ONE},
            ),
            INVALID,
            timeout=PROPAGATION,
            says=["role", "Role", "instance profile"],
        )
        return api.created(f"{cluster}:{name}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The node group."""
        group = settled(api, f"node group {api.id}", lambda: _group(api), 3600)
        if group is None:
            return None
        template = group.get("launchTemplate")
        resources = group.get("resources") or {}
        return {
            "amiType": group.get("amiType", ""),
            "arn": group["nodegroupArn"],
            "capacityType": group.get("capacityType", "ON_DEMAND"),
            "clusterName": group["clusterName"],
            "diskSize": group.get("diskSize") or 0,
            "instanceTypes": group.get("instanceTypes") or [],
            "labels": group.get("labels") or {},
            **({"launchTemplate": {name: str(value) for name, value in template.items()}} if template else {}),
            "nodeGroupName": group["nodegroupName"],
            "nodeRepairConfig": {"enabled": bool((group.get("nodeRepairConfig") or {}).get("enabled"))},
            "nodeRoleArn": group["nodeRole"],
            "releaseVersion": group.get("releaseVersion", ""),
            "resources": [
                {
                    "autoscalingGroups": resources.get("autoScalingGroups") or [],
                    "remoteAccessSecurityGroupId": resources.get("remoteAccessSecurityGroup") or "",
                }
            ],
            "scalingConfig": group["scalingConfig"],
            "status": group["status"],
            "subnetIds": sorted(group["subnets"]),
            "taints": group.get("taints") or [],
            "updateConfig": group.get("updateConfig") or {},
            "version": group.get("version", ""),
            "tagsAll": tags.own(group.get("tags")),
            **mark(group),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Version and template first, then the rest; EKS takes one update at a time."""
        cluster, _, name = api.id.partition(":")
        of = {"clusterName": cluster, "nodegroupName": name}
        if changed & {"version", "releaseVersion", "launchTemplate"}:
            wanted = {
                **{key: api.get(key) for key in ("version", "releaseVersion") if key in changed},
                "launchTemplate": _template(api),
                "force": api.get("forceUpdateVersion"),
            }
            update(api, cluster, lambda: api.eks("UpdateNodegroupVersion", **of, **wanted), nodegroupName=name)
        if changed & set(_CONFIG):
            config = self._config(api, changed)
            update(api, cluster, lambda: api.eks("UpdateNodegroupConfig", **of, **config), nodegroupName=name)

    def remove(self, api: Api) -> None:
        """Delete it, and wait until its nodes are gone."""
        cluster, _, name = api.id.partition(":")
        gone = api.retry(
            lambda: found(lambda: api.eks("DeleteNodegroup", clusterName=cluster, nodegroupName=name), GONE),
            [BUSY],
            timeout=600,
        )
        if gone is not None:
            vanish(api, f"node group {name} of {cluster}", lambda: _group(api), 3600)

    def _config(self, api: Api, changed: frozenset[str]) -> dict[str, Any]:
        config = {
            name: api.get(name) for name in ("scalingConfig", "updateConfig", "nodeRepairConfig") if name in changed
        }
        if "labels" in changed:
            old, new = (inputs.get("labels") or {} for inputs in (api.call.old_inputs, api.inputs))
            config["labels"] = {"addOrUpdateLabels": new, "removeLabels": sorted(old.keys() - new.keys())}
        if "taints" in changed:
            old, new = (inputs.get("taints") or [] for inputs in (api.call.old_inputs, api.inputs))
            gone = [taint for taint in old if _mark(taint) not in map(_mark, new)]
            config["taints"] = {"addOrUpdateTaints": new, "removeTaints": gone}
        return config


def _mark(taint: Properties) -> tuple[Any, Any]:
    return taint.get("key"), taint.get("effect")


def _template(api: Api) -> dict[str, str] | None:
    # As the program has it: EKS takes the id or the name, and the state has both.
    template = api.call.inputs.get("launchTemplate")
    return {name: value for name, value in template.items() if value} if template else None


def _group(api: Api) -> dict[str, Any] | None:
    cluster, _, name = api.id.partition(":")
    return named(lambda: api.eks("DescribeNodegroup", clusterName=cluster, nodegroupName=name), "nodegroup")
