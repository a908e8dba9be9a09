"""The documents for changing a fleet: networks, clusters, identities, and leftovers of clusters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ops.permissions import calls
from ops.permissions.looking import (
    control_plane_logs,
    eks,
    log_groups,
    parameter,
    profiles,
    providers,
    roles,
    session_document,
)
from ops.permissions.scope import UNTAGGED, Scope, types
from ops.permissions.statements import Condition, Document, Statement, allow, document
from ops.recover.table import actions

APART = {
    "ec2:AllocateAddress": "elastic-ip",
    "ec2:CreateInternetGateway": "internet-gateway",
    "ec2:CreateLaunchTemplate": "launch-template",
    "ec2:CreateRouteTable": "route-table",
    "ec2:CreateSecurityGroup": "security-group",
    "ec2:CreateSubnet": "subnet",
}
"""The actions that create EC2 resources, with their kinds. VPCs are not a kind here, so VPCs of others stay closed."""

WITHIN = {
    "ec2:CreateNatGateway": "natgateway",
    "ec2:CreateVpcEndpoint": "vpc-endpoint",
    "ec2:CreateVpcPeeringConnection": "vpc-peering-connection",
}
"""The actions that create resources inside kinds of APART, which must be the fleet's own."""

ONLY_NEW = frozenset({"ec2:CreateVpc", "ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate"})
"""The actions that IAM does not check on an existing resource."""


def _changes(scope: Scope) -> set[str]:
    return {action for each in calls.of_types(types(scope)).values() for action in each.changes}


def _of(actions: Iterable[str], service: str) -> set[str]:
    return {action for action in actions if action.startswith(f"{service}:")}


def network(scope: Scope) -> Document:
    """Return the document for EC2, whose resources are created with the fleet's tags, and changed by them."""
    changes = _of(_changes(scope), "ec2")
    own = (changes - ONLY_NEW) | ({"ec2:RunInstances"} if scope.nodes or scope.bastion_region else set[str]())
    new = (scope.in_regions, scope.tagged)
    flows = ["ec2:CreateFlowLogs"] if scope.flow_logs else []
    creating = ["ec2:CreateVpc", *APART, *WITHIN, *flows, "ec2:RunInstances"]
    on_creation: Condition = {"StringEquals": {"ec2:CreateAction": [each.removeprefix("ec2:") for each in creating]}}
    rules = ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules"]
    late = scope.ec2("security-group", "security-group-rule", "vpc-peering-connection")
    (any_vpc,) = scope.ec2("vpc")
    between: Condition = {"ArnLike": {"ec2:AccepterVpc": any_vpc, "ec2:RequesterVpc": any_vpc}}
    return document(
        [
            allow("MakeVpcs", ["ec2:CreateVpc"], any_vpc, *new),
            allow("MakeApart", APART, scope.ec2(*APART.values()), *new),
            allow("MakeWithin", WITHIN, scope.ec2(*WITHIN.values()), *new),
            allow("MakeFlowLogs", flows, scope.ec2("vpc-flow-log"), *new),
            allow("Own", own, scope.arn("ec2", "*/*"), scope.owned),
            allow("Rules", rules, scope.ec2("security-group-rule")),
            allow("TagAsMade", ["ec2:CreateTags"], scope.arn("ec2", "*/*"), scope.tagged, on_creation),
            # AWS creates the default group untagged, and rules and accepted peerings get their tags by a separate call.
            allow("TagAfterwards", ["ec2:CreateTags"], late, *new, UNTAGGED),
            allow("Accept", ["ec2:AcceptVpcPeeringConnection"], scope.ec2("vpc-peering-connection"), between),
            *_in_vpcs_of_others(scope),
        ]
    )


def _in_vpcs_of_others(scope: Scope) -> Iterator[Statement]:
    if scope.interface_endpoints:
        zones = [scope.arn("route53", "hostedzone/*", region="", account=""), *scope.ec2("vpc")]
        yield allow("PrivateNames", ["route53:AssociateVPCWithHostedZone"], zones)
    into = ["ec2:AcceptVpcPeeringConnection", "ec2:CreateSecurityGroup", "ec2:CreateVpcPeeringConnection"]
    routes = ["ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"]
    yield allow("GivenVpcs", into, scope.given_vpcs)
    yield allow("GivenRouteTables", routes, [table for tables in scope.given_vpcs.values() for table in tables])


