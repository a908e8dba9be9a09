"""The AWS calls of every resource type and function that the program uses, by the official providers.

Sources: terraform-provider-aws v6 (internal/service/*), pulumi-eks 4.4 (nodejs/eks/cluster.ts), the Service
Authorization Reference for `checked`. The docs' page on permissions lists the actions that can't be scoped, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Actions = frozenset[str]
"""IAM actions, each with its service: `ec2:CreateVpc`."""


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The calls of a resource type."""

    create: Actions
    read: Actions
    """A refresh's calls, and those of waiters in creates, updates and deletes."""
    update: Actions
    delete: Actions
    tags: Actions
    """The calls that change the tags of an existing resource."""
    checked: Actions
    """Rights that AWS checks during another call; recordings of calls don't show them."""

    @property
    def changes(self) -> Actions:
        """The calls of an update or destroy that a refresh doesn't make."""
        return (self.create | self.update | self.delete | self.tags) - self.read


def actions(service: str, text: str) -> Actions:
    """Return actions of a service by their names in a text. Another service's have a prefix: `ec2:DescribeVpcs`."""
    return frozenset(each if ":" in each else f"{service}:{each}" for each in text.split())


def of_service(
    service: str, create: str, read: str, update: str = "", delete: str = "", tags: str = "", checked: str = ""
) -> Calls:
    """Return the calls of a service's resource type. Each text has the form for `actions`."""
    texts = {"create": create, "read": read, "update": update, "delete": delete, "tags": tags, "checked": checked}
    return Calls(**{name: actions(service, text) for name, text in texts.items()})


def _ec2(
    create: str, read: str, update: str = "", delete: str = "", checked: str = "", *, tagged: bool = True
) -> Calls:
    """Return the calls of a type of EC2. AWS checks tags on creation as ec2:CreateTags with ec2:CreateAction."""
    return of_service("ec2", create, read, update, delete, "CreateTags DeleteTags" if tagged else "", checked)


_LAUNCH = "ec2:RunInstances ec2:CreateTags iam:PassRole iam:CreateServiceLinkedRole"
"""EKS and Auto Scaling check whether the caller could start an instance from the launch template itself."""

_EKS_TAGS = "TagResource UntagResource"
_LINKED = "iam:GetRole iam:CreateServiceLinkedRole"
_RULE = "DescribeSecurityGroupRules"

