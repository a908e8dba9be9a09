"""Where a federated object is placed, and what differs there from its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class Groups:
    """How many regions, or clusters, get an object."""

    min: int = 1
    max: int | None = None
    """None: as many as there are."""

    def __post_init__(self) -> None:
        """Raises ValueError for a range that nothing is in."""
        if self.min < 1 or (self.max is not None and self.max < self.min):
            raise ValueError(f"min {self.min}, max {self.max}: no number is in between; give 1 or more, and min <= max")


@dataclass(frozen=True, kw_only=True)
class ClusterFailover:
    """The move of an object out of a cluster that doesn't answer. Only Karmada moves objects."""

    after_seconds: int = 300
    """Seconds from the taint of the cluster."""
    purge: Literal["Directly", "Gracefully"] = "Gracefully"
    """When the object leaves the old cluster: at once, or once another has a healthy one."""

    def __post_init__(self) -> None:
        """Raises ValueError for a negative time."""
        if self.after_seconds < 0:
            raise ValueError(f"after_seconds: {self.after_seconds} is no time to wait; give 0 or more seconds")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The clusters that get an object: by their names, or by the labels of their memberships."""

    clusters: Sequence[Input[str]] | None = None
    """Names; an empty list is nowhere."""
    selector: Mapping[str, Any] | None = None
    """A label selector, matchLabels and matchExpressions; an empty one is every cluster, also a future one."""
    in_regions: Groups | None = None
    """How many regions of these clusters get it; None: all. Only Karmada chooses among clusters."""
    in_clusters: Groups | None = None
    """How many of these clusters get it; None: all. Only Karmada chooses among clusters."""

    def __post_init__(self) -> None:
        """Raises ValueError unless one of the two is given: names would hide a selector beside them."""
        if (self.clusters is None) == (self.selector is None):
            raise ValueError(
                f"placement: clusters {self.clusters} and selector {self.selector} are given, and one of them decides; "
                "give either, selector={} for every cluster"
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
    """`/spec/replicas`, say."""
    value: Any = None
    op: Literal["add", "remove", "replace"] = "replace"
