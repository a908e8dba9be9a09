"""kubefed's control plane, a Helm release on the host cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from ..host_cluster import HostCluster
from .status import explained
from .webhook import spares_helm

NAMESPACE = "kube-federation-system"
"""The namespace of kubefed and its KubeFedClusters on the host, and of its service accounts in every member."""


@dataclass(frozen=True, kw_only=True)
class KubeFedArgs:
    """A release's chart, images and cluster."""

    chart: str
    """The chart's name in the repository, or a folder that contains it."""
    repository: str | None
    """The chart repository's URL; None for a folder."""
    version: str
    """The version of the chart in the repository, and of the image."""
    registry: str
    """The registry of kubefed's own image."""
    hook_image: str
    """`<registry>/<image>:<tag>` with bash and kubectl."""
    node_selector: Mapping[str, str]
    """Labels of the nodes that its pods may run on; empty: any."""
    provider: kubernetes.Provider
    """The host's provider."""
    control_plane: pulumi.Resource
    """The host's control plane, whose deletion deletes the release too."""
    kubeconfig: Output[str]
    """The host's kubeconfig, JSON."""
    nodes: Sequence[pulumi.Resource]
    """The nodes that its pods run on."""


class KubeFed(pulumi.ComponentResource):
    """The release, with its namespace, CRDs, controller, admission webhook and the chart's own federated types."""

    host: HostCluster
    """The cluster on which joins and federated types are declared."""
    namespace: Output[str]
    """The release's namespace, once everything in the release answers."""

    def __init__(self, name: str, args: KubeFedArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KubeFed", name, None, opts)
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name="kubefed",
            chart=args.chart,
            # A folder has its own version.
            version=args.version if args.repository else None,
            repository_opts={"repo": args.repository} if args.repository else None,
            namespace=NAMESPACE,
            create_namespace=True,
            values=values(args.version, args.registry, args.hook_image, args.node_selector),
            timeout=600,
            # An uninstall would never end: it stops the controller, and only that removes the finalizers of the chart's
            # FederatedTypeConfigs. So the release is deleted with its cluster.
            opts=ResourceOptions(
                parent=self,
                provider=args.provider,
                depends_on=[*args.nodes],
                deleted_with=args.control_plane,
                hooks=pulumi.ResourceHookBinding(
                    before_update=[spares_helm(f"{name}-release-upgrade", args.kubeconfig)]
                ),
            ),
        )
        self.host = HostCluster(
            provider=args.provider,
            control_plane=args.control_plane,
            kubeconfig=args.kubeconfig,
            reason=explained(args.kubeconfig),
        )
        # The status is unknown while the release changes, and a preview would replace objects whose namespace is
        # unknown. So the name is a constant, and the id keeps the order.
        self.namespace = release.id.apply(lambda _: NAMESPACE)
        self.register_outputs({})


def values(version: str, registry: str, hook_image: str, node_selector: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values. Its defaults have a moving image tag, and a hook image that is no longer served.

    `commonNodeSelector` applies to both Deployments and to the hook (the chart's values.yaml).
    """
    repository, _, rest = hook_image.rpartition("/")
    image, _, tag = rest.partition(":")
    return {
        "controllermanager": {
            "controller": {"repository": registry, "tag": f"v{version}"},
            # Pods that start in an upgrade serve its new certificate. Others serve it once the kubelet has updated the
            # volume, after a minute or more. Until then the webhook would refuse memberships and federated objects.
            "webhook": {"repository": registry, "tag": f"v{version}", "forceRedeployment": True},
            "postInstallJob": {"repository": repository, "image": image, "tag": tag},
            **({"commonNodeSelector": dict(node_selector)} if node_selector else {}),
        }
    }
