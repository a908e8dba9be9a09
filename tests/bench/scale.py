"""Many types and many objects: by Pulumi, and by hand in the same run on the same clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests.bench import manifests
from tests.bench.clusters import HOST, Clusters
from tests.bench.fleet import FURTHER, TWO
from tests.bench.hand import TIMEOUT, Hand
from tests.bench.measure import Watched, held, until
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.app import App, app
from tests.sandbox.fleet.live import Fleet, listed

REGIONS = (*TWO, *FURTHER)
OURS, THEIRS = "bench.example.org", "hand.example.org"
"""The groups of the types that Pulumi enables, and of those enabled by hand."""
SPACE = "bench"
"""The objects' namespace."""


@dataclass(frozen=True)
class Taken:
    """A task done in one way."""

    task: str
    way: str
    seconds: float
    peak: float
    """MiB that its commands held at most."""
    kubefed: float
    """MiB that kubefed's controller held after it."""
    standard: bool
    """Whether the task's other ways are compared with this one."""


@dataclass
class Scale:
    """So many types and objects over so many clusters."""

    types: int
    objects: int
    clusters: int
    taken: list[Taken] = field(default_factory=list[Taken])

    def run(self) -> None:
        """Bring a fleet up and do each task in each way; the fleet is ended, not destroyed."""
        with fresh() as checkout:
            fleet = Fleet(checkout)
            fleet.configure(clusters=listed(REGIONS[: self.clusters]))
            Watched(f"up, {self.clusters} clusters")(lambda: checkout.sandbox("up", timeout=TIMEOUT))
            work = _Work(self, fleet, Clusters(checkout))
            if self.types:
                work.types_by_pulumi()
            if self.objects:
                work.space()
                work.objects_by_pulumi()
                work.objects_by_hand()
                work.objects_in_each_cluster()
            if self.types:
                work.types_away_by_pulumi()
                work.types_by_hand()

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        standards = {taken.task: taken.seconds for taken in self.taken if taken.standard}
        rows = [
            (
                taken.task,
                taken.way,
                number(taken.seconds, 1),
                number(taken.seconds / standards[taken.task] if taken.task in standards else None, 2),
                number(taken.peak),
                number(taken.kubefed),
            )
            for taken in sorted(self.taken, key=lambda taken: self._tasks().index(taken.task))
        ]
        heads = ("what", "how", "seconds", "x by hand", "MiB at most", "kubefed's MiB after it")
        return {
            f"{self.types} types and {self.objects} objects in {self.clusters} clusters": markdown(heads, rows, 2),
        }

    def _tasks(self) -> list[str]:
        """In the order they were first done."""
        return [*dict.fromkeys(taken.task for taken in self.taken)]


