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
"""A selector of all objects except Helm's, which have this label (Helm's documentation, "Labels and Annotations")."""


def spares_helm(name: str, kubeconfig: Output[str]) -> pulumi.ResourceHook:
    """A hook before an update of the release that exempts the chart's own objects from kubefed's webhook.

    The chart creates a new authority and certificate in every upgrade (its webhook.yaml: genCA), and Helm changes its
    FederatedTypeConfigs and KubeFedConfig at the same time. While the webhook's pods, its configuration and its Secret
    differ, the API server refuses those changes ("certificate signed by unknown authority"). Helm keeps the selector,
    because the chart has none. `name` is unique among the stack's hooks.
    """

    async def spare(_: pulumi.ResourceHookArgs) -> None:
        try:
            await in_thread(select, diagnosis.connect(await kubeconfig.future() or "").client)
        except Exception as error:  # The cluster may fail in any way.
            raise pulumi.RunError(
                f"kubefed's {CONFIGURATION} on the host can't be prepared for the upgrade: "
                f"{diagnosis.reason(error)}; check that "
                "`kubectl get validatingwebhookconfigurations` answers on the host, and run the update again"
            ) from None

    return pulumi.ResourceHook(name, spare)


def select(api: Any) -> None:
    """Add the selector to every webhook of the configuration, if the configuration exists."""
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
