"""A fleet's life: how long its parts take, and how much memory a cluster costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.bench.measure import Watched, held
from tests.bench.table import markdown, number
from tests.sandbox.checkout import Checkout, fresh
from tests.sandbox.fleet.live import Fleet, listed

TWO = ("eu-west-1", "eu-west-3")
FURTHER = ("us-east-1", "ap-northeast-1")
YARDSTICK = "preview"


@dataclass
class Life:
    """From nothing to two clusters, to four, and back to nothing."""

    rows: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """In the order they were taken: what, to seconds, and MiB that all of the sandbox's processes then held."""

    def run(self) -> None:
        """Bring a fleet up, change it, and take it down."""
        with fresh() as checkout:
            fleet = Fleet(checkout)
            for what, work in self._steps(fleet).items():
                self._take(checkout, what, work)

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        yardstick = self.rows.get(YARDSTICK)
        rows = [
            (what, number(seconds, 1), number(seconds / yardstick[0] if yardstick else None, 1), number(memory))
            for what, (seconds, memory) in self.rows.items()
        ]
        return {"A fleet's life": markdown(("what", "seconds", f"x {YARDSTICK}", "MiB after it"), rows, 1)}

    def _take(self, checkout: Checkout, what: str, work: Callable[[], object]) -> None:
        taken = Watched(what)(work)
        self.rows[what] = (taken.seconds, held(checkout.processes()))

    def _steps(self, fleet: Fleet) -> dict[str, Callable[[], object]]:
        sandbox = fleet.checkout.sandbox

        def grown(count: int) -> Callable[[], object]:
            def up() -> None:
                fleet.configure(clusters=listed([*TWO, *FURTHER][:count]))
                fleet.pulumi("up", "--yes")

            return up

        return {
            "up, from nothing to two clusters READY": lambda: sandbox("up"),
            YARDSTICK: lambda: fleet.pulumi("preview"),
            "up, nothing changed": lambda: fleet.pulumi("up", "--yes"),
            "refresh": lambda: fleet.pulumi("refresh", "--yes"),
            **{
                f"up, with cluster {count} ({region})": grown(count)
                for count, region in enumerate(FURTHER, len(TWO) + 1)
            },
            "stop and up again": lambda: (sandbox("stop"), sandbox("up")),
            "down": lambda: sandbox("down"),
        }
