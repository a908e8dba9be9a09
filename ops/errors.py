"""The error that every command reports on one line."""

from __future__ import annotations

from collections.abc import Iterable
from subprocess import CompletedProcess


class UserError(Exception):
    """A problem that a person can fix; the message is a line with the place, the reason and the fix."""


def one_line(text: object) -> str:
    """Return a text, or an error's, on one line, because servers and libraries return several."""
    return " ".join(str(text).split())


def last_line(process: CompletedProcess[str]) -> str:
    """Return the last line of a failed program's standard error, or its exit code if it printed nothing."""
    lines = process.stderr.strip().splitlines() or [f"it ended with exit code {process.returncode}"]
    return lines[-1]


ENDED = "an unhandled error occurred: program exited"
"""The beginning of the error that Pulumi adds after a program's own error."""


def last_error(lines: Iterable[str], *, otherwise: str) -> str:
    """Return the last error that Pulumi printed, or else its last line; `otherwise` if it printed nothing."""
    printed = [line.strip() for line in lines if line.strip()]
    errors = [error for line in printed if (error := line.partition("error: ")[2]) and not error.startswith(ENDED)]
    return (errors or printed or [otherwise])[-1]


def not_on_path(program: str, name: str) -> UserError:
    """Return the error for a program that is not installed."""
    return UserError(f"{program}: not found on PATH; install {name}, or put its directory on PATH")
