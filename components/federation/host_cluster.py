"""The host cluster, and the options of each object on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class HostCluster:
    """The cluster on which objects are declared to the federation's engine."""

    provider: kubernetes.Provider
    kubeconfig: Output[str]
    """JSON; its current context is the host's. Secret."""
    reason: pulumi.ErrorHook
    """The hook that logs why an object of the host failed."""
    control_plane: pulumi.Resource | None = None
    """The resource whose deletion deletes everything in the cluster; None if it belongs to another stack."""

    def options(
        self,
        parent: pulumi.Resource,
        *,
        after: Sequence[pulumi.Resource] = (),
        minutes: int | None = None,
        deleted_with: pulumi.Resource | None = None,
        hooks: Sequence[pulumi.ResourceHook] = (),
        kept: bool = False,
    ) -> ResourceOptions:
        """Options for a child of `parent` that is an object on the host, created after `after`.

        The engine has `minutes` for its work on the object, and for its removal. Pulumi deletes the object without
        a call of its own if it deletes `deleted_with` or the cluster. `hooks` run after a creation and an update. An
        object that is `kept` stays on the host when it leaves the program.
        """
        timeout = f"{minutes}m" if minutes else None
        return ResourceOptions(
            parent=parent,
            provider=self.provider,
            deleted_with=deleted_with or self.control_plane,
            retain_on_delete=kept or None,
            depends_on=[*after],
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout, delete=timeout),
            hooks=pulumi.ResourceHookBinding(
                after_create=[*hooks], after_update=[*hooks], on_error=[self.reason] if minutes else None
            ),
        )
