"""Karmada's accounts in the clusters, and that of programs in Karmada: which of them an update replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pulumi import Output

from .. import tokens
from ..tokens import Issued, Keeper
from .account import ACCOUNT
from .kubeconfig import CONTEXT
from .readiness import MEMBERS
from .release import NAMESPACE

KEEPER = Keeper(
    engine="karmada",
    api="Karmada",
    namespace=MEMBERS,
    remedy="this update makes another account or token",
)


def current(issued: Issued) -> Output[Mapping[str, int]]:
    """The serial of each cluster's account after this update, by the cluster's name, and of the programs' token.

    The latter has the name of its context.
    """
    return tokens.current(issued, KEEPER, CONTEXT, lambda access, serials: problems(access, serials))


def problems(access: Mapping[str, Any], serials: Mapping[str, int]) -> dict[str, str]:
    """Return why an account or a token has to be replaced, by name. Raise whatever keeps Karmada from answering.

    `access` is the fleet's kubeconfig, by which programs sign in to Karmada.
    """
    from kubernetes import client

    clusters = {name: serial for name, serial in serials.items() if name != CONTEXT}
    try:
        found = tokens.problems(access, clusters, KEEPER)
        return {**found, **_programs(access, serials.get(CONTEXT, 1))}
    except client.ApiException as error:
        if cast(Any, error).status != 401:
            raise
        return {CONTEXT: "Karmada refuses the token of programs (401 Unauthorized)"}


def _programs(access: Mapping[str, Any], serial: int) -> dict[str, str]:
    """Why the token of programs has to be replaced, if it has to be."""
    from kubernetes import client

    with tokens.connect(access) as api:
        listed: Any = client.CoreV1Api(api).list_namespaced_secret(
            NAMESPACE, field_selector=f"metadata.name={ACCOUNT}{tokens.suffix(serial)}", _request_timeout=tokens.TIMEOUT
        )
    marked = any(tokens.ROTATE in (secret.metadata.annotations or {}) for secret in listed.items)
    return {CONTEXT: "the rotation of the programs' token was requested"} if marked else {}
