"""Both engines side by side: a join, types, objects, a failover, and the memory of what the engine runs on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.clusters import ports
from tests.bench import manifests
from tests.bench.clusters import Clusters
from tests.bench.fleet import FURTHER, TWO
from tests.bench.ground import BY_PULUMI, OURS
from tests.bench.hand import TIMEOUT
from tests.bench.measure import Watched, held, until
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.app import App, made, stopped
from tests.sandbox.fleet.live import Fleet, listed

SPACES = {"kubefed": "kube-federation-system", "karmada": "karmada-system"}
"""The namespace on the host of each engine's pods."""
TITLES = ("kubefed", "Karmada")

SILENT, REPLICAS, SECONDS = "federated-eks-2", 10, 5
"""The cluster that stops answering, the replicas that move, and the seconds that they stay after the taint."""

MOVING = f"""
    shop = namespace("moving")
    web = federated("Deployment", "web", shop, deployment("web", 1), failover=ClusterFailover(after_seconds={SECONDS}))
    ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total={REPLICAS}))
    """


@dataclass
class Engines:
    """The same steps on a fleet with each engine; the fleets are brought up one after the other."""

    types: int
    objects: int
    seconds: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    """By the step, then by the engine."""
    memory: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    """MiB by the program that runs in the engine's pods, then by the engine."""

    def run(self) -> None:
        """Do the steps on each engine's fleet."""
        for engine in SPACES:
            with fresh() as checkout:
                side = Side(engine, Fleet(checkout), self.types, self.objects)
                for what, work in side.steps().items():
                    taken = Watched(f"{engine}: {what}")(work)
                    self.seconds.setdefault(what, {})[engine] = taken.seconds
                    for program, mib in side.memory.items():
                        self.memory.setdefault(program, {})[engine] = mib

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        together = {engine: sum(row.get(engine, 0) for row in self.memory.values()) for engine in SPACES}
        memory = {**dict(sorted(self.memory.items())), "together": together}
        return {
            "Engines, seconds": _table("what", self.seconds, 1),
            f"Engines, MiB of their pods with {self.objects} objects": _table("program", memory, 0),
        }


@dataclass
class Side:
    """A fleet with one engine."""

    engine: str
    fleet: Fleet
    types: int
    objects: int
    memory: dict[str, float] = field(default_factory=dict[str, float])
    """MiB by the program in the engine's pods, once the objects are there."""

    @cached_property
    def bulk(self) -> App:
        """The program of the objects."""
        return made(self.fleet, "bulk")

    @cached_property
    def clusters(self) -> Clusters:
        """The API servers, once all clusters are up."""
        return Clusters(self.fleet.checkout)

    def steps(self) -> dict[str, Callable[[], object]]:
        """The steps in their order; each builds on the one before."""
        karmada = self.engine == "karmada"
        failover = {
            f"{REPLICAS} replicas, divided over the clusters": self._divide,
            f"{REPLICAS} replicas in the others once one does not answer": self._fail,
        }
        return {
            "up, from nothing to two clusters READY": self._up,
            "preview": lambda: self.fleet.pulumi("preview"),
            "up, nothing changed": lambda: self.fleet.pulumi("up", "--yes", "--skip-preview"),
            f"up, with cluster 3 ({FURTHER[0]}) READY": self._join,
            f"up, with {self.types} types in every cluster": self._define,
            f"{self.objects} objects, from nothing to every cluster": self._create,
            f"{self.objects} objects taken away": self._remove,
            **(failover if karmada else {}),
            "down": lambda: self.fleet.checkout.sandbox("down", timeout=TIMEOUT),
        }

    def _up(self) -> None:
        karmada = {"chart": ".sandbox/charts/karmada", "port": ports.passing(), "failover": True}
        self.fleet.configure(clusters=listed(TWO), karmada=karmada, types=[], manifests=[])
        self.fleet.checkout.sandbox("up", "--engine", self.engine, timeout=TIMEOUT)

    def _join(self) -> None:
        self.fleet.configure(clusters=listed([*TWO, FURTHER[0]]))
        self._fleet_up()

    def _define(self) -> None:
        """Have custom types in every cluster, which kubefed alone has to enable."""
        project = self.fleet.checkout.project
        files = manifests.crds(project / "bench", self.types, OURS)
        self.fleet.configure(
            types=[{"crd": str(file.relative_to(project)), "federatedGroup": f"fleet.{OURS}"} for file in files]
        )
        self._fleet_up()
        if self.engine == "kubefed":
            until(lambda: self.clusters.running(OURS) == self.types, f"{self.types} types", TIMEOUT)

    def _create(self) -> None:
        self.bulk.write(manifests.program(self.objects, BY_PULUMI))
        self._bulk("up")
        self._placed(self.objects)
        self.memory = self._held()

    def _remove(self) -> None:
        self._bulk("destroy")
        self._placed(0)

    def _divide(self) -> None:
        made(self.fleet, "moving").up(MOVING)

    def _fail(self) -> None:
        with stopped(self.fleet, SILENT):
            until(lambda: self._elsewhere() == REPLICAS, f"{REPLICAS} replicas in the others", TIMEOUT)

    def _elsewhere(self) -> int:
        """The replicas in the clusters that answer."""
        path = "/apis/apps/v1/namespaces/moving/deployments/web"
        return sum(api.get(path)["spec"]["replicas"] for name, api in self.clusters.apis.items() if name != SILENT)

    def _fleet_up(self) -> None:
        self.fleet.pulumi("up", "--yes", "--skip-preview", timeout=TIMEOUT)

    def _bulk(self, verb: str) -> None:
        stack = ("--stack", self.bulk.stack, "--yes", "--skip-preview", "--non-interactive")
        self.fleet.checkout.run("pulumi", "--cwd", str(self.bulk.folder), verb, *stack, timeout=TIMEOUT)

    def _placed(self, count: int) -> None:
        wanted = count * len(self.clusters.apis)
        until(lambda: self.clusters.placed(BY_PULUMI) == wanted, f"{wanted} objects in the clusters", TIMEOUT)

    def _held(self) -> dict[str, float]:
        """MiB of the engine's pods, by their programs."""
        found: dict[str, float] = {}
        for pid, name in self.fleet.checkout.processes().items():
            if f" pod {SPACES[self.engine]}/" in name:
                program = name.rpartition(" ")[2]
                found[program] = found.get(program, 0.0) + held([pid])
        return found


def _table(head: str, rows: Mapping[str, Mapping[str, float]], digits: int) -> str:
    """A column for each engine; nothing where an engine has no such row."""
    cells = [(what, *(number(row.get(engine), digits) for engine in SPACES)) for what, row in rows.items()]
    return markdown((head, *TITLES), cells, 1)
