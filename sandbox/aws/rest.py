"""The operations of REST services by method and path, from botocore's models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import botocore.loaders


class Routed(NamedTuple):
    """An operation, with the parameters in its path."""

    operation: str
    labels: Mapping[str, str]
    """The parameters by their names in the model's path."""


class _Route(NamedTuple):
    method: str
    segments: tuple[str, ...]
    operation: str


@cache
def _routes(service: str) -> list[_Route]:
    operations: Mapping[str, Any] = botocore.loaders.create_loader().load_service_model(service, "service-2")[
        "operations"
    ]
    routes = [
        _Route(operation["http"]["method"], tuple(operation["http"]["requestUri"].strip("/").split("/")), name)
        for name, operation in operations.items()
    ]
    # `/healthcheckcount` must come before `/{Id}`.
    return sorted(routes, key=lambda route: sum(segment.startswith("{") for segment in route.segments))


@cache
def routed(service: str, method: str, path: str) -> Routed | None:
    """The operation of a service by botocore's name; None for a path that its model doesn't know."""
    given = path.strip("/").split("/")
    for route in _routes(service):
        if route.method == method and len(route.segments) == len(given):
            pairs = [*zip(route.segments, given, strict=True)]
            if all(expected.startswith("{") or expected == found for expected, found in pairs):
                labels = {expected.strip("{}"): unquote(found) for expected, found in pairs if expected.startswith("{")}
                return Routed(route.operation, labels)
    return None