def clusters(scope: Scope) -> Document:
    """Return the document for EKS, the bastion's group and documents, log groups and keys: by name, keys by tags."""
    changes = _changes(scope)
    ssm = _of(changes, "ssm")
    tags = {each for each in ssm if "Tags" in each}
    kms = _of(changes, "kms") | {"kms:CreateGrant"}
    on_names = {"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"}
    group = f"autoScalingGroup:*:autoScalingGroupName/{scope.fleet}-bastion-group-*"
    image = scope.arn("ssm", "parameter/aws/service/ami-amazon-linux-latest/*", account="")
    return document(
        [
            allow("Clusters", _of(changes, "eks"), eks(scope), scope.in_regions),
            allow("Group", _of(changes, "autoscaling"), scope.arn("autoscaling", group), scope.in_regions),
            allow(
                "Document",
                {each for each in ssm if "Parameter" not in each},
                session_document(scope),
                scope.in_regions,
            ),
            allow(
                "Parameters",
                {each for each in ssm if "Parameter" in each} | tags,
                parameter(scope),
                scope.in_regions,
            ),
            allow("Image", ["ssm:GetParameters"], image if scope.bastion_region else ""),
            allow("Logs", _of(changes, "logs"), log_groups(scope), scope.in_regions),
            allow("MakeKeys", ["kms:CreateKey"], "*", scope.in_regions, scope.tagged),
            # CreateKey with tags needs this right before the key has an ARN and tags.
            allow("TagKeys", ["kms:TagResource"], "*", scope.tagged, UNTAGGED),
            allow("OwnKeys", kms - {"kms:CreateKey"}, scope.arn("kms", "key/*"), scope.owned),
            allow("KeyNames", on_names, scope.arn("kms", f"alias/{scope.fleet}-*")),
        ]
    )


def identity(scope: Scope) -> Document:
    """Return the document for IAM: roles by name, the fleet's AWS policies, and the services that get the roles."""
    iam = _of(_changes(scope), "iam")
    attach, detach = "iam:AttachRolePolicy", "iam:DetachRolePolicy"
    profile = {each for each in iam if "InstanceProfile" in each} - {"iam:ListInstanceProfilesForRole"}
    on_roles = iam - profile - {attach, detach} - {each for each in iam if "OpenIDConnect" in each}
    bounded: Condition = {"StringEquals": {"iam:PermissionsBoundary": scope.boundary}} if scope.boundary else {}
    widening = {"iam:CreateRole", "iam:PutRolePolicy"} if scope.boundary else set[str]()
    adding = {*widening, "iam:PutRolePermissionsBoundary"} if scope.boundary else widening
    known: Condition = {"ArnEquals": {"iam:PolicyARN": [*scope.managed_policies]}}
    attached = (
        [allow("Attach", [attach], roles(scope), known, bounded), allow("Detach", [detach], roles(scope), known)]
        if scope.boundary
        else [allow("Policies", [attach, detach], roles(scope), known)]
    )
    return document(
        [
            allow("Roles", on_roles - widening, roles(scope)),
            allow("Bounded", adding, roles(scope), bounded),
            *attached,
            allow("Profile", profile, profiles(scope)),
            allow("Pass", ["iam:PassRole"], roles(scope), _passed(scope)),
            allow("PassGiven", ["iam:GetRole", "iam:PassRole"], scope.given_roles),
            *_linked(scope),
            *_providers(scope),
            *_launch(scope),
        ]
    )


def _passed(scope: Scope) -> Condition:
    services = ["eks.amazonaws.com", "ec2.amazonaws.com", "pods.eks.amazonaws.com"]
    services += ["ec2.amazonaws.com.cn"] if scope.partition == "aws-cn" else []
    services += ["vpc-flow-logs.amazonaws.com"] if scope.flow_logs else []
    services += ["eks-fargate-pods.amazonaws.com"] if scope.fargate else []
    return {"StringEquals": {"iam:PassedToService": services}}


