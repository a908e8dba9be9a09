"""How long an update or a destroy takes: its longest chain, and with so many places for what runs at once."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.path.graph import Graph, Node
from tests.bench.path.times import Times


@dataclass(frozen=True)
class Chain:
    """The longest chain: no number of places makes it shorter."""

    seconds: float
    links: tuple[tuple[Node, float], ...]
    """What it consists of, in the order of the work, with the seconds of each."""


@dataclass(frozen=True)
class Work:
    """Steps with their seconds, each after those that it waits for."""

    graph: Graph
    seconds: Mapping[str, float]
    waits: Mapping[str, Iterable[str]]
    """By URN, in an order in which each comes after what it waits for."""

    def chain(self) -> Chain:
        """The longest chain."""
        ends: dict[str, float] = {}
        before: dict[str, str | None] = {}
        for urn, waits in self.waits.items():
            last = max(waits, key=ends.__getitem__, default=None)
            before[urn] = last
            ends[urn] = (ends[last] if last else 0.0) + self.seconds[urn]
        urn: str | None = max(ends, key=ends.__getitem__)
        links: list[tuple[Node, float]] = []
        seconds = ends[urn]
        while urn:
            if self.seconds[urn]:
                links.append((self.graph.nodes[urn], self.seconds[urn]))
            urn = before[urn]
        return Chain(seconds, tuple(reversed(links)))

    def placed(self, places: int) -> float:
        """Seconds with so many places, which are given to steps in the order in which they can begin."""
        missing = {urn: len({*waits}) for urn, waits in self.waits.items()}
        following = _following(self.waits)
        ready = [(0.0, number, urn) for number, urn in enumerate(self.waits) if not missing[urn]]
        heapq.heapify(ready)
        free = [0.0] * places
        end = 0.0
        number = len(missing)
        done: list[tuple[float, str]] = []
        while ready or done:
            # A step begins when it may and a place is free; one without work needs no place.
            while done and (not ready or done[0][0] <= max(ready[0][0], free[0] if self.seconds[ready[0][2]] else 0.0)):
                at, urn = heapq.heappop(done)
                for other in following[urn]:
                    missing[other] -= 1
                    if not missing[other]:
                        number += 1
                        heapq.heappush(ready, (at, number, other))
            if not ready:
                continue
            since, _, urn = heapq.heappop(ready)
            if self.seconds[urn]:
                since = max(since, heapq.heappop(free))
                heapq.heappush(free, since + self.seconds[urn])
            end = max(end, since + self.seconds[urn])
            heapq.heappush(done, (since + self.seconds[urn], urn))
        return end


def update(graph: Graph, times: Times) -> Work:
    """An update that creates everything."""
    return Work(
        graph,
        {urn: times.creating(node) for urn, node in graph.nodes.items()},
        {urn: node.waits for urn, node in graph.nodes.items()},
    )


def destroy(graph: Graph, times: Times) -> Work:
    """A destroy of everything, each thing after what depends on it."""
    return Work(
        graph,
        {urn: times.deleting(node, graph) for urn, node in graph.nodes.items()},
        {urn: graph.dependents[urn] for urn in reversed([*graph.nodes])},
    )


def waves(graph: Graph) -> list[list[str]]:
    """The engine's waves of a destroy: it begins one when the last one has ended.

    A resource is in the wave of its depth, which is the number of links to it from what waits for nothing
    (github.com/pulumi/pulumi, pkg/resource/deploy/step_generator.go, ScheduleDeletes).
    """
    depth: dict[str, int] = {}
    for urn, node in graph.nodes.items():
        depth[urn] = max((depth[other] + 1 for other in node.waits), default=0)
    found: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for urn, number in depth.items():
        found[number].append(urn)
    return found[::-1]


def in_waves(graph: Graph, times: Times, places: int) -> float:
    """Seconds of the engine's destroy with so many places."""
    return sum(_wave([times.deleting(graph.nodes[urn], graph) for urn in wave], places) for wave in waves(graph))


def _wave(seconds: Sequence[float], places: int) -> float:
    free = [0.0] * places
    for each in seconds:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


def _following(waits: Mapping[str, Iterable[str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {urn: [] for urn in waits}
    for urn, others in waits.items():
        for other in {*others}:
            found[other].append(urn)
    return found
