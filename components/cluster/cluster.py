"""A region's EKS cluster: control plane, nodes and Fargate profiles, add-ons, and access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from .. import creation
from . import access, control_plane, pod_identity, readiness
from .access import Grant
from .addons import BEFORE_NODES, AddonArgs, addons
from .api_security_group import api_security_group
from .control_plane import ControlPlaneArgs
from .fargate import FargateProfileArgs, fargate_profiles
from .kubeconfig import SignIn, signed_in
from .node_groups import NodeGroupArgs, node_groups
from .pod_identity import PodIdentityArgs


@dataclass(frozen=True, kw_only=True)
class RegionalClusterArgs:
    """The arguments of a cluster."""

    cluster_name: str
    """The cluster's name in EKS, kubeconfigs and kubefed."""
    kubernetes_version: Input[str] | None
    """EKS's default if it is None."""
    control_plane: ControlPlaneArgs
    vpc_id: Input[str]
    subnet_ids: Input[Sequence[str]]
    """Private subnets in at least two zones, for the control plane's addresses and the nodes."""
    egress: Sequence[pulumi.Resource]
    """The subnets' routes or endpoints."""
    service_cidr: IPv4Network
    public_access_cidrs: Sequence[Input[str]]
    """The ranges that may call the endpoint from outside; empty: the endpoint is private."""
    api_clients: Mapping[str, IPv4Network]
    """The networks that call the endpoint's private addresses, by name."""
    ways_in: Sequence[pulumi.Resource] = ()
    """The routes back to the clients outside the fleet."""
    access: Mapping[str, Grant]
    """The rights in the cluster, by the grantee's name."""
    pod_identities: Sequence[PodIdentityArgs] = ()
    oidc: bool = False
    """Whether IAM trusts the tokens of its service accounts."""
    node_groups: Sequence[NodeGroupArgs]
    fargate_profiles: Sequence[FargateProfileArgs]
    addons: Sequence[AddonArgs]
    sign_in: SignIn = field(default_factory=SignIn)
    """The identity with which Pulumi's caller signs in to the cluster."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tags for the nodes and their disks, which the provider's default tags do not reach."""


