"""The federation: its members, their credentials, kubefed, and operators' access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

import pulumi_aws as aws
import pulumi_eks
import pulumi_kubernetes as kubernetes

from policies.cluster import networks
from policies.inputs import STACK, UNKNOWN, Block, Resource, shown, token
from policies.ranges import network, within
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

eks, ec2, vpc = aws.eks, aws.ec2, aws.vpc
core, rbac, helm = kubernetes.core.v1, kubernetes.rbac.v1, kubernetes.helm.v3
MEMBER = "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"
"""The type of a custom resource: its API version and kind."""
KARMADA_MEMBER = "kubernetes:cluster.karmada.io/v1alpha1:Cluster"
HTTPS = 443
KUBECONFIGS = ("kubeconfig", "karmadaadmin")
"""The names of outputs that sign in to a cluster or to Karmada, in lower case."""


@rule(
    "member-reachable",
    lambda: (
        MEMBER,
        KARMADA_MEMBER,
        kubernetes.Provider,
        core.Service,
        eks.Cluster,
        ec2.Subnet,
        ec2.Vpc,
        ec2.NatGateway,
        ec2.Eip,
        vpc.SecurityGroupIngressRule,
        ec2.SecurityGroup,
    ),
    what="The host can call every member's API: a private endpoint through the peering, a public one from the host's "
    "NAT gateways.",
    fix="admit HTTPS from the host's network in the member's security group, and its NAT addresses if the endpoint "
    "is public",
    sources=("ours", "EKS user guide, Cluster API server endpoint"),
    severity=Severity.HIGH,
)
def member_reachable(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield members whose security group or list of public callers lacks the host's addresses."""
    for member in stack.of(MEMBER, KARMADA_MEMBER):
        for host in _host(stack, member):
            for cluster in stack.sources(member, "spec", eks.Cluster):
                if cluster.urn == host.urn:
                    continue
                public = cluster.at("vpcConfig.endpointPublicAccess")
                if public is False:
                    yield from _admitted(stack, cluster, host)
                elif public is not UNKNOWN:
                    yield from _listed(stack, cluster, host)


@rule(
    "member-verified",
    lambda: (MEMBER, KARMADA_MEMBER),
    what="The engine verifies a member's certificate, because it sends the member's token to whatever server answers.",
    fix="give it an https apiEndpoint, a caBundle, and no disabledTLSValidations or insecureSkipTLSVerification",
    sources=("ours",),
    severity=Severity.CRITICAL,
)
def member_verified(member: Resource, _: Context) -> Iterator[str]:
    """Yield an endpoint that is not https, a missing authority, and checks that are turned off."""
    endpoint = member.at("spec.apiEndpoint")
    if endpoint is not UNKNOWN and not str(endpoint).startswith("https://"):
        yield f"spec.apiEndpoint is {shown(endpoint)}"
    if member.type == KARMADA_MEMBER:
        # Karmada has the authority in the Secret of the token.
        if member.at("spec.insecureSkipTLSVerification") is True:
            yield "spec.insecureSkipTLSVerification is true"
        return
    if member.at("spec.caBundle") in (None, ""):
        yield "spec.caBundle is not set"
    if member.at("spec.disabledTLSValidations") not in (None, [], UNKNOWN):
        yield f"spec.disabledTLSValidations has {', '.join(member.texts('spec.disabledTLSValidations'))}"


