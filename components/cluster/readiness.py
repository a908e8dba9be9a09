"""The wait for a new cluster's API server, until it accepts the caller of the update."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi import Output

from ..text import one_line
from ..threads import in_thread

PATIENCE = 300.0
"""Seconds for an API server once its cluster is ACTIVE; pulumi-eks waits as long for a public endpoint."""

PAUSE = 2.0
"""Seconds between two calls."""

TIMEOUT = 10.0
"""Seconds for a single call."""


def lets_in(name: str, cluster_name: str, kubeconfig: Output[str]) -> pulumi.ResourceHook:
    """Return a hook for a new cluster's Kubernetes provider that waits until the API server accepts the caller.

    A control plane is ACTIVE before every address of it answers. An access entry counts only seconds after its creation
    (EKS user guide, "Grant IAM users access to Kubernetes with EKS access entries"). Pulumi's provider calls once at
    its start; if that fails, the cluster counts as unreachable for the whole update. The hook runs neither in a preview
    nor in an update with an existing provider. After PATIENCE it fails the update, and names the endpoint and the
    checks to make. `name` is unique among the stack's hooks.
    """

    async def wait(_: pulumi.ResourceHookArgs) -> None:
        from kubernetes.config import ConfigException  # Here, because its import takes a fifth of the program's start.

        access = json.loads(await kubeconfig.future() or "{}")
        server = f"{cluster_name}: the API server at {access['clusters'][0]['cluster']['server']}"
        try:
            token = await in_thread(_token, access["users"][0]["user"])
        except (ConfigException, OSError) as error:
            raise pulumi.RunError(
                f"{server} was not called, because signing in failed ({one_line(error)}); install the AWS CLI, 2.7 or "
                "newer, sign in to AWS, and run the update again"
            ) from None
        deadline = time.monotonic() + PATIENCE
        while reason := await in_thread(refusal, access, token):
            if time.monotonic() > deadline:
                raise pulumi.RunError(f"{server} {reason}; then run the update again")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def refusal(access: Mapping[str, Any], token: str) -> str:
    """Return why an API server refuses a token's bearer, and what to check; empty once it accepts.

    The call is of /readyz, which allows every caller. The server refuses an unknown token there too.
    """
    try:
        status, body = _call(access, token)
    except Exception as error:  # urllib3's, or the client's own
        return (
            f"does not answer ({one_line(getattr(error, 'reason', None) or error)}); if the endpoint is private, run "
            "the update in a network of endpoint.clients or on the bastion, and if it is public, check that "
            "endpoint.allowedCidrs has this machine's address"
        )
    if status == 401:
        return (
            "does not know this caller (401 Unauthorized); check that `aws sts get-caller-identity` shows a principal "
            "of access.principals, or the one that created the cluster with access.creatorAdmin: true"
        )
    if status >= 500:
        return f"is not ready (HTTP {status}: {one_line(body)[:200]}); look at the cluster's health in EKS"
    return ""


def _token(user: Mapping[str, Any]) -> str:
    """Return the user's bearer token by the kubeconfig's command, valid 15 minutes. Raise ConfigException, OSError."""
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode

    provider: Any = cast(Any, ExecProvider)(cast(Any, ConfigNode)("exec", user["exec"]), None)
    return provider.run()["token"]


def _call(access: Mapping[str, Any], token: str) -> tuple[int, str]:
    """Return the status and the body of a call of /readyz. Raise any error that prevents a response."""
    from kubernetes import client, config

    settings: Any = cast(Any, client.Configuration)()
    settings.retries = False
    # Only the header has the token, because the client would run the command again for the user.
    anonymous: dict[str, Any] = {**access, "users": [{"name": access["users"][0]["name"], "user": dict[str, Any]()}]}
    api: Any = cast(Any, config).new_client_from_config_dict(anonymous, client_configuration=settings)
    headers = {"Authorization": f"Bearer {token}"}
    with api:
        response = api.call_api("GET", f"{settings.host}/readyz", header_params=headers, _request_timeout=TIMEOUT)
        return response.status, (response.read() or b"").decode(errors="replace")
