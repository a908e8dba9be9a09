"""The documents for reading: a preview, a drift check, the stack's state, and an operator at the bastion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ops.permissions import calls
from ops.permissions.scope import Scope, types
from ops.permissions.statements import Condition, Document, Statement, allow, document

UNSCOPED = frozenset(
    {
        *("kms:ListAliases", "logs:DescribeLogGroups", "ssm:DescribeParameters"),
        *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeInstanceRefreshes"),
        "autoscaling:DescribeScalingActivities",
    }
)
"""Reads, beside EC2's, that support no resource ARN (Service Authorization Reference)."""

OF_LOG_GROUPS = frozenset({"logs:ListTagsForResource"})
"""The call for the owner of a control plane's log group, if it exists."""

OF_POLICIES = calls.FUNCTIONS["aws:iam/getPolicy:getPolicy"]
"""The calls that check whether the permissions boundary exists."""

OF_BUCKETS = calls.FUNCTIONS["aws:s3/getBucket:getBucket"]
"""The calls that check whether the bucket of snapshots exists."""

SCOPED = OF_LOG_GROUPS | OF_POLICIES | OF_BUCKETS
"""The functions' calls that support a resource ARN."""

EKS_KINDS = ("cluster", "nodegroup", "addon", "access-entry", "podidentityassociation")


def preview(scope: Scope) -> Document:
    """Return the document for a preview, which calls the program's functions and reads no resource."""
    logs = allow("Logs", OF_LOG_GROUPS, control_plane_logs(scope))
    return document([_functions(scope), logs, _boundary(scope), _snapshots(scope)])


def look(scope: Scope) -> Document:
    """Return the document for a refresh, which also reads every resource, like updates, destroys and their waiters."""
    reads = {action for each in calls.of_types(types(scope)).values() for action in each.read} - _function_actions()

    def of(service: str) -> set[str]:
        return {action for action in reads - UNSCOPED if action.startswith(f"{service}:")}

    ssm = of("ssm")
    return document(
        [
            _functions(scope),
            allow("Listed", of("ec2") | (reads & UNSCOPED), "*", scope.in_regions),
            allow("Clusters", of("eks"), eks(scope), scope.in_regions),
            allow("Keys", of("kms"), scope.arn("kms", "key/*"), scope.owned),
            allow("Logs", of("logs"), log_groups(scope)),
            allow("Document", {each for each in ssm if "Parameter" not in each}, session_document(scope)),
            allow(
                "Parameters",
                {each for each in ssm if "Parameter" in each or each.endswith("Resource")},
                parameter(scope),
            ),
            allow("Roles", of("iam"), identities(scope)),
            _boundary(scope),
            _snapshots(scope),
        ]
    )


def _boundary(scope: Scope) -> Statement:
    return allow("Boundary", OF_POLICIES, scope.boundary or "")


def _snapshots(scope: Scope) -> Statement:
    bucket = scope.arn("s3", scope.snapshots_bucket, region="", account="") if scope.snapshots_bucket else ""
    return allow("Snapshots", OF_BUCKETS, bucket)


def _function_actions() -> set[str]:
    """Return the actions of functions that support no resource ARN."""
    return {action for actions in calls.FUNCTIONS.values() for action in actions} - SCOPED


def _functions(scope: Scope) -> Statement:
    return allow("Asked", _function_actions(), "*", scope.in_regions)


def eks(scope: Scope) -> list[str]:
    """Return the ARNs of the fleet's clusters, and of their EKS resources."""
    kinds = [*EKS_KINDS, *(["fargateprofile"] if scope.fargate else [])]
    arns = [scope.arn("eks", f"{kind}/{scope.fleet}-*") for kind in kinds]
    for name in scope.own_names:
        arns += [scope.arn("eks", f"{kind}/{name}" + ("" if kind == "cluster" else "/*")) for kind in kinds]
    return arns


def log_groups(scope: Scope) -> list[str]:
    """Return the ARNs of the fleet's log groups: control planes, flow logs, sessions on the bastion."""
    names: list[str] = []
    if scope.flow_logs:
        names += [f"{name}-flows-*" for name in (f"{scope.fleet}-*", *scope.own_names)]
    if scope.bastion_region:
        names.append(f"{scope.fleet}-bastion-sessions-*")
    own = control_plane_logs(scope) if scope.control_plane_logs else []
    return own + [scope.arn("logs", f"log-group:{name}") for name in names]


def control_plane_logs(scope: Scope) -> list[str]:
    """Return the ARNs of the log groups that EKS writes to, whether the stack or EKS creates them."""
    names = (f"{scope.fleet}-*", *scope.own_names)
    return [scope.arn("logs", f"log-group:/aws/eks/{name}/cluster*") for name in names]


def session_document(scope: Scope) -> str:
    """Return the ARN of the document for sessions; empty without a bastion."""
    return scope.arn("ssm", f"document/{scope.fleet}-bastion") if scope.bastion_region else ""


def parameter(scope: Scope) -> str:
    """Return the ARN of the parameters that the bastion reads; empty without a bastion."""
    return scope.arn("ssm", f"parameter/{scope.fleet}/bastion/*") if scope.bastion_region else ""


