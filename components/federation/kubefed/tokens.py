"""kubefed's accounts in the clusters: which of them an update replaces, and when kubefed has taken the new token."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis
from ..diagnosis import Object
from .release import NAMESPACE
from .status import CLUSTERS

ROTATE = "federated-eks/rotate"
"""The annotation of a token's Secret on the host that has the next update replace the account."""

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and to respond. A preview may run where no private API server is reached."""

PAUSE = 1.0
"""Seconds between two calls."""

EVERYTHING = {"verb": "*", "group": "*", "resource": "*"}
"""The rights that a member's ClusterRole gives, as a SelfSubjectAccessReview asks for them."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """The accounts that the stack's last update left."""

    serials: Output[Mapping[str, int]]
    """By the cluster's name; without the clusters that the update did not have."""
    kubeconfig: Output[str | None]
    """JSON, a context for each cluster, the host's the current one; None before the first update. Secret."""


def suffix(serial: int) -> str:
    """Return what ends the names of an account: nothing for a cluster's first one, as `kubefedctl join` has it.

    No name of an EKS cluster has a dot, so that no other cluster's names are the same.
    """
    return "" if serial == 1 else f".{serial}"


def current(issued: Issued) -> Output[Mapping[str, int]]:
    """The serial of each cluster's account after this update, by the cluster's name; 1 for any other cluster.

    It is one more than the last update's if kubefed's token no longer works, or if its rotation was asked for. Other
    names make other objects. So Pulumi creates the new account, its token and its rights before it deletes the old.

    A preview asks as well. Where the host doesn't answer, as for a caller without access, all serials stay.
    """

    async def look(found: list[Any]) -> Mapping[str, int]:
        serials, kubeconfig = found
        if not serials or not kubeconfig:
            return serials
        try:
            lost = await in_thread(problems, json.loads(kubeconfig), serials)
        except Exception as error:  # whatever keeps the host from answering
            pulumi.log.info(f"the host doesn't answer, so kubefed's tokens are not checked: {diagnosis.reason(error)}")
            return serials
        for name, why in lost.items():
            pulumi.log.warn(f"{name}: {why}; this update gives kubefed a new account and token there")
        return {name: serial + (name in lost) for name, serial in serials.items()}

    return Output.unsecret(Output.all(issued.serials, Output.secret(issued.kubeconfig)).apply(look))


def problems(access: Mapping[str, Any], serials: Mapping[str, int]) -> dict[str, str]:
    """Return why an account has to be replaced, by the cluster's name. Raise whatever keeps the host from answering.

    `access` is a kubeconfig. Each token is the one that kubefed reads on the host, and is tried where it is used.
    """
    from kubernetes import client  # Here, because no first update calls a cluster, and the import takes 0.1 s.

    with _connect(access) as host:
        listed: Any = client.CoreV1Api(host).list_namespaced_secret(
            NAMESPACE, field_selector="type=Opaque", _request_timeout=TIMEOUT
        )
    secrets = {one.metadata.name: one for one in listed.items}

    def look(name: str) -> str:
        return _problem(access, name, secrets, f"{name}{suffix(serials[name])}")

    with ThreadPoolExecutor(8) as pool:
        return {name: why for name, why in zip(serials, pool.map(look, serials), strict=True) if why}


def _problem(access: Mapping[str, Any], name: str, secrets: Mapping[str, Any], secret: str) -> str:
    """Why a cluster's account has to be replaced; `secret` is the name of its token's Secret on the host."""
    if secret not in secrets:
        return f"the host has no Secret {secret} with kubefed's token"
    found = secrets[secret]
    if ROTATE in (found.metadata.annotations or {}):
        return "the rotation of kubefed's token was asked for"
    try:
        token = base64.b64decode(found.data["token"]).decode()
    except (KeyError, TypeError, ValueError):
        return f"the host's Secret {secret} has no token"
    why = refusal(access, name, token)
    if why:
        # An API server that comes up may refuse a valid token for a moment.
        time.sleep(PAUSE)
    return why and refusal(access, name, token)


def refusal(access: Mapping[str, Any], name: str, token: str) -> str:
    """Return why a cluster doesn't let kubefed in by a token; empty if it does, or if it doesn't answer."""
    from kubernetes import client

    clusters = [one for one in access["clusters"] if one["name"] == name]
    if not clusters:
        return ""
    context = {"name": name, "context": {"cluster": name, "user": name}}
    own = {"clusters": clusters, "users": [{"name": name, "user": {"token": token}}], "contexts": [context]}
    review: Any = {"spec": {"resourceAttributes": EVERYTHING}}
    try:
        with _connect({**own, "current-context": name}) as api:
            answer: Any = client.AuthorizationV1Api(api).create_self_subject_access_review(
                review, _request_timeout=TIMEOUT
            )
    except client.ApiException as error:
        refused = cast(Any, error).status == 401
        return "its API server refuses kubefed's token (401 Unauthorized)" if refused else ""
    except Exception:  # Another kind of failure, which a new token would not end.
        return ""
    return "" if answer.status.allowed else "kubefed's account there has lost its rights"


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
                why = "; ".join(diagnosis.conditions(found)) or "kubefed has not looked at it since"
                raise pulumi.RunError(f"KubeFedCluster {metadata['name']}: not Ready by its new token: {why}")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def _secret(inputs: Mapping[str, Any] | None) -> str:
    object: Any = inputs or {"spec": {"secretRef": {"name": ""}}}
    return object["spec"]["secretRef"]["name"]


def _probe(cluster: Object) -> Any:
    """The time of kubefed's last probe."""
    return [condition.get("lastProbeTime") for condition in diagnosis.status(cluster).get("conditions") or ()]


def _connect(access: Mapping[str, Any]) -> Any:
    """A client of a kubeconfig's current context, which calls once."""
    from kubernetes import client, config

    settings: Any = cast(Any, client.Configuration)()
    settings.retries = False
    return cast(Any, config).new_client_from_config_dict(dict(access), client_configuration=settings)
