"""EKS clusters: API endpoints, access, logs, encryption, versions and add-ons."""

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
    what="A cluster's API is private or open to listed ranges only, because attackers probe every open API.",
    fix="set endpoint.access: private, or list narrower ranges in endpoint.allowedCidrs",
    sources=(
        *("CIS EKS v1.7.0 5.4.1", "CIS EKS v1.7.0 5.4.2", "CKV_AWS_38", "CKV_AWS_39", "EKS.1", "CT.EKS.PR.1"),
        *("Prowler eks_cluster_not_publicly_accessible", "AwsSolutions-EKS1"),
    ),
    severity=Severity.CRITICAL,
    parameters={"prefix": Parameter.number(8, "The shortest prefix that a range may have.", minimum=1, maximum=32)},
)
def cluster_allow_list(cluster: Resource, context: Context) -> Iterator[str]:
    """Yield a missing list, which EKS reads as 0.0.0.0/0, and ranges that are too wide."""
    if cluster.at("vpcConfig.endpointPublicAccess") in (False, UNKNOWN):
        return
    if cluster.at("vpcConfig.publicAccessCidrs") in (None, []):
        yield "it is public, and publicAccessCidrs is empty"
    for text in cluster.texts("vpcConfig.publicAccessCidrs"):
        range_ = network(text)
        if range_ and range_.prefixlen < context.parameters["prefix"]:
            yield f"publicAccessCidrs has {text}, which is wider than /{context.parameters['prefix']}"


@rule(
    "cluster-private-endpoint",
    lambda: (eks.Cluster,),
    what="A cluster's API has a private endpoint, so that nodes and peers call it without leaving AWS.",
    fix="set endpoint_private_access",
    sources=("CIS EKS v1.7.0 5.4.2", "Prowler eks_cluster_private_nodes_enabled", "EKS best practices, Subnets"),
    severity=Severity.HIGH,
)
def cluster_private_endpoint(cluster: Resource, _: Context) -> Iterator[str]:
    """Yield a private endpoint that is off, as it is by default."""
    if cluster.at("vpcConfig.endpointPrivateAccess") not in (True, UNKNOWN):
        yield f"vpcConfig.endpointPrivateAccess is {shown(cluster.at('vpcConfig.endpointPrivateAccess'))}"


@rule(
    "cluster-logs",
    lambda: (eks.Cluster,),
    what="A control plane sends all of its logs, because nobody knows who did what without the audit log.",
    fix="list them in controlPlane.logs",
    sources=(
        *("CIS EKS v1.7.0 2.1.1", "CKV_AWS_37", "AwsSolutions-EKS2", "EKS.8"),
        "Prowler eks_control_plane_logging_all_types_enabled",
    ),
    severity=Severity.MEDIUM,
    parameters={"types": Parameter.texts(LOGS, "The required log types.")},
)
def cluster_logs(cluster: Resource, context: Context) -> Iterator[str]:
    """Yield the required log types that are off."""
    missing = [type_ for type_ in context.parameters["types"] if type_ not in cluster.texts(_LOGS)]
    if missing and known(cluster.at(_LOGS)):
        yield f"{', '.join(missing)} is missing in enabledClusterLogTypes"


