"""The stack's outputs, read and understood."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components import plan as planning
from components.plan import BASTION
from ops.map.model import Network, Peering

Outputs = Mapping[str, Any]

PROJECT = Path(__file__).parents[2]
"""Pulumi finds the project's stacks from here."""

NEEDED = ("plan", "clusters", "kubeconfig", "peerings")
"""The outputs that a picture is made from."""


class FleetError(Exception):
    """There is nothing to draw: one line that says what is the matter and what to do."""


def read(stack: str) -> Outputs:
    """The outputs of a stack, secret ones too; raises FleetError."""
    argv = ["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    try:
        answer = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise FleetError("pulumi: not found on PATH; install the Pulumi CLI, or put its directory on PATH") from None
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or [f"it ended with exit code {answer.returncode}"]
        raise FleetError(
            f"--stack: {stack}: pulumi can't tell its outputs: {said[-1].removeprefix('error: ')}; "
            "name one of `pulumi stack ls`, and sign in to its backend"
        )
    return complete(stack, json.loads(answer.stdout))


def complete(stack: str, outputs: Outputs) -> Outputs:
    """The outputs, if all that a picture takes is there; raises FleetError."""
    missing = [name for name in NEEDED if name not in outputs]
    if "plan" not in missing and "bastion" not in outputs["plan"]:
        missing.append("plan.bastion")
    if missing:
        raise FleetError(
            f"--stack: {stack} has no output {', '.join(missing)}; bring it up first: pulumi up -s {stack}"
        )
    return outputs


def bastion(plan: Mapping[str, Any]) -> Network | None:
    """The bastion's network; None where the fleet has none."""
    if not plan["bastion"]:
        return None
    return Network(name=BASTION, region=plan["bastion"]["region"], cidr=plan["bastion"]["cidr"])


def networks(plan: Mapping[str, Any]) -> list[Network]:
    """The clusters' networks, in the plan's order."""
    return [Network(name=each["name"], region=each["region"], cidr=each["cidr"]) for each in plan["clusters"]]


def host(plan: Mapping[str, Any]) -> str:
    """The name of the cluster where kubefed runs."""
    return next(each["name"] for each in plan["clusters"] if each["region"] == plan["host"])


def peerings(plan: Mapping[str, Any], ids: Mapping[str, str]) -> tuple[list[Peering], list[str]]:
    """The output `peerings`, by the networks they join; and the names that join no two networks of the plan."""
    pairs = link_names(host(plan), (each["name"] for each in plan["clusters"]))
    known = [Peering(one=pairs[name][0], other=pairs[name][1], id=id) for name, id in ids.items() if name in pairs]
    return known, [name for name in ids if name not in pairs]


def link_names(host: str, clusters: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The pair behind each name that a peering may have.

    Names of clusters have hyphens in them, so a peering's name can't be cut: `a-b-c` joins `a` and `b-c`, or `a-b` and
    `c`. Where both could be meant, it is the one that every fleet has, to the bastion or the host.
    """
    members = [name for name in clusters if name != host]
    every, always = (planning.links(host, members, full_mesh=mesh) for mesh in (True, False))
    return {f"{one}-{other}": (one, other) for one, other in (*every, *always)}
