"""The objects that `kubefedctl enable` derives from a Kubernetes type: a FederatedTypeConfig and a Federated CRD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .builtin_types import BUILT_IN, CHART, Target
from .crd_rules.names import list_kind, singular

GROUP = "types.kubefed.io"
"""The federated types' default API group, on which kubefed's chart gives its controller rights."""

VERSION = "v1beta1"
"""The federated types' default version."""


@dataclass(frozen=True, kw_only=True)
class Enabled:
    """A type to federate."""

    name: str
    """`<plural>.<group>`, `<plural>` alone for the core group."""
    target: Target | None
    """The type's target; None for a type whose CRD exists in the clusters, where it is read."""
    version: str | None
    """The target's version, if the settings have one."""
    crd: Mapping[str, Any] | None
    """The CRD for every cluster; None for a type without one in the settings."""
    definition: Mapping[str, Any] | None = None
    """The type's CRD, also if charts or manifests bring it; None if only the clusters know it."""
    federated_group: str = GROUP
    federated_version: str = VERSION

    @property
    def custom(self) -> bool:
        """Whether a CRD defines it."""
        return self.name not in BUILT_IN

    @property
    def federated(self) -> str:
        """The name of the federated type's CRD."""
        return f"{federated_plural(self.name)}.{self.federated_group}"


def check_distinct(types: Sequence[Enabled]) -> None:
    """Raise ValueError for a type that is listed twice, and for names that two types of an API group would share.

    An API server takes the second CRD, but never serves it: its condition NamesAccepted is False. Names that only a
    cluster's own CRD has are unknown here.
    """
    named = {f"{federated_plural(name)}.{GROUP}": name for name in CHART}
    for name, count in Counter(enabled.name for enabled in types).items():
        if count > 1:
            raise ValueError(f"types: {name} is listed {count} times; list it once")
    for enabled in types:
        other = named.setdefault(enabled.federated, enabled.name)
        if other != enabled.name:
            raise ValueError(
                f"types: {enabled.name} and {other} would both be federated as {enabled.federated}; "
                f"set another federatedGroup on {enabled.name}"
            )
    _check_names(types)


def _check_names(types: Sequence[Enabled]) -> None:
    """Check names in each API group: plurals, singulars and short names together, and kinds and list kinds together."""
    taken: dict[tuple[str, str, str], str] = {}
    for group, name, names in [*_chart_names(), *(entry for enabled in types for entry in _names_of(enabled))]:
        for which, own in names:
            other = taken.setdefault((group, which, own), name)
            if other != name:
                federated = any(enabled.federated_group == group for enabled in types) or group == GROUP
                raise ValueError(
                    f"types: {name} and {other} would share the {which} {own} in the API group {group}, "
                    "of which an API server serves one only; "
                    + (f"set another federatedGroup on {name}" if federated else "take one of them out")
                )


Names = list[tuple[str, str]]
"""Kinds of names, each with a name."""


def _chart_names() -> list[tuple[str, str, Names]]:
    return [(GROUP, name, _federated_names(BUILT_IN[name][0])) for name in sorted(CHART)]


def _names_of(enabled: Enabled) -> list[tuple[str, str, Names]]:
    """A type's names in its own group, and as a federated type; empty for a type that only a cluster knows."""
    if enabled.target is None:
        return []
    federated = (enabled.federated_group, enabled.name, _federated_names(enabled.target))
    if enabled.crd is None:
        return [federated]
    given = enabled.crd["spec"]["names"]
    names = [given["plural"], singular(given), *(given.get("shortNames") or ())]
    kinds = [given["kind"], list_kind(given)]
    return [(enabled.target.group, enabled.name, _named(names, kinds)), federated]


def _federated_names(target: Target) -> Names:
    kind = f"Federated{target.kind}"
    names = [federated_plural(target.name), kind.lower(), *(f"f{name}" for name in target.short_names)]
    return _named(names, [kind, f"{kind}List"])


def _named(names: Sequence[str], kinds: Sequence[str]) -> Names:
    return [*(("name", name) for name in names), *(("kind", kind) for kind in kinds)]


def named(types: Sequence[Enabled]) -> dict[str, str]:
    """The federated type of each type, `<plural>.<group>`, by the type's name."""
    return {enabled.name: enabled.federated for enabled in types}


def federated_plural(name: str) -> str:
    """The plural of the federated type of `<plural>.<group>`."""
    return f"federated{name.partition('.')[0]}"


def type_config(target: Target, group: str, version: str) -> dict[str, Any]:
    """The FederatedTypeConfig that `kubefedctl enable` creates for a type, federated group and version."""
    scope = "Namespaced" if target.namespaced else "Cluster"
    core = {"group": target.group} if target.group else {}
    return {
        "apiVersion": "core.kubefed.io/v1beta1",
        "kind": "FederatedTypeConfig",
        "metadata": {"name": target.name},
        "spec": {
            "federatedType": {
                "group": group,
                "version": version,
                "kind": f"Federated{target.kind}",
                "pluralName": federated_plural(target.name),
                "scope": scope,
            },
            "propagation": "Enabled",
            "targetType": {
                **core,
                "version": target.version,
                "kind": target.kind,
                "pluralName": target.plural,
                "scope": scope,
            },
        },
    }


def federated_crd(target: Target, group: str, version: str) -> dict[str, Any]:
    """The Federated CRD that `kubefedctl enable` creates for a type, federated group and version.

    There are two differences. Any template is allowed, even if the type's schema names no property, because an object
    needs one. The CRD's version in use decides on retainReplicas, not the first that the CRD lists.
    """
    plural = federated_plural(target.name)
    schema = _object(
        {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": _object(
                {
                    "placement": PLACEMENT,
                    "overrides": OVERRIDES,
                    "template": ANYTHING,
                    **({"retainReplicas": {"type": "boolean"}} if target.scalable else {}),
                }
            ),
            "status": STATUS,
        },
        required=["spec"],
    )
    names = {"plural": plural, "kind": f"Federated{target.kind}"}
    short = {"shortNames": [f"f{name}" for name in target.short_names]} if target.short_names else {}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {**names, **short},
            "scope": "Namespaced" if target.namespaced else "Cluster",
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }


def _object(properties: Mapping[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), **({"required": [*required]} if required else {})}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

PLACEMENT = _object(
    {
        "clusters": _list(_object({"name": TEXT}, required=["name"])),
        "clusterSelector": _object(
            {
                "matchExpressions": _list(
                    _object({"key": TEXT, "operator": TEXT, "values": _list(TEXT)}, required=["key", "operator"])
                ),
                "matchLabels": {"type": "object", "additionalProperties": TEXT},
            }
        ),
    }
)
OVERRIDES = _list(
    _object(
        {
            "clusterName": TEXT,
            "clusterOverrides": _list(
                _object(
                    {
                        "op": {"type": "string", "pattern": "^(add|remove|replace)?$"},
                        "path": TEXT,
                        "value": {"x-kubernetes-preserve-unknown-fields": True},
                    },
                    required=["path"],
                )
            ),
        }
    )
)
STATUS = _object(
    {
        "conditions": _list(
            _object(
                {"type": TEXT, "status": TEXT, "reason": TEXT, "lastUpdateTime": TIME, "lastTransitionTime": TIME},
                required=["type", "status"],
            )
        ),
        "clusters": _list(_object({"name": TEXT, "status": TEXT, "remoteStatus": ANYTHING}, required=["name"])),
        "observedGeneration": {"type": "integer", "format": "int64"},
    }
)
