"""The environment in which pulumi, kubectl and aws meet the sandbox and nothing else: as a mapping and as a file."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox import files
from sandbox.errors import UserError
from sandbox.paths import Paths

PASSPHRASE = "sandbox"  # noqa: S105
"""Encrypts the sandbox stack's secrets, which are worth nothing beyond this machine."""

ENGINE = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    # A plugin may ask for another version of a neighbour: the official one for EKS asks for the versions in its npm
    # package. With this, the engine takes the newest one that is at least as new; without it, only that very version.
    "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",
}
"""The settings by which an engine of the sandbox finds plugins only in its own home."""

STATE_ONCE = {"PULUMI_SKIP_CHECKPOINTS": "true"}
ONCE = "FEDERATED_EKS_STATE_ONCE"
"""With this variable, an update writes the stack's state at its end alone, and not around each resource.

A killed engine then loses what it has made. Tests set it for fleets on which no engine is killed: the writes are a
quarter of the CPU of two clusters' first update, and two thirds of their destroy's.
"""

FOREIGN = ("AWS_", "PULUMI_")
"""Variables of a person's own account and backend, which the sandbox must never meet, begin so."""


def cloud(paths: Paths) -> dict[str, Any]:
    """The running cloud's address and credentials; raises UserError while it is down."""
    try:
        return json.loads(paths.cloud.read_text())
    except (OSError, ValueError) as error:
        raise UserError("the sandbox is down; run `make up`") from error


def variables(paths: Paths, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the sandbox's variables without PATH and proxies. Raise UserError while it is down."""
    running = cloud(paths)
    return {
        "AWS_ENDPOINT_URL": running["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": running["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": running["secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(paths.root / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(paths.root / "aws-credentials"),
        "KUBECONFIG": str(paths.kubeconfig),
        # No metadata in files beside the state's: a pulumi that is killed while it writes one leaves it empty, and then
        # no later command can load the state ("failed to load checkpoint: EOF").
        "PULUMI_BACKEND_URL": f"file://{paths.pulumi_state}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_HOME": str(paths.pulumi_home),
        **ENGINE,
        **(STATE_ONCE if environ.get(ONCE) else {}),
    }


def own(paths: Paths, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The person's environment without their AWS account and Pulumi backend, the sandbox's tools first on PATH."""
    kept = {name: value for name, value in environ.items() if not name.startswith(FOREIGN) and name != "KUBECONFIG"}
    kept["PATH"] = os.pathsep.join([*map(str, _folders(paths)), kept.get("PATH", os.defpath)])
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, ["127.0.0.1,localhost", kept.get(name)]))
    return kept


def full(paths: Paths, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of a command that meets the sandbox; raises UserError while it is down."""
    return {**own(paths, environ), **variables(paths, environ)}


def write(paths: Paths) -> None:
    """Write `.sandbox/env`, and the empty files it names in place of the person's own."""
    for name in ("aws-config", "aws-credentials"):
        (paths.root / name).touch(mode=0o600)
    if not paths.kubeconfig.exists():
        files.write(paths.kubeconfig, "apiVersion: v1\nkind: Config\n")
    files.write(paths.env, script(paths))


def script(paths: Paths) -> str:
    """Return the script that a person sources in any POSIX shell, as often as they like."""
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(paths).items())
    foreign = "|".join(FOREIGN)
    folders = shlex.quote(os.pathsep.join(map(str, _folders(paths))))
    return f"""# Source this: pulumi, kubectl, kubefedctl, helm and aws then meet the sandbox, and it alone.
for name in $(env | sed -nE 's/^(({foreign})[A-Za-z0-9_]*)=.*/\\1/p'); do unset "$name"; done
case "$PATH:" in {folders}:*) ;; *) PATH={folders}:$PATH ;; esac
export PATH
case ",${{NO_PROXY:-}}," in *,127.0.0.1,*) ;; *) export NO_PROXY="127.0.0.1,localhost${{NO_PROXY:+,$NO_PROXY}}" ;; esac
export no_proxy="$NO_PROXY"
{exports}
unset name
"""


def _folders(paths: Paths) -> list[Path]:
    return [paths.bin, paths.venv / "bin"]
