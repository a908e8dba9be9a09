"""The reasons why an object isn't ready or isn't deleted, read from its cluster when an update fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi import Output

from ..text import one_line

if TYPE_CHECKING:
    from kubernetes.dynamic import DynamicClient

Object = Mapping[str, Any]
TIMEOUT = 10
"""Seconds that a cluster has to answer. The failure may be the cluster's own."""

WELL = frozenset({"Ready", "Propagation", "Established", "NamesAccepted"})
"""Conditions that are True of a healthy object: Kubernetes' usual one, kubefed's, and a CRD's two."""

Reasons = Callable[[Any, Object], Iterator[str]]
"""An engine's function from a connected cluster and an existing object to the reasons in the object's status."""


def explained(name: str, kubeconfig: Output[str], reasons: Reasons) -> pulumi.ErrorHook:
    """An error hook that logs why an object of `kubeconfig`'s cluster failed. It never retries.

    Pulumi's Kubernetes provider ends a wait with "timed out waiting for the condition" and no more. The hook reads the
    object and its warnings, and logs their reasons. `name` is unique among the stack's hooks.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        object: Any = failed.new_inputs or failed.old_inputs or {}
        metadata: Any = object.get("metadata") or {}
        what = f"{object.get('kind')} {metadata.get('name')}"
        credentials = await kubeconfig.future()
        if not credentials or not metadata.get("name"):
            return False
        try:
            found = [*dict.fromkeys(read(connect(credentials), object, reasons))]
        except Exception as error:  # The cluster may fail in any way. The first error must still be shown.
            pulumi.log.warn(f"{what}: its cluster doesn't tell why it is not ready: {reason(error)}")
        else:
            # A healthy object has no reasons. The first error alone then explains the failure.
            if found:
                pulumi.log.error(f"{what}: {'; '.join(found)}")
        return False

    return pulumi.ErrorHook(name, explain)


def connect(kubeconfig: str, context: str | None = None) -> DynamicClient:
    """A client of a kubeconfig's context, by default of the current one."""
    # Imported here, because most previews call no cluster, and the import takes a fifth of the program's start.
    from kubernetes import config
    from kubernetes.dynamic import DynamicClient

    return DynamicClient(cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig), context))


def reason(error: Exception) -> str:
    """The reason why a call failed, on one line. An API server's error has its status, without headers and body."""
    status, cause = getattr(error, "status", None), getattr(error, "reason", None)
    return f"{status} {cause}" if status and isinstance(cause, str) else one_line(error)


def read(cluster: Any, object: Object, reasons: Reasons) -> Iterator[str]:
    """The problems of an existing object: its conditions, the engine's reasons, and its warnings."""
    living = get(cluster, object)
    found = [*conditions(living), *reasons(cluster, living), *_warnings(cluster, living)]
    yield from found
    if not found and not any(status(living).values()):
        yield "its controller has not looked at it yet"


def _warnings(cluster: Any, living: Object) -> Iterator[str]:
    from kubernetes import client

    events = client.CoreV1Api(cluster.client).list_namespaced_event(
        living["metadata"].get("namespace") or "default",
        field_selector=f"involvedObject.uid={living['metadata']['uid']},type=Warning",
        _request_timeout=TIMEOUT,
    )
    yield from (f"{event.reason}: {event.message}" for event in events.items)


def get(cluster: Any, object: Object) -> Object:
    """The current object of an apiVersion, kind, name and namespace."""
    kind = cluster.resources.get(api_version=object["apiVersion"], kind=object["kind"])
    name, namespace = object["metadata"]["name"], object["metadata"].get("namespace")
    return kind.get(name=name, namespace=namespace, _request_timeout=TIMEOUT).to_dict()


def listed(cluster: Any, kind: Object) -> list[Object]:
    """All objects of an apiVersion and kind."""
    found = cluster.resources.get(api_version=kind["apiVersion"], kind=kind["kind"])
    return found.get(_request_timeout=TIMEOUT).to_dict()["items"]


def conditions(object: Object) -> Iterator[str]:
    """Each condition that may explain a failure, with its reason and message; none for a healthy object."""
    found = status(object).get("conditions") or ()
    well = [each for each in found if each.get("type") in WELL and each.get("status") == "True"]
    if well and not object["metadata"].get("deletionTimestamp"):
        return
    for condition in [each for each in found if each not in well]:
        why = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
        yield f"{condition.get('type')} is {condition.get('status')}" + (f" ({why})" if why else "")


def ready(object: Object) -> bool:
    """Whether an object's condition Ready is True."""
    return any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in status(object).get("conditions") or ()
    )


def status(object: Object) -> Any:
    """An object's status; empty for an object without one."""
    return object.get("status") or {}
