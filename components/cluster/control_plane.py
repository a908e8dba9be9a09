"""What a control plane is checked for before it is made or changed, and where it logs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions, ResourceTransformArgs, ResourceTransformResult

from ..account import identity
from ..ask import ask_output

MAX_CIDRS = 40
"""The most ranges that may call a public endpoint (EKS service quotas; not adjustable)."""


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArgs:
    """What is asked of a control plane beside its place in the network."""

    version: str | None
    """The version that it is to have in the end; EKS's default where it is None."""
    logs: Sequence[str]
    """EKS's log types, those that are on."""
    log_days: int
    key_arn: Input[str]
    """The KMS key of its region, for secrets and logs. A cluster never changes its key."""
    deletion_protection: bool
    support_type: str
    """`standard` or `extended`: whether EKS goes on, for more money, with a version that is out of standard support."""
    creator_admin: bool
    """Whether whoever makes it administers it."""
    admins: Sequence[str]
    """The ARNs of the principals that are named as its administrators."""
    stands: Input[bool]
    """Whether it is there already."""
    own_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The tags that tell the stack's own things from others'."""


def log_group(
    name: str, cluster_name: str, args: ControlPlaneArgs, *, parent: pulumi.Resource
) -> list[aws.cloudwatch.LogGroup]:
    """The log group that EKS writes to, if it does: it has to be there first, for one of EKS's own keeps all for ever.

    It goes after the cluster, which logs until its end. EKS may still deliver a last batch minutes later, and would
    then make the group again, without key and retention. `unwritten` refuses a cluster of this name while it exists.
    """
    if not args.logs:
        return []
    group = f"/aws/eks/{cluster_name}/cluster"
    return [
        aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=unwritten(group, args, parent=parent).apply(lambda _: group),
            retention_in_days=args.log_days,
            kms_key_id=args.key_arn,
            opts=ResourceOptions(parent=parent),
        )
    ]


def unwritten(group: str, args: ControlPlaneArgs, *, parent: pulumi.Resource) -> Output[bool]:
    """Fails, before anything is made, where a log group exists that CloudWatch Logs would refuse to create.

    A running cluster's is its own. So is one with the stack's tags, which an interrupted update has made.
    """
    within = pulumi.InvokeOptions(parent=parent)
    told = ask_output(
        "aws:cloudwatch/getLogGroups:getLogGroups",
        {"logGroupNamePrefix": group},
        within,
        aws.cloudwatch.GetLogGroupsResult,
    )

    def foreign(known: Sequence[Any]) -> Input[bool]:
        stands, names = known
        if stands or group not in (names or ()):
            return False
        function = "aws:cloudwatch/getLogGroup:getLogGroup"
        own = ask_output(function, {"name": group}, within, aws.cloudwatch.GetLogGroupResult)
        return own.tags.apply(lambda has: not args.own_tags.items() <= (has or {}).items())

    found = Output.all(args.stands, told.log_group_names).apply(foreign)
    return Output.all(found, told.region).apply(lambda known: check_unwritten(group, known[1], foreign=known[0]))


def check_unwritten(group: str, region: str, *, foreign: bool) -> bool:
    """True unless a log group is in the way of a cluster's own. Raises pulumi.RunError."""
    if foreign:
        raise pulumi.RunError(
            f"controlPlane.logs: {group} exists in {region} and is not this stack's, because EKS writes it again once "
            f"a cluster of that name is gone; delete it by `python -m ops leftovers --stack {pulumi.get_stack()} "
            f"--delete` or `aws logs delete-log-group --region {region} --log-group-name {group}`, or, if another "
            "cluster writes to it, take another name"
        )
    return True


