"""A stack's outputs, as `pulumi stack output` prints them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from ops import sign_in
from ops.configuration import PROJECT
from ops.errors import UserError, last_line, not_on_path

Outputs = Mapping[str, Any]

REQUIRED = ("plan", "clusters", "kubeconfig", "peerings")
"""The outputs of every fleet that is up."""


def read(stack: str) -> Outputs:
    """Return the outputs of a stack, including secrets, and sign in to AWS as the stack does (`sign_in.use`).

    Raise UserError if the stack has no complete fleet, or if its role can't be assumed.
    """
    outputs = complete(stack, whatever(stack))
    sign_in.use(stack, outputs)
    return outputs


def whatever(stack: str, environ: Mapping[str, str] | None = None) -> Outputs:
    """Return any outputs of a stack, none of a destroyed one, without signing in. Raise UserError.

    `environ` is pulumi's environment; by default that of this process.
    """
    argv = ["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    try:
        process = subprocess.run(argv, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path("pulumi", "the Pulumi CLI") from None
    if process.returncode:
        raise UserError(
            f"--stack: {stack}: pulumi can't read its outputs: {last_line(process).removeprefix('error: ')}; "
            + _remedy(last_line(process))
        )
    return json.loads(process.stdout)


def _remedy(reason: str) -> str:
    if "passphrase" in reason:
        return "export PULUMI_CONFIG_PASSPHRASE=<the stack's passphrase>, or PULUMI_CONFIG_PASSPHRASE_FILE=<its file>"
    return "use a name that `pulumi stack ls` lists, and sign in to its backend"


def complete(stack: str, outputs: Outputs) -> Outputs:
    """Return the outputs unchanged. Raise UserError if one of a fleet's outputs is missing."""
    missing = [name for name in REQUIRED if name not in outputs]
    if "plan" not in missing and "bastion" not in outputs["plan"]:
        missing.append("plan.bastion")
    if missing:
        raise UserError(f"--stack: {stack} has no output {', '.join(missing)}; bring it up first: pulumi up -s {stack}")
    return outputs
