"""After a pulumi that was killed: what it had begun to make is found and taken over, so that nothing is made twice.

The engine writes down what it is about to create, then asks the provider, then writes down the result. Killed in
between, it knows the inputs of a resource and not whether it is there; the next update would create it again. Here the
provider is asked what that creation would have made, and what is found becomes a resource of the stack.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from sandbox.cli import shell, stack
from sandbox.errors import UserError
from sandbox.paths import Paths

FINDERS = {"aws:": "sandbox.plugins.aws.adopt"}
"""By the beginning of a type: the module that reads an exported stack and answers `[{"urn": ..., "id": ...}]`.

Kubernetes' objects need none: they are applied, and applying one again changes nothing.
"""

RELEASE = "kubernetes:helm.sh/v3:Release"
"""Its id follows from its inputs; the refresh finds out whether it is there."""


def resume(paths: Paths) -> bool:
    """Settle the creations that were cut off; whether anything was taken over, so that the stack has to be refreshed.

    Raises UserError if it can't be settled.
    """
    pending = stack.pending(paths)
    if not pending:
        return stack.unread(paths)
    print(f"The last pulumi was killed amid {len(pending)} operations; finding out what it had done.", flush=True)
    if any(operation["type"] == "creating" for operation in pending):
        exported = json.loads(stack.read(paths, "stack", "export", "--show-secrets", "--stack", stack.NAME))
        found = _find(paths, exported)
        stack.read(paths, "stack", "import", "--stack", stack.NAME, told=json.dumps(settle(exported, found)))
    return True


def settle(exported: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
    """The exported stack without its pending creations, those in `found` (URN to id) made resources of it.

    They come last: nothing depends on what hadn't been created, and they may depend on anything before them. One that
    was to replace a resource makes that one, of the same URN, due for deletion, as the engine would have.
    """
    deployment = exported["deployment"]
    operations = deployment.get("pending_operations") or []
    creating = [operation["resource"] for operation in operations if operation["type"] == "creating"]
    made = [{**resource, "id": found[resource["urn"]]} for resource in creating if resource["urn"] in found]
    urns = {resource["urn"] for resource in made}
    kept = [
        {**resource, "delete": True} if resource["urn"] in urns else resource
        for resource in deployment.get("resources") or []
    ]
    others = [operation for operation in operations if operation["type"] != "creating"]
    return {**exported, "deployment": {**deployment, "resources": [*kept, *made], "pending_operations": others}}


def _find(paths: Paths, exported: Mapping[str, Any]) -> dict[str, str]:
    """What the cut-off creations had made: URN to id."""
    types = {operation["resource"]["type"] for operation in exported["deployment"].get("pending_operations") or []}
    found: dict[str, str] = {}
    for prefix, module in FINDERS.items():
        if any(name.startswith(prefix) for name in types):
            found.update({answer["urn"]: answer["id"] for answer in _ask(paths, module, exported)})
    for operation in exported["deployment"].get("pending_operations") or []:
        resource = operation["resource"]
        if resource["type"] == RELEASE:
            found[resource["urn"]] = f"{resource['inputs']['namespace']}/{resource['inputs']['name']}"
    return found


def _ask(paths: Paths, module: str, exported: Mapping[str, Any]) -> list[dict[str, str]]:
    environ = {**shell.full(paths), "PYTHONPATH": str(paths.project)}
    argv = [sys.executable, "-m", module]
    done = subprocess.run(
        argv, env=environ, cwd=paths.project, input=json.dumps(exported), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it failed without a word"]
        raise UserError(f"finding what the killed pulumi had made: {said[-1].removeprefix('error: ')}")
    return json.loads(done.stdout)
