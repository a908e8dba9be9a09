"""The names that the program composes from a stack's settings, and each service's rules for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.bastion import fleet_list
from components.cluster.pod_identity import AUTO_NAMED, association_name, attachment_name, role_name
from settings.plan import BASTION, ClusterSite, Plan

if TYPE_CHECKING:
    from settings.fleet import Settings


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The kind of resource that a name is for. Two names of a kind are never equal."""

    noun: str
    service: str = "Pulumi"
    most: int | None = None
    """The most characters, Pulumi's suffix among them; None: more than can be composed."""
    suffix: int = AUTO_NAMED
    """The characters that Pulumi adds."""
    reserved: tuple[str, ...] = ()
    """Beginnings that the service keeps for itself, in lower case."""
    also: str = ""
    """Another fix, appended to the message."""


NETWORK = Kind(noun="the network")
CLUSTER = Kind(noun="the cluster", service="EKS", most=100, suffix=0)
PEERING = Kind(noun="the peering")
SOFTWARE = Kind(noun="the chart or manifest")
END = Kind(noun="the end of a peering")
NODE_GROUP = Kind(noun="the node group", service="EKS", most=63)
PROFILE = Kind(
    noun="the Fargate profile", service="EKS", most=100, reserved=("eks-",), also=", or leave out fargateProfiles"
)
ADDON = Kind(noun="the add-on")
SECURITY_GROUP = Kind(noun="the security group", service="EC2", most=255, reserved=("sg-",))
CALLER = Kind(noun="the rule for a caller")
DOCUMENT = Kind(
    noun="the session document",
    service="Systems Manager",
    most=128,
    suffix=0,
    reserved=("aws", "amazon", "amzn"),
    also=", or set bastion.enabled: false",
)
PARAMETER = Kind(
    noun="the bastion's parameter",
    service="Systems Manager",
    suffix=0,
    reserved=("/aws", "/ssm"),
    also=", or set bastion.enabled: false",
)
ROLE = Kind(noun="the role", service="IAM", most=64)
ASSOCIATION = Kind(noun="the pod identity")
ATTACHMENT = Kind(noun="the policy attachment")
SECRET = Kind(noun="the Secret of kubefed", service="Kubernetes", most=253, suffix=0)
"""EKS: API reference, CreateCluster, CreateNodegroup and CreateFargateProfile, and the user guide on Fargate profiles.
EC2: API reference, CreateSecurityGroup. Systems Manager: API reference, CreateDocument and PutParameter.
IAM: CreateRole."""

CHART_SECRETS = ("kubefed-admission-webhook-serving-cert",)
"""Secrets of kubefed's chart (its controllermanager's templates/webhook.yaml)."""

OFFICIAL_ROLE = "eksRole-role"
"""The end of the name that `pulumi_eks.Cluster` gives its role."""


@dataclass(frozen=True, kw_only=True)
class Name:
    """A composed name, and the setting that it comes from."""

    kind: Kind
    text: str
    key: str
    value: str

    @property
    def origin(self) -> str:
        """The setting and its value, as a message begins."""
        return f"{self.key}: {self.value}"


def check(settings: Settings, plan: Plan) -> None:
    """Raise ValueError for a composed name that its service refuses, or that two settings compose."""
    seen: dict[tuple[Kind, str], Name] = {}
    for name in composed(settings, plan):
        _check_taken(name)
        twin = seen.setdefault((name.kind, name.text), name)
        if twin is not name:
            raise ValueError(
                f"{name.origin} would name {name.kind.noun} {name.text}, as {twin.origin} does; take another name for "
                "one of them"
            )


def _check_taken(name: Name) -> None:
    kind = name.kind
    for start in kind.reserved:
        if name.text.lower().startswith(start):
            raise ValueError(
                f"{name.origin} would name {kind.noun} {name.text}, and {kind.service} keeps names that begin with "
                f"{start} for itself; take another name{kind.also}"
            )
    length = len(name.text) + kind.suffix
    if kind.most is not None and length > kind.most:
        room = len(name.value) - length + kind.most
        suffix = ", with Pulumi's suffix" if kind.suffix else ""
        raise ValueError(
            f"{name.origin} would name {kind.noun} {name.text}, which has {length} characters{suffix}, and "
            f"{kind.service} takes {kind.most}; take a name of at most {room} characters"
        )


