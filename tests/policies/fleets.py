"""Fleets as they ship and in their variants, whole and broken, previewed by the real engine against an AWS alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime.proto import analyzer_pb2

from tests.sandbox.checkout import PROJECT, Checkout, fresh

OPERATOR = "198.51.100.7/32"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"
ONE = [{"region": "eu-west-1"}]
TWO = [*ONE, {"region": "eu-west-3"}]
PUBLIC = {"access": "public-and-private", "allowedCidrs": [OPERATOR]}
MIRRORED = {"chart": ".sandbox/charts/kubefed", "registry": ECR, "hookImage": f"{ECR}/alpine/k8s:1.35.4"}

FLEETS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "dev": ("Pulumi.dev.yaml", {"endpoint": PUBLIC}),
    "sandbox": ("Pulumi.sandbox.yaml", {}),
    "one": ("Pulumi.sandbox.yaml", {"clusters": ONE, "types": [], "manifests": [], "controlPlane": {}}),
    "software": (
        "Pulumi.sandbox.yaml",
        {"clusters": ONE, "types": [], "manifests": [{"name": "base", "file": "examples/manifests/base.yaml"}]},
    ),
    "none": ("Pulumi.sandbox.yaml", {"clusters": ONE, "network": {"nat": "none"}, "kubefed": MIRRORED}),
    "mesh": (
        "Pulumi.sandbox.yaml",
        {
            "clusters": [*TWO, {"region": "us-east-1"}],
            "peering": {"topology": "full-mesh"},
            "network": {"nat": "zone"},
            # Two networks of a region with an address in each zone.
            "quotas": {"L-0263D0A3": 6},
        },
    ),
    "karmada": (
        "Pulumi.sandbox.yaml",
        {"engine": "karmada", "karmada": {"chart": ".sandbox/charts/karmada"}, "types": [], "manifests": []},
    ),
    "names": ("Pulumi.sandbox.yaml", {"clusters": ONE, "types": [], "controlPlane": {}}),
    # Two of its zones are the account's, and EKS is in both.
    "two-zones": (
        "Pulumi.sandbox.yaml",
        {"clusters": [{"region": "us-west-1"}], "types": [], "manifests": [], "controlPlane": {}},
    ),
    "clients": (
        "Pulumi.sandbox.yaml",
        {
            "bastion": {"enabled": False},
            "endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-1": "tgw-0123456789abcdef0"}}}},
        },
    ),
    "no-bastion": ("Pulumi.sandbox.yaml", {"bastion": {"enabled": False}, "endpoint": PUBLIC}),
    **{file.stem: (f"examples/fleets/{file.name}", {}) for file in (PROJECT / "examples/fleets").glob("*.yaml")},
}
"""By name: the file of its settings, as the project ships it, and what is set besides."""

REQUESTS = (
    analyzer_pb2.AnalyzerStackConfigureRequest,
    analyzer_pb2.AnalyzeRequest,
    analyzer_pb2.AnalyzeStackRequest,
)
"""In the recorder's order."""


@dataclass(frozen=True)
class Report:
    """The result of a preview."""

    code: int
    text: str
    violations: frozenset[tuple[str, str]]
    """Each with the rule and the name of the resource."""
    levels: Mapping[str, str]
    """Of the rules that were broken."""
    requests: tuple[Any, ...] = field(repr=False)
    """What the engine asked the pack, in order, where it was recorded."""


class Previews:
    """Previews of fleets in a checkout of their own, on new stacks."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self._count = 0
        project = checkout.project
        (project / "__main__.py").rename(project / "fleet.py")
        (project / "tests/policies/program.py").rename(project / "__main__.py")

    def preview(
        self,
        fleet: str,
        *,
        broken: Iterable[str] = (),
        settings: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Report:
        """Preview a fleet with what some rules ask for broken, by the pack that is configured by `config`."""
        return self._run(("preview",), fleet, broken, settings or {}, config or {})

    def update(self, fleet: str, *, broken: Iterable[str]) -> Report:
        """Bring a fleet up, as far as it gets, with what some rules ask for broken."""
        return self._run(("up", "--yes", "--skip-preview"), fleet, broken, {}, {})

    def _run(
        self,
        command: tuple[str, ...],
        fleet: str,
        broken: Iterable[str],
        settings: Mapping[str, Any],
        config: Mapping[str, Any],
    ) -> Report:
        self._count += 1
        stack, folder = self._stack(fleet, settings), self.checkout.project / f"preview-{self._count}"
        folder.mkdir()
        events, record = folder / "events", folder / "record"
        (folder / "config.json").write_text(json.dumps(config))
        env = {
            "FLEET_BREAKS": ",".join(broken),
            "FLEET_NAMES": "true" if fleet == "names" else "",
            "FLEET_WORKLOADS": "true" if fleet == "karmada" else "",
            "FLEET_RECORD": str(record),
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
        }
        pack = ["--policy-pack", "tests/policies/recorder", "--policy-pack-config", str(folder / "config.json")]
        plain = ["-s", stack, "--non-interactive", "--color", "never", "--event-log", str(events)]
        done = self.checkout.run("pulumi", *command, *plain, *pack, env=env, check=False)
        told = [json.loads(line) for line in events.read_text().splitlines()] if events.exists() else []
        found = [one["policyEvent"] for one in told if "policyEvent" in one]
        return Report(
            code=done.returncode,
            text=done.stdout,
            violations=frozenset((one["policyName"], one["resourceUrn"].split("::")[-1]) for one in found),
            levels={one["policyName"]: one["enforcementLevel"] for one in found},
            requests=tuple(_requests(record)),
        )

    def _stack(self, fleet: str, settings: Mapping[str, Any]) -> str:
        """A new stack of the fleet's settings, called as the file of its settings is, but for a number."""
        file, more = FLEETS[fleet]
        stack = f"{Path(file).stem.removeprefix('Pulumi.')}-{self._count}"
        config = yaml.safe_load((PROJECT / file).read_text())["config"]
        config |= {f"federated-eks:{key}": value for key, value in {**more, **settings}.items()}
        (self.checkout.project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))
        self.checkout.run("pulumi", "stack", "init", stack)
        return stack


@contextmanager
def previews() -> Generator[Previews]:
    """An AWS without anything in it, and previews against it."""
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        yield Previews(checkout)


def _requests(record: Path) -> Generator[Any]:
    data = record.read_bytes() if record.exists() else b""
    while data:
        call, length = struct.unpack(">BI", data[:5])
        yield REQUESTS[call].FromString(data[5 : 5 + length])
        data = data[5 + length :]
