"""kubefed's accounts in the clusters, their replacement by an update, and the wait for kubefed to use a new token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis, tokens
from ..diagnosis import Object
from ..tokens import PAUSE, Issued, Keeper
from .release import NAMESPACE
from .status import CLUSTERS

KEEPER = Keeper(
    engine="kubefed",
    api="the host",
    namespace=NAMESPACE,
    remedy="this update gives kubefed a new account and token there",
)


def current(issued: Issued, host: str) -> Output[Mapping[str, int]]:
    """The serial of each cluster's account after this update, by the cluster's name; `host` is the host's context."""
    return tokens.current(issued, KEEPER, host, lambda access, serials: problems(access, serials))


def problems(access: Mapping[str, Any], serials: Mapping[str, int]) -> dict[str, str]:
    """Return why an account has to be replaced, by the cluster's name. Raise whatever keeps the host from answering."""
    return tokens.problems(access, serials, KEEPER)


def probed(name: str, kubeconfig: Output[str], seconds: float) -> pulumi.ResourceHook:
    """A hook on a KubeFedCluster that ends once kubefed reports the cluster Ready by a new token.

    The condition Ready may still be the old token's. kubefed reads the new one as soon as the object changes, and
    probes the cluster every ten seconds. The hook fails the update after `seconds`, and the old account then stays.
    It ends at once if the change has the same Secret. `name` is unique among the stack's hooks.
    """

    async def wait(changed: pulumi.ResourceHookArgs) -> None:
        old, new = _secret(changed.old_inputs), _secret(changed.new_inputs)
        if not old or old == new:
            return
        metadata: Any = (changed.new_inputs or {})["metadata"]
        host = await in_thread(diagnosis.connect, await kubeconfig.future() or "")
        object = {**CLUSTERS, "metadata": metadata}
        before = _probe(await in_thread(diagnosis.get, host, object))
        deadline = time.monotonic() + seconds
        while True:
            found = await in_thread(diagnosis.get, host, object)
            if diagnosis.ready(found) and _probe(found) != before:
                return
            if time.monotonic() > deadline:
                why = "; ".join(diagnosis.conditions(found)) or "kubefed has not probed it since"
                raise pulumi.RunError(f"KubeFedCluster {metadata['name']}: not Ready by its new token: {why}")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def _secret(inputs: Mapping[str, Any] | None) -> str:
    object: Any = inputs or {"spec": {"secretRef": {"name": ""}}}
    return object["spec"]["secretRef"]["name"]


def _probe(cluster: Object) -> Any:
    """The time of kubefed's last probe."""
    return [condition.get("lastProbeTime") for condition in diagnosis.status(cluster).get("conditions") or ()]
