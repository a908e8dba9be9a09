"""What a preview and an update without changes cost as a fleet grows: time, memory, processes, questions to AWS."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

import pulumi_aws as aws

from sandbox.cli.plugins import PLUGINS
from settings.plan import partition
from tests.bench.cpu import OTHER, Spent
from tests.bench.measure import Watched
from tests.bench.path.part import SUPERNET
from tests.bench.table import markdown, number
from tests.sandbox.checkout import Checkout, fresh
from tests.sandbox.fleet.live import STACK, Fleet, listed

SIZES = (1, 2, 4, 8, 16, 32, 50)
KINDS = ("engine", "program", "plugins", OTHER)
NOTHING, PREVIEW, UPDATE = "preview of nothing yet", "preview, nothing changes", "update, nothing changes"
TIMEOUT = 1800.0
"""Seconds, for one command."""

AGREEING = ("aws", "kubernetes")
"""The packages whose plugins agree to everything (tests/bench/agreeing.py)."""

UNSAVED = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""While the state is made, which isn't measured, the engine doesn't write all of it at each of its steps."""


@dataclass(frozen=True)
class Row:
    """One command on a fleet of one size."""

    clusters: int
    what: str
    resources: int
    seconds: float
    peak: float
    """MiB."""
    cpu: Mapping[str, float]
    asked: Mapping[str, int]
    """How often each function of AWS's provider was called."""


@dataclass
class Previews:
    """Previews and updates of fleets of several sizes."""

    sizes: Sequence[int] = SIZES
    rows: list[Row] = field(default_factory=list[Row])

    def run(self) -> None:
        """Measure each size, of nothing and of a standing state."""
        with fresh() as checkout:
            checkout.sandbox("start")
            prepare(checkout)
            fleet = Fleet(checkout)
            for size in self.sizes:
                fleet.configure(clusters=listed(islice(regions(), size)), supernet=SUPERNET)
                self._take(fleet, size, NOTHING, "preview")
                fleet.checkout.run("pulumi", "up", *STACK, "--yes", "--skip-preview", timeout=TIMEOUT, env=UNSAVED)
                self._take(fleet, size, PREVIEW, "preview")
                self._take(fleet, size, UPDATE, "up", "--yes", "--skip-preview")
                fleet.checkout.run("pulumi", "stack", "rm", "sandbox", "--yes", "--force", "--preserve-config")
                fleet.checkout.run("pulumi", "stack", "init", "sandbox")

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        heads = (
            "what",
            "clusters",
            "resources",
            "s",
            "ms a resource",
            "MiB at most",
            *(f"{kind}, s" for kind in KINDS),
        )
        rows = [
            (
                *(row.what, str(row.clusters), str(row.resources), number(row.seconds, 1)),
                *(number(row.seconds / row.resources * 1000, 1), number(row.peak)),
                *(number(row.cpu.get(kind, 0.0), 1) for kind in KINDS),
            )
            for what in (NOTHING, PREVIEW, UPDATE)
            for row in self.rows
            if row.what == what
        ]
        return {"Previews and updates by the fleet's size": markdown(heads, rows, 1), "Questions to AWS": self._asked()}

    def _take(self, fleet: Fleet, size: int, what: str, command: str, *more: str) -> None:
        """Measure a command; a second run of it counts the questions, because the engine's log of them takes time."""
        spent = Spent()
        watched = Watched(f"{size} clusters: {what}")(
            lambda: spent(lambda: fleet.pulumi(command, *more, timeout=TIMEOUT))
        )
        log = fleet.checkout.project / "bench-calls.json"
        log.unlink(missing_ok=True)
        shown = fleet.checkout.run(
            "pulumi", "preview", *STACK, "--show-sames", "--json", env={"PULUMI_DEBUG_GRPC": str(log)}
        )
        steps = json.loads(shown.stdout[shown.stdout.index("{") :])["steps"]
        check(what, steps)
        self.rows.append(
            Row(size, what, len(steps), watched.seconds, watched.peak, dict(spent.by_kind), asked(log.read_text()))
        )

    def _asked(self) -> str:
        rows = [row for row in self.rows if row.what == NOTHING]
        functions = sorted({function for row in rows for function in row.asked})
        table = [(function, *(str(row.asked.get(function, 0)) for row in rows)) for function in functions]
        total = ("together", *(str(sum(row.asked.values())) for row in rows))
        return markdown(("function", *(f"{row.clusters} clusters" for row in rows)), [*table, total], 1)


def check(what: str, steps: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError for a preview that does something else than its name says: a plugin gave other outputs, say."""
    due = ("create", "read") if what == NOTHING else ("same", "read")
    for step in steps:
        if step["op"] not in due:
            raise ValueError(f"{what}: {step['op']} of {step['urn']}; compare tests/bench/agreeing.py with the program")


def asked(log: str) -> Counter[str]:
    """How often each function was called, by the engine's log of its calls (PULUMI_DEBUG_GRPC)."""
    calls = (json.loads(line) for line in log.splitlines())
    return Counter(
        call["request"]["tok"].rpartition(":")[2]
        for call in calls
        if call["method"] == "/pulumirpc.ResourceProvider/Invoke" and call.get("response") is not None
    )


def regions() -> Iterator[str]:
    """AWS's own regions of its largest partition, then made-up ones."""
    yield from (region.value for region in aws.Region if partition(region.value) == "aws")
    yield from (f"eu-bench-{index}" for index in count(1))


def prepare(checkout: Checkout) -> None:
    """Let the copy have the agreeing plugins, and more regions than AWS has; no cluster of it is waited for."""
    for plugin in PLUGINS:
        if plugin.name in AGREEING:
            launcher = checkout.paths.pulumi_home / "plugins" / plugin.folder / plugin.program
            launcher.unlink()
            python, project = checkout.paths.venv / "bin" / "python", checkout.project
            launcher.write_text(f'#!/bin/sh\nPYTHONPATH={project} exec {python} -m tests.bench.agreeing "$@"\n')
            launcher.chmod(0o755)
    loosen(checkout.project)


def loosen(project: Path) -> None:
    """Let a copy's settings take made-up regions, and its updates not wait for API servers. Raises ValueError."""
    _change(
        project / "settings" / "base.py",
        "    if value in REGIONS:",
        '    if value in REGIONS or "-bench-" in value:',
    )
    _change(
        project / "components" / "cluster" / "readiness.py",
        "    async def wait(_: pulumi.ResourceHookArgs) -> None:\n",
        "    async def wait(_: pulumi.ResourceHookArgs) -> None:\n        return\n",
    )


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if text.count(old) != 1:
        raise ValueError(
            f"{file}: it has {old.strip()!r} {text.count(old)} times and not once; see tests/bench/preview.py"
        )
    file.write_text(text.replace(old, new))
