"""The clusters: one for each region, and what each may have otherwise than the fleet."""

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
    """What the fleet's settings say of every cluster, unless a cluster's own say otherwise."""

    kubernetes_version: KubernetesVersion | None = None
    """By default EKS's own default. It goes up one minor version an update, the host first, and never down."""
    control_plane: ControlPlane = ControlPlane()
    """What the control planes log, how long EKS supports them, and whether they can be deleted."""
    node_groups: tuple[NodeGroup, ...] = (NodeGroup(),)
    """Managed node groups, 30 at most; without the key one, `nodes`."""
    fargate_profiles: tuple[FargateProfile, ...] = ()
    """Fargate profiles, 10 at most."""
    addons: tuple[Addon, ...] = addons.DEFAULT
    """EKS's add-ons. A list takes the place of the default one, whose `vpc-cni` enforces network policies."""
    network: Network = Network()
    """The networks' ways out, and the record of their traffic; the bastion's too."""

    @property
    def kubefed_nodes(self) -> dict[str, str]:
        """Labels of the nodes for kubefed, whose image is for amd64 alone, on a host that has such nodes.

        Fargate is amd64 (EKS user guide, "Simplify compute management with AWS Fargate"), and its pods choose no node.
        """
        on_fargate = any(profile.takes(nodes.KUBEFED) for profile in self.fargate_profiles)
        return {"kubernetes.io/arch": "amd64"} if nodes.on_amd64(self.node_groups) and not on_fargate else {}

    def check_compute(self, region: str, *, kubefed: bool) -> None:
        """Check that a region's cluster has somewhere to run what it is to run. Raises ValueError."""
        nodes.check(region, self.node_groups, self.fargate_profiles)
        addons.check(f"addons ({region})", self.addons, nodes=bool(self.node_groups))
        needs = {nodes.KUBEFED: "kubefed", "kube-system": "coredns"} if kubefed else {}
        for addon in self.addons:
            if addon.name in addons.NEEDS_PODS:
                needs.setdefault("kube-system", addon.name)
        nodes.check_room(region, self.node_groups, self.fargate_profiles, needs)

    endpoint: Endpoint = Endpoint()
    """How the API servers are reached."""


class Cluster(Section):
    """One region's cluster."""

    region: Region
    """Where it is; one cluster for each region."""
    number: int | None = Field(default=None, ge=1)
    """Its place in the address plan and in its name; by default its place in the list, from 1."""
    name: ClusterName | None = None
    """By default `<name>-<number>`."""
    cidr: VpcRange | None = None
    """The VPC's range; by default the plan's."""
    vpc: Vpc | None = None
    """One that is there already, in the place of a VPC of its own."""
    labels: dict[LabelKey, LabelValue] = {}
    """On its KubeFedCluster, beside the fleet's own."""

    # What PerCluster has; None is as the fleet has it.
    kubernetes_version: KubernetesVersion | None = None
    control_plane: ControlPlane | None = None
    node_groups: tuple[NodeGroup, ...] | None = None
    fargate_profiles: tuple[FargateProfile, ...] | None = None
    addons: tuple[Addon, ...] | None = None
    network: Network | None = None
    endpoint: Endpoint | None = None

    @property
    def own_range(self) -> IPv4Network | None:
        """The range of its VPC; None: as the plan has it."""
        return self.vpc.cidr if self.vpc else self.cidr

    @model_validator(mode="after")
    def _stands_in_one_vpc(self) -> Cluster:
        for key, given in (("cidr", self.cidr), ("network", self.network)):
            if self.vpc and given is not None:
                raise ValueError(
                    f"{key} is for a VPC that the fleet makes, and vpc names {self.vpc.id}, which is there already; "
                    f"drop {key}, or vpc"
                )
        return self
