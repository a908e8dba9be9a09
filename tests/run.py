"""pytest on one line: `python -m tests.run LOG PYTEST_ARGUMENT ...`.

What pytest prints is in the log. A good run prints its tiers, its faults, the coverage and pytest's last line.
A run with failures prints everything that follows the dots.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from progress import Progress

SHOWN = ("tiers", "faults")
"""The sections of a run without failures that are printed."""

HEADING = re.compile(r"^=+ (.+?) =+$", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """Run pytest; return its exit code."""
    log = Path(arguments[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out, Progress("Running the tests", state=lambda: state(_read(log))) as progress:
        code = _wait([sys.executable, "-m", "pytest", "--color=no", *arguments[1:]], out.fileno())
        printed = _read(log)
        progress.done(f"{result(printed)}, all of it in {log}")
    if shown := report(printed) if code else ending(printed):
        print(shown)
    return code


def state(printed: str) -> str:
    """How much is done: pytest's last percentage, with what has failed by then; empty before the first."""
    rows = re.findall(r"^([.FEsxX]+) +\[ *(\d+%)\]$", printed, re.MULTILINE)
    failed = sum(row.count("F") + row.count("E") for row, _ in rows)
    return f"{rows[-1][1]}{f', {failed} failed' if failed else ''}" if rows else ""


def result(printed: str) -> str:
    """Pytest's last line: `2 failed, 5582 passed`."""
    last = (HEADING.findall(printed) or ["no result"])[-1]
    return last.partition(" in ")[0]


def ending(printed: str) -> str:
    """The sections of a good run that are worth reading, the coverage, and pytest's last line."""
    parts = HEADING.split(printed)
    sections = [text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True) if title.startswith(SHOWN)]
    coverage = re.findall(r"^Required test coverage.*$", printed, re.MULTILINE)
    return "\n".join([*sections, *coverage, *printed.splitlines()[-1:]])


def report(printed: str) -> str:
    """Everything from the first failure on; all of it if pytest ran no test."""
    headings = [each for each in HEADING.finditer(printed) if each[1] in ("FAILURES", "ERRORS")]
    return printed[headings[0].start() if headings else 0 :].rstrip()


def _wait(argv: Sequence[str], out: int) -> int:
    """Run a program to its end. Ctrl-C reaches it too, and it may take a while to bring its fleets down."""
    with subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _read(log: Path) -> str:
    return log.read_text(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