def composed(settings: Settings, plan: Plan) -> Iterator[Name]:
    """Yield every name that a service could refuse, or that could equal another of its kind.

    Two names of a kind that is not listed differ because their ends do: no end of such a kind ends in another.
    """
    keys = dict(zip(plan.clusters, _keys(settings), strict=True))
    yield from _of_the_fleet(settings, plan)
    for cluster, (key, value) in keys.items():
        if cluster.name == BASTION:
            raise ValueError(f"{key}: {value} is the name of the bastion's network in a fleet; take another name")
        for kind, text in _of_a_cluster(settings, cluster):
            yield Name(kind=kind, text=text, key=key, value=value)
        yield from _of_pods(settings, cluster)
    origins = {cluster.name: origin for cluster, origin in keys.items()}
    for pair in plan.links:
        key, value = origins[pair[1] if pair[0] == BASTION else pair[0]]
        peering = "-".join(pair)
        yield Name(kind=PEERING, text=peering, key=key, value=value)
        for end in pair:
            yield Name(kind=END, text=f"{peering}-{end}", key=key, value=value)


def _keys(settings: Settings) -> Iterator[tuple[str, str]]:
    """The setting that names each cluster, and its value."""
    for number, cluster in enumerate(settings.clusters):
        yield (f"clusters[{number}].name", cluster.name) if cluster.name else ("name", settings.name)


def _of_the_fleet(settings: Settings, plan: Plan) -> Iterator[Name]:
    def own(kind: Kind, text: str) -> Name:
        return Name(kind=kind, text=text, key="name", value=settings.name)

    host = plan.host.name
    # The host's own account, as kubefed's member component names it, has its token in the namespace of the others'.
    for secret in (f"{host}-{host}", *CHART_SECRETS):
        yield Name(kind=SECRET, text=secret, key="host", value=plan.host.region)
    for role in ("admin", "user"):
        yield own(ROLE, f"{settings.name}-{role}")
    if plan.bastion:
        component = plan.bastion.component
        yield own(NETWORK, component)
        yield own(DOCUMENT, component)
        yield own(PARAMETER, fleet_list.name(settings.name))
        yield own(SECURITY_GROUP, f"{component}-instance")
        yield own(ROLE, component)
        yield own(ROLE, f"{component}-flows")


def _of_a_cluster(settings: Settings, cluster: ClusterSite) -> Iterator[tuple[Kind, str]]:
    name, own = cluster.name, settings.own(cluster.region)
    yield CLUSTER, name
    yield NETWORK, name
    yield SECRET, name
    yield SECURITY_GROUP, f"{name}-api"
    for role in ("nodes", "fargate", "ebs", "flows", OFFICIAL_ROLE):
        yield ROLE, f"{name}-{role}"
    yield from _joined(CALLER, f"{name}-api-from", (name, BASTION, "host", *own.endpoint.clients))
    yield from _joined(NODE_GROUP, name, (group.name for group in own.node_groups))
    yield from _joined(PROFILE, name, (profile.name for profile in own.fargate_profiles))
    yield from _joined(ADDON, name, (addon.name for addon in own.addons))
    yield from _joined(SOFTWARE, name, (entry.name for entry in (*settings.charts, *settings.manifests)))


def _joined(kind: Kind, name: str, parts: Iterable[str]) -> Iterator[tuple[Kind, str]]:
    for part in parts:
        yield kind, f"{name}-{part}"


def _of_pods(settings: Settings, cluster: ClusterSite) -> Iterator[Name]:
    for key, identity in settings.pods_of(cluster):
        value = f"{identity.namespace}/{identity.service_account}"
        association = association_name(cluster.name, identity.namespace, identity.service_account)
        yield Name(kind=ASSOCIATION, text=association, key=key, value=value)
        for policy in identity.policies:
            attachment = attachment_name(association, policy)
            yield Name(kind=ATTACHMENT, text=attachment, key=key, value=f"{policy} of {value}")
        if not identity.role_arn:
            yield Name(kind=ROLE, text=role_name(association), key=key, value=value)
