"""The objects that `kubefedctl join` creates, as resources, which join a cluster to the federation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from ..tokens import suffix
from .release import NAMESPACE
from .tokens import probed


@dataclass(frozen=True, kw_only=True)
class MemberArgs:
    """A cluster that joins, and the host that it joins."""

    cluster_name: str
    host_name: str
    endpoint: Input[str]
    certificate_authority: Input[str]
    """The cluster's CA certificate, PEM in base64."""
    provider: kubernetes.Provider
    """The cluster's provider."""
    control_plane: pulumi.Resource
    """The resource whose deletion deletes everything in the cluster."""
    host: HostCluster
    """The host, which joins itself like any other cluster."""
    namespace: Input[str]
    """kubefed's namespace on the host, once kubefed answers there."""
    serial: Input[int]
    """The serial of kubefed's account in the cluster. A change replaces the account, its token and its rights."""
    labels: Mapping[str, str]
    """The labels of the KubeFedCluster, for placements."""
    before: Sequence[pulumi.Resource]
    """The resources that kubefed's first call needs: its route to the cluster, and the custom types there."""
    timeout_minutes: int
    """The minutes until kubefed must report the cluster Ready. Otherwise the update fails with kubefed's reason."""


class Member(pulumi.ComponentResource):
    """A service account with all rights in the cluster, and on the host its token and a KubeFedCluster.

    It is complete once kubefed reports the cluster Ready. A deletion removes the KubeFedCluster first, then the token,
    then the rights, as `kubefedctl unjoin` does.
    """

    cluster_name: Output[str]
    """The cluster's name in placements, once it is Ready."""

    def __init__(self, name: str, args: MemberArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Member", name, None, opts)
        after = Output.from_input(args.serial).apply(lambda serial: suffix(int(serial)))
        token, rights = self._service_account(name, args, after)
        secret = kubernetes.core.v1.Secret(
            f"{name}-token",
            metadata=metadata(Output.concat(args.cluster_name, after), namespace=args.namespace),
            type="Opaque",
            data={"token": Output.secret(token.data.apply(lambda data: data["token"]))},
            opts=args.host.options(self),
        )
        joined = kubernetes.apiextensions.CustomResource(
            f"{name}-kubefedcluster",
            api_version="core.kubefed.io/v1beta1",
            kind="KubeFedCluster",
            metadata=metadata(
                args.cluster_name,
                namespace=args.namespace,
                labels=args.labels,
                annotations={
                    "pulumi.com/waitFor": "condition=Ready",
                    # kubefed reads the token once, and again when the KubeFedCluster changes.
                    "federated-eks/token": token.metadata.uid.apply(_given),
                },
            ),
            spec={
                "apiEndpoint": args.endpoint,
                "caBundle": args.certificate_authority,
                "secretRef": {"name": secret.metadata.name},
            },
            # kubefed signs in as soon as the object exists. It then needs its rights, and a route to the endpoint.
            opts=args.host.options(
                self,
                after=[*rights, *args.before],
                minutes=args.timeout_minutes,
                hooks=[probed(f"{name}-probed", args.host.kubeconfig, 60 * args.timeout_minutes)],
            ),
        )
        self.cluster_name = joined.id.apply(lambda _: args.cluster_name)
        self.register_outputs({"cluster_name": self.cluster_name})

    def _service_account(
        self, name: str, args: MemberArgs, after: Output[str]
    ) -> tuple[kubernetes.core.v1.Secret, list[pulumi.Resource]]:
        """kubefed's account in the cluster: the Secret with its token, and the binding of its rights.

        All names end with `after`, so a new account has its rights before kubefed gets its token.
        """
        child = ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane)
        account = Output.concat(args.cluster_name, "-", args.host_name, after)
        namespace = self._namespace(name, args)
        service_account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account", metadata=metadata(account, namespace=namespace), opts=child
        )
        # Kubernetes creates no token for an account by itself. It fills one into a Secret of this type.
        token = kubernetes.core.v1.Secret(
            f"{name}-account-token",
            metadata=metadata(
                account,
                namespace=namespace,
                annotations={"kubernetes.io/service-account.name": service_account.metadata.name.apply(_given)},
            ),
            type="kubernetes.io/service-account-token",
            # The provider waits five seconds by default, and a busy control plane may take longer.
            opts=ResourceOptions.merge(child, ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2m"))),
        )
        # kubefed propagates any type, with every field of a template, so it needs all rights.
        role = kubernetes.rbac.v1.ClusterRole(
            f"{name}-role",
            metadata=metadata(Output.concat("kubefed-controller-manager:", account)),
            rules=[
                {"api_groups": ["*"], "resources": ["*"], "verbs": ["*"]},
                {"non_resource_urls": ["*"], "verbs": ["get"]},
            ],
            opts=child,
        )
        binding = kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=metadata(Output.concat("kubefed-controller-manager:", account)),
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": role.metadata.name.apply(_given),
            },
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            opts=child,
        )
        return token, [binding]

    def _namespace(self, name: str, args: MemberArgs) -> Input[str]:
        """kubefed's namespace in the cluster. The release has created the host's."""
        if args.cluster_name == args.host_name:
            return args.namespace
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=metadata(NAMESPACE),
            opts=ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane),
        )
        return namespace.metadata.name.apply(_given)


def _given(name: str | None) -> str:
    """A declared name. Its type is optional, but the API server returns the name that it got."""
    return name or ""
