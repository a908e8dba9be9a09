"""kubefed's accounts in the clusters, their replacement by an update, and the wait for kubefed to use a new token."""

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
"""The annotation of a token's Secret on the host that makes the next update replace the account."""

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and to respond. A preview may run on a machine that reaches no private API server."""

PAUSE = 1.0
"""Seconds between two calls."""

EVERYTHING = {"verb": "*", "group": "*", "resource": "*"}
"""The rights that a member's ClusterRole gives, in the form of a SelfSubjectAccessReview."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """The accounts after the stack's last update."""

    serials: Output[Mapping[str, int]]
    """The serials by the cluster's name, without the clusters that the update did not have."""
    kubeconfig: Output[str | None]
    """JSON with a context for each cluster, the host's as the current one; None before the first update. Secret."""


def suffix(serial: int) -> str:
    """The end of an account's names. It is empty for a cluster's first account, as with `kubefedctl join`.

    No name of an EKS cluster has a dot, so that no other cluster's names are the same.
    """
    return "" if serial == 1 else f".{serial}"


def current(issued: Issued) -> Output[Mapping[str, int]]:
    """The serial of each cluster's account after this update, by the cluster's name; 1 for any other cluster.

    It is one more than the last update's if kubefed's token no longer works, or if its rotation was requested. Other
    names mean other objects, so Pulumi creates the new account, its token and its rights before it deletes the old.

    A preview calls the host too. If the host doesn't answer, as for a caller without access, all serials stay.
    """

    async def look(found: list[Any]) -> Mapping[str, int]:
        serials, kubeconfig = found
        if not serials or not kubeconfig:
            return serials
        try:
            lost = await in_thread(problems, json.loads(kubeconfig), serials)
        except Exception as error:  # The host may fail in any way.
            pulumi.log.info(f"the host doesn't answer, so kubefed's tokens are not checked: {diagnosis.reason(error)}")
            return serials
        for name, why in lost.items():
            pulumi.log.warn(f"{name}: {why}; this update gives kubefed a new account and token there")
        return {name: serial + (name in lost) for name, serial in serials.items()}

    return Output.unsecret(Output.all(issued.serials, Output.secret(issued.kubeconfig)).apply(look))


def problems(access: Mapping[str, Any], serials: Mapping[str, int]) -> dict[str, str]:
    """The reasons to replace accounts, by the cluster's name. Raises any error of the host's.

    `access` is a kubeconfig. Each token is read on the host, as kubefed does, and tried at the cluster.
    """
    from kubernetes import client  # Imported here, because no first update calls a cluster, and it takes 0.1 s.

    with _connect(access) as host:
        listed: Any = client.CoreV1Api(host).list_namespaced_secret(
            NAMESPACE, field_selector="type=Opaque", _request_timeout=TIMEOUT
        )
    secrets = {secret.metadata.name: secret for secret in listed.items}

    def look(name: str) -> str:
        return _problem(access, name, secrets, f"{name}{suffix(serials[name])}")

    with ThreadPoolExecutor(8) as pool:
        return {name: why for name, why in zip(serials, pool.map(look, serials), strict=True) if why}


def _problem(access: Mapping[str, Any], name: str, secrets: Mapping[str, Any], secret: str) -> str:
    """The reason to replace a cluster's account; `secret` is the name of its token's Secret on the host."""
    if secret not in secrets:
        return f"the host has no Secret {secret} with kubefed's token"
    found = secrets[secret]
    if ROTATE in (found.metadata.annotations or {}):
        return "the rotation of kubefed's token was requested"
    try:
        token = base64.b64decode(found.data["token"]).decode()
    except (KeyError, TypeError, ValueError):
        return f"the host's Secret {secret} has no token"
    why = refusal(access, name, token)
    if why:
        # A starting API server may refuse a valid token for a moment.
        time.sleep(PAUSE)
    return why and refusal(access, name, token)


def refusal(access: Mapping[str, Any], name: str, token: str) -> str:
    """The reason why a cluster refuses kubefed's token; empty if it takes the token, or if it doesn't answer."""
    from kubernetes import client

    clusters = [entry for entry in access["clusters"] if entry["name"] == name]
    if not clusters:
        return ""
    context = {"name": name, "context": {"cluster": name, "user": name}}
    own = {"clusters": clusters, "users": [{"name": name, "user": {"token": token}}], "contexts": [context]}
    review: Any = {"spec": {"resourceAttributes": EVERYTHING}}
    try:
        with _connect({**own, "current-context": name}) as api:
            response: Any = client.AuthorizationV1Api(api).create_self_subject_access_review(
                review, _request_timeout=TIMEOUT
            )
    except client.ApiException as error:
        refused = cast(Any, error).status == 401
        return "its API server refuses kubefed's token (401 Unauthorized)" if refused else ""
    except Exception:  # A new token would not end any other failure.
        return ""
    return "" if response.status.allowed else "kubefed's account there has lost its rights"


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


def _connect(access: Mapping[str, Any]) -> Any:
    """A client of a kubeconfig's current context, without retries."""
    from kubernetes import client, config

    settings: Any = cast(Any, client.Configuration)()
    settings.retries = False
    return cast(Any, config).new_client_from_config_dict(dict(access), client_configuration=settings)