@rule(
    "member-host",
    lambda: (MEMBER, kubernetes.Provider, eks.Cluster, helm.Release),
    what="Members are joined on the cluster that runs kubefed, so that the host stays while members remain.",
    fix="leave the host in clusters, and in host, until the last member has left",
    sources=("ours",),
    severity=Severity.HIGH,
)
def member_host(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield members that are declared on a cluster without kubefed's release."""
    releases = [release for release in stack.of(helm.Release) if _is_kubefed(release) or release.at("chart") is UNKNOWN]
    hosts = {host.urn for release in releases for host in _host(stack, release)}
    for member in stack.of(MEMBER):
        for host in _host(stack, member):
            if host.urn not in hosts:
                yield member, f"kubefed doesn't run on {host.at('name')}"


@rule(
    "credentials-secret",
    lambda: (core.Secret, kubernetes.Provider),
    what="A cluster's tokens and kubeconfigs are secret in the stack's state, which many people can read.",
    fix="wrap it in pulumi.Output.secret",
    sources=("ours",),
    severity=Severity.CRITICAL,
)
def credentials_secret(resource: Resource, _: Context) -> Iterator[str]:
    """Yield inputs, and the output that Kubernetes fills in, which are not secret. pulumi_eks's own have none."""
    if resource.type == token(kubernetes.Provider):
        within_eks = f"{token(pulumi_eks.Cluster)}$" in resource.urn
        kubeconfig = resource.at("kubeconfig")
        if isinstance(kubeconfig, str) and not within_eks and not resource.is_secret("kubeconfig"):
            yield "kubeconfig is not secret"
        return
    for field in ("data", "stringData"):
        texts = resource.at(field)
        for name in cast(Mapping[str, Any], texts) if isinstance(texts, Mapping) else ():
            if isinstance(texts[name], str) and not resource.is_secret(f"{field}.{name}"):
                yield f"{field}.{name} is not secret"
    if resource.at("type") == "kubernetes.io/service-account-token" and "data" not in resource.secret_outputs:
        yield "data, which Kubernetes fills in, is not secret"


@rule(
    "outputs-secret",
    lambda: (STACK,),
    what="A kubeconfig among the stack's outputs is secret, because every update prints the outputs.",
    fix="export pulumi.Output.secret of it",
    sources=("ours",),
    severity=Severity.HIGH,
)
def outputs_secret(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield outputs named as kubeconfigs are, at any depth, which are not secret."""
    for root in stack.of(STACK):
        for path in _paths(root.values):
            if path.rpartition(".")[2].lower() in KUBECONFIGS and not root.is_secret(path):
                yield root, f"{path} is not secret"


@rule(
    "kubefed-pinned",
    lambda: (helm.Release,),
    what="kubefed's images have a version's tag and no moving tag, unlike the chart's default.",
    fix="set kubefed.version, and a tag in kubefed.hookImage",
    sources=("ours", "CKV_K8S_14"),
    severity=Severity.HIGH,
    parameters={
        "moving": Parameter.texts(["latest", "canary", "main", "master", "edge", "nightly"], "Tags that move.")
    },
)
def kubefed_pinned(release: Resource, context: Context) -> Iterator[str]:
    """Yield images whose tag is missing or moves, and a repository's chart without a version."""
    if not _is_kubefed(release):
        return
    for image in ("controller", "webhook", "postInstallJob"):
        tag = release.at(f"values.controllermanager.{image}.tag")
        if tag in (None, "", *context.parameters["moving"]):
            yield f"values.controllermanager.{image}.tag is {shown(tag)}"
    if release.at("repositoryOpts.repo") is not None and release.at("version") is None:
        yield "version is not set"


@rule(
    "rbac-named",
    lambda: (rbac.ClusterRole, rbac.Role),
    what="A role in a cluster names groups, resources and verbs, and `*` only where kubefed needs it.",
    fix="name them, or add the role to the parameter everything",
    sources=("ours", "CIS EKS v1.7.0 4.1.3", "CKV_K8S_49"),
    severity=Severity.HIGH,
    parameters={
        "everything": Parameter.texts(
            ["kubefed-controller-manager:*", "karmada-controller-manager:*", "prometheus-operator"],
            "Names of roles that may have `*`, with the wildcards * and ?: kubefed's and Karmada's in a member, which "
            "propagate any type, and the Prometheus operator's, as in its bundle.",
        )
    },
)
def rbac_named(role: Resource, context: Context) -> Iterator[str]:
    """Yield rules with `*`, except those of the listed roles."""
    name = role.at("metadata.name")
    if name is UNKNOWN or any(fnmatchcase(str(name), pattern) for pattern in context.parameters["everything"]):
        return
    for policy_rule in role.each("rules"):
        for part in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
            if "*" in policy_rule.texts(part):
                yield f"{shown(name)}: rules.{part} has *"


@rule(
    "rbac-bound",
    lambda: (rbac.ClusterRoleBinding, rbac.RoleBinding),
    what="Rights in a cluster belong to named subjects, not to everybody or the group that bypasses RBAC.",
    fix="name the user, group or service account",
    sources=("CIS Kubernetes 5.1.7", "EKS best practices, Identity and access management"),
    severity=Severity.CRITICAL,
    parameters={
        "subjects": Parameter.texts(
            ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters"],
            "Users and groups that must not be bound.",
        )
    },
)
def rbac_bound(binding: Resource, context: Context) -> Iterator[str]:
    """Yield bindings to the listed subjects."""
    for subject in binding.each("subjects"):
        if subject.at("name") in context.parameters["subjects"]:
            yield f"it binds {subject.at('name')}"


@rule(
    "fleet-way-in",
    lambda: (
        eks.Cluster,
        aws.ssm.Document,
        ec2.NatGateway,
        ec2.Eip,
        ec2.Vpc,
        ec2.SecurityGroup,
        vpc.SecurityGroupIngressRule,
    ),
    what="Operators can reach every cluster, through a bastion, an allow-list or a client network, before they must.",
    fix="set bastion.enabled: true, endpoint.allowedCidrs of a public endpoint, or endpoint.clients",
    sources=("ours",),
    severity=Severity.MEDIUM,
)
def fleet_way_in(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield clusters without sessions, public callers beyond the NAT gateways, or private ones beyond the fleet."""
    if any(document.at("documentType") in ("Session", UNKNOWN) for document in stack.of(aws.ssm.Document)):
        return
    for cluster in stack.of(eks.Cluster):
        callers: Any = cluster.at("vpcConfig.publicAccessCidrs")
        own = [gateway for gateway in stack.of(ec2.NatGateway) if _admits_nat(stack, cluster, gateway)]
        public = cluster.at("vpcConfig.endpointPublicAccess") is not False
        open_ = callers is UNKNOWN or (public and len(callers or []) > len(own))
        if not open_ and not _admits_others(stack, cluster):
            yield cluster, "there is no bastion, and its endpoint admits no operator"


def _host(stack: Stack, resource: Resource) -> list[Resource]:
    """Return the cluster that a resource is an object on; for an object in Karmada, the one that runs Karmada.

    Karmada's kubeconfig has the address of a Service on that cluster.
    """
    provider = stack.provider(resource)
    if provider is None:
        return []
    services = stack.sources(provider, "kubeconfig", core.Service)
    return [host for service in services for host in _host(stack, service)] or stack.sources(
        provider, "kubeconfig", eks.Cluster
    )


def _admitted(stack: Stack, cluster: Resource, host: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield a private endpoint whose security groups refuse HTTPS from the host's network."""
    groups = stack.sources(cluster, "vpcConfig", ec2.SecurityGroup)
    users = [stack.users(group, vpc.SecurityGroupIngressRule, "securityGroupId") for group in groups]
    admitting = [ingress for rules in users for ingress in rules]
    for vpc_ in networks(stack, host):
        range_ = network(vpc_.at("cidrBlock"))
        if range_ and not any(_admits(ingress, range_) for ingress in admitting):
            yield cluster, f"it doesn't admit HTTPS from {range_} of {vpc_.name}"


def _admits_others(stack: Stack, cluster: Resource) -> bool:
    """Whether a cluster's security groups admit networks that the stack doesn't create, with operators in them."""
    created = [network(vpc_.at("cidrBlock")) for vpc_ in stack.of(ec2.Vpc)]
    groups = stack.sources(cluster, "vpcConfig", ec2.SecurityGroup)
    rules = [
        ingress for group in groups for ingress in stack.users(group, vpc.SecurityGroupIngressRule, "securityGroupId")
    ]
    return any(r.at("cidrIpv4") is not None and network(r.at("cidrIpv4")) not in created for r in rules)


def _admits(ingress: Block, range_: Any) -> bool:
    admitted, ports = network(ingress.at("cidrIpv4")), (ingress.at("fromPort"), ingress.at("toPort"))
    if ingress.at("cidrIpv4") is UNKNOWN or UNKNOWN in ports:
        return True
    from_port, to_port = ports
    covered = ingress.at("ipProtocol") == "-1" or (from_port is not None and from_port <= HTTPS <= to_port)
    return covered and admitted is not None and within(range_, admitted)


def _listed(stack: Stack, cluster: Resource, host: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield a public endpoint whose callers lack the addresses of the host's NAT gateways, its calls' sources."""
    for vpc_ in networks(stack, host):
        subnets = stack.users(vpc_, ec2.Subnet, "vpcId")
        gateways = [gateway for subnet in subnets for gateway in stack.users(subnet, ec2.NatGateway, "subnetId")]
        missing = sorted(gateway.name for gateway in gateways if not _admits_nat(stack, cluster, gateway))
        if missing or not gateways:
            yield cluster, f"publicAccessCidrs lacks the address of {', '.join(missing) or 'the host, which has none'}"


def _admits_nat(stack: Stack, cluster: Resource, gateway: Resource) -> bool:
    """Whether a public endpoint's callers include a NAT gateway's address, by the gateway or its Elastic IP."""
    sources = [gateway, *stack.sources(gateway, "allocationId", ec2.Eip)]
    listed = [stack.sources(cluster, "vpcConfig", type_) for type_ in (ec2.NatGateway, ec2.Eip)]
    return any(source.urn == caller.urn for source in sources for callers in listed for caller in callers)


def _is_kubefed(release: Resource) -> bool:
    return str(release.at("chart")).rpartition("/")[2] == "kubefed"


def _paths(values: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the paths of all texts in an object."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _paths(cast(Mapping[str, Any], value), f"{place}{name}.")
        elif isinstance(value, str):
            yield f"{place}{name}"
