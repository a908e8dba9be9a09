"""kubefed's admission webhook during an upgrade of its release."""

from __future__ import annotations

from typing import Any, cast

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis

CONFIGURATION = "validations.core.kubefed.io"
"""The chart's ValidatingWebhookConfiguration."""

NOT_HELMS = {"matchExpressions": [{"key": "app.kubernetes.io/managed-by", "operator": "NotIn", "values": ["Helm"]}]}
"""Selects all but what helm has made, which helm labels so (Helm's documentation, "Labels and Annotations")."""


def spares_helm(name: str, kubeconfig: Output[str]) -> pulumi.ResourceHook:
    """A hook before an update of the release, after which kubefed's webhook doesn't judge the chart's own objects.

    The chart makes a new authority and certificate in every upgrade (its webhook.yaml: genCA), and helm changes its
    FederatedTypeConfigs and KubeFedConfig in the same breath. As long as the webhook's pods, its configuration and its
    Secret don't agree, the API server refuses those changes ("certificate signed by unknown authority"). Helm keeps
    the selector, because the chart says nothing of it. `name` is unique among the stack's hooks.
    """

    async def spare(_: pulumi.ResourceHookArgs) -> None:
        try:
            await in_thread(select, diagnosis.connect(await kubeconfig.future() or "").client)
        except Exception as error:  # whatever keeps the cluster from answering
            raise pulumi.RunError(
                f"kubefed's {CONFIGURATION} on the host can't be prepared for the upgrade: "
                f"{diagnosis.reason(error)}; check that "
                "`kubectl get validatingwebhookconfigurations` answers on the host, and run the update again"
            ) from None

    return pulumi.ResourceHook(name, spare)


def select(api: Any) -> None:
    """Give every webhook of the configuration the selector; nothing, if there is no such configuration."""
    from kubernetes import client

    webhooks = client.AdmissionregistrationV1Api(api)
    try:
        found: Any = webhooks.read_validating_webhook_configuration(CONFIGURATION, _request_timeout=diagnosis.TIMEOUT)
    except client.ApiException as error:
        if cast(Any, error).status == 404:
            return
        raise
    patch = [
        {"op": "add", "path": f"/webhooks/{index}/objectSelector", "value": NOT_HELMS}
        for index in range(len(found.webhooks or ()))
    ]
    webhooks.patch_validating_webhook_configuration(CONFIGURATION, patch, _request_timeout=diagnosis.TIMEOUT)
