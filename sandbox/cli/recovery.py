"""Recovery after a killed pulumi: `python -m ops recover` settles its operations, as a person on AWS does it.

The engine writes down what it is about to create, then asks the provider, then writes down the result. Killed in
between, it knows the inputs of a resource and not whether it exists; the next update would create it again.
"""

from __future__ import annotations

import subprocess
import sys

from sandbox.cli import shell, stack
from sandbox.errors import UserError
from sandbox.paths import Paths

MINUTES = "5"
"""The limit of each wait: the sandbox's AWS has done with anything within seconds."""


def resume(paths: Paths) -> None:
    """Settle the operations that a killed pulumi left. Raise UserError if that fails."""
    pending = stack.pending(paths)
    if not pending and not stack.unread(paths):
        return
    print(f"The last pulumi was killed during {len(pending)} operations; recovering them.", flush=True)
    argv = [sys.executable, "-m", "ops", "recover", "--stack", stack.NAME, "--yes", "--timeout", MINUTES]
    done = subprocess.run(argv, cwd=paths.project, env=shell.full(paths), stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise UserError("the killed pulumi's operations can't be recovered, see above; run `make clean`")
