"""Fleets for real: AWS waits a share of its usual times, and the update and the destroy are timed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from unittest import mock

from ops.parallel import places
from sandbox.aws.usual import VARIABLE
from tests.bench.measure import Watched
from tests.bench.path import eksfedctl
from tests.bench.path.graph import Graph, from_state
from tests.bench.path.replay import Replay
from tests.bench.path.schedule import in_waves, update
from tests.bench.path.times import Times
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

LIMIT = 3600.0
"""Seconds for one command."""

HEADS = (
    "clusters",
    "what",
    "model, s",
    "measured, s",
    "x model",
    "eksfedctl's order: model, s",
    "measured, s",
    "ours x its",
)


@dataclass(frozen=True)
class Taken:
    """An update or a destroy, in seconds: AWS's waits by the model, and what was measured; and eksfedctl's the same."""

    clusters: int
    what: str
    model: float
    seconds: float
    their_model: float
    theirs: float

    def cells(self) -> Sequence[str]:
        """The row of a table."""
        return (
            *(str(self.clusters), self.what, number(self.model), number(self.seconds)),
            *(number(self.seconds / self.model, 2), number(self.their_model), number(self.theirs)),
            number(self.seconds / self.theirs, 2),
        )


@dataclass(frozen=True)
class Life:
    """A fleet's update and destroy, in seconds, and the graph of its resources in between."""

    up: float
    down: float
    graph: Graph


@dataclass
class Real:
    """Fleets of some sizes, each in a sandbox of its own."""

    sizes: Sequence[int] = ()
    factor: float = 0.05
    taken: list[Taken] = field(default_factory=list[Taken])

    def run(self, regions: Sequence[str]) -> None:
        """Bring the fleets up and down, one after the other, and then clusters in eksfedctl's order.

        A replay waits for AWS nearly all the time, so the replays run side by side.
        """
        with mock.patch.dict(os.environ, {VARIABLE: str(self.factor)}):
            lives = [self._life(regions[:size]) for size in self.sizes]
            with ThreadPoolExecutor(max_workers=max(len(self.sizes), 1)) as threads:
                replays = list(threads.map(_replayed, [regions[:size] for size in self.sizes]))
        for size, life, (their_up, their_down) in zip(self.sizes, lives, replays, strict=True):
            times = Times(self.factor, clusters=False)
            models = update(life.graph, times).placed(places(size)), in_waves(life.graph, times, places(size))
            theirs = eksfedctl.in_aws(size, peerings=size - 1) * self.factor, eksfedctl.destroy(size) * self.factor
            self.taken += [
                Taken(size, "up", models[0], life.up, theirs[0], their_up),
                Taken(size, "destroy", models[1], life.down, theirs[1], their_down),
            ]

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title; none without fleets."""
        title = f"For real, AWS's times x {self.factor:g}"
        return {title: markdown(HEADS, [taken.cells() for taken in self.taken], 0)} if self.taken else {}

    def _life(self, regions: Sequence[str]) -> Life:
        size = len(regions)
        with fresh() as checkout:
            fleet = Fleet(checkout)
            checkout.sandbox("start")
            fleet.configure(clusters=listed(regions))
            count = ("--skip-preview", "--yes", "--parallel", str(places(size)))
            up = Watched(f"up, {size} clusters")(lambda: fleet.pulumi("up", *count, timeout=LIMIT)).seconds
            graph = from_state(json.loads(checkout.run("pulumi", "stack", "export", "-s", "sandbox").stdout))
            down = Watched(f"destroy, {size} clusters")(lambda: fleet.pulumi("destroy", *count, timeout=LIMIT)).seconds
            return Life(up, down, graph)


def _replayed(regions: Sequence[str]) -> tuple[float, float]:
    """The seconds that eksfedctl's order takes to create and to destroy clusters in these regions."""
    with fresh() as checkout:
        checkout.sandbox("start")
        replay, size = Replay(Fleet(checkout), regions), len(regions)
        up = Watched(f"eksfedctl's order, {size} clusters")(replay.create).seconds
        return up, Watched(f"eksfedctl's destroy, {size} clusters")(replay.destroy).seconds
