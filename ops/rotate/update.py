"""The runs of pulumi that a rotation needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence

from ops.configuration import PROJECT
from ops.errors import UserError, last_error, not_on_path
from ops.stages import Log
from progress import Progress

FLAGS = ("--non-interactive", "--color", "never")


class Pulumi:
    """A stack's previews and updates, with the environment of the command's caller."""

    def __init__(self, stack: str, environ: Mapping[str, str]) -> None:
        self._stack, self._environ = stack, dict(environ)

    def check_unchanged(self) -> None:
        """Raise UserError if an update would change anything, because it would do so together with the tokens."""
        with Progress(f"{self._stack}: looking for other changes", sys.stderr) as progress:
            code, lines = self._run(["preview", "--expect-no-changes"], progress)
            progress.done("found some" if code else "none")
        if code:
            raise UserError(
                f"--stack: {self._stack}: its preview fails, or has other changes ({_last(lines)}); run pulumi up -s "
                f"{self._stack} first, and then this again"
            )

    def update(self) -> None:
        """Update the stack; what Pulumi prints is in a file that the line names. Raise UserError if it fails."""
        with Progress(f"{self._stack}: pulumi up", sys.stderr) as progress:
            code, lines = self._run(["up", "--yes", "--skip-preview"], progress)
            log = Log("rotate", self._stack)
            log.write("\n".join(lines))
            progress.done(f"{'failed' if code else 'done'}, all of it in {log.path}")
        if code:
            raise UserError(
                f"--stack: {self._stack}: the update failed ({_last(lines)}), and every member still has a token that "
                f"works; correct what {log.path} says and run pulumi up -s {self._stack}, which goes on with the "
                "rotation"
            )

    def _run(self, command: Sequence[str], progress: Progress) -> tuple[int, list[str]]:
        argv = ["pulumi", *command, *FLAGS, "--stack", self._stack]
        lines: list[str] = []
        try:
            with subprocess.Popen(
                argv,
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process:
                for line in process.stdout or ():
                    if text := line.rstrip():
                        lines.append(text)
                        progress.update(text.strip())
        except FileNotFoundError:
            raise not_on_path("pulumi", "the Pulumi CLI") from None
        return process.returncode, lines


def _last(lines: Sequence[str]) -> str:
    return last_error(lines, otherwise="it said nothing")
