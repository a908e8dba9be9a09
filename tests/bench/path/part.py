"""The critical path: how long a fleet takes by AWS's usual times, whatever its size, and with how many places."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ops.parallel import places
from sandbox.aws.usual import USUAL
from tests.bench.path import eksfedctl
from tests.bench.path.graph import Graph, from_preview
from tests.bench.path.real import Real
from tests.bench.path.schedule import Chain, destroy, in_waves, update
from tests.bench.path.times import Times
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

REGIONS = (
    *("eu-west-1", "eu-west-3", "us-east-1", "ap-northeast-1", "eu-central-1", "us-west-2", "ap-southeast-2"),
    *("ca-central-1", "us-east-2", "us-west-1", "eu-west-2", "eu-north-1", "ap-southeast-1", "ap-south-1", "sa-east-1"),
    "ap-northeast-2",
)
SIZES = (1, 2, 4, 8, 16)
PLACES = (8, 16, 32, 64)
SUPERNET = "10.0.0.0/8"
"""One with room for sixteen clusters."""


@dataclass(frozen=True)
class Row:
    """A fleet's times, in seconds."""

    clusters: int
    resources: int
    chain: Chain
    by_places: Mapping[int, float]
    eksfedctl: float

    @property
    def own(self) -> float:
        """With the places that the workflows and `make up` set."""
        return self.by_places[places(self.clusters)]

    def cells(self) -> Sequence[str]:
        """The row of a table."""
        return (
            *(str(self.clusters), str(self.resources), number(self.chain.seconds)),
            *(number(self.by_places[each]) for each in PLACES),
            *(str(places(self.clusters)), number(self.own), number(self.own / self.chain.seconds, 2)),
            *(number(self.eksfedctl), number(self.own / self.eksfedctl, 2)),
        )


HEADS = (
    *("clusters", "resources", "longest chain, s", *(f"{each} places, s" for each in PLACES)),
    *("places set", "with these, s", "x chain", "eksfedctl's order, s", "x eksfedctl"),
)


@dataclass
class CriticalPath:
    """The graphs of fleets of several sizes, and what follows from them; and fleets for real."""

    sizes: Sequence[int] = SIZES
    real: Real = field(default_factory=Real)
    updates: list[Row] = field(default_factory=list[Row])
    destroys: list[Row] = field(default_factory=list[Row])

    def run(self) -> None:
        """Preview fleets of several sizes, on an AWS without anything in it; then bring some up and down for real."""
        with fresh() as checkout:
            checkout.sandbox("start")
            fleet = Fleet(checkout)
            for size in self.sizes:
                fleet.configure(clusters=listed(REGIONS[:size]), supernet=SUPERNET)
                self.add(size, previewed(fleet))
        self.real.run(REGIONS)

    def add(self, clusters: int, graph: Graph) -> None:
        """Add the rows of a fleet."""
        times, counts = Times(), sorted({*PLACES, places(clusters)})
        up, down = update(graph, times), destroy(graph, times)
        rows: list[tuple[list[Row], Chain, Callable[[int], float], float]] = [
            (self.updates, up.chain(), up.placed, eksfedctl.create(clusters)),
            (self.destroys, down.chain(), lambda count: in_waves(graph, times, count), eksfedctl.destroy(clusters)),
        ]
        for kept, chain, taken, theirs in rows:
            by_places = {count: taken(count) for count in counts}
            kept.append(Row(clusters, len(graph.nodes), chain, by_places, theirs))

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        titled = {"An update from nothing": self.updates, "A destroy of everything": self.destroys}
        found = {title: markdown(HEADS, [row.cells() for row in rows], 0) for title, rows in titled.items()}
        found |= {f"The longest chain: {title[0].lower()}{title[1:]}": _links(rows) for title, rows in titled.items()}
        return {**found, **self.real.tables(), "AWS's usual times": usual_times()}


def previewed(fleet: Fleet) -> Graph:
    """The graph of the fleet that the settings ask for."""
    told = fleet.checkout.run("pulumi", "preview", "-s", "sandbox", "--json", timeout=600).stdout
    return from_preview(json.loads(told[told.index("{") :]))


def usual_times() -> str:
    """The sandbox's table."""
    rows = [(kind, told.source, number(told.create), number(told.delete)) for kind, told in USUAL.items()]
    return markdown(("type", "source", "create, s", "delete, s"), rows, 2)


def _links(rows: Sequence[Row]) -> str:
    """The links of the largest fleet's chain, and how long each is."""
    if not rows:
        return ""
    chain = rows[-1].chain
    return markdown(
        ("resource", "type", "s"), [(node.name, node.type, number(seconds)) for node, seconds in chain.links], 2
    )
