"""The interface between the sandbox's AWS and its control planes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol


class ClusterKey(NamedTuple):
    """An EKS cluster. Names are unique within an account's region."""

    account: str
    region: str
    name: str


class Phase(Enum):
    """The phases of a control plane."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ControlPlaneStatus:
    """A control plane as EKS has to report it."""

    phase: Phase
    endpoint: str = ""
    """`https://127.0.0.1:<port>`; empty until the API server runs, and it answers only when it is ready."""
    certificate_authority: bytes = b""
    """The CA certificate, PEM; empty as long as the endpoint."""
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """A node that an instance stands for."""

    name: str
    """The instance's private DNS name."""
    provider_id: str
    """`aws:///<zone>/<instance id>`."""
    instance_type: str
    address: str
    """The instance's private IPv4 address."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: Sequence[Mapping[str, str]] = ()
    """Kubernetes' form: key, value, effect (NoSchedule, ...)."""
    cpus: int = 2
    memory_mib: int = 4096
    pods: int = 17


@dataclass(frozen=True, kw_only=True)
class BalancerSpec:
    """The load balancer that a Service of type LoadBalancer asks for."""

    namespace: str
    service: str
    ports: Sequence[tuple[int, int]]
    """The ports of the Service, each with its node port."""
    internal: bool = False
    sources: Sequence[str] = ("0.0.0.0/0",)
    """The ranges that it lets in."""
    leaving: bool = False
    """Whether the Service is being deleted, and waits for its load balancer to be gone."""


@dataclass(frozen=True, kw_only=True)
class VolumeSpec:
    """The EBS volume that a claim asks for."""

    namespace: str
    claim: str
    zone: str
    gib: int
    type: str = "gp3"
    encrypted: bool = False


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The desired load balancers and volumes of a cluster's objects, by the uids of Services and claims."""

    balancers: Mapping[str, BalancerSpec] = field(default_factory=dict[str, BalancerSpec])
    volumes: Mapping[str, VolumeSpec] = field(default_factory=dict[str, VolumeSpec])
    unwanted: frozenset[str] = frozenset()
    """The uids of claims that are gone, and whose volumes are to go with them."""


@dataclass(frozen=True, kw_only=True)
class Grants:
    """The load balancers and volumes of a cluster's objects in AWS, by the uids of Services and claims."""

    balancers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The host names of load balancers."""
    volumes: Mapping[str, str] = field(default_factory=dict[str, str])
    """The ids of volumes."""


class ControlPlanes(Protocol):
    """Real control planes by cluster; every call returns at once, the work goes on behind it."""

    def create(self, key: ClusterKey, *, version: str, service_cidr: str, issuer: str) -> None:
        """Begin a control plane (or resume one whose data was kept); one that runs gets the version."""
        ...

    def status(self, key: ClusterKey) -> ControlPlaneStatus:
        """Return the control plane's status; GONE if it was never created."""
        ...

    def delete(self, key: ClusterKey) -> None:
        """Begin to end it and forget its data."""
        ...

    def add_node(self, key: ClusterKey, node: NodeSpec) -> None:
        """Register a node as soon as the control plane is ready; one that exists is left as it is."""
        ...

    def remove_node(self, key: ClusterKey, name: str) -> None:
        """Delete a node's object."""
        ...

    def node_ready(self, key: ClusterKey, name: str) -> bool:
        """Whether the node's condition Ready is True."""
        ...

    def wishes(self, key: ClusterKey) -> Wishes | None:
        """Return the desired AWS resources of a cluster's objects; None while they are unknown."""
        ...

    def grant(self, key: ClusterKey, grants: Grants) -> None:
        """Pass on the AWS resources of a cluster's objects. The control plane acts on new ones."""
        ...


@dataclass(frozen=True, kw_only=True)
class UserInfo:
    """The user behind an AWS token, in Kubernetes' terms."""

    username: str
    uid: str
    groups: Sequence[str]
    extra: Mapping[str, Sequence[str]]
    """`arn`, `canonicalArn` (the IAM role or user), `accessKeyId`, `sessionName`, as EKS sets them."""


@dataclass(frozen=True, kw_only=True)
class AccessPolicy:
    """An EKS access policy associated with a principal."""

    name: str
    """The last part of its ARN, `AmazonEKSViewPolicy` for instance."""
    namespaces: Sequence[str] = ()
    """The namespaces of the policy; empty: the whole cluster."""


class SignInError(Exception):
    """The error of a refused token; the message has the reason."""


class Identity(Protocol):
    """AWS's side of signing in to a cluster."""

    def authenticate(self, key: ClusterKey, token: str) -> UserInfo:
        """Return the user behind the token `k8s-aws-v1.…`. Raise SignInError."""
        ...

    def access_policies(self, key: ClusterKey, principal_arn: str) -> Sequence[AccessPolicy]:
        """Return the policies associated with the principal's access entry; empty without an entry."""
        ...

    def pod_environment(self, key: ClusterKey, namespace: str, service_account: str) -> Mapping[str, str]:
        """The variables by which a service account's pods call AWS with their role; empty without one."""
        ...
