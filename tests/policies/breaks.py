"""A break of each rule, on a resource that the program makes; the program and its replay break it alike.

Imported by the program under test, whose folder this is not: it needs nothing but the SDK.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

BASTION, FIRST, SECOND = "federated-eks-bastion", "federated-eks-1", "federated-eks-2"
MEMBER = "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"
MANIFEST = "federated-eks:index:Manifest"
PROPAGATION = "kubernetes:policy.karmada.io/v1alpha1:ClusterPropagationPolicy"
KARMADA = "federated-eks-karmada"
ec2, eks, iam = aws.ec2, aws.eks, aws.iam

Type = type[pulumi.Resource] | str
Change = Mapping[str, Any]
"""What inputs become, by path: `metadataOptions.httpTokens`, `blockDeviceMappings.0.ebs`; None takes one away."""

Batch = Literal[
    "networks", "machines", "identity", "clusters", "federation", "karmada", "software", "endpoints", "clients", "names"
]
BATCHES: Mapping[Batch, str] = {
    "networks": "one",
    "machines": "one",
    "identity": "one",
    "clusters": "one",
    "federation": "sandbox",
    "karmada": "karmada",
    "software": "software",
    "endpoints": "none",
    "clients": "clients",
    "names": "names",
}
"""The fleet of each batch. A batch is one preview, whose breaks report on different resources or rules."""


@dataclass(frozen=True)
class Break:
    """A change that breaks a rule, and the rule's report."""

    batch: Batch
    """The breaks that are previewed together with it."""
    type: Type
    name: str
    change: Change
    on: str = ""
    """The resource that is reported; empty: the broken one."""
    links: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    """Inputs that become the id of a resource, or ids, of these names."""
    also: tuple[tuple[Type, str, Change], ...] = ()
    """Further changes, so that no other rule is broken."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The rule's configuration, if nothing is broken by default."""
    with_it: tuple[str, ...] = ()
    """Rules that can't but be broken with it, on the same resource."""

    @property
    def fleet(self) -> str:
        """The fleet that it is broken on."""
        return BATCHES[self.batch]

    @property
    def changes(self) -> tuple[tuple[str, str, Change], ...]:
        """Yield every changed resource: its type token, its name, and the change."""
        return tuple((token(t), name, change) for t, name, change in ((self.type, self.name, self.change), *self.also))


def document(action: Any, resource: Any, **more: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: Any, **more: Any) -> str:
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def token(type_: Type) -> str:
    """A class's type token."""
    return type_ if isinstance(type_, str) else pulumi.get_type_token(type_) or ""


VPC, SUBNET, TEMPLATE, CLUSTER = ec2.Vpc, ec2.Subnet, ec2.LaunchTemplate, eks.Cluster
EKS = f"{FIRST}-eksCluster"
PEERING = f"bastion-{FIRST}"
USER_DATA = base64.b64encode(f"AWS_SECRET_ACCESS_KEY={'x' * 40}\n".encode()).decode()
SESSION = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"idleSessionTimeout": "20"}}
NARROW = [
    (ec2.Route, f"{PEERING}-bastion-{number}", {"destinationCidrBlock": "172.20.128.0/17"}) for number in (1, 2, 3, 4)
]

