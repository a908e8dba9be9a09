"""The networks and peerings of a fleet, from the outputs of its stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ops.map import karmada
from ops.map.model import Engine, Network, Peering
from settings import plan as planning
from settings.plan import BASTION

ENGINES = {"kubefed": Engine.KUBEFED, "karmada": Engine.KARMADA}
"""The engines by their names in the settings."""


def bastion(plan: Mapping[str, Any]) -> Network | None:
    """Return the bastion's network; None if the fleet has no bastion."""
    if not plan["bastion"]:
        return None
    return Network(name=BASTION, region=plan["bastion"]["region"], cidr=plan["bastion"]["cidr"])


def networks(plan: Mapping[str, Any]) -> list[Network]:
    """Return the clusters' networks, in the plan's order."""
    return [Network(name=each["name"], region=each["region"], cidr=each["cidr"]) for each in plan["clusters"]]


def host(plan: Mapping[str, Any]) -> str:
    """Return the name of the cluster where the engines run."""
    return next(each["name"] for each in plan["clusters"] if each["region"] == plan["host"])


def engines(plan: Mapping[str, Any]) -> tuple[Engine, ...]:
    """Return the settings' `engine`, and `beside` if it is set. A stack from before there was a choice has kubefed."""
    return tuple(ENGINES[name] for name in (plan.get("engine") or "kubefed", plan.get("beside")) if name)


def context(plan: Mapping[str, Any], engine: Engine) -> str:
    """Return the context of an engine's API in the fleet's kubeconfig; kubefed's is the host's."""
    return karmada.CONTEXT if engine is Engine.KARMADA else host(plan)


def peerings(plan: Mapping[str, Any], ids: Mapping[str, str]) -> tuple[list[Peering], list[str]]:
    """Return the peerings with the networks that they join, and the names that match no two networks of the plan."""
    pairs = link_names(host(plan), (each["name"] for each in plan["clusters"]))
    known = [Peering(first=pairs[name][0], second=pairs[name][1], id=id) for name, id in ids.items() if name in pairs]
    return known, [name for name in ids if name not in pairs]


def link_names(host: str, clusters: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the pair of networks for each possible name of a peering.

    Cluster names contain hyphens, so a peering's name can't be split: `a-b-c` joins `a` and `b-c`, or `a-b` and `c`.
    If both are possible, it is the peering with the bastion or the host, because every fleet has that one.
    """
    members = [name for name in clusters if name != host]
    every, always = (planning.links(host, members, full_mesh=mesh) for mesh in (True, False))
    return {f"{first}-{second}": (first, second) for first, second in (*every, *always)}
