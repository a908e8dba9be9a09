"""The keys that entries of `charts` and `manifests` share: name, clusters, order, and what becomes of CRDs."""

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
    """Software of every cluster, of the named clusters, or of those that have the labels."""

    name: EntryName
    """Unique among charts and manifests."""
    clusters: tuple[str, ...] | None = None
    """The names of the clusters that it goes into; by default all, or those of `labels`."""
    labels: dict[LabelKey, LabelValue] | None = None
    """The labels that a cluster must have, all of them, on its KubeFedCluster."""
    after: tuple[str, ...] = ()
    """The names of the entries that it needs."""
    crds: Literal["keep", "delete"] = "keep"
    """Whether its CRDs, and all objects of their types, are kept or deleted after it has left the settings."""

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
                raise ValueError(f"{key} is empty, so {self.name} goes nowhere; leave it out to choose every cluster")
        if self.name in self.after:
            raise ValueError(f"after: {self.name} is the entry itself; name others, or leave it out")
        return self