BREAKS: Mapping[str, Break] = {
    # Networks.
    "vpc-dns": Break("networks", VPC, f"{FIRST}-vpc", {"enableDnsHostnames": False}),
    "vpc-default-group": Break(
        "networks", ec2.DefaultSecurityGroup, f"{FIRST}-default", {"vpcId": "vpc-0123456789abcdef0"}, on=f"{FIRST}-vpc"
    ),
    "vpc-flow-logs": Break(
        "networks", ec2.FlowLog, f"{FIRST}-flows", {"vpcId": "vpc-0123456789abcdef0"}, on=f"{FIRST}-vpc"
    ),
    "vpc-zones": Break(
        "networks",
        SUBNET,
        f"{FIRST}-public-3",
        {"availabilityZone": "eu-west-1a"},
        on=f"{FIRST}-vpc",
        also=((SUBNET, f"{FIRST}-private-3", {"availabilityZone": "eu-west-1a"}),),
        config={"zones": 3},
    ),
    "subnet-no-public-addresses": Break("networks", SUBNET, f"{FIRST}-public-1", {"mapPublicIpOnLaunch": True}),
    "endpoint-zones": Break(
        "endpoints", ec2.VpcEndpoint, f"{FIRST}-sts", {}, links={"subnetIds": [f"{FIRST}-private-1"]}
    ),
    "endpoint-policy": Break("networks", ec2.VpcEndpoint, f"{FIRST}-s3", {"policy": None}),
    "address-used": Break(
        "networks", ec2.NatGateway, f"{FIRST}-nat", {"allocationId": "eipalloc-0123456789abcdef0"}, on=f"{FIRST}-nat"
    ),
    # Security groups.
    "group-no-open-ingress": Break(
        "networks", aws.vpc.SecurityGroupIngressRule, f"{FIRST}-api-from-bastion", {"cidrIpv4": "0.0.0.0/0"}
    ),
    "group-no-open-egress": Break(
        "networks",
        aws.vpc.SecurityGroupEgressRule,
        f"{BASTION}-https",
        {"ipProtocol": "-1", "fromPort": None, "toPort": None},
    ),
    "group-described": Break("networks", ec2.SecurityGroup, f"{BASTION}-instance", {"description": None}),
    "group-attached": Break(
        "networks",
        TEMPLATE,
        f"{BASTION}-template",
        {"networkInterfaces.0.securityGroups": None},
        on=f"{BASTION}-instance",
    ),
    # Peerings.
    "peering-ranges": Break(
        "networks", VPC, f"{FIRST}-vpc", {"cidrBlock": "172.20.128.0/17"}, on=f"{PEERING}-request", also=(*NARROW,)
    ),
    "peering-routes": Break(
        "networks",
        ec2.Route,
        f"{PEERING}-{FIRST}-2",
        {"vpcPeeringConnectionId": "pcx-0123456789abcdef0"},
        on=f"{PEERING}-request",
    ),
    "peering-route-narrow": Break(
        "networks", ec2.Route, f"{PEERING}-{FIRST}-3", {"destinationCidrBlock": "172.16.0.0/12"}
    ),
    "peering-names": Break(
        "networks",
        ec2.PeeringConnectionOptions,
        f"{PEERING}-bastion",
        {"requester.allowRemoteVpcDnsResolution": False},
        on=f"{PEERING}-request",
    ),
    # Machines.
    "instance-imdsv2": Break("machines", TEMPLATE, f"{FIRST}-nodes", {"metadataOptions.httpTokens": "optional"}),
    "instance-hop-limit": Break(
        "machines", TEMPLATE, f"{BASTION}-template", {"metadataOptions.httpPutResponseHopLimit": 2}
    ),
    "instance-no-public-address": Break(
        "machines", TEMPLATE, f"{BASTION}-template", {"networkInterfaces.0.associatePublicIpAddress": "true"}
    ),
    "disk-encrypted": Break("machines", TEMPLATE, f"{FIRST}-nodes", {"blockDeviceMappings.0.ebs.encrypted": None}),
    "disk-type": Break("machines", TEMPLATE, f"{BASTION}-template", {"blockDeviceMappings.0.ebs.volumeType": "gp2"}),
    "user-data-no-secrets": Break("machines", TEMPLATE, f"{BASTION}-template", {"userData": USER_DATA}),
    "node-no-ssh": Break("machines", TEMPLATE, f"{FIRST}-nodes", {"keyName": "operator"}),
    "node-private": Break(
        "machines",
        ec2.Route,
        f"{FIRST}-private-1-default",
        {"natGatewayId": None},
        on=f"{FIRST}-nodes",
        links={"gatewayId": f"{FIRST}-internet"},
    ),
    "node-zones": Break(
        "machines",
        aws.autoscaling.Group,
        f"{BASTION}-group",
        {},
        links={"vpcZoneIdentifiers": [f"{BASTION}-private-1"]},
    ),
    "group-launch-template": Break("machines", aws.autoscaling.Group, f"{BASTION}-group", {"healthCheckType": None}),
    # Clusters.
    "cluster-allow-list": Break(
        "clusters",
        CLUSTER,
        EKS,
        {"vpcConfig.endpointPublicAccess": True, "vpcConfig.publicAccessCidrs": ["0.0.0.0/0"]},
    ),
    "cluster-private-endpoint": Break("clusters", CLUSTER, EKS, {"vpcConfig.endpointPrivateAccess": False}),
    "cluster-logs": Break("clusters", CLUSTER, EKS, {"enabledClusterLogTypes": ["api"]}),
    "cluster-log-group": Break(
        "clusters", aws.cloudwatch.LogGroup, f"{FIRST}-logs", {"name": "/aws/eks/another/cluster"}, on=EKS
    ),
    "cluster-secrets-encrypted": Break("clusters", CLUSTER, EKS, {"encryptionConfig": None}),
    "cluster-version": Break("clusters", CLUSTER, EKS, {}, config={"oldest": "1.38"}),
    "cluster-kept": Break("clusters", CLUSTER, EKS, {"deletionProtection": False}),
    "cluster-access-entries": Break(
        "clusters", CLUSTER, EKS, {"accessConfig.authenticationMode": "API_AND_CONFIG_MAP"}
    ),
    "cluster-creator": Break("clusters", CLUSTER, EKS, {}, config={"enforcementLevel": "advisory"}),
    "cluster-admins": Break(
        "clusters",
        eks.AccessPolicyAssociation,
        f"{FIRST}-bastion-admin",
        {"principalArn": "arn:aws:iam::123456789012:user/somebody"},
    ),
    "addon-version": Break("clusters", eks.Addon, f"{FIRST}-coredns", {"addonVersion": None}),
    "cluster-network-policies": Break("clusters", eks.Addon, f"{FIRST}-vpc-cni", {"configurationValues": "{}"}),
    # Identity.
    "rights-not-all": Break(
        "identity",
        iam.RolePolicy,
        f"{BASTION}-clusters",
        {"policy": document("*", "*")},
        with_it=("rights-on-resources", "rights-not-more"),
    ),
    "rights-no-admin-policy": Break(
        "identity",
        iam.RolePolicyAttachment,
        f"{FIRST}-ebs-AmazonEBSCSIDriverPolicyV2",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "rights-on-resources": Break(
        "identity", iam.RolePolicy, f"{BASTION}-sessions", {"policy": document("s3:GetObject", "*")}
    ),
    "rights-not-more": Break(
        "identity",
        iam.RolePolicy,
        f"{BASTION}-flows-policy",
        {"policy": document("iam:PassRole", "arn:aws:iam::123456789012:role/*")},
    ),
    "trust-named": Break("identity", iam.Role, BASTION, {"assumeRolePolicy": trust({"AWS": "*"})}),
    "trust-on-behalf": Break(
        "identity", iam.Role, f"{FIRST}-flows", {"assumeRolePolicy": trust({"Service": "vpc-flow-logs.amazonaws.com"})}
    ),
    "trust-workload": Break(
        "identity", iam.Role, f"{FIRST}-ebs", {"assumeRolePolicy": trust({"Service": "pods.eks.amazonaws.com"})}
    ),
    "node-rights": Break(
        "identity",
        iam.RolePolicyAttachment,
        f"{FIRST}-nodes-AmazonEKS_CNI_Policy",
        {"policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
    ),
    # Keys, logs and sessions.
    "key-rotates": Break("machines", aws.kms.Key, "federated-eks-eu-west-1-key", {"enableKeyRotation": False}),
    "key-policy": Break(
        "machines",
        aws.kms.Key,
        "federated-eks-eu-west-1-key",
        {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}]})},
    ),
    "key-deletion": Break("machines", aws.kms.Key, "federated-eks-eu-west-1-key", {"deletionWindowInDays": 7}),
    "log-retention": Break("machines", aws.cloudwatch.LogGroup, f"{FIRST}-flows", {"retentionInDays": 7}),
    "log-encrypted": Break("machines", aws.cloudwatch.LogGroup, f"{BASTION}-flows", {"kmsKeyId": None}),
    "session-recorded": Break("machines", aws.ssm.Document, f"{BASTION}-session", {"content": json.dumps(SESSION)}),
    # The federation.
    "member-reachable": Break(
        "federation",
        aws.vpc.SecurityGroupIngressRule,
        f"{SECOND}-api-from-host",
        {"cidrIpv4": "172.23.0.0/16"},
        on=f"{SECOND}-eksCluster",
    ),
    "member-verified": Break(
        "clusters", MEMBER, f"{FIRST}-member-kubefedcluster", {"spec.disabledTLSValidations": ["*"]}
    ),
    "member-host": Break(
        "clusters",
        kubernetes.helm.v3.Release,
        "federated-eks-kubefed-release",
        {"chart": "another"},
        on=f"{FIRST}-member-kubefedcluster",
    ),
    "credentials-secret": Break(
        "clusters", kubernetes.core.v1.Secret, f"{FIRST}-member-token", {"data": {"token": "c2VjcmV0"}}
    ),
    "kubefed-pinned": Break(
        "federation",
        kubernetes.helm.v3.Release,
        "federated-eks-kubefed-release",
        {"values.controllermanager.controller.tag": "canary"},
    ),
    "chart-pinned": Break(
        "software",
        kubernetes.helm.v3.Release,
        "federated-eks-kubefed-release",
        {"chart": "kubefed", "version": "0.10.0", "repositoryOpts": {"repo": "http://charts.example.org"}},
    ),
    "manifest-pinned": Break(
        "software", MANIFEST, f"{FIRST}-base", {"source": "https://example.org/releases/latest/base.yaml"}
    ),
    "image-registry": Break(
        "software",
        kubernetes.apps.v1.Deployment,
        f"{FIRST}:Deployment.apps:base/pause",
        {"spec.template.spec.containers.0.image": "docker.io/library/nginx:1.29.3"},
        config={"registries": ["registry.k8s.io", "quay.io/kubernetes-multicluster", "docker.io/alpine"]},
    ),
    "rbac-named": Break(
        "federation",
        kubernetes.rbac.v1.ClusterRole,
        "federatedprometheuses.monitoring.coreos.com-grant",
        {"rules.0.apiGroups": ["*"]},
    ),
    "rbac-bound": Break(
        "clusters",
        kubernetes.rbac.v1.ClusterRoleBinding,
        f"{FIRST}-member-binding",
        {"subjects": [{"kind": "User", "name": "system:anonymous", "apiGroup": "rbac.authorization.k8s.io"}]},
    ),
    "fleet-way-in": Break(
        "clients",
        aws.vpc.SecurityGroupIngressRule,
        f"{FIRST}-api-from-office",
        {"cidrIpv4": "172.21.0.0/16"},
        on=f"{FIRST}-eksCluster",
    ),
    # Karmada.
    "karmada-pinned": Break(
        "karmada", kubernetes.helm.v3.Release, f"{KARMADA}-release", {"values.scheduler.image.tag": "latest"}
    ),
    "karmada-keys-secret": Break(
        "karmada", kubernetes.helm.v3.Release, f"{KARMADA}-release", {"values.certs.custom.key": "a key"}
    ),
    "karmada-certificates": Break(
        "karmada",
        kubernetes.core.v1.Secret,
        f"{KARMADA}-certificates-{datetime.now(timezone.utc).year}",
        {},
        config={"days": 2000},
    ),
    "karmada-etcd-volume": Break(
        "karmada", kubernetes.apps.v1.StatefulSet, f"{KARMADA}-etcd-members", {"spec.volumeClaimTemplates": None}
    ),
    "karmada-allow-list": Break(
        "karmada", kubernetes.core.v1.Service, f"{KARMADA}-api", {"spec.loadBalancerSourceRanges": ["0.0.0.0/0"]}
    ),
    "propagation-named": Break("karmada", PROPAGATION, "shop", {"spec.resourceSelectors.0.name": None}),
    "volume-encrypted": Break(
        "karmada", kubernetes.storage.v1.StorageClass, f"{KARMADA}-etcd-storage", {"parameters.encrypted": "false"}
    ),
    # Names.
    "record-zone": Break("names", aws.route53.Record, "one", {"zoneId": "Z2"}, config={"zones": ["Z1"]}),
    "record-health": Break("names", aws.route53.Record, "two", {"aliases.0.evaluateTargetHealth": False}),
    # Tags.
    "tags-everywhere": Break("machines", aws.Provider, "aws-eu-west-1", {"defaultTags": None}),
    "tags-on-machines": Break("machines", TEMPLATE, f"{FIRST}-nodes", {"tagSpecifications.1": None}),
}
"""By the rule's id. The rest, `outputs-secret`, isn't one resource's inputs."""


def changed(inputs: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Inputs as a change makes them, the given ones left as they are.

    The names are the wire's; in a Python program's inputs they are Python's, where those are there.
    """
    made: Any = _copied(inputs)
    for path, value in change.items():
        *parts, last = (int(part) if part.isdecimal() else part for part in path.split("."))
        place = made
        for part in parts:
            place = place[part] if isinstance(part, int) else place.setdefault(_key(place, part), {})
        key = last if isinstance(last, int) else _key(place, last)
        if value is not None:
            place[key] = value
        elif isinstance(key, int) or key in place:
            del place[key]
    return made


def _key(place: Mapping[str, Any], name: str) -> str:
    python = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return python if python in place and name not in place else name


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
