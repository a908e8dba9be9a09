"""Joining clusters to Karmada: what `karmadactl join` does, as resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from ..tokens import suffix
from .new_token import taken
from .readiness import MEMBERS

IMPERSONATOR = "karmada-impersonator"
SYSTEM = {"karmada.io/system": "true"}
"""The label of Karmada's own objects, which `karmadactl` sets too."""
REGION = "topology.kubernetes.io/region"


@dataclass(frozen=True, kw_only=True)
class MemberArgs:
    """A cluster that joins, and the Karmada that it joins."""

    cluster_name: str
    endpoint: Input[str]
    provider: kubernetes.Provider
    """The cluster's."""
    control_plane: pulumi.Resource
    """The cluster's; what is in the cluster goes with it."""
    karmada: HostCluster
    host_kubeconfig: Output[str]
    """Of the cluster that runs Karmada. Secret."""
    serial: Input[int]
    """Of Karmada's account in the cluster; another one replaces the account, its tokens and its rights."""
    labels: Mapping[str, str]
    """On the Cluster, for placements by label; the region's is also its field `region`."""
    zones: Input[Sequence[str]]
    """The zones that its nodes run in."""
    before: Sequence[pulumi.Resource]
    """What exists before Karmada's first call: its way to the cluster."""
    timeout_minutes: int
    """Limit for Karmada to report the cluster Ready; the update fails then, with Karmada's reason."""


class Member(pulumi.ComponentResource):
    """Karmada's accounts in a cluster, and in Karmada their tokens and a Cluster, which Karmada calls (mode Push).

    It exists once Karmada reports the cluster Ready. When it is removed, the Cluster goes first, then the tokens, then
    the rights, as `karmadactl unjoin` does.
    """

    cluster_name: Output[str]
    """The cluster's name in placements, once it is Ready."""

    def __init__(self, name: str, args: MemberArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KarmadaMember", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata=metadata(MEMBERS, labels=SYSTEM), opts=self._in_cluster(args)
        ).metadata.name.apply(_given)
        after = Output.from_input(args.serial).apply(lambda serial: suffix(int(serial)))
        account = Output.concat("karmada-", args.cluster_name, after)
        own = self._token(f"{name}-account", account, "", namespace, args)
        # Karmada binds the rights of this one, by its name.
        impersonator = self._token(f"{name}-impersonator", IMPERSONATOR, after, namespace, args)
        rights = self._rights(name, account, namespace, args)
        fields = {"caBundle": "ca.crt", "token": "token"}
        secret = self._secret(f"{name}-token", Output.concat(args.cluster_name, after), own, fields, args)
        other = self._secret(
            f"{name}-impersonator-token",
            Output.concat(args.cluster_name, "-impersonator", after),
            impersonator,
            {"token": "token"},
            args,
        )
        system = kubernetes.core.v1.Namespace.get(f"{name}-system", "kube-system", opts=self._in_cluster(args))
        joined = kubernetes.apiextensions.CustomResource(
            f"{name}-cluster",
            api_version="cluster.karmada.io/v1alpha1",
            kind="Cluster",
            metadata=metadata(
                args.cluster_name, labels=args.labels, annotations={"pulumi.com/waitFor": "condition=Ready"}
            ),
            spec={
                "syncMode": "Push",
                "apiEndpoint": args.endpoint,
                # Karmada refuses to join one cluster under two names by it.
                "id": system.metadata.uid,
                "provider": "aws",
                **({"region": args.labels[REGION]} if REGION in args.labels else {}),
                "zones": args.zones,
                "secretRef": {"namespace": MEMBERS, "name": secret.metadata.name},
                "impersonatorSecretRef": {"namespace": MEMBERS, "name": other.metadata.name},
            },
            # Karmada signs in as soon as the object exists: with the rights bound, and by a way to the endpoint.
            opts=args.karmada.options(
                self,
                after=[rights, *args.before],
                minutes=args.timeout_minutes,
                hooks=[
                    taken(f"{name}-taken", args.karmada.kubeconfig, args.host_kubeconfig, 60 * args.timeout_minutes)
                ],
            ),
        )
        self.cluster_name = joined.id.apply(lambda _: args.cluster_name)
        self.register_outputs({"cluster_name": self.cluster_name})

    def _in_cluster(self, args: MemberArgs) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane)

    def _token(
        self, name: str, account: Input[str], after: Input[str], namespace: Output[str], args: MemberArgs
    ) -> kubernetes.core.v1.Secret:
        """A service account in the cluster, and the Secret that Kubernetes fills with its token.

        The Secret has the account's name with `after` it. The token ends with its Secret.
        """
        service_account = kubernetes.core.v1.ServiceAccount(
            name, metadata=metadata(account, namespace=namespace, labels=SYSTEM), opts=self._in_cluster(args)
        )
        return kubernetes.core.v1.Secret(
            f"{name}-secret",
            metadata=metadata(
                Output.concat(account, after),
                namespace=namespace,
                labels=SYSTEM,
                annotations={"kubernetes.io/service-account.name": service_account.metadata.name.apply(_given)},
            ),
            type="kubernetes.io/service-account-token",
            # A busy control plane may take longer than the provider waits by itself, five seconds.
            opts=ResourceOptions.merge(
                self._in_cluster(args), ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2m"))
            ),
        )

    def _rights(self, name: str, account: Output[str], namespace: Output[str], args: MemberArgs) -> pulumi.Resource:
        """Bind all rights to the account: Karmada propagates any type, with every field that a template has."""
        title = Output.concat("karmada-controller-manager:", account)
        role = kubernetes.rbac.v1.ClusterRole(
            f"{name}-role",
            metadata=metadata(title, labels=SYSTEM),
            rules=[
                {"api_groups": ["*"], "resources": ["*"], "verbs": ["*"]},
                {"non_resource_urls": ["*"], "verbs": ["get"]},
            ],
            opts=self._in_cluster(args),
        )
        return kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=metadata(title, labels=SYSTEM),
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": role.metadata.name.apply(_given),
            },
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            opts=self._in_cluster(args),
        )

    def _secret(
        self,
        name: str,
        secret: Output[str],
        token: kubernetes.core.v1.Secret,
        fields: Mapping[str, str],
        args: MemberArgs,
    ) -> kubernetes.core.v1.Secret:
        """A Secret in Karmada with what a token's has; `fields` are the keys here, and those there."""
        return kubernetes.core.v1.Secret(
            name,
            metadata=metadata(secret, namespace=MEMBERS, labels=SYSTEM),
            type="Opaque",
            data=Output.secret(token.data.apply(lambda data: {key: data[source] for key, source in fields.items()})),
            opts=args.karmada.options(self),
        )


def _given(name: str | None) -> str:
    """A name that was given, whatever its type says: the API server returns the one it got."""
    return name or ""
