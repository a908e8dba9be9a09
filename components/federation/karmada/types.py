"""The type of a workload's object: Karmada federates whatever its API server serves."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine import Workload
from ..served import Served, Type

NAMESPACE = "Namespace"


@dataclass(frozen=True, kw_only=True)
class Template:
    """The object that Karmada takes as the template, by its place on the host."""

    api_version: str
    kind: str
    name: str
    namespaced: bool

    @property
    def token(self) -> str:
        """Its type in Pulumi."""
        return f"kubernetes:{self.api_version if '/' in self.api_version else f'core/{self.api_version}'}:{self.kind}"

    @property
    def binding(self) -> str:
        """The name of its binding (pkg/util/names, GenerateBindingName), which policies of its own have too."""
        return f"{self.name.replace(':', '.')}-{self.kind}".lower()

    @property
    def binding_kind(self) -> str:
        """The kind of its binding."""
        return "ResourceBinding" if self.namespaced else "ClusterResourceBinding"

    @property
    def scope(self) -> str:
        """What the kinds of its policies begin with."""
        return "" if self.namespaced else "Cluster"


def template_of(workload: Workload, served: Served) -> Template:
    """The object of a workload. Raises ValueError if its type isn't served, or not as the workload has it."""
    api_version, namespaced = _type(workload, served)
    if workload.kind != NAMESPACE and namespaced != (workload.namespace is not None):
        raise ValueError(
            f"{workload.kind} {workload.name}: namespace: the type is "
            + ("in namespaces, and none is given; give one" if namespaced else "cluster-scoped; leave it out")
        )
    return Template(api_version=api_version, kind=workload.kind, name=workload.name, namespaced=namespaced)


def _type(workload: Workload, served: Served) -> tuple[str, bool]:
    """The apiVersion, and whether the type is namespaced."""
    found = served.types.get(workload.kind, ())
    given = workload.api_version
    if given is not None:
        scopes = [type_.namespaced for type_ in found if type_.group == _group(given)]
        # A program may bring a type and its objects at once.
        return given, scopes[0] if scopes else workload.namespace is not None
    type_ = _only(found)
    if type_ is None:
        raise ValueError(f"{workload.kind} {workload.name}: kind: Karmada's API server {_unclear(found, served)}")
    return type_.api_version, type_.namespaced


def _unclear(found: tuple[Type, ...], served: Served) -> str:
    """Why a kind doesn't say which type it means, and what to do."""
    if found:
        return f"serves it as {', '.join(type_.api_version for type_ in found)}; give api_version"
    if not served.answered:
        return "does not answer, and the type is not one of the usual ones of Kubernetes; give api_version"
    return "serves no such type; bring its CRD, or give api_version"


def _only(found: tuple[Type, ...]) -> Type | None:
    """The type that a kind means: the only one, or Kubernetes' own."""
    own = [type_ for type_ in found if type_.own]
    candidates = own if len(found) > 1 else found
    # Events are served by two groups of Kubernetes' own; nothing else is.
    return candidates[0] if len(candidates) == 1 else None


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
