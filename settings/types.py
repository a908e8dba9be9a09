"""The federated types that kubefed's chart lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from components.federation.kubefed import builtin_types, crd, derive
from components.federation.kubefed.crd_rules.names import is_protected
from components.federation.kubefed.derive import Enabled
from settings.base import DOMAIN, NAME, PROJECT, Section
from settings.errors import SettingsError
from settings.form import Form
from settings.software import Resolved


def _type_name(value: str) -> str:
    plural, _, group = value.partition(".")
    known = builtin_types.BUILT_IN.keys()
    if value in known or (re.fullmatch(NAME, plural) and "." in group and group not in builtin_types.BUILT_IN_GROUPS):
        return value
    near = get_close_matches(value, known, n=3, cutoff=0.5)
    raise ValueError(
        "is no type of Kubernetes' own, and no custom one either; give <plural>.<group>, "
        + (f"{' or '.join(near)} perhaps" if near else "prometheuses.monitoring.coreos.com for instance")
    )


def _group(value: str) -> str:
    if not re.fullmatch(DOMAIN, value) or "." not in value or is_protected(value):
        raise ValueError(
            "can't be a federated type's API group; give a domain of your own, fleet.example.org for instance"
        )
    return value


TypeName = Annotated[str, AfterValidator(_type_name), Form("A type of Kubernetes' own, or a custom one.", DOMAIN)]
Group = Annotated[str, AfterValidator(_group), Form("An API group, a domain of your own.", rf"{NAME}(\.{NAME})+")]


class FederatedType(Section):
    """A type that is federated, beside those of kubefed's chart."""

    name: TypeName | None = None
    """`<plural>.<group>`, `<plural>` alone for the core group; by default the CRD's."""
    crd: str | None = Field(default=None, min_length=1)
    """The https URL or the file of its CustomResourceDefinition, which is then put into every cluster.

    Without it, a custom type must exist in every cluster.
    """
    version: str | None = Field(default=None, pattern=r"^v[a-z0-9]+$", max_length=63, examples=["v1"])
    """The version of the target; by default the one that an API server prefers."""
    federated_group: Group = derive.GROUP
    federated_version: str = Field(default=derive.VERSION, pattern=r"^v[a-z0-9]+$", max_length=63)
    """The version of the federated type."""

    @model_validator(mode="after")
    def _known(self) -> FederatedType:
        if self.name is None and self.crd is None:
            raise ValueError("name and crd are not set, so no type is named; set name, or crd for a custom type")
        if self.crd and self.name in builtin_types.BUILT_IN:
            raise ValueError(f"crd: {self.crd} is set for {self.name}, which is Kubernetes' own and has none; drop crd")
        if self.name in builtin_types.CHART:
            raise ValueError(f"name: {self.name} is federated by kubefed's chart already; take it out of types")
        return self


def federated_types(
    types: Sequence[FederatedType], base: Resolved | None = None, engine: str = "kubefed"
) -> tuple[Enabled, ...]:
    """The types in the settings with their CRDs, which are read or fetched. Raises SettingsError.

    `base` is what the clusters run, whose CRDs are in the clusters before the types are federated by `engine`.
    """
    enabled: list[Enabled] = []
    for index, chosen in enumerate(types):
        try:
            enabled.append(_resolved(chosen, base or Resolved()))
            if engine == "karmada":
                _check_defined(enabled[-1])
        except ValueError as error:
            raise SettingsError(f"{PROJECT}:types[{index}].{error}") from None
    try:
        derive.check_distinct(enabled)
    except ValueError as error:
        raise SettingsError(f"{PROJECT}:{error}") from None
    return tuple(enabled)


def _check_defined(enabled: Enabled) -> None:
    """Raise ValueError for a type of which Karmada's API can't get the CRD."""
    if enabled.custom and not enabled.definition:
        raise ValueError(
            f"name: {enabled.name} is defined by no CRD of the settings, and Karmada's API needs it too; give crd, or "
            "bring it by charts or manifests"
        )


def _resolved(chosen: FederatedType, base: Resolved) -> Enabled:
    """A type with its CRD, if it has one. Raises ValueError, beginning with the wrong key."""
    found = None
    if chosen.crd is not None:
        try:
            found = crd.load(chosen.crd, chosen.name)
        except ValueError as error:
            raise ValueError(f"crd: {error}") from None
    brought = _brought(found["metadata"]["name"] if found else chosen.name or "", chosen, base)
    try:
        target = (
            crd.target(found or brought or {}, chosen.version)
            if found or brought
            else builtin_types.built_in(chosen.name or "", chosen.version)
        )
    except ValueError as error:
        raise ValueError(f"version: {error}") from None
    return Enabled(
        name=target.name if target else chosen.name or "",
        target=target,
        version=chosen.version,
        crd=found,
        definition=found or brought,
        federated_group=chosen.federated_group,
        federated_version=chosen.federated_version,
    )


def _brought(name: str, chosen: FederatedType, base: Resolved) -> Mapping[str, Any] | None:
    """The CRD of a type that charts or manifests bring; None if none does. Raises ValueError.

    kubefed's controller exits again and again while a Ready cluster lacks a federated type.
    """
    found = base.bringing(name)
    if not found:
        return None
    entries = ", ".join(sorted({entry for entry, _ in found.values()}))
    if chosen.crd:
        raise ValueError(
            f"crd: {chosen.crd} defines {name}, which {entries} brings already; set name: {name}, and no crd"
        )
    without = [cluster for cluster in base.clusters if cluster not in found]
    if without:
        raise ValueError(
            f"name: {name} is brought by {entries}, which does not go into {', '.join(without)}, and kubefed needs a "
            "federated type in every cluster; let it go into every one, or take the type out"
        )
    first, *_ = found.values()
    return first[1].body
