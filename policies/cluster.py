"""EKS clusters: who reaches them, who may what in them, what they keep, and their add-ons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Resource, known, shown
from policies.ranges import network
from policies.rule import Context, Level, Parameter, Severity, rule
from policies.stack import Stack

eks, ec2 = aws.eks, aws.ec2
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@rule(
    "cluster-allow-list",
    lambda: (eks.Cluster,),
    what="A cluster's API is private, or open to a list of ranges alone, for everybody tries one that is open to all.",
    fix="set endpoint.access: private, or list narrower ranges in endpoint.allowedCidrs",
    sources=(
        *("CIS EKS v1.7.0 5.4.1", "CIS EKS v1.7.0 5.4.2", "CKV_AWS_38", "CKV_AWS_39", "EKS.1", "CT.EKS.PR.1"),
        *("Prowler eks_cluster_not_publicly_accessible", "AwsSolutions-EKS1"),
    ),
    severity=Severity.CRITICAL,
    parameters={"prefix": Parameter.number(8, "The length of a range's prefix, at the least.", minimum=1, maximum=32)},
)
def cluster_allow_list(cluster: Resource, context: Context) -> Iterator[str]:
    """Without a list EKS takes it for everywhere."""
    if cluster.at("vpcConfig.endpointPublicAccess") in (False, UNKNOWN):
        return
    if cluster.at("vpcConfig.publicAccessCidrs") in (None, []):
        yield "it is public, and names nobody in publicAccessCidrs"
    for text in cluster.texts("vpcConfig.publicAccessCidrs"):
        range_ = network(text)
        if range_ and range_.prefixlen < context.parameters["prefix"]:
            yield f"publicAccessCidrs has {text}, and a /{context.parameters['prefix']} is the widest"


@rule(
    "cluster-private-endpoint",
    lambda: (eks.Cluster,),
    what="A cluster's API has a private endpoint, so that nodes and peers call it without leaving AWS.",
    fix="set endpoint_private_access",
    sources=("CIS EKS v1.7.0 5.4.2", "Prowler eks_cluster_private_nodes_enabled", "EKS best practices, Subnets"),
    severity=Severity.HIGH,
)
def cluster_private_endpoint(cluster: Resource, _: Context) -> Iterator[str]:
    """It is off unless it is asked for."""
    if cluster.at("vpcConfig.endpointPrivateAccess") not in (True, UNKNOWN):
        yield f"vpcConfig.endpointPrivateAccess is {shown(cluster.at('vpcConfig.endpointPrivateAccess'))}"


@rule(
    "cluster-logs",
    lambda: (eks.Cluster,),
    what="A control plane logs all that it can: without its audit log nobody knows who did what.",
    fix="list them in controlPlane.logs",
    sources=(
        *("CIS EKS v1.7.0 2.1.1", "CKV_AWS_37", "AwsSolutions-EKS2", "EKS.8"),
        "Prowler eks_control_plane_logging_all_types_enabled",
    ),
    severity=Severity.MEDIUM,
    parameters={"types": Parameter.texts(LOGS, "What has to be logged.")},
)
def cluster_logs(cluster: Resource, context: Context) -> Iterator[str]:
    """All types that are asked for are on."""
    missing = [type_ for type_ in context.parameters["types"] if type_ not in cluster.texts(_LOGS)]
    if missing and known(cluster.at(_LOGS)):
        yield f"{', '.join(missing)} is missing in enabledClusterLogTypes"


@rule(
    "cluster-log-group",
    lambda: (eks.Cluster, aws.cloudwatch.LogGroup),
    what="A control plane logs to a group of the fleet's: one that EKS makes by itself is kept for ever, unencrypted.",
    fix="make an aws.cloudwatch.LogGroup of that name before the cluster",
    sources=("ours", "EKS user guide, Send control plane logs to CloudWatch Logs"),
    severity=Severity.MEDIUM,
)
def cluster_log_group(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """There is one of the name that EKS looks for."""
    groups = [(group.region, group.at("name")) for group in stack.of(aws.cloudwatch.LogGroup)]
    for cluster in stack.of(eks.Cluster):
        logs, name = cluster.at(_LOGS), cluster.at("name")
        wanted = f"/aws/eks/{name}/cluster"
        made = (cluster.region, wanted) in groups or (cluster.region, UNKNOWN) in groups
        if logs not in (None, []) and isinstance(name, str) and not made:
            yield cluster, f"there is no log group {wanted}"


@rule(
    "cluster-secrets-encrypted",
    lambda: (eks.Cluster,),
    what="A cluster's secrets are encrypted by a key of the fleet's, which can be withdrawn and whose use is recorded.",
    fix="set encryption_config_key_arn",
    sources=(
        *("CIS EKS v1.7.0 5.3.1", "CKV_AWS_58", "EKS.3", "CT.EKS.PR.2"),
        "Prowler eks_cluster_kms_cmk_encryption_in_secrets_enabled",
    ),
    severity=Severity.HIGH,
)
def cluster_secrets_encrypted(cluster: Resource, _: Context) -> Iterator[str]:
    """A key is named, for secrets."""
    resources, key = cluster.at("encryptionConfig.resources"), cluster.at("encryptionConfig.provider.keyArn")
    if key is None or ("secrets" not in cluster.texts("encryptionConfig.resources") and known(resources)):
        yield "encryptionConfig names no key for secrets"


@rule(
    "cluster-version",
    lambda: (eks.Cluster,),
    what="A cluster runs a Kubernetes that EKS supports for now: later it costs sixfold, then it is upgraded.",
    fix="raise kubernetesVersion, one minor version an update",
    sources=(
        "CKV_AWS_339",
        "Prowler eks_cluster_uses_a_supported_version",
        "EKS.2",
        "EKS user guide, Release calendar",
    ),
    severity=Severity.MEDIUM,
    parameters={"oldest": Parameter.text("1.34", "The oldest that may be.", r"^1\.\d+$")},
)
def cluster_version(cluster: Resource, context: Context) -> Iterator[str]:
    """It isn't older; without one EKS takes a supported one."""
    version, oldest = cluster.at("version"), context.parameters["oldest"]
    if isinstance(version, str) and _minor(version) < _minor(oldest):
        yield f"version is {version}, and {oldest} the oldest that may be"