class RegionalCluster(pulumi.ComponentResource):
    """An EKS cluster by `pulumi_eks.Cluster`, a security group for its API, access entries, nodes and a provider.

    The private endpoint is always on; its name resolves to private addresses in every peered network.
    """

    name: Output[str]
    version: Output[str]
    """The Kubernetes version, known once the control plane runs it."""
    endpoint: Output[str]
    certificate_authority: Output[str]
    """The CA certificate, PEM in base64."""
    kubeconfig: Output[str]
    """JSON with a single context for any caller, who signs in by `aws eks get-token`. Secret."""
    own_kubeconfig: Output[str]
    """The kubeconfig of Pulumi's caller, who signs in as the AWS provider does. Secret."""
    provider: kubernetes.Provider
    """The provider of resources in the cluster, created once the API server accepts the caller."""
    oidc_provider_arn: Output[str] | None
    nodes: Sequence[pulumi.Resource]
    """The node groups and Fargate profiles."""
    ready: Sequence[pulumi.Resource]
    """Everything that pods need: nodes and profiles, add-ons, and pod identities."""
    control_plane: eks.Cluster
    """The cluster itself, for `deleted_with` of everything in it."""

    def __init__(self, name: str, args: RegionalClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:RegionalCluster", name, None, opts)
        group, rules = api_security_group(
            name, cluster_name=args.cluster_name, vpc_id=args.vpc_id, clients=args.api_clients, parent=self
        )
        public = bool(args.public_access_cidrs)
        control_plane.check_callers(args.cluster_name, len(args.public_access_cidrs))
        control = args.control_plane
        logs = control_plane.log_group(name, args.cluster_name, control, parent=self)
        cluster = eks.Cluster(
            name,
            name=control_plane.permitted(control, parent=self).apply(lambda _: args.cluster_name),
            version=args.kubernetes_version,
            # Also linked by an input, because pulumi_eks doesn't record `depends_on`: the log group is deleted last.
            enabled_cluster_log_types=Output.all(*[group.name for group in logs]).apply(lambda _: [*control.logs]),
            encryption_config_key_arn=control.key_arn,
            deletion_protection=control.deletion_protection,
            # Always set: without the input, EKS keeps its current policy.
            upgrade_policy={"support_type": control.support_type.upper()},
            authentication_mode=eks.AuthenticationMode.API,
            vpc_id=args.vpc_id,
            private_subnet_ids=args.subnet_ids,
            cluster_security_group=group,
            endpoint_private_access=True,
            endpoint_public_access=public,
            public_access_cidrs=list(args.public_access_cidrs) if public else None,
            kubernetes_service_ip_address_range=str(args.service_cidr),
            # This component creates the nodes, their role and their groups. A new cluster has its own network software.
            skip_default_node_group=True,
            skip_default_security_groups=True,
            create_instance_role=False,
            use_default_vpc_cni=True,
            coredns_addon_options={"enabled": False},
            kube_proxy_addon_options={"enabled": False},
            opts=ResourceOptions(
                parent=self,
                depends_on=logs,
                # EKS would refuse the deletion only after Pulumi has deleted everything in the cluster.
                protect=control.deletion_protection,
                transforms=[
                    creation.explain_cluster(self),
                    *([] if control.creator_admin else [control_plane.without_creator]),
                ],
            ),
        )
        self.control_plane = cluster
        self.name = cluster.eks_cluster.name
        self.version = cluster.eks_cluster.version
        self.endpoint = cluster.eks_cluster.endpoint
        self.certificate_authority = cluster.eks_cluster.certificate_authority.data.apply(lambda data: data or "")
        self.kubeconfig = Output.secret(cluster.kubeconfig_json)
        self.own_kubeconfig = self.kubeconfig.apply(lambda text: signed_in(text, args.sign_in))
        entries = access.grants(self.name, name, args.access, parent=self)
        self.nodes, added = self._compute(name, args)
        identities = pod_identity.pod_identities(
            name, args.pod_identities, cluster_name=self.name, cluster_arn=cluster.eks_cluster.arn, parent=self
        )
        self.ready = [*self.nodes, *added, *identities]
        self.oidc_provider_arn = (
            pod_identity.identity_provider(name, control_plane.issuer(cluster.eks_cluster.identities), parent=self).arn
            if args.oidc
            else None
        )
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.own_kubeconfig,
            # Without it, a new endpoint or certificate counts as another cluster, and its objects are replaced.
            cluster_identifier=cluster.eks_cluster.arn,
            # An update adopts the objects that an interrupted one has created, instead of failing on them.
            upsert_existing_objects=True,
            # Updates in place, like `kubectl apply`: a replacement would delete a ConfigMap that pods read.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=ResourceOptions(
                parent=self,
                # Calls from other networks need the rules and the routes, and calls from the bastion its access entry,
                # until the last object is deleted.
                depends_on=[*rules, *entries, *args.ways_in],
                hooks=pulumi.ResourceHookBinding(
                    before_create=[readiness.lets_in(f"{name}-answers", args.cluster_name, self.own_kubeconfig)]
                ),
            ),
        )
        self.register_outputs(
            {
                "name": self.name,
                "version": self.version,
                "endpoint": self.endpoint,
                "certificate_authority": self.certificate_authority,
                "kubeconfig": self.kubeconfig,
            }
        )

    def _compute(
        self, name: str, args: RegionalClusterArgs
    ) -> tuple[Sequence[pulumi.Resource], Sequence[pulumi.Resource]]:
        """Create the network's add-ons, then nodes and profiles, then the other add-ons. Return nodes, and add-ons."""
        cluster = self.control_plane.eks_cluster

        def add(requested: Sequence[AddonArgs], after: Sequence[pulumi.Resource]) -> Sequence[pulumi.Resource]:
            return addons(
                name,
                requested,
                cluster_name=self.name,
                cluster_arn=cluster.arn,
                kubernetes_version=cluster.version,
                after=after,
                control_plane=self.control_plane,
                parent=self,
            )

        first = add([addon for addon in args.addons if addon.name in BEFORE_NODES], after=[])
        groups = node_groups(
            name,
            args.node_groups,
            cluster_name=self.name,
            kubernetes_version=cluster.version,
            subnet_ids=args.subnet_ids,
            after=[*first, *args.egress],
            tags=args.tags,
            parent=self,
        )
        profiles = fargate_profiles(
            name,
            args.fargate_profiles,
            cluster_name=self.name,
            cluster_arn=cluster.arn,
            subnet_ids=args.subnet_ids,
            after=args.egress,
            parent=self,
        )
        rest = add([addon for addon in args.addons if addon.name not in BEFORE_NODES], after=[*groups, *profiles])
        return [*groups, *profiles], [*first, *rest]
