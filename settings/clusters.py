"""The clusters, one for each region, and the settings of the fleet that each can override."""

from __future__ import annotations

from ipaddress import IPv4Network

from pydantic import Field, model_validator

from settings import addons, nodes
from settings.addons import Addon
from settings.base import ClusterName, KubernetesVersion, LabelKey, LabelValue, Region, Section, VpcRange
from settings.control_plane import ControlPlane
from settings.endpoint import Endpoint
from settings.network import Network
from settings.nodes import FargateProfile, NodeGroup
from settings.vpc import Vpc


class PerCluster(Section):
    """The settings of every cluster. A cluster's own settings override the fleet's."""

    kubernetes_version: KubernetesVersion | None = None
    """The version; by default EKS's. It goes up one minor version an update, the host first, and never down."""
    control_plane: ControlPlane = ControlPlane()
    """The control planes' logs, the length of EKS's support, and protection from deletion."""
    node_groups: tuple[NodeGroup, ...] = (NodeGroup(),)
    """Managed node groups, 30 at most; without the key one, `nodes`."""
    fargate_profiles: tuple[FargateProfile, ...] = ()
    """Fargate profiles, 10 at most."""
    addons: tuple[Addon, ...] = addons.DEFAULT
    """EKS's add-ons. A list replaces the default list, whose `vpc-cni` enforces network policies."""
    network: Network = Network()
    """The networks' ways out, and the record of their traffic. The bastion's network uses them too."""

    @property
    def kubefed_nodes(self) -> dict[str, str]:
        """Labels of the nodes for kubefed, whose image is for amd64 alone, on a host that has such nodes.

        Fargate is amd64 (EKS user guide, "Simplify compute management with AWS Fargate"), and its pods choose no node.
        """
        on_fargate = any(profile.takes(nodes.KUBEFED) for profile in self.fargate_profiles)
        return {"kubernetes.io/arch": "amd64"} if nodes.on_amd64(self.node_groups) and not on_fargate else {}

    def check_compute(self, region: str, *, kubefed: bool) -> None:
        """Check that a region's cluster can run the pods that it needs. Raises ValueError."""
        nodes.check(region, self.node_groups, self.fargate_profiles)
        addons.check(f"addons ({region})", self.addons, nodes=bool(self.node_groups))
        needs = {nodes.KUBEFED: "kubefed", "kube-system": "coredns"} if kubefed else {}
        for addon in self.addons:
            if addon.name in addons.NEEDS_PODS:
                needs.setdefault("kube-system", addon.name)
        nodes.check_room(region, self.node_groups, self.fargate_profiles, needs)

    endpoint: Endpoint = Endpoint()
    """The endpoints of the API servers."""


class Cluster(Section):
    """The cluster of a region."""

    region: Region
    """The AWS region; one cluster for each region."""
    number: int | None = Field(default=None, ge=1)
    """The place in the address plan and in the name; by default the place in the list, from 1."""
    name: ClusterName | None = None
    """The cluster's name; by default `<name>-<number>`."""
    cidr: VpcRange | None = None
    """The VPC's range; by default the plan's."""
    vpc: Vpc | None = None
    """An existing VPC, instead of one that the fleet creates."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of its KubeFedCluster, beside the fleet's."""

    # The fields of PerCluster. None means the fleet's setting.
    kubernetes_version: KubernetesVersion | None = None
    control_plane: ControlPlane | None = None
    node_groups: tuple[NodeGroup, ...] | None = None
    fargate_profiles: tuple[FargateProfile, ...] | None = None
    addons: tuple[Addon, ...] | None = None
    network: Network | None = None
    endpoint: Endpoint | None = None

    @property
    def own_range(self) -> IPv4Network | None:
        """The range of its VPC; None for the plan's."""
        return self.vpc.cidr if self.vpc else self.cidr

    @model_validator(mode="after")
    def _uses_one_vpc(self) -> Cluster:
        for key, given in (("cidr", self.cidr), ("network", self.network)):
            if self.vpc and given is not None:
                raise ValueError(
                    f"{key} is for a VPC that the fleet creates, and vpc names {self.vpc.id}, which exists; "
                    f"drop {key}, or vpc"
                )
        return self
