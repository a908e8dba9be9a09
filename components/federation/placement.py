"""The clusters that get a federated object, and each cluster's differences from its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The number of regions, or of clusters, that get an object."""

    min: int = 1
    max: int | None = None
    """The most; None for no limit."""

    def __post_init__(self) -> None:
        """Raise ValueError for an empty range."""
        if self.min < 1 or (self.max is not None and self.max < self.min):
            raise ValueError(f"min {self.min}, max {self.max}: no number is in between; give 1 or more, and min <= max")


@dataclass(frozen=True, kw_only=True)
class ClusterFailover:
    """The move of an object out of a cluster that doesn't answer. Only Karmada supports it."""

    after_seconds: int = 300
    """Seconds from the taint of the cluster."""
    purge: Literal["Directly", "Gracefully"] = "Gracefully"
    """Whether the object is deleted in the old cluster at once, or once another cluster has a healthy one."""

    def __post_init__(self) -> None:
        """Raise ValueError for a negative time."""
        if self.after_seconds < 0:
            raise ValueError(f"after_seconds: {self.after_seconds} is no time to wait; give 0 or more seconds")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The clusters that get an object: by their names, or by the labels of their memberships."""

    clusters: Sequence[Input[str]] | None = None
    """The clusters' names. An empty list places the object nowhere."""
    selector: Mapping[str, Any] | None = None
    """A label selector, matchLabels and matchExpressions. An empty one selects every cluster, also future ones."""
    in_regions: Groups | None = None
    """The number of their regions that get it; None for all. Only Karmada chooses among clusters."""
    in_clusters: Groups | None = None
    """The number of these clusters that get it; None for all. Only Karmada chooses among clusters."""

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one of the two is set, because names would hide a selector."""
        if (self.clusters is None) == (self.selector is None):
            raise ValueError(
                f"placement: clusters {self.clusters} and selector {self.selector} are set, and one of them decides; "
                "set either, selector={} for every cluster"
            )

    @property
    def chooses(self) -> bool:
        """Whether the engine chooses among the clusters."""
        return bool(self.in_regions or self.in_clusters)


EVERYWHERE = Placement(selector={})


@dataclass(frozen=True, kw_only=True)
class Override:
    """A difference from the template in one cluster, as an operation of a JSON patch (RFC 6902)."""

    path: str
    """A JSON pointer: `/spec/replicas`."""
    value: Any = None
    op: Literal["add", "remove", "replace"] = "replace"
