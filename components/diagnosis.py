"""Why an object on a cluster is not ready or doesn't go, asked of the cluster itself when an update fails for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient
from pulumi import Output

Object = Mapping[str, Any]
TIMEOUT = 10
"""Seconds that a cluster has to answer; it is asked in a failure that may be its own."""

CLUSTERS = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster"}


def explained(name: str, kubeconfig: Output[str]) -> pulumi.ErrorHook:
    """An error hook that logs why an object of `kubeconfig`'s cluster failed. It never retries.

    Pulumi's Kubernetes provider ends a wait with "timed out waiting for the condition" and no more. The hook reads the
    object and its warnings, and logs what they say. `name` is unique among the stack's hooks.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        object: Any = failed.new_inputs or failed.old_inputs or {}
        metadata: Any = object.get("metadata") or {}
        what = f"{object.get('kind')} {metadata.get('name')}"
        credentials = await kubeconfig.future()
        if not credentials or not metadata.get("name"):
            return False
        try:
            found = [*dict.fromkeys(read(connect(credentials), object))]
        except Exception as error:  # whatever keeps the cluster from answering, the first error is the one to show
            pulumi.log.warn(f"{what}: its cluster doesn't tell why it is not ready: {error}")
        else:
            pulumi.log.error(f"{what}: " + ("; ".join(found) or "its controller has not looked at it yet"))
        return False

    return pulumi.ErrorHook(name, explain)


def connect(kubeconfig: str) -> DynamicClient:
    """The cluster of a kubeconfig's current context."""
    return DynamicClient(cast(Any, config).new_client_from_config_dict(json.loads(kubeconfig)))


def read(cluster: Any, object: Object) -> Iterator[str]:
    """What is wrong with a living object by its own status, the clusters it waits for, and its warnings."""
    living = get(cluster, object)
    yield from conditions(living)
    yield from propagation(living)
    if living["metadata"].get("deletionTimestamp"):
        yield from held(living, listed(cluster, CLUSTERS))
    events = client.CoreV1Api(cluster.client).list_namespaced_event(
        living["metadata"].get("namespace") or "default",
        field_selector=f"involvedObject.uid={living['metadata']['uid']},type=Warning",
        _request_timeout=TIMEOUT,
    )
    yield from (f"{event.reason}: {event.message}" for event in events.items)


def get(cluster: Any, object: Object) -> Object:
    """An object as it is now, by its apiVersion, kind, name and namespace."""
    kind = cluster.resources.get(api_version=object["apiVersion"], kind=object["kind"])
    name, namespace = object["metadata"]["name"], object["metadata"].get("namespace")
    return kind.get(name=name, namespace=namespace, _request_timeout=TIMEOUT).to_dict()


def listed(cluster: Any, kind: Object) -> list[Object]:
    """All objects of a kind, by its apiVersion and kind."""
    found = cluster.resources.get(api_version=kind["apiVersion"], kind=kind["kind"])
    return found.get(_request_timeout=TIMEOUT).to_dict()["items"]


def conditions(object: Object) -> Iterator[str]:
    """Each condition of an object's status, with its reason and message."""
    for condition in _status(object).get("conditions") or ():
        why = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
        yield f"{condition.get('type')} is {condition.get('status')}" + (f" ({why})" if why else "")


def propagation(object: Object) -> Iterator[str]:
    """The clusters where a federated object is not as it should be, each with kubefed's word for it."""
    for cluster in _status(object).get("clusters") or ():
        if cluster.get("status"):
            yield f"{cluster.get('name')}: {cluster['status']}"


def held(object: Object, clusters: list[Object]) -> Iterator[str]:
    """What keeps a deleted object: kubefed takes its finalizer off once it has cleared every cluster."""
    unready = [cluster["metadata"]["name"] for cluster in clusters if not ready(cluster)]
    if unready:
        yield (
            f"kubefed waits for {', '.join(unready)}, not Ready, to clear away what it placed there; bring it back and "
            "run the command again, or take its region out of the fleet's clusters, which lets kubefed forget it"
        )
    elif object["metadata"].get("finalizers"):
        yield f"it waits for {', '.join(object['metadata']['finalizers'])}"


def ready(object: Object) -> bool:
    """Whether an object's condition Ready is True."""
    return any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in _status(object).get("conditions") or ()
    )


def _status(object: Object) -> Any:
    return object.get("status") or {}
