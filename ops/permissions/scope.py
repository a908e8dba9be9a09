"""The fleet of the permissions: its names, regions and account, and the features that its settings turn on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from components.cluster.addons import EBS_DRIVER, EBS_POLICIES
from components.cluster.fargate import EXECUTION_POLICIES
from components.cluster.node_groups import NODE_POLICIES
from ops.permissions.calls import TYPES
from ops.permissions.statements import Condition
from settings import Settings
from settings.plan import partition

CONTROL_PLANE_POLICY = "AmazonEKSClusterPolicy"
"""The policy of the role that pulumi_eks creates for a control plane (nodejs/eks/cluster.ts)."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The fleet that the statements are scoped to."""

    fleet: str
    stack: str
    partition: str
    account: str
    regions: tuple[str, ...]
    """Sorted."""
    clusters: tuple[str, ...]
    """The clusters' names."""
    bastion_region: str | None
    """The bastion's region; None without a bastion."""
    flow_logs: bool
    nodes: bool
    spot: bool
    fargate: bool
    oidc: bool
    interface_endpoints: bool
    control_plane_logs: bool
    managed_policies: tuple[str, ...]
    """The ARNs of the managed policies that the fleet's roles get."""
    given_roles: tuple[str, ...] = ()
    """The ARNs of existing roles for pods."""
    given_vpcs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The ARNs of each existing VPC's route tables, by the VPC's ARN."""
    boundary: str | None = None
    """The ARN of the permissions boundary that every role must have."""
    snapshots_bucket: str | None = None
    """The bucket of Karmada's snapshots."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of the names of clusters, roles and log groups: `<fleet>-`, and each cluster's own name."""
        return (f"{self.fleet}-", *(f"{name}-" for name in self.own_names))

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names of clusters without the fleet's prefix."""
        return tuple(name for name in self.clusters if not name.startswith(f"{self.fleet}-"))

    def arn(self, service: str, resource: str, region: str = "*", account: str | None = None) -> str:
        """Return an ARN in the fleet's partition; by default in any region, and in the fleet's account."""
        return f"arn:{self.partition}:{service}:{region}:{self.account if account is None else account}:{resource}"

    def iam(self, *resources: str) -> list[str]:
        """Return the ARNs of IAM's resources, which have no region."""
        return [self.arn("iam", resource, region="") for resource in resources]

    def ec2(self, *kinds: str) -> list[str]:
        """Return the ARNs of all EC2 resources of these kinds."""
        return [self.arn("ec2", f"{kind}/*") for kind in kinds]

    @property
    def in_regions(self) -> Condition:
        """The condition that a call is in a region of the fleet."""
        return {"StringEquals": {"aws:RequestedRegion": _one_or_list(self.regions)}}

    @property
    def tagged(self) -> Condition:
        """The condition that a call sets the fleet's tags on the resource that it creates or tags."""
        return self._tags("aws:RequestTag")

    @property
    def owned(self) -> Condition:
        """The condition that a call's resource has the fleet's tags."""
        return self._tags("aws:ResourceTag")

    def _tags(self, key: str) -> Condition:
        return {"StringEquals": {f"{key}/fleet": self.fleet, f"{key}/stack": self.stack}}


UNTAGGED: Condition = {"Null": {"aws:ResourceTag/fleet": "true"}}
"""The condition that a call's resource has no fleet's tag yet."""


def scope(settings: Settings, *, stack: str, account: str) -> Scope:
    """Return the scope of a stack's settings, in the AWS account with this number."""
    plan = settings.plan
    own = [settings.own(cluster.region) for cluster in plan.clusters]
    existing = settings.in_existing_vpcs(plan)
    networks = [each.network for each, cluster in zip(own, plan.clusters, strict=True) if cluster.vpc is None]
    networks += [settings.network] if plan.bastion else []
    groups = [group for each in own for group in each.node_groups]
    partition_name = partition(plan.regions[0])
    pods = [pod for cluster in plan.clusters for _, pod in settings.pods_of(cluster)]
    ebs = any(addon.name == EBS_DRIVER for each in own for addon in each.addons)
    fargate = any(each.fargate_profiles for each in own)
    of_aws = [CONTROL_PLANE_POLICY, *(NODE_POLICIES if groups else ()), *(EBS_POLICIES if ebs else ())]
    of_aws += EXECUTION_POLICIES if fargate else ()
    return Scope(
        fleet=settings.name,
        stack=stack,
        partition=partition_name,
        account=account,
        regions=tuple(plan.regions),
        clusters=tuple(cluster.name for cluster in plan.clusters),
        bastion_region=plan.bastion and plan.bastion.region,
        flow_logs=any(network.flow_logs.traffic != "none" for network in networks),
        nodes=bool(groups),
        spot=any(group.capacity == "spot" for group in groups),
        fargate=fargate,
        oidc=settings.access.oidc,
        interface_endpoints=any(network.nat == "none" or network.endpoints == "all" for network in networks),
        control_plane_logs=any(each.control_plane.logs for each in own),
        managed_policies=(
            *(f"arn:{partition_name}:iam::aws:policy/{name}" for name in of_aws),
            *dict.fromkeys(policy for pod in pods for policy in pod.policies),
        ),
        given_roles=tuple(dict.fromkeys(pod.role_arn for pod in pods if pod.role_arn)),
        given_vpcs={
            f"arn:{partition_name}:ec2:{cluster.region}:{account}:vpc/{vpc.id}": tuple(
                f"arn:{partition_name}:ec2:{cluster.region}:{account}:route-table/{table}"
                for table in vpc.route_table_ids
            )
            for cluster, _, vpc in existing
        },
        boundary=settings.access.boundary,
        snapshots_bucket=settings.snapshots_bucket,
    )


def types(scope: Scope) -> set[str]:
    """Return Pulumi's tokens of the AWS resource types of a fleet with this scope."""
    absent: set[str] = set()
    if scope.bastion_region is None:
        absent |= {"aws:autoscaling/group:Group", "aws:ssm/document:Document", "aws:ssm/parameter:Parameter"}
        absent |= {"aws:iam/instanceProfile:InstanceProfile"}
    if not (scope.bastion_region or scope.flow_logs or scope.control_plane_logs):
        absent |= {"aws:cloudwatch/logGroup:LogGroup"}
    absent |= set() if scope.flow_logs else {"aws:ec2/flowLog:FlowLog"}
    absent |= set() if scope.fargate else {"aws:eks/fargateProfile:FargateProfile"}
    absent |= set() if scope.oidc else {"aws:iam/openIdConnectProvider:OpenIdConnectProvider"}
    return {*TYPES} - absent


def _one_or_list(values: Iterable[str]) -> str | list[str]:
    values = [*values]
    return values[0] if len(values) == 1 else values
