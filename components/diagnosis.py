"""Why an object on a cluster is not ready, asked of the cluster itself when an update fails for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pulumi
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient
from pulumi import Output

Object = Mapping[str, Any]
TIMEOUT = 10
"""Seconds that a cluster has to answer; it is asked in a failure that may be its own."""


def explained(name: str, kubeconfig: Output[str], reasons: Callable[[Object], Iterable[str]]) -> pulumi.ErrorHook:
    """An error hook that logs why an object of `kubeconfig`'s cluster failed. It never retries.

    Pulumi's Kubernetes provider ends a wait with "timed out waiting for the condition" and no more. The hook reads the
    object and its warnings, and logs what `reasons` finds in its status. `name` is unique among the stack's hooks.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        object: Any = failed.new_inputs or failed.old_inputs or {}
        metadata: Any = object.get("metadata") or {}
        what = f"{object.get('kind')} {metadata.get('name')}"
        credentials = await kubeconfig.future()
        if not credentials or not metadata.get("name"):
            return False
        try:
            found = [*read(credentials, object, reasons)]
        except Exception as error:  # whatever keeps the cluster from answering, the first error is the one to show
            pulumi.log.warn(f"{what}: its cluster doesn't tell why it is not ready: {error}")
        else:
            pulumi.log.error(f"{what}: " + ("; ".join(found) or "its controller has not looked at it yet"))
        return False

    return pulumi.ErrorHook(name, explain)


def read(kubeconfig: str, object: Object, reasons: Callable[[Object], Iterable[str]]) -> Iterable[str]:
    """What `reasons` finds in a living object, and then the object's warnings, each once."""
    cluster: Any = DynamicClient(cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig)))
    kind = cluster.resources.get(api_version=object["apiVersion"], kind=object["kind"])
    name, namespace = object["metadata"]["name"], object["metadata"].get("namespace")
    living = kind.get(name=name, namespace=namespace, _request_timeout=TIMEOUT).to_dict()
    events = client.CoreV1Api(cluster.client).list_namespaced_event(
        namespace or "default",
        field_selector=f"involvedObject.uid={living['metadata']['uid']},type=Warning",
        _request_timeout=TIMEOUT,
    )
    return dict.fromkeys([*reasons(living), *(f"{event.reason}: {event.message}" for event in events.items)])


def conditions(object: Object) -> Iterable[str]:
    """Each condition of an object's status, with its reason and message."""
    status: Any = object.get("status") or {}
    for condition in status.get("conditions") or ():
        why = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
        yield f"{condition.get('type')} is {condition.get('status')}" + (f" ({why})" if why else "")
