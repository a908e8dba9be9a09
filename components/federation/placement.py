"""Where a federated object is placed, and what differs there from its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The clusters that get an object: by their names, or by the labels of their memberships."""

    clusters: Sequence[Input[str]] | None = None
    """Names; an empty list is nowhere."""
    selector: Mapping[str, Any] | None = None
    """A label selector, matchLabels and matchExpressions; an empty one is every cluster, also a future one."""

    def __post_init__(self) -> None:
        """Raises ValueError unless one of the two is given: names would hide a selector beside them."""
        if (self.clusters is None) == (self.selector is None):
            raise ValueError(
                f"placement: clusters {self.clusters} and selector {self.selector} are given, and one of them decides; "
                "give either, selector={} for every cluster"
            )


EVERYWHERE = Placement(selector={})


@dataclass(frozen=True, kw_only=True)
class Override:
    """A difference from the template in one cluster, as an operation of a JSON patch (RFC 6902)."""

    path: str
    """`/spec/replicas`, say."""
    value: Any = None
    op: Literal["add", "remove", "replace"] = "replace"
