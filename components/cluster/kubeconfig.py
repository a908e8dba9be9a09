"""The fleet's kubeconfig, from those of its clusters, and the identity that it signs in with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def merge_kubeconfigs(kubeconfigs: Mapping[str, str]) -> str:
    """Return a kubeconfig, JSON, of several with a context each; contexts, clusters and users have the given names.

    The first is the current context. A context keeps its extensions.
    """
    parts = {name: json.loads(text) for name, text in kubeconfigs.items()}
    contexts = {name: {**part["contexts"][0]["context"], "cluster": name, "user": name} for name, part in parts.items()}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": part["clusters"][0]["cluster"]} for name, part in parts.items()],
            "users": [{"name": name, "user": part["users"][0]["user"]} for name, part in parts.items()],
            "contexts": [{"name": name, "context": context} for name, context in contexts.items()],
            "current-context": next(iter(parts)),
        }
    )


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """An AWS identity other than the environment's own. Unset fields keep the environment's."""

    profile: str | None = None
    """The name of a profile in the AWS configuration."""
    role_arn: str | None = None
    """The role that is assumed afterwards."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables for `aws`."""

    def __bool__(self) -> bool:
        """Whether any field is set."""
        return bool(self.profile or self.role_arn or self.environment)

    def describe(self) -> dict[str, Any]:
        """Return the stack's output `signIn`."""
        return {"profile": self.profile, "roleArn": self.role_arn, "environment": dict(self.environment)}


def signed_in(kubeconfig: str, sign_in: SignIn) -> str:
    """Return a kubeconfig, JSON, whose users sign in with an identity of their own; unchanged if none is set.

    A user who signs in by a token of Kubernetes stays as it is.

    The flag --profile sets it, not AWS_PROFILE: with the variable `aws` still prefers keys in the environment, and the
    AWS provider prefers the profile (botocore's credentials.py, create_credential_resolver).
    """
    if not sign_in:
        return kubeconfig
    changed: dict[str, Any] = json.loads(kubeconfig)
    for entry in changed["users"]:
        command: dict[str, Any] | None = entry["user"].get("exec")
        if command is None:
            continue
        command["args"] = [
            *command["args"],
            *(("--profile", sign_in.profile) if sign_in.profile else ()),
            *(("--role-arn", sign_in.role_arn) if sign_in.role_arn else ()),
        ]
        variables = [{"name": name, "value": value} for name, value in sign_in.environment.items()]
        command["env"] = [*(command.get("env") or []), *variables]
    return json.dumps(changed)
