"""S3's operations, which method and path alone don't tell apart: the query and the headers count too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import botocore.loaders


class Named(NamedTuple):
    """The bucket and the key in a path, each empty if the path has none."""

    bucket: str
    key: str


class _Route(NamedTuple):
    operation: str
    method: str
    shape: tuple[bool, bool]
    """Whether it has a bucket, and a key."""
    query: frozenset[str]
    headers: frozenset[str]

    @property
    def parts(self) -> int:
        return len(self.query) + len(self.headers)


def named(path: str) -> Named:
    """What a path names. The bucket comes first, because the sandbox's address has no subdomains."""
    bucket, _, key = path.lstrip("/").partition("/")
    return Named(unquote(bucket), unquote(key))


def operation(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """The operation with the most of what a request has; empty if the model has none."""
    shape = tuple(map(bool, named(path)))
    given = parse_qs(query, keep_blank_values=True).keys()
    fitting = [
        route
        for route in _routes()
        if (route.method, route.shape) == (method, shape) and route.query <= given and route.headers <= headers.keys()
    ]
    return max(fitting, key=lambda route: route.parts).operation if fitting else ""


@cache
def _routes() -> list[_Route]:
    model: Mapping[str, Any] = botocore.loaders.create_loader().load_service_model("s3", "service-2")
    routes = [_route(name, each, model["shapes"]) for name, each in model["operations"].items()]
    # ListObjects comes before what needs as much: requests of old clients have nothing of their own.
    return sorted(routes, key=lambda route: route.operation)


def _route(name: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> _Route:
    path, _, query = operation["http"]["requestUri"].partition("?")
    required = {"query": {*parse_qs(query, keep_blank_values=True)} - {"x-id"}, "header": set[str]()}
    shape = shapes[operation["input"]["shape"]] if "input" in operation else {}
    for member in shape.get("required", ()):
        found = shape["members"][member]
        place = {"querystring": "query"}.get(found.get("location"), found.get("location"))
        if place in required:
            required[place].add(found["locationName"] if place == "query" else found["locationName"].lower())
    return _Route(
        name,
        operation["http"]["method"],
        ("{Bucket}" in path, "{Key+}" in path),
        frozenset(required["query"]),
        frozenset(required["header"]),
    )
