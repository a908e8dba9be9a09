"""Many objects made, looked after and taken away, in a namespace that is in every cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from tests.bench import manifests
from tests.bench.clusters import HOST
from tests.bench.ground import SPACE, Ground, Work
from tests.bench.hand import TIMEOUT
from tests.bench.measure import until
from tests.sandbox.fleet.app import App, app

PARALLEL = 64
"""Resources that Pulumi works on at once where it is told so; by itself, four for each core."""


@dataclass(frozen=True)
class Objects:
    """So many of them."""

    ground: Ground
    count: int

    def prepare(self) -> None:
        """Have the namespace in every cluster."""
        space = manifests.written(self.ground.folder / "space.yaml", manifests.space(SPACE))
        self.ground.hand.kubectl(HOST, "apply", "-f", str(space))
        until(lambda: self.ground.clusters.have(SPACE), f"namespace {SPACE}", TIMEOUT)

    def by_pulumi(self, *options: str) -> None:
        """A program of FederatedObjects; `options` are pulumi's."""
        shown = " ".join(("", *options))
        with app(self.ground.fleet, f"bulk{'-'.join(options)}") as bulk:
            bulk.write(manifests.program(self.count, SPACE))
            up, destroy = (partial(self._pulumi, bulk, verb, *options) for verb in ("up", "destroy"))
            self._life(f"pulumi up{shown}", up, f"pulumi destroy{shown}", destroy)

    def by_hand(self) -> None:
        """Their federated objects printed by kubefedctl, and applied on the host."""
        hand, way = self.ground.hand, "kubefedctl federate, kubectl {}, on the host"
        apply, delete = (
            lambda verb=verb: hand.kubectl(HOST, verb, "-f", str(hand.federate(self._plain)))
            for verb in ("apply", "delete")
        )
        self._life(way.format("apply"), apply, way.format("delete"), delete, standard=True)

    def in_each_cluster(self) -> None:
        """No federation: the plain objects into every cluster."""
        way = "kubectl {}, in each cluster"
        apply, delete = (
            partial(self.ground.hand.everywhere, verb, "-f", str(self._plain)) for verb in ("apply", "delete")
        )
        self._life(way.format("apply"), apply, way.format("delete"), delete)

    def _life(self, making: str, make: Work, removing: str, remove: Work, *, standard: bool = False) -> None:
        """Make them, make them again, take them away; how it is done, and doing it."""
        take = partial(self.ground.take, standard=standard)
        take("objects made", making, lambda: (make(), self._placed(self.count)))
        take("objects, nothing changed", making, lambda: (make(), self._placed(self.count)))
        take("objects taken away", removing, lambda: (remove(), self._placed(0)))

    @cached_property
    def _plain(self) -> Path:
        """The objects' file, without federation."""
        return manifests.written(self.ground.folder / "plain.yaml", manifests.configmaps(self.count, SPACE))

    def _pulumi(self, bulk: App, verb: str, *options: str) -> None:
        stack = ("--stack", "app", "--yes", "--skip-preview", "--non-interactive")
        command = ("pulumi", "--cwd", str(bulk.folder), verb, *stack, *options)
        self.ground.fleet.checkout.run(*command, timeout=TIMEOUT)

    def _placed(self, count: int) -> None:
        """Wait until there are so many in each cluster."""
        clusters = self.ground.clusters
        wanted = count * len(clusters.apis)
        until(lambda: clusters.placed(SPACE) == wanted, f"{wanted} objects in the clusters", TIMEOUT)
