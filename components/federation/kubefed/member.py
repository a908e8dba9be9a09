"""Joining clusters to the federation: what `kubefedctl join` does, as resources."""

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
    """The cluster's."""
    control_plane: pulumi.Resource
    """The cluster's; what is in the cluster goes with it."""
    host: HostCluster
    """The host; it joins itself like any other cluster."""
    namespace: Input[str]
    """kubefed's namespace on the host, once kubefed answers there."""
    serial: Input[int]
    """Of kubefed's account in the cluster; another one replaces the account, its token and its rights."""
    labels: Mapping[str, str]
    """On the KubeFedCluster, for placements by label."""
    before: Sequence[pulumi.Resource]
    """What stands before kubefed's first call: its way to the cluster, and the custom types it looks for there."""
    timeout_minutes: int
    """For how long kubefed may take to report the cluster Ready; the update fails then, with kubefed's reason."""


class Member(pulumi.ComponentResource):
    """A service account with all rights in the cluster, and on the host its token and a KubeFedCluster.

    It stands once kubefed reports the cluster Ready. Taken away, the KubeFedCluster goes first, then the token, then
    the rights, as `kubefedctl unjoin` has it.
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
            # kubefed signs in as soon as the object is there: with the rights bound, and by a way to the endpoint.
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
        """kubefed's account in the cluster: the Secret that holds its token, and what gives it its rights.

        All names end with `after`. So another account has rights of its own before kubefed gets its token.
        """
        child = ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane)
        account = Output.concat(args.cluster_name, "-", args.host_name, after)
        namespace = self._namespace(name, args)
        service_account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account", metadata=metadata(account, namespace=namespace), opts=child
        )
        # Kubernetes makes no token for an account by itself; in a Secret of this type it fills one in.
        token = kubernetes.core.v1.Secret(
            f"{name}-account-token",
            metadata=metadata(
                account,
                namespace=namespace,
                annotations={"kubernetes.io/service-account.name": service_account.metadata.name.apply(_given)},
            ),
            type="kubernetes.io/service-account-token",
            # A busy control plane may take longer than the provider waits by itself, five seconds.
            opts=ResourceOptions.merge(child, ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2m"))),
        )
        # kubefed propagates any type, and creates it with every field a template has: it can't do with less.
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
        """kubefed's namespace in the cluster; on the host the release has made it."""
        if args.cluster_name == args.host_name:
            return args.namespace
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=metadata(NAMESPACE),
            opts=ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane),
        )
        return namespace.metadata.name.apply(_given)


def _given(name: str | None) -> str:
    """A name that was given, whatever its type says: the API server returns the one it got."""
    return name or ""
