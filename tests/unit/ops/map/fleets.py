"""Outputs of stacks, objects of kubefed, and the fleets that come of them."""

from __future__ import annotations

import json
from typing import Any

from ops.map import gather, kubefed
from ops.map.model import Engine, Federation, Fleet, Membership, Running, State
from ops.outputs import Outputs
from settings import plan as planning

READY = Membership(state=State.READY, version="v1.37.2")


def outputs_of(count: int, *, full_mesh: bool = False, names: list[str] | None = None) -> dict[str, Any]:
    names = names or [f"federated-eks-{number}" for number in range(1, count + 1)]
    links = planning.links(names[0], names[1:], full_mesh=full_mesh)
    return {
        "plan": {
            "host": "region-1",
            "bastion": {"region": "region-1", "cidr": "172.20.0.0/16"},
            "clusters": [
                {"region": f"region-{n}", "number": float(n), "name": name, "cidr": f"172.{20 + n}.0.0/16"}
                for n, name in enumerate(names, start=1)
            ],
        },
        "clusters": {},
        "kubeconfig": json.dumps({"users": [{"user": {"token": "geheim"}}]}),
        "peerings": {f"{one}-{other}": f"pcx-{place:08x}" for place, (one, other) in enumerate(links)},
    }


def federation_of(outputs: Outputs, *objects: dict[str, Any], **memberships: Membership) -> Federation:
    everyone = {each["name"]: READY for each in outputs["plan"]["clusters"]}
    deployments = kubefed.type_(type_config("deployments.apps", "Deployment"))
    return Federation(
        engine=Engine.KUBEFED,
        memberships=everyone | memberships,
        types=(deployments,),
        objects=tuple(kubefed.object_(each, deployments) for each in objects),
    )


def fleet_of(outputs: dict[str, Any], *objects: dict[str, Any], **memberships: Membership) -> Fleet:
    return gather.fleet("dev", outputs, lambda outputs, _: federation_of(outputs, *objects, **memberships), idle)


def idle(outputs: Outputs) -> dict[str, Running]:
    """Clusters that run nothing beside what is federated."""
    return {each["name"]: Running() for each in outputs["plan"]["clusters"]}


def type_config(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "propagation": more.get("propagation", "Enabled"),
            "targetType": {"kind": kind, "version": "v1"},
            "federatedType": {
                "group": "types.kubefed.io",
                "version": "v1beta1",
                "kind": f"Federated{kind}",
                "pluralName": f"federated{kind.lower()}s",
            },
        },
        "status": {"propagationController": more.get("controller", "Running")},
    }


def deployment(name: str, clusters: dict[str, str], reason: str = "", **spec: Any) -> dict[str, Any]:
    condition = {"type": "Propagation", "status": "False" if reason else "True", "reason": reason}
    return {
        "metadata": {"name": name, "namespace": "shop", "generation": 2},
        "spec": {"template": {"spec": {"replicas": 3}}, **spec},
        "status": {
            "observedGeneration": 2,
            "conditions": [condition],
            "clusters": [{"name": name} | ({"status": status} if status else {}) for name, status in clusters.items()],
        },
    }


def override(cluster: str, *patches: dict[str, Any]) -> dict[str, Any]:
    return {"clusterName": cluster, "clusterOverrides": list(patches)}
