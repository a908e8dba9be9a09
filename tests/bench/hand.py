"""What people do by hand: kubectl and kubefedctl, one call after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import manifests
from tests.bench.clusters import HOST
from tests.sandbox.checkout import Checkout

TIMEOUT = 3600.0
"""Seconds, for one command."""


@dataclass(frozen=True)
class Hand:
    """Commands on the fleet's clusters."""

    checkout: Checkout
    clusters: Sequence[str]

    def kubectl(self, cluster: str, verb: str, *more: str) -> None:
        """One call of kubectl."""
        self.checkout.run("kubectl", "--context", cluster, verb, *more, timeout=TIMEOUT)

    def everywhere(self, verb: str, *more: str) -> None:
        """The same call for each cluster."""
        for cluster in self.clusters:
            self.kubectl(cluster, verb, *more)

    def define(self, folder: Path) -> None:
        """The CRDs in a folder, into every cluster; kubefed fails where one lacks a type that another has."""
        self.everywhere("apply", "-f", str(folder))
        self.everywhere("wait", "--for=condition=Established", "-f", str(folder))

    def enable(self, types: Sequence[str], group: str) -> None:
        """The controller's rights, then a call for each type."""
        granted = manifests.written(self._file("grant"), manifests.grant(group))
        self.kubectl(HOST, "apply", "-f", str(granted))
        for name in types:
            self._kubefedctl("enable", name, "--federated-group", group)

    def disable(self, types: Sequence[str]) -> None:
        """A call for each type."""
        for name in types:
            self._kubefedctl("disable", name, "--delete-crd")

    def federate(self, plain: Path) -> Path:
        """The federated objects of a file of plain ones, as a file."""
        # Told a file, it asks no cluster and only prints.
        printed = self.checkout.run("kubefedctl", "federate", "--filename", str(plain), timeout=TIMEOUT).stdout
        federated = plain.with_name(f"federated-{plain.name}")
        federated.write_text(printed)
        return federated

    def _kubefedctl(self, verb: str, name: str, *more: str) -> None:
        self.checkout.run("kubefedctl", verb, name, f"--host-cluster-context={HOST}", *more, timeout=TIMEOUT)

    def _file(self, name: str) -> Path:
        return self.checkout.project / "bench" / f"{name}.yaml"
