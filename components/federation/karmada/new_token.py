"""The wait until Karmada uses a new token of a cluster."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis, tokens
from ..diagnosis import Object
from .release import NAMESPACE
from .status import CLUSTERS

MANAGER: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "karmada-controller-manager", "namespace": NAMESPACE},
}
RESTARTED = "federated-eks/restarted"
"""The annotation of its pods that changes with each restart."""

PAUSE = 1.0
"""Seconds between two calls."""


def taken(name: str, karmada: Output[str], host: Output[str], seconds: float) -> pulumi.ResourceHook:
    """A hook on a Cluster that ends once Karmada calls the cluster by its new token; the two are kubeconfigs.

    Karmada reads the token for each probe and each write, but its watches keep the old one, and nothing says when they
    end (karmada-io/karmada#7562, fixed in 1.19). So the hook tries the token, and restarts Karmada's controller
    manager on the host. It fails the update after `seconds`, and the old account then stays. It ends at once if the
    change has the same Secret. `name` is unique among the stack's hooks.
    """

    async def wait(changed: pulumi.ResourceHookArgs) -> None:
        old, new = _secret(changed.old_inputs), _secret(changed.new_inputs)
        if not old or old == new:
            return
        metadata: Any = (changed.new_inputs or {})["metadata"]
        title = f"Cluster {metadata['name']}"
        api = await in_thread(diagnosis.connect, await karmada.future() or "")
        home = await in_thread(diagnosis.connect, await host.future() or "")
        cluster = await in_thread(diagnosis.get, api, {**CLUSTERS, "metadata": metadata})
        if why := await in_thread(refusal, api, cluster):
            raise pulumi.RunError(f"{title}: not Ready by its new token: {why}")
        await in_thread(restart, home)
        deadline = time.monotonic() + seconds
        while why := await in_thread(behind, api, home, cluster):
            if time.monotonic() > deadline:
                raise pulumi.RunError(f"{title}: not Ready by its new token: {why}")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def _secret(inputs: Mapping[str, Any] | None) -> str:
    object: Any = inputs or {"spec": {"secretRef": {"name": ""}}}
    return object["spec"]["secretRef"]["name"]


def refusal(karmada: Any, cluster: Object) -> str:
    """Why a cluster doesn't let Karmada in by the token that Karmada reads; empty if it does."""
    name, secret = cluster["metadata"]["name"], {"apiVersion": "v1", "kind": "Secret"}
    data = diagnosis.get(karmada, {**secret, "metadata": cluster["spec"]["secretRef"]})["data"]
    server = {"server": cluster["spec"]["apiEndpoint"], "certificate-authority-data": data["caBundle"]}
    access = {"clusters": [{"name": name, "cluster": server}]}
    return tokens.refusal(access, name, base64.b64decode(data["token"]).decode(), "Karmada")


def restart(host: Any) -> None:
    """Have the host replace the pods of Karmada's controller manager."""
    now = datetime.now(timezone.utc).isoformat()
    host.resources.get(api_version=MANAGER["apiVersion"], kind=MANAGER["kind"]).patch(
        **MANAGER["metadata"],
        body={"spec": {"template": {"metadata": {"annotations": {RESTARTED: now}}}}},
        content_type="application/strategic-merge-patch+json",
        _request_timeout=diagnosis.TIMEOUT,
    )


def behind(karmada: Any, host: Any, cluster: Object) -> str:
    """Why Karmada doesn't use a cluster's token yet; empty once it does."""
    manager = diagnosis.get(host, MANAGER)
    status, replicas = diagnosis.status(manager), manager["spec"].get("replicas", 1)
    replaced = (status.get("replicas"), status.get("updatedReplicas"), status.get("availableReplicas"))
    if status.get("observedGeneration", 0) < manager["metadata"]["generation"] or replaced != (replicas,) * 3:
        return "the pods of karmada-controller-manager are not replaced yet"
    found = diagnosis.get(karmada, cluster)
    return "" if diagnosis.ready(found) else "; ".join(diagnosis.conditions(found))
