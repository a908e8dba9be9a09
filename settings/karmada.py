"""Karmada as the control plane of the federation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import Field

from components.cluster.addons import EBS_DRIVER
from components.federation.karmada.kubeconfig import CONTEXT
from components.federation.karmada.values import Copies
from components.quotas.demand import Request
from settings.base import Section
from settings.clusters import PerCluster
from settings.kubefed import Image, Registry, Repository
from settings.snapshots import Snapshots


class Karmada(Section):
    """The control plane of the federation, a Helm release on the host."""

    chart: str = "karmada"
    """The chart's name in the repository, or a folder that contains it."""
    repository: Repository = "https://raw.githubusercontent.com/karmada-io/karmada/master/charts"
    """Where the chart's name is looked up; a folder needs none."""
    version: str = Field(default="1.18.2", pattern=r"^\d+\.\d+\.\d+$")
    """The version of Karmada and of its chart."""
    registry: Registry | None = None
    """Where all images are, by the paths that they have in their own registries, `alpine/k8s` for instance.

    By default each is pulled from its own registry, docker.io or registry.k8s.io.
    """
    hook_image: Image = "docker.io/alpine/k8s:1.35.4"
    """Has bash, curl and kubectl, with which the chart's Job installs Karmada's types; snapshots take its AWS CLI."""
    etcd_image: Image = "registry.k8s.io/etcd:3.6.6-0"
    """The image of Karmada's etcd; by default the one of the chart."""
    etcd_members: Literal[1, 3] | None = None
    """The members of Karmada's etcd, for its life. By default 3 if the host's node groups have 3 nodes or more, else 1.

    With 3, a node or a zone can fail: every other part of Karmada then runs twice.
    """
    storage_gib: int = Field(default=10, ge=1, le=16384)
    """The size of the volume of each member of Karmada's etcd, in GiB."""
    port: int = Field(default=5443, ge=1, le=65535)
    """The port of Karmada's API on its load balancer."""
    snapshots: Snapshots | None = None
    """Snapshots of etcd in a bucket of yours; by default none are taken."""
    failover: bool = False
    """Let programs have workloads moved out of a cluster that doesn't answer (`failover` in the workloads API).

    With it, policies by other means need `clusterTolerations`: without them, objects leave such a cluster at once.
    """
    timeout_minutes: int = Field(default=10, ge=1, le=60)
    """For how long Karmada's API may take to answer, and a cluster to be Ready.

    A new load balancer takes some minutes until its name is known everywhere.
    """

    @property
    def chart_repository(self) -> str | None:
        """Where to look the chart up; None for a folder."""
        return None if "/" in self.chart else self.repository

    def members(self, host: PerCluster) -> int:
        """The members of etcd, on a host with these node groups."""
        return self.etcd_members or (3 if _nodes(host) >= 3 else 1)

    def check(self, region: str, host: PerCluster) -> None:
        """Raise ValueError for a host that can't run Karmada.

        Pods on Fargate mount no EBS volume (EKS user guide, "Store Kubernetes volumes with Amazon EBS").
        """
        if not any(group.takes_any_pod for group in host.node_groups):
            raise ValueError(
                f"nodeGroups ({region}): no group has nodes for any pod, and Karmada's etcd can't run on Fargate; add "
                "a node group without taints and with desired 1 or more"
            )
        if self.members(host) > _nodes(host):
            raise ValueError(
                f"karmada.etcdMembers: {self.etcd_members} run on nodes of their own, and the host's node groups have "
                f"{_nodes(host)} for any pod; set nodeGroups ({region}): desired to 3, or etcdMembers: 1"
            )
        if EBS_DRIVER not in {addon.name for addon in host.addons}:
            raise ValueError(
                f"addons ({region}): {EBS_DRIVER} is not listed, and Karmada's etcd keeps its data on EBS; list it"
            )

    def memory(self, host: PerCluster) -> Request:
        """The memory that its pods request, on a host with these node groups."""
        members = self.members(host)
        fewer = ", or set karmada.etcdMembers: 1 if the fleet is new" if members > 1 else ""
        return Request(
            pods="Karmada",
            mib=Copies(members=members).memory_mib,
            fix=f"set larger instanceTypes, or more nodes{fewer}",
            nodes=[
                # An autoscaler starts nodes for pods that have no room.
                replace(group.machines, desired=group.max) if group.autoscaled else group.machines
                for group in host.node_groups
                if group.takes_any_pod
            ],
        )

    def check_names(self, clusters: Iterable[str]) -> None:
        """Raise ValueError for a cluster whose context in the fleet's kubeconfig would be that of Karmada's API."""
        if CONTEXT in clusters:
            raise ValueError(
                f"clusters: the name {CONTEXT} is that of Karmada's own API in the fleet's kubeconfig; give the "
                "cluster another name"
            )

    def check_reached(self, name: str, region: str) -> None:
        """Raise ValueError if a cluster that reaches AWS's services alone could not pull the images."""
        if not re.match(rf"\d{{12}}\.dkr\.ecr\.{region}\.", self.registry or ""):
            raise ValueError(
                f"network.nat: none leaves {name} no way to docker.io; set nat: one, or copy Karmada's images into ECR "
                f"in {region} and set karmada.registry to <account>.dkr.ecr.{region}.amazonaws.com"
            )


def _nodes(host: PerCluster) -> int:
    """How many nodes take any pod."""
    return sum(group.desired for group in host.node_groups if group.takes_any_pod)
