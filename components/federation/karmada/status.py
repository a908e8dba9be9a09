"""What Karmada's objects say of a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis
from ..diagnosis import Object

CLUSTERS = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}

MEMBERS = "karmada-cluster"
"""The namespace of the members' credentials in Karmada, and of Karmada's accounts in every member."""

INSTALLED = ("karmada-version", "karmada-system")
"""The ConfigMap with which the chart's Job ends, and its namespace in Karmada: Karmada's own parts wait for it too."""

PAUSE = 2.0
"""Seconds between two calls."""


def explained(kubeconfig: Output[str]) -> pulumi.ErrorHook:
    """The hook that logs why an object in Karmada failed, in Karmada's own words; a program makes it once."""
    return diagnosis.explained("karmada-reason", kubeconfig, reasons)


def reasons(_: Any, object: Object) -> Iterator[str]:
    """What keeps a deleted object: Karmada removes its finalizer once it has cleared the member."""
    finalizers = object["metadata"].get("finalizers")
    if object["metadata"].get("deletionTimestamp") and finalizers:
        yield f"it waits for {', '.join(finalizers)}"


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
