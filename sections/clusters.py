"""The clusters: one for each region, and what each may have otherwise than the fleet."""

from __future__ import annotations

from pydantic import Field

from sections.base import ClusterName, LabelKey, LabelValue, Region, Section, VpcRange
from sections.endpoint import Endpoint
from sections.nodes import Nodes

VERSION = r"^1\.\d\d$"


class PerCluster(Section):
    """What the fleet's settings say of every cluster, unless a cluster's own say otherwise."""

    kubernetes_version: str | None = Field(default=None, pattern=VERSION)
    """By default EKS's own default."""
    nodes: Nodes = Nodes()
    endpoint: Endpoint = Endpoint()


class Cluster(Section):
    """One region's cluster."""

    region: Region
    number: int | None = Field(default=None, ge=1)
    """Its place in the address plan and in its name; by default its place in the list, from 1."""
    name: ClusterName | None = None
    """By default `<name>-<number>`."""
    cidr: VpcRange | None = None
    """The VPC's range; by default the plan's."""
    labels: dict[LabelKey, LabelValue] = {}
    """On its KubeFedCluster, beside the fleet's own."""

    # What PerCluster has; None is as the fleet has it.
    kubernetes_version: str | None = Field(default=None, pattern=VERSION)
    nodes: Nodes | None = None
    endpoint: Endpoint | None = None
