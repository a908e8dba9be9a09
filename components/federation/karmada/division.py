"""The distribution of a workload's replicas, which a program declares after the workload."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..engine import Spread, Workload


@dataclass
class Division:
    """A workload's distribution. Karmada has it in the workload's own policy, which must therefore wait for it.

    Pulumi computes a policy's inputs once the program's statements have run, or once it waits for a value.
    """

    workload: Workload
    _spread: Spread | None = None
    _used: bool = False

    def set(self, spread: Spread) -> None:
        """Take a distribution. Raises RunError if the policy is declared without it."""
        if self._used:
            raise pulumi.RunError(
                f"ReplicaScheduling of {self.workload.kind} {self.workload.name}: the policy by which Karmada divides "
                "is declared already; declare the ReplicaScheduling right after its workload, before the program waits "
                "for a value"
            )
        self._spread = spread

    def use(self) -> Spread | None:
        """The distribution; none can come afterwards."""
        self._used = True
        return self._spread
