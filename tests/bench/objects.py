"""Many objects made, looked after and taken away, in a namespace that is in every cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from tests.bench import manifests
from tests.bench.clusters import HOST
from tests.bench.ground import BY_PULUMI, SPACE, Ground, Work
from tests.bench.hand import TIMEOUT
from tests.bench.measure import until
from tests.sandbox.fleet.app import App, app


@dataclass(frozen=True)
class Objects:
    """So many of them."""

    ground: Ground
    count: int

    def prepare(self) -> None:
        """Have the namespace of what is made by hand in every cluster."""
        space = manifests.written(self.ground.folder / "space.yaml", manifests.space(SPACE))
        self.ground.hand.kubectl(HOST, "apply", "-f", str(space))
        until(lambda: self.ground.clusters.have(SPACE), f"namespace {SPACE}", TIMEOUT)

    def by_pulumi(self) -> None:
        """A program of a FederatedNamespace and FederatedObjects in it."""
        with app(self.ground.fleet, "bulk") as bulk:
            bulk.write(manifests.program(self.count, BY_PULUMI))
            up, destroy = (partial(self._pulumi, bulk, verb) for verb in ("up", "destroy"))
            self._life("pulumi up", up, "pulumi destroy", destroy, BY_PULUMI)

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

    def _life(
        self, making: str, make: Work, removing: str, remove: Work, space: str = SPACE, *, standard: bool = False
    ) -> None:
        """Make them, make them again, take them away; how it is done, and doing it."""
        take = partial(self.ground.take, standard=standard)
        take("objects made", making, lambda: (make(), self._placed(self.count, space)))
        take("objects, nothing changed", making, lambda: (make(), self._placed(self.count, space)))
        take("objects taken away", removing, lambda: (remove(), self._placed(0, space)))

    @cached_property
    def _plain(self) -> Path:
        """The objects' file, without federation."""
        return manifests.written(self.ground.folder / "plain.yaml", manifests.configmaps(self.count, SPACE))

    def _pulumi(self, bulk: App, verb: str) -> None:
        stack = ("--stack", "app", "--yes", "--skip-preview", "--non-interactive")
        command = ("pulumi", "--cwd", str(bulk.folder), verb, *stack)
        self.ground.fleet.checkout.run(*command, timeout=TIMEOUT)

    def _placed(self, count: int, space: str) -> None:
        """Wait until there are so many in each cluster."""
        clusters = self.ground.clusters
        wanted = count * len(clusters.apis)
        until(lambda: clusters.placed(space) == wanted, f"{wanted} objects in the clusters", TIMEOUT)
