"""Nodes: the objects for instances, and kwok, which keeps them Ready and simulates the pods on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from sandbox.clusters.images import OURS
from sandbox.contract import NodeSpec

ANNOTATION = "kwok.x-k8s.io/node"
KUBELET = 10250
"""The port on which an API server gets a node's logs."""
LEASE = 40
"""Seconds of a node's lease, as a kubelet's."""

STAGES = ("node-ready", "pod-ready", "pod-ready-again", "pod-complete", "pod-delete")
"""kwok's stages, by the names of the files in `stages/`."""

POD_ADDRESSES = "100.64.0.0/17"
"""Addresses of simulated pods (a range that EKS suggests for pods apart from a VPC's own); see REAL_PODS."""
REAL_PODS = "100.64.128.0/17"
"""Addresses of pods that run as local processes."""


def node(spec: NodeSpec, version: str) -> dict[str, Any]:
    """The Node object of an instance, as a kubelet on EKS registers it. kwok makes it Ready."""
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": spec.name,
        "node.kubernetes.io/instance-type": spec.instance_type,
        **spec.labels,
    }
    capacity = {"cpu": str(spec.cpus), "memory": f"{spec.memory_mib}Mi", "pods": str(spec.pods)}
    addresses = [
        {"type": "InternalIP", "address": spec.address},
        {"type": "InternalDNS", "address": spec.name},
        {"type": "Hostname", "address": spec.name},
    ]
    system = {"architecture": "amd64", "operatingSystem": "linux", "osImage": "Amazon Linux 2023 (acted by kwok)"}
    system |= {"kubeletVersion": version, "kubeProxyVersion": version, "containerRuntimeVersion": "containerd://2.1.4"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": spec.name, "labels": labels, "annotations": {ANNOTATION: "fake"}},
        "spec": {"providerID": spec.provider_id, "taints": [dict(taint) for taint in spec.taints]},
        "status": {
            "addresses": addresses,
            "capacity": capacity,
            "allocatable": capacity,
            "nodeInfo": system,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET}},
        },
    }


def kwok_argv(kwok: Path, kubeconfig: Path, config: Path) -> list[str | Path]:
    """kwok's arguments, for the nodes with ANNOTATION. It serves nothing, so it has no port."""
    return [
        kwok,
        f"--kubeconfig={kubeconfig}",
        f"--config={config}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={ANNOTATION}=fake",
        f"--node-lease-duration-seconds={LEASE}",
        f"--cidr={POD_ADDRESSES}",
        "--v=WARN",
    ]


def write_kwok_config(path: Path) -> Path:
    """Write kwok's configuration: the Stage objects of STAGES."""
    path.write_text("\n---\n".join(json.dumps(stage(name)) for name in STAGES))
    return path


def stage(name: str) -> dict[str, Any]:
    """Return a Stage object, from the file of its name in `stages/`."""
    text = (Path(__file__).parent / "stages" / f"{name}.yaml").read_text()
    # The file has the mark in a scalar in single quotes, in which YAML knows no escapes.
    return yaml.safe_load(text.replace('"IMAGES"', json.dumps(OURS)))
