"""What entries of `charts` and `manifests` have in common: a name, the clusters that they go into, and their order."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from settings.base import LabelKey, LabelValue, Section, check_once
from settings.form import Form

ENTRY = r"[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?"


def _entry_name(value: str) -> str:
    if not re.fullmatch(ENTRY, value):
        raise ValueError(
            "can't be an entry's name, which is a Helm release's too; use 1 to 53 lower-case letters, digits and "
            "hyphens, none of them first or last"
        )
    return value


EntryName = Annotated[
    str,
    AfterValidator(_entry_name),
    Form("1 to 53 lower-case letters, digits and hyphens; no hyphen first or last.", ENTRY),
]


class Entry(Section):
    """What every cluster runs, or those that are named, or those whose labels are selected."""

    name: EntryName
    """Unique among charts and manifests."""
    clusters: tuple[str, ...] | None = None
    """The names of the clusters that it goes into; by default all, or those of `labels`."""
    labels: dict[LabelKey, LabelValue] | None = None
    """Labels that a cluster has, all of them: those of its KubeFedCluster."""
    after: tuple[str, ...] = ()
    """The names of the entries that it needs."""
    crds: Literal["keep", "delete"] = "keep"
    """What becomes of its CRDs, and of all objects of their types, once it has left the settings."""

    @model_validator(mode="after")
    def _chosen_once(self) -> Entry:
        check_once("clusters:", self.clusters or ())
        check_once("after:", self.after)
        if self.clusters is not None and self.labels is not None:
            raise ValueError(
                f"clusters and labels are both set for {self.name}; name the clusters, or select them by labels"
            )
        for key, given in (("clusters", self.clusters), ("labels", self.labels)):
            if given is not None and not given:
                raise ValueError(f"{key} is empty, so {self.name} goes nowhere; leave it out to take every cluster")
        if self.name in self.after:
            raise ValueError(f"after: {self.name} is the entry itself; name others, or leave it out")
        return self
