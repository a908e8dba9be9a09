"""Many types enabled, and taken away again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from tests.bench import manifests
from tests.bench.ground import OURS, THEIRS, Ground, Work
from tests.bench.hand import TIMEOUT
from tests.bench.measure import until

ENABLED, UNCHANGED, AWAY = "types enabled", "types, nothing changed", "types taken away"


@dataclass(frozen=True)
class Types:
    """So many of them."""

    ground: Ground
    count: int

    def by_pulumi(self) -> None:
        """A line in the settings for each, and one `up`."""
        project = self.ground.fleet.checkout.project
        files = manifests.crds(self.ground.folder / "ours", self.count, OURS)
        ours = [{"crd": str(file.relative_to(project)), "federatedGroup": f"fleet.{OURS}"} for file in files]
        self.ground.fleet.configure(types=[*self._settings(), *ours])
        self.ground.take(ENABLED, "pulumi up", lambda: (self._up(), self._run(OURS)))
        self.ground.take(UNCHANGED, "pulumi up", self._up)

    def away_by_pulumi(self) -> None:
        """The lines taken out again, and one `up`."""
        self.ground.fleet.configure(types=[chosen for chosen in self._settings() if OURS not in str(chosen)])
        self.ground.take(AWAY, "pulumi up", lambda: (self._up(), self._gone(OURS)))

    def by_hand(self) -> None:
        """CRDs with kubectl, then a call of kubefedctl for each type; and the way back."""
        hand, folder, group = self.ground.hand, self.ground.folder / "theirs", f"fleet.{THEIRS}"
        manifests.crds(folder, self.count, THEIRS)
        names = [manifests.crd(place, THEIRS)["metadata"]["name"] for place in range(self.count)]
        enabling: dict[str, Work] = {
            "kubectl apply and wait, the CRDs in each cluster": lambda: hand.define(folder),
            "kubectl apply, the grant; kubefedctl enable, a call a type": lambda: hand.enable(names, group),
            "until kubefed runs them": lambda: self._run(THEIRS),
        }
        disabling: dict[str, Work] = {
            "kubefedctl disable, a call a type": lambda: hand.disable(names),
            "kubectl delete, the CRDs in each cluster": lambda: hand.everywhere("delete", "-f", str(folder)),
            "until they are gone": lambda: self._gone(THEIRS),
        }
        self.ground.take_steps(ENABLED, enabling)
        self.ground.take_steps(AWAY, disabling)

    def _up(self) -> None:
        self.ground.fleet.pulumi("up", "--yes", "--skip-preview", timeout=TIMEOUT)

    def _run(self, group: str) -> None:
        until(lambda: self.ground.clusters.running(group) == self.count, f"{self.count} types of {group}", TIMEOUT)

    def _gone(self, group: str) -> None:
        until(lambda: self.ground.clusters.defined(group) == 0, f"no type of {group}", TIMEOUT)

    def _settings(self) -> list[Any]:
        """The setting `types`."""
        stack = (self.ground.fleet.checkout.project / "Pulumi.sandbox.yaml").read_text()
        return yaml.safe_load(stack)["config"].get("federated-eks:types") or []