TYPES: Mapping[str, Calls] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "CreateVpc ModifyVpcAttribute",
        "DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups",
        "ModifyVpcAttribute",
        "DeleteVpc",
    ),
    # The group is created with its VPC. The provider tags it, then removes its rules.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "RevokeSecurityGroupIngress RevokeSecurityGroupEgress", f"DescribeSecurityGroups {_RULE}"
    ),
    "aws:ec2/securityGroup:SecurityGroup": _ec2(
        "CreateSecurityGroup RevokeSecurityGroupEgress",
        "DescribeSecurityGroups DescribeNetworkInterfaces",
        "",
        "DeleteSecurityGroup",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        "AuthorizeSecurityGroupIngress", _RULE, "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2(
        "AuthorizeSecurityGroupEgress", _RULE, "ModifySecurityGroupRules", "RevokeSecurityGroupEgress"
    ),
    "aws:ec2/subnet:Subnet": _ec2(
        "CreateSubnet", "DescribeSubnets DescribeNetworkInterfaces", "ModifySubnetAttribute", "DeleteSubnet"
    ),
    "aws:ec2/internetGateway:InternetGateway": _ec2(
        "CreateInternetGateway AttachInternetGateway",
        "DescribeInternetGateways",
        "",
        "DetachInternetGateway DeleteInternetGateway",
    ),
    "aws:ec2/eip:Eip": _ec2(
        "AllocateAddress", "DescribeAddresses DescribeAddressesAttribute", "", "DisassociateAddress ReleaseAddress"
    ),
    "aws:ec2/natGateway:NatGateway": _ec2("CreateNatGateway", "DescribeNatGateways", "", "DeleteNatGateway"),
    "aws:ec2/routeTable:RouteTable": _ec2(
        "CreateRouteTable", "DescribeRouteTables", "", "DisassociateRouteTable DeleteRouteTable"
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _ec2(
        "AssociateRouteTable",
        "DescribeRouteTables",
        "ReplaceRouteTableAssociation",
        "DisassociateRouteTable",
        tagged=False,
    ),
    "aws:ec2/route:Route": _ec2("CreateRoute", "DescribeRouteTables", "ReplaceRoute", "DeleteRoute", tagged=False),
    # AWS checks AssociateVPCWithHostedZone only for the private names of interface endpoints.
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "CreateVpcEndpoint",
        "DescribeVpcEndpoints DescribePrefixLists DescribeNetworkInterfaces",
        "ModifyVpcEndpoint",
        "DeleteVpcEndpoints",
        "DescribeVpcs DescribeSubnets DescribeSecurityGroups route53:AssociateVPCWithHostedZone",
    ),
    "aws:ec2/flowLog:FlowLog": _ec2("CreateFlowLogs", "DescribeFlowLogs", "", "DeleteFlowLogs", "iam:PassRole"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": _ec2(
        "CreateVpcPeeringConnection", "DescribeVpcPeeringConnections", "", "DeleteVpcPeeringConnection"
    ),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": _ec2(
        "AcceptVpcPeeringConnection", "DescribeVpcPeeringConnections"
    ),
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": _ec2(
        "ModifyVpcPeeringConnectionOptions",
        "DescribeVpcPeeringConnections",
        "ModifyVpcPeeringConnectionOptions",
        tagged=False,
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _ec2(
        "CreateLaunchTemplate",
        "DescribeLaunchTemplates DescribeLaunchTemplateVersions",
        "CreateLaunchTemplateVersion ModifyLaunchTemplate",
        "DeleteLaunchTemplate",
    ),
    # ssm:GetParameters reads the image's id: the bastion's launch template has a reference, `resolve:ssm:`.
    "aws:autoscaling/group:Group": of_service(
        "autoscaling",
        "CreateAutoScalingGroup",
        "DescribeAutoScalingGroups DescribeScalingActivities DescribeInstanceRefreshes",
        "UpdateAutoScalingGroup StartInstanceRefresh CancelInstanceRefresh",
        "DeleteAutoScalingGroup",
        "CreateOrUpdateTags DeleteTags",
        f"{_LAUNCH} ssm:GetParameters",
    ),
    "aws:eks/cluster:Cluster": of_service(
        "eks",
        "CreateCluster",
        "DescribeCluster DescribeUpdate",
        "UpdateClusterConfig UpdateClusterVersion AssociateEncryptionConfig",
        "DeleteCluster",
        _EKS_TAGS,
        f"iam:PassRole {_LINKED} iam:ListAttachedRolePolicies kms:DescribeKey kms:CreateGrant "
        "ec2:DescribeSubnets ec2:DescribeVpcs ec2:DescribeSecurityGroups",
    ),
    "aws:eks/nodeGroup:NodeGroup": of_service(
        "eks",
        "CreateNodegroup",
        "DescribeNodegroup DescribeUpdate",
        "UpdateNodegroupConfig UpdateNodegroupVersion",
        "DeleteNodegroup",
        _EKS_TAGS,
        f"{_LAUNCH} iam:GetRole iam:ListAttachedRolePolicies ec2:DescribeLaunchTemplateVersions ec2:DescribeSubnets "
        "ec2:DescribeRouteTables ec2:DescribeSecurityGroups",
    ),
    "aws:eks/fargateProfile:FargateProfile": of_service(
        "eks",
        "CreateFargateProfile",
        "DescribeFargateProfile",
        "",
        "DeleteFargateProfile",
        _EKS_TAGS,
        f"iam:PassRole {_LINKED} ec2:DescribeSubnets ec2:DescribeRouteTables",
    ),
    "aws:eks/addon:Addon": of_service(
        "eks",
        "CreateAddon",
        "DescribeAddon DescribePodIdentityAssociation DescribeUpdate",
        "UpdateAddon",
        "DeleteAddon",
        _EKS_TAGS,
        "CreatePodIdentityAssociation UpdatePodIdentityAssociation DeletePodIdentityAssociation "
        "iam:PassRole iam:GetRole",
    ),
    "aws:eks/accessEntry:AccessEntry": of_service(
        "eks", "CreateAccessEntry", "DescribeAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry", _EKS_TAGS
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": of_service(
        "eks", "AssociateAccessPolicy", "ListAssociatedAccessPolicies", "", "DisassociateAccessPolicy"
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": of_service(
        "eks",
        "CreatePodIdentityAssociation",
        "DescribePodIdentityAssociation",
        "UpdatePodIdentityAssociation",
        "DeletePodIdentityAssociation",
        _EKS_TAGS,
        "iam:PassRole iam:GetRole",
    ),
    "aws:iam/role:Role": of_service(
        "iam",
        "CreateRole",
        "GetRole ListRolePolicies GetRolePolicy ListAttachedRolePolicies",
        "UpdateAssumeRolePolicy UpdateRoleDescription UpdateRole",
        "ListInstanceProfilesForRole DeleteRolePolicy DetachRolePolicy DeleteRole",
        "TagRole UntagRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": of_service(
        "iam", "PutRolePolicy", "GetRolePolicy", "PutRolePolicy", "DeleteRolePolicy"
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": of_service(
        "iam", "AttachRolePolicy", "ListAttachedRolePolicies", "", "DetachRolePolicy"
    ),
    "aws:iam/instanceProfile:InstanceProfile": of_service(
        "iam",
        "CreateInstanceProfile AddRoleToInstanceProfile",
        "GetInstanceProfile GetRole",
        "RemoveRoleFromInstanceProfile AddRoleToInstanceProfile",
        "RemoveRoleFromInstanceProfile DeleteInstanceProfile",
        "TagInstanceProfile UntagInstanceProfile",
        "iam:PassRole",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": of_service(
        "iam",
        "CreateOpenIDConnectProvider",
        "GetOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint AddClientIDToOpenIDConnectProvider "
        "RemoveClientIDFromOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider",
        "TagOpenIDConnectProvider UntagOpenIDConnectProvider",
    ),
    "aws:kms/key:Key": of_service(
        "kms",
        "CreateKey EnableKeyRotation",
        "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        "PutKeyPolicy UpdateKeyDescription EnableKeyRotation DisableKeyRotation",
        "ScheduleKeyDeletion",
        "TagResource UntagResource",
    ),
    "aws:kms/alias:Alias": of_service("kms", "CreateAlias", "ListAliases", "UpdateAlias", "DeleteAlias"),
    "aws:cloudwatch/logGroup:LogGroup": of_service(
        "logs",
        "CreateLogGroup PutRetentionPolicy",
        "DescribeLogGroups ListTagsForResource",
        "PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey",
        "DeleteLogGroup",
        "TagResource UntagResource",
        "kms:DescribeKey",
    ),
    "aws:ssm/document:Document": of_service(
        "ssm",
        "CreateDocument",
        "DescribeDocument GetDocument DescribeDocumentPermission ListTagsForResource",
        "UpdateDocument UpdateDocumentDefaultVersion",
        "DeleteDocument",
        "AddTagsToResource RemoveTagsFromResource",
    ),
    "aws:ssm/parameter:Parameter": of_service(
        "ssm",
        "PutParameter",
        "GetParameter GetParameters DescribeParameters ListTagsForResource",
        "PutParameter",
        "DeleteParameter",
        "AddTagsToResource RemoveTagsFromResource",
    ),
}
"""The calls by Pulumi's type token."""

