"""`pulumi up` and `pulumi destroy` in one line: how far they are, and what they did. Their own lines are in a log."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from progress import Progress
from sandbox.cli import stack
from sandbox.paths import Paths

TITLES = {"up": "Bringing the fleet up", "destroy": "Destroying the fleet"}

LAST = 5
"""Lines of an update that failed without a diagnosis."""

ENDED = re.compile(r"^ [-+~]{1,2} +\S+ (\S+) (?:created|updated|deleted|replaced)\b", re.MULTILINE)
"""A line on a resource that is done: its sign, type, name and what was done. Pulumi, display without a terminal."""


def log(paths: Paths, operation: str) -> Path:
    """The file with all that the last update or destroy printed."""
    return paths.log / f"{operation}.log"


def run(paths: Paths, operation: str, *options: str) -> int:
    """Run `pulumi up` or `destroy`; return its exit code. Warnings and errors are printed, everything is in the log."""
    file = log(paths, operation)
    file.parent.mkdir(parents=True, exist_ok=True)
    place = file.relative_to(paths.project)
    with file.open("wb") as out, Progress(TITLES[operation], state=lambda: state(_read(file))) as progress:
        code = stack.run(paths, operation, *options, "--color", "never", out=out)
        printed = _read(file)
        progress.done(f"{'failed' if code else summary(printed)}, all of it in {place}")
    if said := diagnostics(printed) or (last_lines(printed) if code else ""):
        print(said, flush=True)
    return code


def state(printed: str) -> str:
    """Return the number of finished resources and the last of them; an empty text before the first."""
    names = ENDED.findall(printed)
    return f"{len(names)} resources, the last is {names[-1]}" if names else ""


def summary(printed: str) -> str:
    """Pulumi's counts on one line: `2 created, 272 unchanged`."""
    counts = _section(printed, "Resources:")
    return ", ".join(line.strip().lstrip("+-~ ") for line in counts) or "done"


def diagnostics(printed: str) -> str:
    """Pulumi's warnings and errors, by resource; empty without any."""
    return textwrap.dedent("\n".join(_section(printed, "Diagnostics:")))


def last_lines(printed: str) -> str:
    """Return the end of Pulumi's output, for an update that failed before its first operation."""
    return "\n".join([line.rstrip() for line in printed.splitlines() if line.strip()][-LAST:])


def _section(printed: str, heading: str) -> list[str]:
    """The lines below a heading, up to the next one, which is not indented; blank ones are left out."""
    _, _, rest = printed.partition(f"\n{heading}\n")
    lines: list[str] = []
    for line in rest.splitlines():
        if line.strip() and not line.startswith(" "):
            break
        if line.strip():
            lines.append(line.rstrip())
    return lines


def _read(file: Path) -> str:
    return file.read_text(errors="replace")
