"""The health of a custom type's objects: what a program declares of it, for the wait and the failover of workloads."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from .engine import HealthRule
from .host import Host


@dataclass(frozen=True, kw_only=True)
class TypeHealthArgs:
    """A type, and when an object of it is healthy: by a condition of its status, or by a script."""

    host: Host
    api_version: str
    """The type's apiVersion: `monitoring.coreos.com/v1`."""
    kind: str
    condition: str | None = None
    """The condition of the status that is True for a healthy object: `Available`."""
    lua: str | None = None
    """A script with a function `InterpretHealth(observedObj)`, which returns whether the object is healthy."""

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one of the two is set."""
        if (self.condition is None) == (self.lua is None):
            raise ValueError(
                f"{self.kind}: condition {self.condition} and lua {self.lua} are set, and one of them decides; "
                "set either"
            )


class TypeHealth(pulumi.ComponentResource):
    """The rule by which the engine judges the objects of a type; each type has one.

    Without it, Karmada takes every object of a custom type for healthy. A FederatedObject with the rule in its `after`
    is created once each cluster's object is healthy by it. A changed rule counts for an object with its next change.
    Raises ValueError over kubefed, which judges no object.
    """

    def __init__(self, name: str, args: TypeHealthArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:TypeHealth", name, None, opts)
        rule = HealthRule(api_version=args.api_version, kind=args.kind, condition=args.condition, lua=args.lua)
        args.host.engine.judge(name, rule, parent=self)
        self.register_outputs({})
