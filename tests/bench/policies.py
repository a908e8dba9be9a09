"""What the policy pack adds to a preview, as a fleet grows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from tests.bench.measure import Watched
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

REGIONS = (
    *("eu-west-1", "eu-west-3", "us-east-1", "ap-northeast-1"),
    *("eu-central-1", "us-west-2", "ap-southeast-2", "ca-central-1"),
)
SIZES = (2, 4, 8)
TIMES = 5
"""How often each preview is taken, with the pack and without in turn; the median counts."""
PACK = ("--policy-pack", "policies")


@dataclass
class Row:
    """Previews of one fleet, nothing of which is there yet."""

    regions: int
    resources: int
    bare: list[float] = field(default_factory=list[float])
    """Seconds."""
    judged: list[float] = field(default_factory=list[float])

    @property
    def added(self) -> float:
        """Seconds that the pack adds."""
        return median(self.judged) - median(self.bare)


@dataclass
class Policies:
    """Previews with the pack and without."""

    sizes: tuple[int, ...] = SIZES
    times: int = TIMES
    rows: list[Row] = field(default_factory=list[Row])

    def run(self) -> None:
        """Preview fleets of several sizes, on an AWS without anything in it."""
        with fresh() as checkout:
            checkout.sandbox("start")
            fleet = Fleet(checkout)
            for size in self.sizes:
                fleet.configure(clusters=listed(REGIONS[:size]))
                row = Row(size, self._resources(fleet))
                for count in range(1, self.times + 1):
                    for pack, taken in (((), row.bare), (PACK, row.judged)):
                        what = f"preview {count} of {size} regions{' with the pack' if pack else ''}"
                        taken.append(Watched(what)(lambda pack=pack: fleet.pulumi("preview", *pack)).seconds)
                self.rows.append(row)

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        heads = ("regions", "resources", "preview, s", "with the pack, s", "it adds, s", "ms a resource")
        rows = [
            (
                *(str(row.regions), str(row.resources), number(median(row.bare), 1), number(median(row.judged), 1)),
                *(number(row.added, 1), number(row.added / row.resources * 1000, 1)),
            )
            for row in self.rows
        ]
        return {"The policy pack": markdown(heads, rows, 0)}

    def _resources(self, fleet: Fleet) -> int:
        told = json.loads(fleet.checkout.run("pulumi", "preview", "-s", "sandbox", "--json", timeout=300).stdout)
        return sum(step["op"] == "create" for step in told["steps"])
