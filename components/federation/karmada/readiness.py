"""The wait until clusters can join Karmada, which needs its API and its types."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis
from .status import CLUSTERS

MEMBERS = "karmada-cluster"
"""The namespace of the members' credentials in Karmada, and of Karmada's accounts in every member."""

INSTALLED = ("karmada-version", "karmada-system")
"""The ConfigMap with which the chart's Job ends, and its namespace in Karmada: Karmada's own parts wait for it too."""

PAUSE = 2.0
"""Seconds between two calls."""


def answers(name: str, kubeconfig: Output[str], seconds: float) -> pulumi.ResourceHook:
    """A hook for the creation of Karmada's Kubernetes provider, which ends once Karmada serves all that joins need.

    The load balancer takes minutes to answer, and the chart's Job installs Karmada's types when its API server runs.
    It fails the update after `seconds`. `name` is unique among the stack's hooks.
    """

    async def wait(_: pulumi.ResourceHookArgs) -> None:
        access = await kubeconfig.future() or ""
        deadline = time.monotonic() + seconds
        while why := await in_thread(lacking, access):
            if time.monotonic() > deadline:
                raise pulumi.RunError(
                    f"Karmada on the host {why}; look at the pods in karmada-system there, check that this machine is "
                    "in a network that endpoint.clients or the fleet has, and run the update again"
                )
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def lacking(kubeconfig: str) -> str:
    """Why clusters can't join yet; empty once they can."""
    from kubernetes import client

    try:
        karmada: Any = diagnosis.connect(kubeconfig)
        diagnosis.listed(karmada, CLUSTERS)
        client.CoreV1Api(karmada.client).read_namespaced_config_map(*INSTALLED, _request_timeout=diagnosis.TIMEOUT)
    except Exception as error:  # whatever keeps Karmada from answering
        return f"does not answer ({diagnosis.reason(error)})"
    return ""
