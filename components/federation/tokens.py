"""An engine's accounts in the clusters, and the check of their tokens, by which an update replaces accounts."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi import Output

from ..threads import in_thread
from . import diagnosis
from .beside import NAMES

ROTATE = "federated-eks/rotate"
"""The annotation of a token's Secret that makes the next update replace the account."""

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and to respond. A preview may run on a machine that reaches no private API server."""

PAUSE = 1.0
"""Seconds between two calls."""

EVERYTHING = {"verb": "*", "group": "*", "resource": "*"}
"""The rights that a member's ClusterRole gives, in the form of a SelfSubjectAccessReview."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """The accounts after the stack's last update."""

    serials: Output[Mapping[str, Mapping[str, int]]]
    """The serials by engine and by the cluster's name, without the clusters that the update did not have."""
    kubeconfig: Output[str | None]
    """JSON, a context for each cluster, and for Karmada's API. None before the first update. Secret."""


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """The store of the tokens by which an engine signs in to the clusters."""

    engine: str
    """The engine's name in the settings."""
    api: str
    """The name of the API server with the Secrets, in messages."""
    namespace: str
    """The Secrets' namespace. A Secret is named after its cluster and its serial, and of type Opaque."""
    remedy: str
    """The act of an update on a token that no longer works, for messages."""

    @property
    def title(self) -> str:
        """The engine's own name."""
        return NAMES[self.engine]


def suffix(serial: int) -> str:
    """The end of an account's names. It is empty for a cluster's first account, as with `kubefedctl join`.

    No name of an EKS cluster has a dot, so that no other cluster's names are the same.
    """
    return "" if serial == 1 else f".{serial}"


Problems = Callable[[Mapping[str, Any], Mapping[str, int]], dict[str, str]]
"""A function from a kubeconfig and serials to the reasons why accounts have to be replaced, by name."""


def current(issued: Issued, keeper: Keeper, context: str, problems: Problems) -> Output[Mapping[str, int]]:
    """The serial of each cluster's account after this update, by the cluster's name; 1 for any other cluster.

    `context` is that of the engine's API. A serial is one more than the last update's if the engine's token no longer
    works, or if its rotation was requested. Other names mean other objects. So Pulumi creates the new account, its
    token and its rights before it deletes the old.

    A preview calls the API too. If it doesn't answer, as for a caller without access, all serials stay.
    """

    async def look(found: list[Any]) -> Mapping[str, int]:
        left, kubeconfig = found
        serials: Mapping[str, int] = left.get(keeper.engine) or {}
        if not serials or not kubeconfig:
            return serials
        access = {**json.loads(kubeconfig), "current-context": context}
        try:
            lost = await in_thread(problems, access, serials)
        except Exception as error:  # The API server may fail in any way.
            pulumi.log.info(
                f"{keeper.api} doesn't answer, so {keeper.title}'s tokens are not checked: {diagnosis.reason(error)}"
            )
            return serials
        for name, why in lost.items():
            pulumi.log.warn(f"{name}: {why}; {keeper.remedy}")
        return {name: serial + (name in lost) for name, serial in serials.items()}

    return Output.unsecret(Output.all(issued.serials, Output.secret(issued.kubeconfig)).apply(look))


def problems(access: Mapping[str, Any], serials: Mapping[str, int], keeper: Keeper) -> dict[str, str]:
    """The reasons to replace accounts, by the cluster's name. Raises any error of the engine's API.

    `access` is a kubeconfig. Each token is read where the engine reads it, and tried at the cluster.
    """
    from kubernetes import client  # Imported here, because no first update calls a cluster, and it takes 0.1 s.

    with connect(access) as api:
        listed: Any = client.CoreV1Api(api).list_namespaced_secret(
            keeper.namespace, field_selector="type=Opaque", _request_timeout=TIMEOUT
        )
    secrets = {secret.metadata.name: secret for secret in listed.items}

    def look(name: str) -> str:
        return _problem(access, name, secrets, f"{name}{suffix(serials[name])}", keeper)

    with ThreadPoolExecutor(8) as pool:
        return {name: why for name, why in zip(serials, pool.map(look, serials), strict=True) if why}


def _problem(access: Mapping[str, Any], name: str, secrets: Mapping[str, Any], secret: str, keeper: Keeper) -> str:
    """The reason to replace a cluster's account; `secret` is the name of its token's Secret."""
    if secret not in secrets:
        return f"{keeper.api} has no Secret {secret} with {keeper.title}'s token"
    found = secrets[secret]
    if ROTATE in (found.metadata.annotations or {}):
        return f"the rotation of {keeper.title}'s token was requested"
    try:
        token = base64.b64decode(found.data["token"]).decode()
    except (KeyError, TypeError, ValueError):
        return f"{keeper.api}'s Secret {secret} has no token"
    why = refusal(access, name, token, keeper.title)
    if why:
        # An API server that comes up may refuse a valid token for a moment.
        time.sleep(PAUSE)
    return why and refusal(access, name, token, keeper.title)


def refusal(access: Mapping[str, Any], name: str, token: str, engine: str) -> str:
    """The reason why a cluster refuses an engine's token; empty if it takes the token, or if it doesn't answer."""
    from kubernetes import client

    clusters = [entry for entry in access["clusters"] if entry["name"] == name]
    if not clusters:
        return ""
    context = {"name": name, "context": {"cluster": name, "user": name}}
    own = {"clusters": clusters, "users": [{"name": name, "user": {"token": token}}], "contexts": [context]}
    review: Any = {"spec": {"resourceAttributes": EVERYTHING}}
    try:
        with connect({**own, "current-context": name}) as api:
            response: Any = client.AuthorizationV1Api(api).create_self_subject_access_review(
                review, _request_timeout=TIMEOUT
            )
    except client.ApiException as error:
        refused = cast(Any, error).status == 401
        return f"its API server refuses {engine}'s token (401 Unauthorized)" if refused else ""
    except Exception:  # A new token would not end any other failure.
        return ""
    return "" if response.status.allowed else f"{engine}'s account there has lost its rights"


def connect(access: Mapping[str, Any]) -> Any:
    """A client of a kubeconfig's current context, without retries."""
    from kubernetes import client, config

    settings: Any = cast(Any, client.Configuration)()
    settings.retries = False
    return cast(Any, config).new_client_from_config_dict(dict(access), client_configuration=settings)