@rule(
    "cluster-kept",
    lambda: (eks.Cluster, ec2.Subnet, ec2.Vpc),
    what="Neither EKS nor Pulumi deletes or replaces a cluster or its VPC, unless the stack's settings consent.",
    fix="leave its protection as it is, or consent first: controlPlane.deletionProtection: false",
    sources=("ours", "Prowler eks_cluster_deletion_protection_enabled"),
    severity=Severity.HIGH,
)
def cluster_kept(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """EKS's switch is on, and Pulumi's on both."""
    for cluster in stack.of(eks.Cluster):
        if _consented(cluster, context):
            continue
        if cluster.at("deletionProtection") not in (True, UNKNOWN):
            yield cluster, f"deletionProtection is {shown(cluster.at('deletionProtection'))}"
        vpcs = {vpc.urn: vpc for vpc in networks(stack, cluster)}
        for kept in (cluster, *vpcs.values()):
            if not kept.protected:
                yield kept, "its option protect is off"


@rule(
    "cluster-access-entries",
    lambda: (eks.Cluster,),
    what="Who may call a cluster is said by access entries alone: the aws-auth ConfigMap is written by whoever can.",
    fix="set authentication_mode to API",
    sources=("CIS EKS v1.7.0 4.1.7", "EKS best practices, Cluster access manager"),
    severity=Severity.MEDIUM,
)
def cluster_access_entries(cluster: Resource, _: Context) -> Iterator[str]:
    """No other mode."""
    if cluster.at("accessConfig.authenticationMode") not in ("API", UNKNOWN):
        yield f"accessConfig.authenticationMode is {shown(cluster.at('accessConfig.authenticationMode'))}"


@rule(
    "cluster-creator",
    lambda: (eks.Cluster,),
    what="Whoever made a cluster is not for ever its administrator without being named.",
    fix="set access.creatorAdmin: false and name the deployer in access.principals",
    sources=("EKS best practices, Remove the cluster-admin permissions from the cluster creator",),
    severity=Severity.LOW,
    level=Level.DISABLED,
    reason="EKS decides it when it makes a cluster, and a first fleet has no other administrator to name.",
)
def cluster_creator(cluster: Resource, _: Context) -> Iterator[str]:
    """Without a word EKS lets it in."""
    if cluster.at(_CREATOR) not in (False, UNKNOWN):
        yield f"{_CREATOR} is {shown(cluster.at(_CREATOR))}"


@rule(
    "cluster-admins",
    lambda: (eks.AccessPolicyAssociation, eks.AccessEntry, aws.iam.Role),
    what="A whole cluster is administered by the fleet's own roles, and by whom the settings list, and nobody besides.",
    fix="give it admin in namespaces, or list it in access.principals",
    sources=("CIS EKS v1.7.0 4.1.1", "EKS best practices, Identity and access management"),
    severity=Severity.HIGH,
    parameters={
        "policies": Parameter.texts(
            ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"], "The access policies that administer."
        ),
    },
)
def cluster_admins(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Each such grant is traced to a role, or its ARN found in the list."""
    listed = [one["arn"] for one in context.setting("access", {}).get("principals", [])]
    for grant in stack.of(eks.AccessPolicyAssociation):
        policy, scope, principal = (grant.at(name) for name in ("policyArn", "accessScope.type", "principalArn"))
        administers = str(policy).rpartition("/")[2] in context.parameters["policies"] and scope == "cluster"
        if not administers or not isinstance(principal, str) or _of_the_fleet(stack, grant):
            continue
        if principal not in listed:
            yield grant, f"{principal} administers {shown(grant.at('clusterName'))}"


@rule(
    "addon-version",
    lambda: (eks.Addon,),
    what="An add-on's version is said, so that an update changes it when somebody meant to.",
    fix="set version",
    sources=("EKS user guide, Update an Amazon EKS add-on",),
    severity=Severity.LOW,
)
def addon_version(addon: Resource, _: Context) -> Iterator[str]:
    """There is one."""
    if addon.at("addonVersion") is None:
        yield "addonVersion is not set"


@rule(
    "cluster-network-policies",
    lambda: (eks.Cluster, eks.Addon),
    what="A cluster keeps to its network policies: vpc-cni takes them and does nothing unless it is told to.",
    fix="leave enableNetworkPolicy in vpc-cni's configuration as it is",
    sources=(
        *("CIS EKS v1.7.0 4.3.1", "CIS EKS v1.7.0 5.4.4", "Prowler eks_cluster_network_policy_enabled"),
        "Prowler eks_cluster_vpc_cni_network_policy_enforced",
    ),
    severity=Severity.HIGH,
)
def cluster_network_policies(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """It has the add-on, and that one is told."""
    for cluster in stack.of(eks.Cluster):
        addons = [(addon, addon.at("addonName")) for addon in stack.users(cluster, eks.Addon, "clusterName")]
        if not any(name in ("vpc-cni", UNKNOWN) for _, name in addons):
            yield cluster, "it has no add-on vpc-cni"
        for addon, name in addons:
            if name == "vpc-cni" and not _enforcing(addon.at("configurationValues")):
                yield addon, "configurationValues has no enableNetworkPolicy: true"


def networks(stack: Stack, cluster: Resource) -> list[Resource]:
    """The VPCs of a cluster's subnets: one, unless something is wrong."""
    found = {
        vpc.urn: vpc
        for subnet in stack.sources(cluster, "vpcConfig", ec2.Subnet)
        for vpc in stack.sources(subnet, "vpcId", ec2.Vpc)
    }
    return [*found.values()]


_LOGS = "enabledClusterLogTypes"
_CREATOR = "accessConfig.bootstrapClusterCreatorAdminPermissions"


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


def _consented(cluster: Resource, context: Context) -> bool:
    """Whether the settings unprotect the cluster: those of its region, or of all where it has no own."""
    asked = context.setting("controlPlane", {})
    for own in context.setting("clusters", []):
        if own["region"] == cluster.region and own.get("controlPlane"):
            asked = own["controlPlane"]
    return asked.get("deletionProtection") is False


def _of_the_fleet(stack: Stack, grant: Resource) -> bool:
    """Whether the principal is a role that the program makes."""
    entries = stack.sources(grant, "principalArn", eks.AccessEntry)
    return any(stack.sources(one, "principalArn", aws.iam.Role) for one in (grant, *entries))


def _enforcing(configuration: Any) -> bool:
    if configuration is UNKNOWN:
        return True
    try:
        values = json.loads(configuration or "{}")
    except ValueError:
        return False
    asked = cast(Mapping[str, Any], values).get("enableNetworkPolicy") if isinstance(values, Mapping) else None
    return str(asked).lower() == "true"
