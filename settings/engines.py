"""The change from one engine to the other: its steps in order, and none that takes away what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import Output

from components.federation.beside import NAMES, Declared
from components.federation.both import engine_beside
from settings.base import PROJECT
from settings.errors import SettingsError
from settings.plan import Plan

if TYPE_CHECKING:
    from settings.standing import Standing

SHOWN = 5
"""The number of objects that keep an engine which a message names."""


def check_change(plan: Plan, standing: Standing, remain: str) -> None:
    """Raise ValueError for another engine, unless both run; `remain` are the regions of the clusters that stay."""
    if plan.engine == standing.engine:
        return
    if plan.engine != standing.beside:
        raise ValueError(
            f"engine: {plan.engine} would replace {standing.engine}, and delete all objects that it has "
            f"placed in {remain}; set engine: {standing.engine}, and beside: {plan.engine} if they are to move "
            "(docs/karmada.md), or destroy the stack first"
        )
    if plan.beside != standing.engine:
        raise ValueError(
            f"engine: {plan.engine} replaces {standing.engine}, which has to stay until all objects have "
            f"moved; set beside: {standing.engine} (docs/karmada.md)"
        )


def leaving(plan: Plan, standing: Standing) -> str | None:
    """The engine that a plan takes away from clusters that stay; None if it takes none."""
    stay = any(cluster.region in standing.clusters for cluster in plan.clusters)
    return standing.beside if stay and not plan.beside else None


def emptied(plan: Plan, standing: Standing, kubeconfig: Output[str]) -> Output[Standing]:
    """What the last update left, once nothing is declared to the engine that leaves. Fails with SettingsError.

    `kubeconfig` is the fleet's, JSON.
    """
    engine = leaving(plan, standing)
    if engine is None:
        return Output.from_input(standing)
    return engine_beside(engine, kubeconfig, plan.host.name).declared.apply(
        lambda declared: _checked(engine, declared, standing)
    )


def _checked(engine: str, declared: Any, standing: Standing) -> Standing:
    objects: list[Declared] = [*declared]
    if objects:
        titles = ", ".join(sorted(found.title for found in objects)[:SHOWN])
        more = f" and {len(objects) - SHOWN} more" if len(objects) > SHOWN else ""
        raise SettingsError(
            f"{PROJECT}:beside: {engine} leaves, and still has {titles}{more}; update the programs that declare them, "
            f"and keep beside: {engine} until then"
        )
    pulumi.log.info(f"nothing is declared to {NAMES[engine]} any more, so it is removed")
    return standing
