"""Nodes: the objects for instances, and kwok, which keeps them Ready and acts the pods on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.contract import NodeSpec
from sandbox.kubernetes.images import OURS

ANNOTATION = "kwok.x-k8s.io/node"
KUBELET = 10250
"""The port on which an API server asks a node for logs."""
LEASE = 40
"""Seconds a node's lease holds, as a kubelet's."""

POD_ADDRESSES = "100.64.0.0/17"
"""Addresses of acted pods (a range that EKS suggests for pods apart from a VPC's own); see REAL_PODS."""
REAL_PODS = "100.64.128.0/17"
"""Addresses of pods that run as local processes."""


def node(spec: NodeSpec, version: str) -> dict[str, Any]:
    """The Node object of an instance, as a kubelet on EKS registers it; kwok makes it Ready."""
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
    """kwok for the nodes that carry our annotation; it serves nothing, so it has no port."""
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
    """What kwok does to nodes and pods, as a list of its Stage objects."""
    stages = [_node_ready(), _pod_ready(), _pod_ready_again(), _pod_complete(), _pod_delete()]
    path.write_text("\n---\n".join(json.dumps(stage) for stage in stages))
    return path


def _stage(name: str, kind: str, selector: Sequence[dict[str, Any]], then: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": list(selector)},
            "next": then,
        },
    }


def _is(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


NOT_READY = _is('.status.conditions.[] | select( .type == "Ready" ) | .status', "NotIn", "True")
ALIVE = _is(".metadata.deletionTimestamp", "DoesNotExist")
ACTED = _is(f".spec.containers[0].image | test({json.dumps(OURS)}) | tostring", "NotIn", "true")


def _node_ready() -> dict[str, Any]:
    status = """
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- {type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }},
   message: {{ .message | Quote }}, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
{{ end }}
"""
    return _stage("node-ready", "Node", [NOT_READY], {"statusTemplate": status})


def _pod_ready() -> dict[str, Any]:
    status = """
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range list "Initialized" "Ready" "ContainersReady" "PodReadyToStartContainers" }}
- {type: {{ . | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
{{ range .spec.readinessGates }}
- {type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0,
   state: {running: {startedAt: {{ $now | Quote }}}}}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
{{ if eq .restartPolicy "Always" }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0,
   state: {running: {startedAt: {{ $now | Quote }}}}}
{{ else }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, restartCount: 0,
   state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
{{ end }}
{{ $hosts := NodeIPsWith .spec.nodeName }}
{{ with $hosts }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ $meta := .metadata }}
{{ $onHost := or .spec.hostNetwork false }}
{{ $pods := PodIPsWith .spec.nodeName $onHost $meta.uid $meta.name $meta.namespace }}
{{ with $pods }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
"""
    pending = _is(".status.phase", "In", "Pending")
    return _stage("pod-ready", "Pod", [ALIVE, ACTED, pending, NOT_READY], {"statusTemplate": status})


def _pod_ready_again() -> dict[str, Any]:
    """The node lifecycle controller marks the pods of a node that was away as not Ready; its kubelet undoes it."""
    status = """
conditions:
- {type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}
"""
    running = _is(".status.phase", "In", "Running")
    return _stage("pod-ready-again", "Pod", [ALIVE, ACTED, running, NOT_READY], {"statusTemplate": status})


def _pod_complete() -> dict[str, Any]:
    status = """
{{ $now := Now }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: false, started: false, restartCount: 0,
   state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
"""
    running = _is(".status.phase", "In", "Running")
    job = _is(".metadata.ownerReferences.[].kind", "In", "Job")
    return _stage("pod-complete", "Pod", [ALIVE, ACTED, running, job], {"statusTemplate": status})


def _pod_delete() -> dict[str, Any]:
    return _stage("pod-delete", "Pod", [_is(".metadata.deletionTimestamp", "Exists"), ACTED], {"delete": True})
