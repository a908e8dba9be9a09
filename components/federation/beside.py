"""Two engines beside each other, while workloads move from one to the other.

Each engine then leaves what it has placed in the clusters when its own object is deleted. So the other engine takes it
over, and no pod ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Input, Output

from ..threads import in_thread
from . import diagnosis

MARK = "federated-eks-beside"
"""The extension of a kubeconfig's current context with the context of the engine beside."""

NAMES = {"kubefed": "kubefed", "karmada": "Karmada"}
"""The engines' own names, by the settings'."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """An object that is declared to an engine."""

    kind: str
    """The kind of the object that the clusters have."""
    namespace: str | None
    """The object's namespace; None for a cluster-scoped type, and for a namespace."""
    name: str
    stays: bool
    """Whether the clusters keep theirs when it is deleted."""

    @property
    def title(self) -> str:
        """The kind and the name, with the namespace."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


Look = Callable[[Any], Sequence[Declared]]
"""A function that returns the objects declared to the engine on a connected host."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The engine beside a program's own."""

    engine: str
    """The engine's name in the settings."""
    declared: Output[Sequence[Declared]]
    """The engine's objects; none if a preview finds that its host doesn't answer."""

    def checked(self, kind: str, name: str, namespace: Input[str] | None = None) -> Output[str]:
        """An object's name, once the engine beside would not remove the clusters'. The update fails otherwise.

        The object leaves the engine beside at the end of the update that declares it to the program's own. The
        namespace on the host waits too: if Pulumi had begun to replace it by one in another API, any later update would
        delete the host's own.
        """

        def check(found: Sequence[Any]) -> str:
            declared, namespace = found
            at_risk = Declared(kind=kind, namespace=None if kind == "Namespace" else namespace, name=name, stays=False)
            if at_risk in declared:
                own = next(name for name in NAMES if name != self.engine)
                raise pulumi.RunError(
                    f"{at_risk.title}: {NAMES[self.engine]} would take it out of the clusters when it leaves "
                    f"{NAMES[self.engine]}, and its pods would end; set engine: {self.engine} and beside: {own} in the "
                    "fleet's settings, update the fleet, update this program, and then let the engines change places"
                )
            return name

        return Output.all(self.declared, namespace).apply(check)


def beside(engine: str, kubeconfig: Output[str], context: str, look: Look) -> Beside:
    """The engine of a kubeconfig's other context. An update fails, and a preview warns, if its host doesn't answer."""

    async def read(text: str) -> Sequence[Declared]:
        try:
            return await in_thread(lambda: look(diagnosis.connect(text, context)))
        except Exception as error:  # whatever keeps the host from answering
            why = diagnosis.reason(error)
            if not pulumi.runtime.is_dry_run():
                raise pulumi.RunError(
                    f"{NAMES[engine]} doesn't tell what is declared to it: {why}; see that it answers, and run the "
                    "update again"
                ) from None
            pulumi.log.warn(
                f"{NAMES[engine]} doesn't tell what is declared to it, as an update will have to know: {why}"
            )
            return ()

    return Beside(engine=engine, declared=Output.unsecret(Output.secret(kubeconfig).apply(read)))


def marked(kubeconfig: str, context: str, other: str | None) -> str:
    """A kubeconfig, JSON, whose current context is `context` and names that of the engine beside, if there is one."""
    config: Any = {**json.loads(kubeconfig), "current-context": context}
    if other is not None:
        current = _current(config)
        current["extensions"] = [*(current.get("extensions") or ()), {"name": MARK, "extension": {"context": other}}]
    return json.dumps(config)


def other_context(kubeconfig: str) -> str | None:
    """The context of the engine beside that of the current context; None if there is one engine."""
    extensions: Iterable[Any] = _current(json.loads(kubeconfig)).get("extensions") or ()
    return next((found["extension"]["context"] for found in extensions if found["name"] == MARK), None)


def _current(config: Any) -> Any:
    contexts: Iterable[Any] = config.get("contexts") or ()
    none: dict[str, Any] = {}
    return next((found["context"] for found in contexts if found["name"] == config.get("current-context")), none)