@rule(
    "cluster-log-group",
    lambda: (eks.Cluster, aws.cloudwatch.LogGroup),
    what="A control plane logs to a log group of the fleet: a group of EKS's own is unencrypted and never expires.",
    fix="create an aws.cloudwatch.LogGroup of that name before the cluster",
    sources=("ours", "EKS user guide, Send control plane logs to CloudWatch Logs"),
    severity=Severity.MEDIUM,
)
def cluster_log_group(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield clusters without a log group of the name that EKS writes to."""
    groups = [(group.region, group.at("name")) for group in stack.of(aws.cloudwatch.LogGroup)]
    for cluster in stack.of(eks.Cluster):
        logs, name = cluster.at(_LOGS), cluster.at("name")
        group_name = f"/aws/eks/{name}/cluster"
        exists = (cluster.region, group_name) in groups or (cluster.region, UNKNOWN) in groups
        if logs not in (None, []) and isinstance(name, str) and not exists:
            yield cluster, f"there is no log group {group_name}"


@rule(
    "cluster-secrets-encrypted",
    lambda: (eks.Cluster,),
    what="A cluster's secrets are encrypted by a key of the fleet, which can be disabled and whose use is recorded.",
    fix="set encryption_config_key_arn",
    sources=(
        *("CIS EKS v1.7.0 5.3.1", "CKV_AWS_58", "EKS.3", "CT.EKS.PR.2"),
        "Prowler eks_cluster_kms_cmk_encryption_in_secrets_enabled",
    ),
    severity=Severity.HIGH,
)
def cluster_secrets_encrypted(cluster: Resource, _: Context) -> Iterator[str]:
    """Yield a cluster without a key for `secrets`."""
    resources, key = cluster.at("encryptionConfig.resources"), cluster.at("encryptionConfig.provider.keyArn")
    if key is None or ("secrets" not in cluster.texts("encryptionConfig.resources") and known(resources)):
        yield "encryptionConfig names no key for secrets"


@rule(
    "cluster-version",
    lambda: (eks.Cluster,),
    what="A cluster's version is in standard support: extended support costs six times as much, and then EKS upgrades.",
    fix="raise kubernetesVersion by one minor version for each update",
    sources=(
        "CKV_AWS_339",
        "Prowler eks_cluster_uses_a_supported_version",
        "EKS.2",
        "EKS user guide, Release calendar",
    ),
    severity=Severity.MEDIUM,
    parameters={"oldest": Parameter.text("1.34", "The oldest allowed version.", r"^1\.\d+$")},
)
def cluster_version(cluster: Resource, context: Context) -> Iterator[str]:
    """Yield a version that is too old; EKS chooses a supported one if none is set."""
    version, oldest = cluster.at("version"), context.parameters["oldest"]
    if isinstance(version, str) and _minor(version) < _minor(oldest):
        yield f"version is {version}, which is older than {oldest}"


@rule(
    "cluster-kept",
    lambda: (eks.Cluster, ec2.Subnet, ec2.Vpc),
    what="Neither EKS nor Pulumi deletes or replaces a cluster or its VPC, unless the stack's settings consent.",
    fix="leave its protection as it is, or consent first: controlPlane.deletionProtection: false",
    sources=("ours", "Prowler eks_cluster_deletion_protection_enabled"),
    severity=Severity.HIGH,
)
def cluster_kept(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield a cluster without EKS's deletion protection, and clusters and VPCs without Pulumi's `protect`."""
    for cluster in stack.of(eks.Cluster):
        if _consented(cluster, context):
            continue
        if cluster.at("deletionProtection") not in (True, UNKNOWN):
            yield cluster, f"deletionProtection is {shown(cluster.at('deletionProtection'))}"
        vpcs = {vpc.urn: vpc for vpc in networks(stack, cluster)}
        for resource in (cluster, *vpcs.values()):
            if not resource.protected:
                yield resource, "its option protect is off"


@rule(
    "cluster-access-entries",
    lambda: (eks.Cluster,),
    what="Only access entries say who may call a cluster, because others can edit the ConfigMap aws-auth.",
    fix="set authentication_mode to API",
    sources=("CIS EKS v1.7.0 4.1.7", "EKS best practices, Cluster access manager"),
    severity=Severity.MEDIUM,
)
def cluster_access_entries(cluster: Resource, _: Context) -> Iterator[str]:
    """Yield every authentication mode but API."""
    if cluster.at("accessConfig.authenticationMode") not in ("API", UNKNOWN):
        yield f"accessConfig.authenticationMode is {shown(cluster.at('accessConfig.authenticationMode'))}"


@rule(
    "cluster-creator",
    lambda: (eks.Cluster,),
    what="The creator of a cluster is not its administrator for ever unless the settings name it.",
    fix="set access.creatorAdmin: false and name the deployer in access.principals",
    sources=("EKS best practices, Remove the cluster-admin permissions from the cluster creator",),
    severity=Severity.LOW,
    level=Level.DISABLED,
    reason="EKS decides this when it creates a cluster, and a first fleet has no other administrator to name.",
)
def cluster_creator(cluster: Resource, _: Context) -> Iterator[str]:
    """Yield the creator's permission, which EKS grants by default."""
    if cluster.at(_CREATOR) not in (False, UNKNOWN):
        yield f"{_CREATOR} is {shown(cluster.at(_CREATOR))}"


@rule(
    "cluster-admins",
    lambda: (eks.AccessPolicyAssociation, eks.AccessEntry, aws.iam.Role),
    what="Only the fleet's own roles, and the principals that the settings list, administer a whole cluster.",
    fix="give it admin in namespaces, or list it in access.principals",
    sources=("CIS EKS v1.7.0 4.1.1", "EKS best practices, Identity and access management"),
    severity=Severity.HIGH,
    parameters={
        "policies": Parameter.texts(
            ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"], "The access policies that grant administration."
        ),
    },
)
def cluster_admins(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield grants to principals that are neither the fleet's roles nor in the settings' list."""
    listed = [entry["arn"] for entry in context.setting("access", {}).get("principals", [])]
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
    what="An add-on's version is set, so that an update changes it only on purpose.",
    fix="set version",
    sources=("EKS user guide, Update an Amazon EKS add-on",),
    severity=Severity.LOW,
)
def addon_version(addon: Resource, _: Context) -> Iterator[str]:
    """Yield an add-on without a version."""
    if addon.at("addonVersion") is None:
        yield "addonVersion is not set"


@rule(
    "cluster-network-policies",
    lambda: (eks.Cluster, eks.Addon),
    what="A cluster enforces its network policies: vpc-cni ignores them unless its configuration enables them.",
    fix="set enableNetworkPolicy: true in vpc-cni's configuration, which is the program's default",
    sources=(
        *("CIS EKS v1.7.0 4.3.1", "CIS EKS v1.7.0 5.4.4", "Prowler eks_cluster_network_policy_enabled"),
        "Prowler eks_cluster_vpc_cni_network_policy_enforced",
    ),
    severity=Severity.HIGH,
)
def cluster_network_policies(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield clusters without vpc-cni, and vpc-cni without enableNetworkPolicy."""
    for cluster in stack.of(eks.Cluster):
        addons = [(addon, addon.at("addonName")) for addon in stack.users(cluster, eks.Addon, "clusterName")]
        if not any(name in ("vpc-cni", UNKNOWN) for _, name in addons):
            yield cluster, "it has no add-on vpc-cni"
        for addon, name in addons:
            if name == "vpc-cni" and not _enforcing(addon.at("configurationValues")):
                yield addon, "configurationValues has no enableNetworkPolicy: true"


def networks(stack: Stack, cluster: Resource) -> list[Resource]:
    """Return the VPCs of a cluster's subnets: exactly one, unless the program has an error."""
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
    """Whether the settings unprotect the cluster: its region's own, or the fleet's if it has none."""
    control_plane = context.setting("controlPlane", {})
    for own in context.setting("clusters", []):
        if own["region"] == cluster.region and own.get("controlPlane"):
            control_plane = own["controlPlane"]
    return control_plane.get("deletionProtection") is False


def _of_the_fleet(stack: Stack, grant: Resource) -> bool:
    """Whether the principal is a role that the program creates."""
    entries = stack.sources(grant, "principalArn", eks.AccessEntry)
    return any(stack.sources(source, "principalArn", aws.iam.Role) for source in (grant, *entries))


def _enforcing(configuration: Any) -> bool:
    if configuration is UNKNOWN:
        return True
    try:
        values = json.loads(configuration or "{}")
    except ValueError:
        return False
    enabled = cast(Mapping[str, Any], values).get("enableNetworkPolicy") if isinstance(values, Mapping) else None
    return str(enabled).lower() == "true"
