"""The wait for a load balancer in a cluster, and what keeps it from coming."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi import Output
from pulumi.output import UNKNOWN

from ...threads import in_thread
from .. import diagnosis
from . import balancer

PAUSE = 2.0
"""Seconds between two looks."""

SILENT = 3
"""Looks that a cluster may leave without an answer before what Route 53 has is kept."""


READ = {
    "Service": ("CoreV1Api", "read_namespaced_service"),
    "Ingress": ("NetworkingV1Api", "read_namespaced_ingress"),
}
"""The API and its function that read an object, by kind."""


def look(kubeconfig: str, cluster: str, object: diagnosis.Object) -> diagnosis.Object:
    """An object of the cluster with a context; empty if the cluster doesn't have it.

    A lost region must not hold up an update, so there is a limit to each call. A dynamic client has none while it
    discovers the cluster's types.
    """
    from kubernetes import client, config

    quick: Any = client.Configuration()
    quick.retries = False
    api = cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig), cluster, client_configuration=quick)
    group, function = READ[object["kind"]]
    where = object["metadata"]["name"], object["metadata"]["namespace"]
    try:
        found = getattr(getattr(client, group)(api), function)(*where, _request_timeout=diagnosis.TIMEOUT)
    except client.ApiException as error:
        if cast(Any, error).status == 404:
            return {}
        raise
    return api.sanitize_for_serialization(found)


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """The object of a cluster whose load balancer is awaited."""

    cluster: str
    object: diagnosis.Object
    """The object's apiVersion, kind, name and namespace."""
    kubeconfig: Output[str]
    """Has a context with the cluster's name."""
    minutes: int
    obstacle: Callable[[], Awaitable[str]]
    """The engine's word for why the cluster doesn't have the object."""
    recorded: Callable[[], Awaitable[str]]
    """The load balancer that the cluster's record has already; empty without one."""

    async def hostname(self) -> Any:
        """The load balancer's hostname, once there is one; unknown in a preview without one. Raise RunError.

        A cluster that doesn't answer keeps the load balancer of its record: a lost region stops no update.
        """
        deadline, silent = time.monotonic() + 60 * self.minutes, 0
        while True:
            try:
                found, why = (
                    balancer.hostname(await in_thread(look, await self._access(), self.cluster, self.object)),
                    "",
                )
            except Exception as error:  # whatever keeps the cluster from answering
                found, why, silent = "", diagnosis.reason(error), silent + 1
            if silent >= SILENT and (found := await self.recorded()):
                pulumi.log.warn(f"{self._what}: the cluster doesn't answer ({why}); its record stays at {found}")
            if found:
                return found
            if pulumi.runtime.is_dry_run() and (not why or silent >= SILENT):
                return UNKNOWN
            if time.monotonic() > deadline:
                raise pulumi.RunError(await self._late(why))
            await asyncio.sleep(PAUSE)

    @property
    def _what(self) -> str:
        return f"{self.object['kind']} {self.object['metadata']['name']} in {self.cluster}"

    async def _access(self) -> str:
        return await self.kubeconfig.future() or ""

    async def _late(self, why: str) -> str:
        """The error: the engine's word first, then the object's own conditions and warnings."""
        try:
            why = why or await self.obstacle() or "; ".join(await in_thread(self._reasons, await self._access()))
        except Exception as error:  # the first error is the one to show
            why = diagnosis.reason(error)
        return (
            f"{self._what} has no load balancer after {self.minutes} minutes ({why or 'its status has none'}); remove "
            "the cause and run the update again, or take the cluster out of the placement"
        )

    def _reasons(self, kubeconfig: str) -> list[str]:
        cluster: Any = diagnosis.connect(kubeconfig, self.cluster)
        return [*dict.fromkeys(diagnosis.read(cluster, self.object, _no_more))]


def _no_more(_: Any, __: diagnosis.Object) -> Iterator[str]:
    yield from ()
