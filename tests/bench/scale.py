"""Many types and many objects: by Pulumi, and by hand in the same run on the same clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench.fleet import FURTHER, TWO
from tests.bench.ground import Ground
from tests.bench.hand import TIMEOUT
from tests.bench.measure import Watched
from tests.bench.objects import Objects
from tests.bench.record import Record
from tests.bench.types import Types
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

REGIONS = (*TWO, *FURTHER)


@dataclass
class Scale:
    """So many types and objects over so many clusters."""

    types: int
    objects: int
    clusters: int
    record: Record = field(default_factory=Record)

    def run(self) -> None:
        """Bring a fleet up and do each task in each way; the fleet is ended, not destroyed."""
        with fresh() as checkout:
            fleet = Fleet(checkout)
            fleet.configure(clusters=listed(REGIONS[: self.clusters]))
            Watched(f"up, {self.clusters} clusters")(lambda: checkout.sandbox("up", timeout=TIMEOUT))
            ground = Ground(fleet, self.record)
            types = Types(ground, self.types)
            # The objects come while the types are there.
            if self.types:
                types.by_pulumi()
            if self.objects:
                self._objects(Objects(ground, self.objects))
            if self.types:
                types.away_by_pulumi()
                types.by_hand()

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        title = f"{self.types} types and {self.objects} objects in {self.clusters} clusters"
        return {title: self.record.table()}

    @staticmethod
    def _objects(objects: Objects) -> None:
        objects.prepare()
        objects.by_pulumi()
        objects.by_hand()
        objects.in_each_cluster()
