"""The host asked for kubefed's objects, and a fleet made of them and of the stack's outputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from kubernetes import client, config

from ops.map import kubefed, topology
from ops.map.model import Cluster, FederatedObject, FederatedType, Federation, Fleet, Membership, State
from ops.outputs import Outputs

NAMESPACE = "kube-federation-system"
"""kubefed's own, on the host."""

TIMEOUT = 10
"""Seconds that the host has for an answer."""

SILENT = Federation(memberships={}, types=(), objects=(), reached=False)
"""What is known of a host that doesn't answer."""

List = Callable[[str, str, str, str], list[kubefed.Object]]
"""Lists the objects of a group, version and plural, in a namespace, or in all where that is empty."""


def fleet(stack: str, found: Outputs, federation_of: Callable[[Outputs], Federation]) -> Fleet:
    """The fleet of a stack's outputs; what keeps the host from answering is told in it, and nothing fails for it."""
    try:
        federation, troubles = federation_of(found), []
    except Exception as error:  # whatever it is, the picture without the host's part is worth more than none
        federation = SILENT
        troubles = [
            f"The host {topology.host(found['plan'])} doesn't answer, so what is federated is unknown: {said(error)}"
        ]
    joined, strays = topology.peerings(found["plan"], found["peerings"])
    troubles += [f"Peering {name} joins no two networks of the plan." for name in strays]
    return Fleet(
        stack=stack,
        bastion=topology.bastion(found["plan"]),
        clusters=clusters(found["plan"], federation),
        peerings=tuple(joined),
        federation=federation,
        troubles=tuple(troubles),
    )


def clusters(plan: Mapping[str, Any], federation: Federation) -> tuple[Cluster, ...]:
    """The plan's clusters, with their standing in the federation."""
    unlisted = (
        Membership(state=State.NOT_JOINED, reason="it has no KubeFedCluster on the host")
        if federation.reached
        else Membership(state=State.UNKNOWN, reason="host doesn't answer")
    )
    host = topology.host(plan)
    return tuple(
        Cluster(
            network=network,
            host=network.name == host,
            membership=federation.memberships.get(network.name, unlisted),
        )
        for network in topology.networks(plan)
    )


def federation(found: Outputs) -> Federation:
    """What the host of these outputs answers; raises what the Kubernetes client raises."""
    return ask(host_objects(found["kubeconfig"], topology.host(found["plan"])))


def ask(objects: List) -> Federation:
    """The federation, by listing objects; a type that can't be listed has its trouble in it."""
    joined = objects("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE)
    configs = objects("core.kubefed.io", "v1beta1", "federatedtypeconfigs", NAMESPACE)
    read = [_of_type(objects, kubefed.type_(each)) for each in configs]
    return Federation(
        memberships={each["metadata"]["name"]: kubefed.membership(each) for each in joined},
        types=tuple(sorted((type_ for type_, _ in read), key=lambda type_: type_.name)),
        objects=tuple(object for _, group in read for object in group),
    )


def _of_type(objects: List, type_: FederatedType) -> tuple[FederatedType, list[FederatedObject]]:
    if not type_.enabled:
        return type_, []
    try:
        return type_, [kubefed.object_(each, type_) for each in objects(type_.group, type_.version, type_.plural, "")]
    except client.ApiException as error:
        return replace(type_, trouble=f"its objects can't be listed: {said(error)}"), []
    except (AttributeError, LookupError, TypeError) as error:  # one type of a foreign shape hides no other
        return replace(type_, trouble=f"its objects are not as kubefed has them: {said(error)}"), []


def host_objects(kubeconfig: str, context: str) -> List:
    """What lists objects of the host; its credentials stay in this process."""
    settings = client.Configuration()
    # A host that can't be reached is one that can't be reached: a second try only doubles the wait.
    cast(Any, settings).retries = False
    cast(Any, config).load_kube_config_from_dict(json.loads(kubeconfig), context=context, client_configuration=settings)
    api: Any = client.CustomObjectsApi(client.ApiClient(settings))

    def list_(group: str, version: str, plural: str, namespace: str) -> list[kubefed.Object]:
        if namespace:
            return api.list_namespaced_custom_object(group, version, namespace, plural, _request_timeout=TIMEOUT)[
                "items"
            ]
        return api.list_cluster_custom_object(group, version, plural, _request_timeout=TIMEOUT)["items"]

    return list_


def said(error: Exception) -> str:
    """An error on one line."""
    if isinstance(error, client.ApiException):
        answer = cast(Any, error)
        return f"{answer.status} {answer.reason}"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
