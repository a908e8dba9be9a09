"""A fleet, gathered from the stack's outputs and from the objects of its engines, kubefed and Karmada."""

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


def fleet(
    stack: str,
    outputs: Outputs,
    federation_of: Callable[[Outputs, Engine], Federation],
    running_of: Callable[[Outputs], Mapping[str, Running]],
) -> Fleet:
    """Return the fleet of a stack's outputs. For a cluster that does not answer, `troubles` has a line."""
    plan = outputs["plan"]
    federations: list[Federation] = []
    troubles: list[str] = []
    for engine in topology.engines(plan):
        try:
            found = federation_of(outputs, engine)
        except Exception as error:  # any error, because a picture without the host's part is better than none
            found = Federation(engine=engine, memberships={}, types=(), objects=(), reached=False)
            troubles.append(
                f"{_api(plan, engine)} doesn't answer, so the federated objects are unknown: {reason(error)}"
            )
        federations.append(replace(found, memberships=memberships(plan, found)))
    peerings, unknown = topology.peerings(plan, outputs["peerings"])
    troubles += [f"Peering {name} joins no two networks of the plan." for name in unknown]
    running = running_of(outputs)
    troubles += [
        f"The workloads of {name} are unknown: {each.trouble}" for name, each in running.items() if each.trouble
    ]
    return Fleet(
        stack=stack,
        bastion=topology.bastion(plan),
        clusters=clusters(plan, federations[0]),
        peerings=tuple(peerings),
        federations=tuple(federations),
        running=running,
        troubles=tuple(troubles),
    )


def _api(plan: Mapping[str, Any], engine: Engine) -> str:
    """Return what an engine's objects are read from."""
    host = topology.host(plan)
    return f"Karmada's API on {host}" if engine is Engine.KARMADA else f"The host {host}"


def memberships(plan: Mapping[str, Any], federation: Federation) -> dict[str, Membership]:
    """Return the memberships of a federation, with a state for each of the plan's clusters that has none."""
    missing = (
        Membership(state=State.NOT_JOINED, reason=f"it has no {federation.engine.membership}")
        if federation.reached
        else Membership(state=State.UNKNOWN, reason=f"{federation.engine.api} doesn't answer")
    )
    return {network.name: missing for network in topology.networks(plan)} | {**federation.memberships}


def clusters(plan: Mapping[str, Any], federation: Federation) -> tuple[Cluster, ...]:
    """Return the plan's clusters, with their membership in a federation that has one for each."""
    host = topology.host(plan)
    return tuple(
        Cluster(network=network, host=network.name == host, membership=federation.memberships[network.name])
        for network in topology.networks(plan)
    )


def federation(outputs: Outputs, engine: Engine) -> Federation:
    """Return the federation that an engine of the fleet knows. Raise any error of the Kubernetes client."""
    api = cluster_client(outputs["kubeconfig"], topology.context(outputs["plan"], engine))
    found = (karmada.read if engine is Engine.KARMADA else read)(list_by(api))
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
        engine=Engine.KUBEFED,
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