def permitted(args: ControlPlaneArgs, *, parent: pulumi.Resource) -> Output[bool]:
    """Fails, before anything is made, where EKS hasn't got the version, or lets the caller in twice or not at all."""
    caller = identity(parent).arn
    checked = Output.all(caller, args.stands).apply(
        lambda known: check_creator(known[0], creator_admin=args.creator_admin, admins=args.admins, stands=known[1])
    )
    version = args.version
    if version is None:
        return checked
    function, within = "aws:eks/getClusterVersions:getClusterVersions", pulumi.InvokeOptions(parent=parent)
    told = ask_output(function, {}, within, aws.eks.GetClusterVersionsResult)
    offered = told.apply(lambda known: {one.cluster_version: one.version_status for one in known.cluster_versions})
    return Output.all(offered, told.region, checked).apply(
        lambda known: (
            check_offered(version, known[1], known[0])
            and check_supported(version, known[0][version], args.support_type)
        )
    )


def issuer(identities: Output[Sequence[aws.eks.outputs.ClusterIdentity]]) -> Output[str]:
    """The URL that a cluster's service accounts' tokens are issued by."""
    return identities.apply(lambda known: (known[0].oidcs or [])[0].issuer or "")


def check_callers(name: str, count: int) -> None:
    """Raises pulumi.RunError for more ranges of callers, the fleet's own addresses among them, than EKS takes."""
    if count > MAX_CIDRS:
        raise pulumi.RunError(
            f"endpoint.allowedCidrs: {name} would be open to {count} ranges, the fleet's own addresses among them, and "
            f"EKS takes {MAX_CIDRS}; list fewer, larger ones"
        )


def check_offered(version: str, region: str, offered: Collection[str]) -> bool:
    """True for a version that EKS offers in a region. Raises pulumi.RunError."""
    if version not in offered:
        raise pulumi.RunError(
            f"kubernetesVersion: {version} is not offered by EKS in {region}; take "
            + ", ".join(sorted(offered, key=lambda one: [int(part) for part in one.split(".")]))
        )
    return True


def check_supported(version: str, status: str, support_type: str) -> bool:
    """True for a version that a support type has. Raises pulumi.RunError.

    EKS takes `standard` for no version in extended support (EKS user guide, "View current cluster upgrade policy").
    """
    if support_type == "standard" and status == "EXTENDED_SUPPORT":
        raise pulumi.RunError(
            f"controlPlane.supportType: standard is not for Kubernetes {version}, which is in extended support; set a "
            "newer kubernetesVersion first, or supportType: extended"
        )
    return True


def check_creator(caller: str, *, creator_admin: bool, admins: Collection[str], stands: bool) -> bool:
    """True where whoever runs the update gets into the clusters that it makes, and only once.

    Raises pulumi.RunError.
    """
    named = any(same_principal(caller, arn) for arn in admins)
    if not creator_admin and not named:
        raise pulumi.RunError(
            f"access.creatorAdmin: false shuts {caller} out, who is about to make the clusters and to install kubefed; "
            "add its role or user to access.principals with policy: cluster-admin"
        )
    if creator_admin and named and not stands:
        raise pulumi.RunError(
            f"access.principals: {caller} makes the clusters and so is their administrator already, and EKS refuses a "
            "second access entry; set access.creatorAdmin: false, or take it out of access.principals"
        )
    return True


def same_principal(caller: str, arn: str) -> bool:
    """Whether a caller, as STS names it, is the role or user of an ARN: a session has its role's name without path."""
    session = re.fullmatch(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<name>[^/]+)/.*", caller)
    if session is None:
        return caller == arn
    role = re.fullmatch(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d+):role/(?:.*/)?(?P<name>[^/]+)", arn)
    return role is not None and role.groupdict() == session.groupdict()


def without_creator(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """A transform: the EKS cluster is made without an access entry for its maker, which pulumi_eks has no input for."""
    if args.type_ != "aws:eks/cluster:Cluster":
        return None
    given = cast(Mapping[str, Any], args.props["accessConfig"])
    access = {**given, "bootstrapClusterCreatorAdminPermissions": False}
    return ResourceTransformResult(props={**args.props, "accessConfig": access}, opts=args.opts)
