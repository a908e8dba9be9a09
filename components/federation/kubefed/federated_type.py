"""The objects that `kubefedctl enable` creates for a federated type, and the rights that it lacks, as resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from .builtin_types import Target
from .derive import GROUP, federated_crd, federated_plural, type_config
from .release import NAMESPACE


@dataclass(frozen=True, kw_only=True)
class FederatedTypeArgs:
    """A type, and the host that federates it."""

    target: Input[Target]
    """The type, as the clusters know it."""
    host: HostCluster
    namespace: Input[str]
    """kubefed's namespace on the host, once kubefed answers there."""
    federated_group: str
    federated_version: str
    present: Sequence[pulumi.Resource]
    """The CRDs of a custom type in all clusters, which must exist first."""
    timeout_minutes: int
    """The minutes until kubefed must have started with the type, and must have deleted its objects in every cluster."""


class FederatedType(pulumi.ComponentResource):
    """A Federated CRD and a FederatedTypeConfig on the host, and the controller's rights on the new type.

    `name` is the type's, `<plural>.<group>`, `<plural>` alone for the core group. A deletion removes its federated
    objects first, together with the objects that they placed in the clusters.
    """

    def __init__(self, name: str, args: FederatedTypeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FederatedType", name, None, opts)
        plural = federated_plural(name)
        group, version = args.federated_group, args.federated_version
        target = Output.from_input(args.target)
        # kubefed's chart gives its controller rights on the default group only. Without rights nothing propagates, and
        # only the controller's log says why.
        grant = self._grant(f"{plural}.{group}", args.host) if group != GROUP else []
        config = kubernetes.apiextensions.CustomResource(
            f"{name}-config",
            api_version="core.kubefed.io/v1beta1",
            kind="FederatedTypeConfig",
            metadata=metadata(
                name,
                namespace=args.namespace,
                annotations={"pulumi.com/waitFor": "jsonpath={.status.propagationController}=Running"},
            ),
            spec=target.apply(lambda target: type_config(target, group, version)["spec"]),
            opts=args.host.options(self, after=[*grant, *args.present], minutes=args.timeout_minutes),
        )
        # The CRD comes after the config, so that it is deleted first: a deleted CRD waits for its objects, and they
        # wait for kubefed's finalizer, which only a running controller removes.
        kubernetes.apiextensions.v1.CustomResourceDefinition(
            f"{name}-federated",
            metadata=metadata(f"{plural}.{group}"),
            spec=target.apply(lambda target: federated_crd(target, group, version)["spec"]),
            opts=args.host.options(self, after=[config], minutes=args.timeout_minutes),
        )
        self.register_outputs({})

    def _grant(self, resource: str, host: HostCluster) -> list[pulumi.Resource]:
        """The controller's rights on a federated type, `<plural>.<group>`, as the chart gives on the default group.

        The role is the program's own, so that an upgrade of the chart doesn't change it.
        """
        plural, _, group = resource.partition(".")
        role = kubernetes.rbac.v1.ClusterRole(
            f"{resource}-grant",
            metadata=metadata(f"kubefed-controller:{resource}"),
            rules=[
                {
                    "api_groups": [group],
                    "resources": [plural, f"{plural}/status"],
                    "verbs": ["get", "list", "watch", "update", "patch"],
                }
            ],
            opts=host.options(self),
        )
        binding = kubernetes.rbac.v1.ClusterRoleBinding(
            f"{resource}-grant",
            metadata=metadata(f"kubefed-controller:{resource}"),
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role.id},
            subjects=[{"kind": "ServiceAccount", "name": "kubefed-controller", "namespace": NAMESPACE}],
            opts=host.options(self),
        )
        return [binding]