def roles(scope: Scope) -> list[str]:
    """Return the ARNs of the fleet's roles."""
    return scope.iam(*(f"role/{prefix}*" for prefix in scope.prefixes))


def profiles(scope: Scope) -> list[str]:
    """Return the ARNs of the bastion's instance profile, with any suffix; none without a bastion."""
    return scope.iam(f"instance-profile/{scope.fleet}-bastion-profile-*") if scope.bastion_region else []


def providers(scope: Scope) -> list[str]:
    """Return the ARNs of the clusters' identity providers, which EKS names; none without `access.oidc`."""
    return scope.iam("oidc-provider/oidc.eks.*/id/*") if scope.oidc else []


def identities(scope: Scope) -> list[str]:
    """Return the ARNs of all of the fleet's IAM resources."""
    return [*roles(scope), *profiles(scope), *providers(scope)]


@dataclass(frozen=True, kw_only=True)
class State:
    """The bucket of the stack's state, and the key that encrypts its secrets."""

    bucket: str
    folder: str = ""
    """The path in the bucket, without leading and trailing slashes."""
    key: str | None = None
    """The key's ARN or id, or `alias/name`; None for a stack whose secrets have a passphrase."""
    key_region: str = "*"
    project: str

    def objects(self, scope: Scope, *paths: str) -> list[str]:
        """Return the ARNs of objects below the bucket's folder `.pulumi`."""
        folder = f"{self.folder}/" if self.folder else ""
        return [scope.arn("s3", f"{self.bucket}/{folder}.pulumi/{path}", region="", account="") for path in paths]


def state_read(scope: Scope, state: State) -> Document:
    """Return the document for reading the state. A preview and a drift check take no lock (pkg/backend/diy)."""
    stack = f"stacks/{state.project}/{scope.stack}.*"
    return document(
        [
            _list(scope, state),
            allow("Read", ["s3:GetObject"], state.objects(scope, "meta.yaml", stack)),
            *_key(scope, state),
        ]
    )


def state_write(scope: Scope, state: State) -> Document:
    """Return the document for reading and writing the state, including locks, history and backups."""
    own = f"{state.project}/{scope.stack}"
    paths = [f"stacks/{own}.*", f"history/{own}/*", f"backups/{own}/*", f"locks/organization/{own}/*"]
    return document(
        [
            _list(scope, state),
            allow("Meta", ["s3:GetObject"], state.objects(scope, "meta.yaml")),
            allow("Keep", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], state.objects(scope, *paths)),
            *_key(scope, state),
        ]
    )


def _list(scope: Scope, state: State) -> Statement:
    return allow("List", ["s3:ListBucket"], scope.arn("s3", state.bucket, region="", account=""))


def _key(scope: Scope, state: State) -> Iterator[Statement]:
    if state.key is None:
        return
    # KMS authorizes by the key and not by its alias; the condition key kms:ResourceAliases has the name.
    if not state.key.startswith("alias/"):
        arn = (
            state.key if state.key.startswith("arn:") else scope.arn("kms", f"key/{state.key}", region=state.key_region)
        )
        yield allow("Decrypt", ["kms:Decrypt"], arn)
        return
    by_name: Condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": state.key}}
    yield allow("Decrypt", ["kms:Decrypt"], scope.arn("kms", "key/*", region=state.key_region), by_name)


def operator(scope: Scope) -> Document:
    """Return the document for people at the bastion: to find it, open sessions and tunnels, and end their own."""
    region = scope.bastion_region or ""
    in_region: Condition = {"StringEquals": {"aws:RequestedRegion": region}}
    # The nodes have the tag `fleet` too, so the name selects the bastion.
    bastion: Condition = {"StringEquals": {"aws:ResourceTag/Name": f"{scope.fleet}-bastion"}}
    # Otherwise the instance's statement alone would allow a session without a document's name.
    by_document: Condition = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}

    def ssm(resource: str, account: str | None = None) -> str:
        return scope.arn("ssm", resource, region, account)

    return document(
        [
            allow("Find", ["ec2:DescribeInstances"], "*", in_region),
            allow(
                "OnBastion",
                ["ssm:StartSession"],
                scope.arn("ec2", "instance/*", region),
                scope.owned,
                bastion,
                by_document,
            ),
            allow(
                "By",
                ["ssm:StartSession"],
                [
                    ssm(f"document/{scope.fleet}-bastion"),
                    ssm("document/AWS-StartPortForwardingSessionToRemoteHost", ""),
                ],
            ),
            allow("Data", ["ssmmessages:OpenDataChannel"], ssm("session/*")),
            allow(
                "OwnSessions",
                ["ssm:ResumeSession", "ssm:TerminateSession"],
                [ssm("session/${aws:userid}-*"), ssm("session/${aws:username}-*")],
            ),
            allow("Encrypt", ["kms:GenerateDataKey"], scope.arn("kms", "key/*", region), scope.owned),
            allow("WhyNot", ["autoscaling:DescribeScalingActivities"], "*", in_region),
        ]
    )
