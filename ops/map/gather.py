"""A fleet, gathered from the stack's outputs and from the objects of its engine, kubefed or Karmada."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

from kubernetes import client, config

from ops.errors import one_line
from ops.map import karmada, kubefed, names, topology, workloads
from ops.map.kubefed import ListObjects
from ops.map.model import (
    Cluster,
    Engine,
    FederatedObject,
    FederatedType,
    Federation,
    Fleet,
    Membership,
    Running,
    State,
)
from ops.outputs import Outputs

NAMESPACE = "kube-federation-system"
"""The namespace of kubefed's own objects on the host."""

TIMEOUT = 10
"""Seconds for a response of an API server."""

AT_ONCE = 8
"""Clusters that are read at once. Each may start `aws eks get-token`, which uses a core for a second."""

UNREACHED = Federation(memberships={}, types=(), objects=(), reached=False)
"""The federation of a host that does not answer."""


def fleet(
    stack: str,
    outputs: Outputs,
    federation_of: Callable[[Outputs], Federation],
    running_of: Callable[[Outputs], Mapping[str, Running]],
) -> Fleet:
    """Return the fleet of a stack's outputs. For a cluster that does not answer, `troubles` has a line."""
    plan = outputs["plan"]
    try:
        federation, troubles = federation_of(outputs), []
    except Exception as error:  # any error, because a picture without the host's part is better than none
        federation = UNREACHED
        troubles = [f"{_api(plan)} doesn't answer, so the federated objects are unknown: {reason(error)}"]
    peerings, unknown = topology.peerings(plan, outputs["peerings"])
    troubles += [f"Peering {name} joins no two networks of the plan." for name in unknown]
    running = running_of(outputs)
    troubles += [
        f"The workloads of {name} are unknown: {each.trouble}" for name, each in running.items() if each.trouble
    ]
    return Fleet(
        stack=stack,
        engine=topology.engine(plan),
        bastion=topology.bastion(plan),
        clusters=clusters(plan, federation),
        peerings=tuple(peerings),
        federation=federation,
        running=running,
        troubles=tuple(troubles),
    )


def _api(plan: Mapping[str, Any]) -> str:
    """Return what the federated objects are read from."""
    host = topology.host(plan)
    return f"Karmada's API on {host}" if topology.engine(plan) is Engine.KARMADA else f"The host {host}"


def clusters(plan: Mapping[str, Any], federation: Federation) -> tuple[Cluster, ...]:
    """Return the plan's clusters, with their membership in the federation."""
    without_membership = (
        Membership(state=State.NOT_JOINED, reason=f"it has no {topology.engine(plan).membership}")
        if federation.reached
        else Membership(state=State.UNKNOWN, reason=f"{topology.engine(plan).api} doesn't answer")
    )
    host = topology.host(plan)
    return tuple(
        Cluster(
            network=network,
            host=network.name == host,
            membership=federation.memberships.get(network.name, without_membership),
        )
        for network in topology.networks(plan)
    )


def federation(outputs: Outputs) -> Federation:
    """Return the federation that the outputs' engine knows. Raise any error of the Kubernetes client."""
    plan = outputs["plan"]
    api = cluster_client(outputs["kubeconfig"], topology.context(plan))
    found = (karmada.read if topology.engine(plan) is Engine.KARMADA else read)(list_by(api))
    try:
        return replace(found, names=names.names(names.list_marks(api)))
    except client.ApiException:  # a caller without the right to list ConfigMaps sees the rest
        return found


def read(list_objects: ListObjects) -> Federation:
    """Return kubefed's federation; for a type whose objects can't be listed, `trouble` has the reason."""
    clusters = list_objects("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE)
    configs = list_objects("core.kubefed.io", "v1beta1", "federatedtypeconfigs", NAMESPACE)
    by_type = [_read_type(list_objects, kubefed.type_(each)) for each in configs]
    return Federation(
        memberships={each["metadata"]["name"]: kubefed.membership(each) for each in clusters},
        types=tuple(sorted((type_ for type_, _ in by_type), key=lambda type_: type_.name)),
        objects=tuple(object for _, objects in by_type for object in objects),
    )


def _read_type(list_objects: ListObjects, type_: FederatedType) -> tuple[FederatedType, list[FederatedObject]]:
    if not type_.enabled:
        return type_, []
    try:
        objects = list_objects(type_.group, type_.version, type_.plural, "")
        return type_, [kubefed.object_(each, type_) for each in objects]
    except client.ApiException as error:
        return replace(type_, trouble=f"its objects can't be listed: {reason(error)}"), []
    except (AttributeError, LookupError, TypeError) as error:  # a malformed type must not hide the others
        return replace(type_, trouble=f"its objects have another form than kubefed's: {reason(error)}"), []


def running(outputs: Outputs) -> dict[str, Running]:
    """Return the workloads of each cluster of the plan; for an unreadable cluster, `trouble` has the reason."""
    names = [network.name for network in topology.networks(outputs["plan"])]

    def read_cluster(name: str) -> Running:
        try:
            return read_running(cluster_objects(outputs["kubeconfig"], name))
        except Exception as error:  # any error, because a cluster must not hide the others
            return Running(trouble=reason(error))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(read_cluster, names), strict=True))


def read_running(list_objects: ListObjects) -> Running:
    """Return a cluster's workloads, without those that the engine creates."""
    return Running(
        workloads=tuple(
            workloads.workload(each, kind)
            for plural, kind in workloads.KINDS.items()
            for each in list_objects("apps", "v1", plural, "")
            if not workloads.federated(each)
        )
    )


def cluster_objects(kubeconfig: str, context: str) -> ListObjects:
    """Return a function that lists a cluster's objects; the credentials stay in this process."""
    return list_by(cluster_client(kubeconfig, context))


def cluster_client(kubeconfig: str, context: str) -> client.ApiClient:
    """Return a client of a cluster. Raise any error of the Kubernetes client."""
    settings = client.Configuration()
    # A second try would only double the wait for an unreachable cluster.
    cast(Any, settings).retries = False
    cast(Any, config).load_kube_config_from_dict(json.loads(kubeconfig), context=context, client_configuration=settings)
    return client.ApiClient(settings)


def list_by(cluster: client.ApiClient) -> ListObjects:
    """Return a function that lists a cluster's objects with a client."""
    api: Any = client.CustomObjectsApi(cluster)

    def list_objects(group: str, version: str, plural: str, namespace: str) -> list[kubefed.Object]:
        if namespace:
            return api.list_namespaced_custom_object(group, version, namespace, plural, _request_timeout=TIMEOUT)[
                "items"
            ]
        return api.list_cluster_custom_object(group, version, plural, _request_timeout=TIMEOUT)["items"]

    return list_objects


def reason(error: Exception) -> str:
    """Return an error on one line: an API server's by its status, another by its class."""
    if isinstance(error, client.ApiException):
        response = cast(Any, error)
        return f"{response.status} {response.reason}"
    text = one_line(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
