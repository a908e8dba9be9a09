"""Checks of a control plane before it is created or changed, and its log group."""

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
    """The arguments of a control plane, except its place in the network."""

    version: str | None
    """The version after all upgrades; EKS's default if it is None."""
    logs: Sequence[str]
    """The EKS log types that are on."""
    log_days: int
    key_arn: Input[str]
    """The KMS key of its region, for secrets and logs. A cluster never changes its key."""
    deletion_protection: bool
    support_type: str
    """`standard` or `extended`: whether EKS keeps a version past standard support, at a higher price."""
    creator_admin: bool
    """Whether the creator administers the cluster."""
    admins: Sequence[str]
    """The ARNs of the principals that the settings name as administrators."""
    exists: Input[bool]
    """Whether the cluster exists."""
    own_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The tags of the stack's own resources."""


def log_group(
    name: str, cluster_name: str, args: ControlPlaneArgs, *, parent: pulumi.Resource
) -> list[aws.cloudwatch.LogGroup]:
    """Create the log group that EKS writes to, before the cluster: a log group of EKS's own never expires.

    The group is deleted after the cluster, which logs until its end. EKS may still deliver a last batch minutes later.
    It would then create the group again, without key and retention. `unwritten` refuses a cluster of this name while
    that group exists.
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
    """Fail, before anything is created, if a log group exists that CloudWatch Logs would refuse to create.

    The group of a running cluster is the stack's own. So is a group with the stack's tags, which an interrupted update
    has created.
    """
    within = pulumi.InvokeOptions(parent=parent)
    listed = ask_output(
        "aws:cloudwatch/getLogGroups:getLogGroups",
        {"logGroupNamePrefix": group},
        within,
        aws.cloudwatch.GetLogGroupsResult,
    )

    def foreign(known: Sequence[Any]) -> Input[bool]:
        exists, names = known
        if exists or group not in (names or ()):
            return False
        function = "aws:cloudwatch/getLogGroup:getLogGroup"
        own = ask_output(function, {"name": group}, within, aws.cloudwatch.GetLogGroupResult)
        return own.tags.apply(lambda tags: not args.own_tags.items() <= (tags or {}).items())

    found = Output.all(args.exists, listed.log_group_names).apply(foreign)
    return Output.all(found, listed.region).apply(lambda known: check_unwritten(group, known[1], foreign=known[0]))


def check_unwritten(group: str, region: str, *, foreign: bool) -> bool:
    """Return True. Raise pulumi.RunError if a log group of others has the name of the cluster's."""
    if foreign:
        raise pulumi.RunError(
            f"controlPlane.logs: {group} exists in {region} and is not this stack's, because EKS writes it again once "
            f"a cluster of that name is gone; delete it by `python -m ops leftovers --stack {pulumi.get_stack()} "
            f"--delete` or `aws logs delete-log-group --region {region} --log-group-name {group}`, or, if another "
            "cluster writes to it, choose another name"
        )
    return True


def permitted(args: ControlPlaneArgs, *, parent: pulumi.Resource) -> Output[bool]:
    """Fail, before anything is created, if EKS lacks the version, or would grant the caller twice or not at all."""
    caller = identity(parent).arn
    checked = Output.all(caller, args.exists).apply(
        lambda known: check_creator(known[0], creator_admin=args.creator_admin, admins=args.admins, exists=known[1])
    )
    version = args.version
    if version is None:
        return checked
    function, within = "aws:eks/getClusterVersions:getClusterVersions", pulumi.InvokeOptions(parent=parent)
    listed = ask_output(function, {}, within, aws.eks.GetClusterVersionsResult)
    offered = listed.apply(
        lambda known: {entry.cluster_version: entry.version_status for entry in known.cluster_versions}
    )
    return Output.all(offered, listed.region, checked).apply(
        lambda known: (
            check_offered(version, known[1], known[0])
            and check_supported(version, known[0][version], args.support_type)
        )
    )


def issuer(identities: Output[Sequence[aws.eks.outputs.ClusterIdentity]]) -> Output[str]:
    """Return the URL of the issuer of a cluster's service account tokens."""
    return identities.apply(lambda known: (known[0].oidcs or [])[0].issuer or "")


def check_callers(name: str, count: int) -> None:
    """Raise pulumi.RunError for more ranges of callers than EKS allows, including the fleet's own addresses."""
    if count > MAX_CIDRS:
        raise pulumi.RunError(
            f"endpoint.allowedCidrs: {name} would be open to {count} ranges, including the fleet's own addresses, and "
            f"EKS allows {MAX_CIDRS}; list fewer, larger ones"
        )


def check_offered(version: str, region: str, offered: Collection[str]) -> bool:
    """Return True for a version that EKS offers in a region. Raise pulumi.RunError for others."""
    if version not in offered:
        raise pulumi.RunError(
            f"kubernetesVersion: {version} is not offered by EKS in {region}; use one of "
            + ", ".join(sorted(offered, key=lambda each: [int(part) for part in each.split(".")]))
        )
    return True


def check_supported(version: str, status: str, support_type: str) -> bool:
    """Return True for a version that the support type includes. Raise pulumi.RunError for others.

    EKS refuses `standard` for versions in extended support (EKS user guide, "View current cluster upgrade policy").
    """
    if support_type == "standard" and status == "EXTENDED_SUPPORT":
        raise pulumi.RunError(
            f"controlPlane.supportType: standard does not include Kubernetes {version}, which is in extended support; "
            "set a newer kubernetesVersion first, or supportType: extended"
        )
    return True


def check_creator(caller: str, *, creator_admin: bool, admins: Collection[str], exists: bool) -> bool:
    """Return True if Pulumi's caller has exactly one access entry in the clusters that it creates.

    Raise pulumi.RunError otherwise.
    """
    named = any(same_principal(caller, arn) for arn in admins)
    if not creator_admin and not named:
        raise pulumi.RunError(
            f"access.creatorAdmin: false shuts out {caller}, which creates the clusters and installs kubefed; "
            "add its role or user to access.principals with policy: cluster-admin"
        )
    if creator_admin and named and not exists:
        raise pulumi.RunError(
            f"access.principals: {caller} creates the clusters, so it is their administrator already, and EKS refuses "
            "a second access entry; set access.creatorAdmin: false, or remove it from access.principals"
        )
    return True


def same_principal(caller: str, arn: str) -> bool:
    """Whether a caller's ARN in STS is of an ARN's role or user. A session has the role's name, without its path."""
    session = re.fullmatch(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<name>[^/]+)/.*", caller)
    if session is None:
        return caller == arn
    role = re.fullmatch(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d+):role/(?:.*/)?(?P<name>[^/]+)", arn)
    return role is not None and role.groupdict() == session.groupdict()


def without_creator(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """Create the EKS cluster without an access entry for its creator: a transform, because pulumi_eks has no input."""
    if args.type_ != "aws:eks/cluster:Cluster":
        return None
    config = cast(Mapping[str, Any], args.props["accessConfig"])
    access = {**config, "bootstrapClusterCreatorAdminPermissions": False}
    return ResourceTransformResult(props={**args.props, "accessConfig": access}, opts=args.opts)