REMOTE: Mapping[str, tuple[str, ...]] = {
    "eks:index:Cluster": (
        "aws:iam/role:Role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:eks/cluster:Cluster",
    ),
}
"""The types of a remote component's resources, as the program configures it."""

FUNCTIONS: Mapping[str, Actions] = {
    "aws:index/getCallerIdentity:getCallerIdentity": frozenset(),  # sts:GetCallerIdentity needs no permission
    "aws:iam/getPolicy:getPolicy": actions("iam", "GetPolicy GetPolicyVersion"),
    "aws:index/getPartition:getPartition": frozenset(),
    "aws:index/getAvailabilityZones:getAvailabilityZones": actions("ec2", "DescribeAvailabilityZones"),
    "aws:ec2/getVpcs:getVpcs": actions("ec2", "DescribeVpcs"),
    "aws:ec2/getVpc:getVpc": actions("ec2", "DescribeVpcs DescribeVpcAttribute DescribeRouteTables"),
    "aws:ec2/getSubnet:getSubnet": actions("ec2", "DescribeSubnets"),
    "aws:ec2/getSubnets:getSubnets": actions("ec2", "DescribeSubnets"),
    "aws:ec2/getRouteTable:getRouteTable": actions("ec2", "DescribeRouteTables"),
    "aws:ec2/getRouteTables:getRouteTables": actions("ec2", "DescribeRouteTables"),
    "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections": actions("ec2", "DescribeVpcPeeringConnections"),
    "aws:ec2/getEips:getEips": actions("ec2", "DescribeAddresses"),
    "aws:ec2/getInstances:getInstances": actions("ec2", "DescribeInstances"),
    "aws:ec2/getInstanceType:getInstanceType": actions("ec2", "DescribeInstanceTypes"),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": actions("ec2", "DescribeInstanceTypeOfferings"),
    "aws:servicequotas/getServiceQuota:getServiceQuota": actions(
        "servicequotas", "GetAWSDefaultServiceQuota GetServiceQuota"
    ),
    # HeadBucket is s3:ListBucket. The official provider only logs a failure of GetBucketWebsite.
    "aws:s3/getBucket:getBucket": actions("s3", "ListBucket GetBucketWebsite"),
    "aws:eks/getAddonVersion:getAddonVersion": actions("eks", "DescribeAddonVersions"),
    "aws:eks/getClusterVersions:getClusterVersions": actions("eks", "DescribeClusterVersions"),
    "aws:cloudwatch/getLogGroups:getLogGroups": actions("logs", "DescribeLogGroups"),
    "aws:cloudwatch/getLogGroup:getLogGroup": actions("logs", "DescribeLogGroups ListTagsForResource"),
}
"""The actions by Pulumi's function token."""


def of_types(tokens: Iterable[str]) -> Mapping[str, Calls]:
    """Return the calls of these types, including remote components' own. Raise KeyError for a type without an entry."""
    expanded = {inner for token in tokens for inner in REMOTE.get(token, (token,))}
    return {token: TYPES[token] for token in sorted(expanded)}
