"""The host as what is declared to kubefed sees it: a provider, kubefed's namespace, and why something failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from components.diagnosis import explained

NAMESPACE = "kube-federation-system"
"""Where kubefed and its KubeFedClusters live on the host, and its service accounts in every member."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The cluster that kubefed runs on."""

    provider: kubernetes.Provider
    kubeconfig: Output[str]
    """JSON; its current context is the host's. Secret."""
    namespace: Input[str]
    """kubefed's, once kubefed answers there."""
    reason: pulumi.ErrorHook
    """Tells why an object of the host's failed."""
    control_plane: pulumi.Resource | None = None
    """What takes everything in the cluster with it; None where that is another stack's."""

    @staticmethod
    def by_kubeconfig(kubeconfig: Input[str]) -> Host:
        """The host by the output `kubeconfig` of the fleet's stack, JSON whose current context is the host's.

        For a program of its own that runs workloads on the fleet; a program has one fleet.
        """
        secret = Output.secret(kubeconfig)
        provider = kubernetes.Provider(
            "fleet",
            kubeconfig=secret,
            # Without it, a new endpoint would read as another cluster, and all that runs on the fleet be replaced.
            cluster_identifier=Output.unsecret(secret).apply(lambda text: json.loads(text)["current-context"]),
            upsert_existing_objects=True,
        )
        return Host(
            provider=provider, kubeconfig=secret, namespace=NAMESPACE, reason=explained("kubefed-reason", secret)
        )

    def options(
        self,
        parent: pulumi.Resource,
        *,
        after: Sequence[pulumi.Resource] = (),
        minutes: int | None = None,
        deleted_with: pulumi.Resource | None = None,
        hooks: Sequence[pulumi.ResourceHook] = (),
    ) -> ResourceOptions:
        """Options for a child of `parent` that is an object on the host, made once `after` stands.

        What kubefed makes of it may take `minutes`, its removal too. It goes without a call of its own where
        `deleted_with` goes, or the cluster. `hooks` are called once it is made or changed.
        """
        patience = f"{minutes}m" if minutes else None
        return ResourceOptions(
            parent=parent,
            provider=self.provider,
            deleted_with=deleted_with or self.control_plane,
            depends_on=[*after],
            custom_timeouts=pulumi.CustomTimeouts(create=patience, update=patience, delete=patience),
            hooks=pulumi.ResourceHookBinding(
                after_create=[*hooks], after_update=[*hooks], on_error=[self.reason] if minutes else None
            ),
        )
