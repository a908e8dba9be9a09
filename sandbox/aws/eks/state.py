"""EKS's state: each thing in the shape of its Describe operation, beside EKS's internal facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.contract import ClusterKey, NodeSpec

Shape = dict[str, Any]
"""A structure of AWS's model of EKS, by its members' names."""


@dataclass
class Update:
    """A change of a cluster, node group or add-on."""

    shape: Shape
    nodegroup: str = ""
    addon: str = ""


@dataclass
class Nodegroup:
    """A node group, with its things of EC2 and Auto Scaling."""

    shape: Shape
    group: str
    """The Auto Scaling group's name."""
    template: str
    """The id of the launch template that EKS created for it."""
    retiring: list[str] = field(default_factory=list[str])
    """The instances that end once their replacements are ready."""
    known: dict[str, NodeSpec] = field(default_factory=dict[str, NodeSpec])
    """The nodes that were passed to the control plane in this process, by name."""

    @property
    def name(self) -> str:
        """The node group's name."""
        return str(self.shape["nodegroupName"])


@dataclass
class AccessEntry:
    """The access of an IAM principal, with its associated policies by their ARNs."""

    shape: Shape
    policies: dict[str, Shape] = field(default_factory=dict[str, Shape])


@dataclass
class Balancer:
    """The classic load balancer of a Service."""

    name: str
    host: str
    group: str
    """The id of its security group."""
    leaving: bool = False
    """Whether the load balancer has been deleted, and its security group waits for the interfaces to be gone."""


@dataclass
class Cluster:
    """A cluster and all that belongs to it."""

    key: ClusterKey
    shape: Shape
    issuer: str
    started: str = ""
    """The version that the control plane was started with in this process."""
    answers: bool = False
    """Whether the API server has answered, some seconds after the cluster is ACTIVE."""
    ended: bool = False
    """Whether the control plane was ended in this process."""
    leaving: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """The start of a deletion of things without `modifiedAt`: Fargate profiles by name, the cluster by an empty one."""
    interfaces: list[str] = field(default_factory=list[str])
    """The control plane's network interfaces in the cluster's subnets."""
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict[str, Nodegroup])
    fargate_profiles: dict[str, Shape] = field(default_factory=dict[str, Shape])
    access_entries: dict[str, AccessEntry] = field(default_factory=dict[str, AccessEntry])
    """The entries by the principal's ARN."""
    addons: dict[str, Shape] = field(default_factory=dict[str, Shape])
    pod_identities: dict[str, Shape] = field(default_factory=dict[str, Shape])
    """The associations by their ids."""
    updates: dict[str, Update] = field(default_factory=dict[str, Update])
    logged_until: datetime | None = None
    """The time at which logging was turned off; None once the last record is delivered."""
    balancers: dict[str, Balancer] = field(default_factory=dict[str, Balancer])
    """The load balancers of its Services, by the Service's uid."""
    volumes: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of its claims' volumes, by the claim's uid."""

    @property
    def status(self) -> str:
        """The status: CREATING, ACTIVE, UPDATING, DELETING or FAILED."""
        return str(self.shape["status"])

    def arn(self, kind: str, *parts: str) -> str:
        """The ARN of a thing of this cluster."""
        return ":".join(
            ("arn", "aws", "eks", self.key.region, self.key.account, "/".join((kind, self.key.name, *parts)))
        )
