"""Functions to look at the objects that are declared to either engine of a fleet."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Output

from .beside import Beside, Look, beside
from .karmada import declared as karmada
from .karmada.kubeconfig import CONTEXT
from .kubefed import declared as kubefed

LOOKS: Mapping[str, Look] = {"kubefed": kubefed.declared, "karmada": karmada.declared}
"""The functions by the engine's name in the settings."""


def engine_beside(engine: str, kubeconfig: Output[str], host: str) -> Beside:
    """An engine of the fleet's kubeconfig, JSON; `host` is the name of the cluster on which it runs."""
    return beside(engine, kubeconfig, CONTEXT if engine == "karmada" else host, LOOKS[engine])