class _Work:
    """The tasks, on a fleet that is up."""

    def __init__(self, scale: Scale, fleet: Fleet, clusters: Clusters) -> None:
        self.scale, self.fleet, self.clusters = scale, fleet, clusters
        self.checkout = fleet.checkout
        self.hand = Hand(self.checkout, [*clusters.apis])
        self.folder = self.checkout.project / "bench"
        self.folder.mkdir()

    # Types.

    def types_by_pulumi(self) -> None:
        """A line in the settings for each, and one `up`."""
        files = manifests.crds(self.folder / "ours", self.scale.types, OURS)
        before = self._settings()
        ours = [
            {"crd": str(file.relative_to(self.checkout.project)), "federatedGroup": f"fleet.{OURS}"} for file in files
        ]
        self.fleet.configure(types=[*before, *ours])
        self._take("types enabled", "pulumi up", self._up(self._enabled(OURS)))
        self._take("types, nothing changed", "pulumi up", self._up())

    def types_away_by_pulumi(self) -> None:
        """The lines taken out again, and one `up`."""
        self.fleet.configure(types=[chosen for chosen in self._settings() if OURS not in str(chosen)])
        self._take("types taken away", "pulumi up", self._up(self._undefined(OURS)))

    def types_by_hand(self) -> None:
        """CRDs with kubectl, then a call of kubefedctl for each type; and the way back."""
        folder, group = self.folder / "theirs", f"fleet.{THEIRS}"
        manifests.crds(folder, self.scale.types, THEIRS)
        types = [manifests.crd(place, THEIRS)["metadata"]["name"] for place in range(self.scale.types)]
        self._steps(
            "types enabled",
            {
                "kubectl apply and wait, the CRDs in each cluster": lambda: self.hand.define(folder),
                "kubectl apply, the grant; kubefedctl enable, a call a type": lambda: self.hand.enable(types, group),
                "until kubefed runs them": self._enabled(THEIRS),
            },
        )
        self._steps(
            "types taken away",
            {
                "kubefedctl disable, a call a type": lambda: self.hand.disable(types),
                "kubectl delete, the CRDs in each cluster": lambda: self.hand.everywhere("delete", "-f", str(folder)),
                "until they are gone": self._undefined(THEIRS),
            },
        )

    # Objects, in a namespace that is in every cluster before.

    def objects_by_pulumi(self) -> None:
        """A program of FederatedObjects."""
        with app(self.fleet, "bulk") as bulk:
            bulk.write(manifests.program(self.scale.objects, SPACE))
            self._take("objects made", "pulumi up", self._program(bulk, "up", self._there))
            self._take("objects, nothing changed", "pulumi up", self._program(bulk, "up"))
            self._take("objects taken away", "pulumi destroy", self._program(bulk, "destroy", self._gone))

    def objects_by_hand(self) -> None:
        """Their federated objects printed by kubefedctl, and applied on the host."""
        way = "kubefedctl federate, kubectl {}, on the host"

        def work(verb: str, wait: Callable[[], None]) -> Callable[[], object]:
            return lambda: (self.hand.kubectl(HOST, verb, "-f", str(self.hand.federate(self._plain))), wait())

        self._take("objects made", way.format("apply"), work("apply", self._there), standard=True)
        self._take("objects, nothing changed", way.format("apply"), work("apply", self._there), standard=True)
        self._take("objects taken away", way.format("delete"), work("delete", self._gone), standard=True)

    def objects_in_each_cluster(self) -> None:
        """No federation: the plain objects into every cluster."""
        way = "kubectl {}, in each cluster"

        def work(verb: str, wait: Callable[[], None]) -> Callable[[], object]:
            return lambda: (self.hand.everywhere(verb, "-f", str(self._plain)), wait())

        self._take("objects made", way.format("apply"), work("apply", self._there))
        self._take("objects, nothing changed", way.format("apply"), work("apply", self._there))
        self._take("objects taken away", way.format("delete"), work("delete", self._gone))

    @cached_property
    def _plain(self) -> Path:
        """The objects' file."""
        return manifests.written(self.folder / "plain.yaml", manifests.configmaps(self.scale.objects, SPACE))

    def space(self) -> None:
        """Have the objects' namespace in every cluster."""
        self.hand.kubectl(
            HOST, "apply", "-f", str(manifests.written(self.folder / "space.yaml", manifests.space(SPACE)))
        )
        until(lambda: self.clusters.have(SPACE), f"namespace {SPACE}", TIMEOUT)

    # How it is measured.

    def _take(
        self,
        task: str,
        way: str,
        work: Callable[[], object],
        *,
        standard: bool = False,
    ) -> None:
        watched = Watched(f"{task}: {way}", self._progress)(work)
        self.scale.taken.append(Taken(task, way, watched.seconds, watched.peak, self._kubefed(), standard))

    def _steps(self, task: str, steps: Mapping[str, Callable[[], object]]) -> None:
        """A task of several steps by hand: each, and all of them together."""
        place = len(self.scale.taken)
        for way, work in steps.items():
            self._take(task, f"- {way}", work)
        parts = self.scale.taken[place:]
        seconds, peak = sum(part.seconds for part in parts), max(part.peak for part in parts)
        whole = Taken(task, "by hand, all of:", seconds, peak, parts[-1].kubefed, standard=True)
        self.scale.taken.insert(place, whole)

    def _kubefed(self) -> float:
        """MiB of kubefed's controller."""
        return held(pid for pid in self.checkout.processes() if _controller(pid))

    # What is waited for.

    def _up(self, wait: Callable[[], None] = lambda: None) -> Callable[[], object]:
        options = ("--yes", "--skip-preview")
        return lambda: (self.fleet.pulumi("up", *options, timeout=TIMEOUT), wait())

    def _program(self, bulk: App, verb: str, wait: Callable[[], None] = lambda: None) -> Callable[[], object]:
        command = ("pulumi", "--cwd", str(bulk.folder), verb, "--yes", "--skip-preview", "--stack", "app")
        return lambda: (self.checkout.run(*command, "--non-interactive", timeout=TIMEOUT), wait())

    def _enabled(self, group: str) -> Callable[[], None]:
        types = self.scale.types
        return lambda: until(lambda: self.clusters.running(group) == types, f"{types} types of {group}", TIMEOUT)

    def _undefined(self, group: str) -> Callable[[], None]:
        return lambda: until(lambda: self.clusters.defined(group) == 0, f"no types of {group}", TIMEOUT)

    def _there(self) -> None:
        wanted = self.scale.objects * self.scale.clusters
        until(lambda: self.clusters.placed(SPACE) == wanted, f"{wanted} objects", TIMEOUT)

    def _gone(self) -> None:
        until(lambda: self.clusters.placed(SPACE) == 0, "no objects", TIMEOUT)

    def _progress(self) -> str:
        types = {group: (self.clusters.running(group), self.clusters.defined(group)) for group in (OURS, THEIRS)}
        told = [
            f"{group}: {running} types run, {defined} CRDs" for group, (running, defined) in types.items() if defined
        ]
        return "; ".join([*told, f"{self.clusters.placed(SPACE)} objects in the clusters"])

    def _settings(self) -> list[Any]:
        """The setting `types`."""
        path: Path = self.checkout.project / "Pulumi.sandbox.yaml"
        return yaml.safe_load(path.read_text())["config"].get("federated-eks:types") or []


def _controller(pid: int) -> bool:
    try:
        argv = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return bool(argv) and argv[0].endswith("hyperfed") and "controller-manager" in argv
