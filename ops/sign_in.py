"""A stack's identity in AWS, for this process and its children."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from ops import configuration
from ops.errors import UserError, last_line, not_on_path, one_line

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""The variables of an identity, which `aws` prefers to AWS_PROFILE."""


def use(stack: str, outputs: Mapping[str, Any]) -> None:
    """Sign in by the stack's settings (`aws:profile`, `aws:assumeRoles`), so that no other account is called.

    The outputs of a stack that is up have the identity of its last update (`signIn`). A destroyed stack has none, so
    its configuration decides. Without such settings nothing changes. Raise UserError if the settings are refused, or if
    the role can't be assumed.
    """
    use_identity(outputs.get("signIn") or ({} if "plan" in outputs else _configured(stack)))


def use_identity(sign_in: Mapping[str, Any]) -> None:
    """Sign in by an output `signIn`, which may be empty. Raise UserError if the role can't be assumed."""
    os.environ.update(changed := _environment(sign_in, os.environ))
    for name in KEYS:
        if changed and name not in changed:
            os.environ.pop(name, None)


def _configured(stack: str) -> Mapping[str, Any]:
    """Return the output `signIn` of the stack's configuration. Raise UserError."""
    if not (values := configuration.values(stack)):
        return {}
    # Imported here because these need the project's requirements, which no command needs for a stack that is up.
    from settings import SettingsError, parse_provider

    try:
        return parse_provider(values).sign_in.describe()
    except SettingsError as error:
        raise UserError(f"--stack: {stack}: {configuration.file(stack).name} is refused: {one_line(error)}") from None


def _environment(sign_in: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an identity; empty if `sign_in` is."""
    changed = dict(sign_in.get("environment") or {})
    if profile := sign_in.get("profile"):
        changed["AWS_PROFILE"] = profile
    if role := sign_in.get("roleArn"):
        kept = {name: value for name, value in environ.items() if not profile or name not in KEYS}
        changed |= _role(role, {**kept, **changed})
    return changed


def _role(role: str, environ: Mapping[str, str]) -> dict[str, str]:
    argv = ["aws", "sts", "assume-role", "--role-arn", role, "--role-session-name", "ops", "--output", "json"]
    try:
        process = subprocess.run(argv, env=dict(environ), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path("aws", "the AWS CLI") from None
    if process.returncode:
        raise UserError(
            f"aws:assumeRoles: {role} can't be assumed: {last_line(process)}; sign in as somebody whom its trust "
            "policy names"
        )
    credentials = json.loads(process.stdout)["Credentials"]
    return dict(
        zip(KEYS, (credentials[key] for key in ("AccessKeyId", "SecretAccessKey", "SessionToken")), strict=True)
    )
