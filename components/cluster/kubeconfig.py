"""The fleet's kubeconfig, from those of its clusters, and who signs in by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def merge_kubeconfigs(kubeconfigs: Mapping[str, str]) -> str:
    """One kubeconfig, JSON, out of several with one context each; contexts, clusters and users get the names given.

    The first is the current context.
    """
    parts = {name: json.loads(text) for name, text in kubeconfigs.items()}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": part["clusters"][0]["cluster"]} for name, part in parts.items()],
            "users": [{"name": name, "user": part["users"][0]["user"]} for name, part in parts.items()],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in parts],
            "current-context": next(iter(parts)),
        }
    )


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """An identity of AWS's other than the environment's own; nothing is set where that one holds."""

    profile: str | None = None
    """The name of a profile in the AWS configuration."""
    role_arn: str | None = None
    """A role that is then taken on."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that `aws` reads."""

    def __bool__(self) -> bool:
        """Whether anything is set."""
        return bool(self.profile or self.role_arn or self.environment)

    def describe(self) -> dict[str, Any]:
        """The stack's output `signIn`."""
        return {"profile": self.profile, "roleArn": self.role_arn, "environment": dict(self.environment)}


def signed_in(kubeconfig: str, sign_in: SignIn) -> str:
    """A kubeconfig, JSON, whose users sign in with an identity of their own; unchanged where none is set.

    By --profile and not by AWS_PROFILE: with that, `aws` still prefers keys that are in the environment, and the AWS
    provider prefers the profile (botocore's credentials.py, create_credential_resolver).
    """
    if not sign_in:
        return kubeconfig
    changed: dict[str, Any] = json.loads(kubeconfig)
    for entry in changed["users"]:
        command: dict[str, Any] = entry["user"]["exec"]
        command["args"] = [
            *command["args"],
            *(("--profile", sign_in.profile) if sign_in.profile else ()),
            *(("--role-arn", sign_in.role_arn) if sign_in.role_arn else ()),
        ]
        variables = [{"name": name, "value": value} for name, value in sign_in.environment.items()]
        command["env"] = [*(command.get("env") or []), *variables]
    return json.dumps(changed)