def _linked(scope: Scope) -> Iterator[Statement]:
    of_eks = ["eks", "eks-nodegroup", *(["eks-fargate"] if scope.fargate else [])]
    names = [f"{name}.amazonaws.com" for name in (*of_eks, "autoscaling", *(["spot"] if scope.spot else []))]
    yield allow(
        "Linked",
        ["iam:CreateServiceLinkedRole"],
        scope.iam("role/aws-service-role/*"),
        {"StringEquals": {"iam:AWSServiceName": names}},
    )
    yield allow(
        "LookLinked", ["iam:GetRole"], scope.iam(*(f"role/aws-service-role/{name}.amazonaws.com/*" for name in of_eks))
    )


def _providers(scope: Scope) -> Iterator[Statement]:
    create, tag = "iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"
    own = {each for each in _of(_changes(scope), "iam") if "OpenIDConnect" in each} - {create}
    yield allow("MakeProviders", [create], providers(scope), scope.tagged)
    yield allow("TagProviders", [tag], providers(scope), scope.tagged, UNTAGGED)
    yield allow("OwnProviders", own, providers(scope), scope.owned)


def _launch(scope: Scope) -> Iterator[Statement]:
    """Yield RunInstances with launch templates of the account. The template must be the fleet's own (network.Own)."""
    if not (scope.nodes or scope.bastion_region):
        return
    parts = [*scope.ec2("instance", "network-interface", "security-group", "subnet", "volume")]
    images = scope.arn("ec2", "image/*", account="")
    by_template: Condition = {"ArnLike": {"ec2:LaunchTemplate": scope.ec2("launch-template")[0]}}
    yield allow("Launch", ["ec2:RunInstances"], [*parts, images], scope.in_regions, by_template)


CONTROLLERS_TAGS = ("elbv2.k8s.aws/cluster", "cluster.k8s.amazonaws.com/name")
"""The tags of the load balancer controller and of the VPC CNI, whose value is the cluster's name."""


def leftovers(scope: Scope) -> Document:
    """Return the document for `python -m ops leftovers --delete`, which finds the clusters' resources by their tags."""
    listed = [
        *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSnapshots"),
        *("ec2:DescribeVolumes", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags"),
        *("elasticloadbalancing:DescribeTargetGroups", "logs:DescribeLogGroups"),
    ]
    deletes = [
        *("ec2:DeleteNetworkInterface", "ec2:DeleteSecurityGroup", "ec2:DeleteSnapshot", "ec2:DeleteVolume"),
        *("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
        *("elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup"),
    ]
    # A snapshot's ARN has no account.
    snapshots = scope.arn("ec2", "snapshot/*", account="")
    resources = [scope.arn("ec2", "*/*"), snapshots, scope.arn("elasticloadbalancing", "*")]
    names = (f"{scope.fleet}-*", *scope.own_names)
    return document(
        [
            allow("Find", listed, "*", scope.in_regions),
            allow("Reach", ["eks:DescribeCluster"], [scope.arn("eks", f"cluster/{name}") for name in names]),
            *(
                allow(f"Of{number}", deletes, resources, _tagged(f"kubernetes.io/cluster/{name}", "owned"))
                for number, name in enumerate(scope.clusters, 1)
            ),
            *(
                allow(f"By{number}", deletes, resources, _tagged(tag, [*scope.clusters]))
                for number, tag in enumerate(CONTROLLERS_TAGS, 1)
            ),
            allow("Logs", ["logs:DeleteLogGroup"], control_plane_logs(scope)),
        ]
    )


def recover(scope: Scope) -> Document:
    """Return the document for `python -m ops recover`, beside `look`. Tags and identities can't be scoped."""
    listed = actions() - {action for each in calls.TYPES.values() for action in each.read}
    return document(
        [
            allow("FindByTags", _of(listed, "tag"), "*", scope.in_regions),
            allow("FindIdentities", _of(listed, "iam"), "*"),
            allow("FindInClusters", _of(listed, "eks"), eks(scope), scope.in_regions),
        ]
    )


def _tagged(tag: str, value: str | list[str]) -> Condition:
    return {"StringEquals": {f"aws:ResourceTag/{tag}": value}}
