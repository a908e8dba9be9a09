"""The runs of pulumi that a rotation needs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence

from ops.configuration import PROJECT
from ops.errors import UserError, last_error, not_on_path

FLAGS = ("--non-interactive", "--color", "never")


class Pulumi:
    """A stack's previews and updates, with the environment of the command's caller."""

    def __init__(self, stack: str, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        """`say` prints a line of progress."""
        self._stack, self._environ, self._say = stack, dict(environ), say

    def check_unchanged(self) -> None:
        """Raise UserError if an update would change anything, because it would do so together with the tokens."""
        code, lines = self._run(["preview", "--expect-no-changes"], lambda _: None)
        if code:
            raise UserError(
                f"--stack: {self._stack}: its preview fails, or has other changes ({_last(lines)}); run pulumi up -s "
                f"{self._stack} first, and then this again"
            )

    def update(self) -> None:
        """Update the stack, and say what pulumi says. Raise UserError if it fails."""
        code, lines = self._run(["up", "--yes", "--skip-preview"], self._say)
        if code:
            raise UserError(
                f"--stack: {self._stack}: the update failed ({_last(lines)}), and every member still has a token that "
                f"works; correct what it says above and run pulumi up -s {self._stack}, which goes on with the rotation"
            )

    def _run(self, command: Sequence[str], each: Callable[[str], None]) -> tuple[int, list[str]]:
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
                        each(text)
        except FileNotFoundError:
            raise not_on_path("pulumi", "the Pulumi CLI") from None
        return process.returncode, lines


def _last(lines: Sequence[str]) -> str:
    return last_error(lines, otherwise="it said nothing")
