"""Fleets that are larger than the settings allow, on paper: what a preview of them takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.quotas.known import KNOWN
from tests.bench.measure import Watched
from tests.bench.path.part import REGIONS, SUPERNET
from tests.bench.table import markdown, number
from tests.sandbox.checkout import Checkout, fresh
from tests.sandbox.fleet.live import Fleet, listed

SIZES = (16, 50, 125)
LIMIT = 3600.0
"""Seconds for one preview."""
RULE = '    check_once("clusters: region", regions, "a region has one cluster, list it once")\n'
"""The line of settings/plan.py that allows one cluster for each region."""
ROOM = 1000
"""The account's quota of everything."""


@dataclass(frozen=True)
class Row:
    """A preview of a fleet of which nothing exists yet."""

    clusters: int
    resources: int
    seconds: float
    peak: float
    """MiB that the engine, the program and the plugins held together."""

    def cells(self) -> Sequence[str]:
        """The row of a table."""
        return (
            *(str(self.clusters), str(self.resources), number(self.seconds), number(self.peak)),
            *(number(self.seconds / self.resources * 1000, 1), number(self.peak / self.clusters)),
        )


@dataclass
class Large:
    """Previews of large fleets, in a copy of the project without the rule of one cluster for each region."""

    sizes: Sequence[int] = SIZES
    rows: list[Row] = field(default_factory=list[Row])

    def run(self) -> None:
        """Preview each size, on an AWS without anything in it."""
        with fresh() as checkout:
            allow_regions_twice(checkout)
            checkout.sandbox("start")
            fleet = Fleet(checkout)
            for size in self.sizes:
                regions = [REGIONS[number % len(REGIONS)] for number in range(size)]
                fleet.configure(clusters=listed(regions), supernet=SUPERNET, quotas=dict.fromkeys(KNOWN, ROOM))
                self._preview(fleet, size)

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        heads = ("clusters", "resources", "preview, s", "MiB at most", "ms a resource", "MiB a cluster")
        return {"Previews of large fleets": markdown(heads, [row.cells() for row in self.rows], 0)}

    def _preview(self, fleet: Fleet, size: int) -> None:
        told: list[str] = []
        argv = ("pulumi", "preview", "-s", "sandbox", "--json")
        taken = Watched(f"preview of {size} clusters")(
            lambda: told.append(fleet.checkout.run(*argv, timeout=LIMIT).stdout)
        )
        steps = json.loads(told[0][told[0].index("{") :])["steps"]
        self.rows.append(Row(size, sum(step["op"] == "create" for step in steps), taken.seconds, taken.peak))


def allow_regions_twice(checkout: Checkout) -> None:
    """Take the rule out of a copy of the project. Raise ValueError if it isn't there."""
    plan = checkout.project / "settings" / "plan.py"
    text = plan.read_text()
    if RULE not in text:
        raise ValueError(f"{plan}: it has no line {RULE.strip()}; name the rule that it has now")
    plan.write_text(text.replace(RULE, ""))
