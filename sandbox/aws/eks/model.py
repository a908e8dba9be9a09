"""AWS's own model of EKS from botocore: a request's operation and parameters, and an operation's response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import botocore.loaders
from botocore.model import ServiceModel

from sandbox.aws.eks.errors import EksError, InvalidParameterException, InvalidRequestException
from sandbox.aws.models import documented, refusals
from sandbox.aws.models.constraints import Checker
from sandbox.aws.request import Answer, Request

Operation = Any
"""botocore's OperationModel; its properties are not typed."""

Shape = Any
"""botocore's Shape."""


_CHECKER = Checker(documented.EKS)


class _Route(NamedTuple):
    method: str
    segments: tuple[str, ...]
    operation: Operation


@lru_cache(maxsize=1)
def service() -> Any:
    """The model of the service."""
    return ServiceModel(botocore.loaders.create_loader().load_service_model("eks", "service-2"), "eks")


@lru_cache(maxsize=1)
def _routes() -> list[_Route]:
    operations = [service().operation_model(name) for name in service().operation_names]
    return [
        _Route(operation.http["method"], tuple(operation.http["requestUri"].strip("/").split("/")), operation)
        for operation in operations
    ]


def read(request: Request) -> tuple[Operation, dict[str, Any]]:
    """A request's operation and parameters. Raises EksError for a request that AWS's model doesn't know."""
    segments = tuple(unquote(segment) for segment in request.path.strip("/").split("/"))
    for route in _routes():
        if route.method == request.method and (labels := _labels(route.segments, segments)) is not None:
            params = _parameters(route.operation, labels, request)
            _check(route.operation, params)
            return route.operation, params
    raise InvalidRequestException(f"EKS has no operation {request.method} {request.path}")


def _labels(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    labels: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            labels[expected.strip("{}")] = given
        elif expected != given:
            return None
    return labels


def _parameters(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:
    members: Mapping[str, Shape] = operation.input_shape.members if operation.input_shape else {}
    query = parse_qs(request.query, keep_blank_values=True)
    params: dict[str, Any] = _body(request, operation)
    for name, shape in members.items():
        wire = shape.serialization.get("name", name)
        location = shape.serialization.get("location")
        if location == "uri" and wire in labels:
            params[name] = labels[wire]
        elif location == "querystring" and wire in query:
            params[name] = _from_text(shape, query.pop(wire))
    if query:
        raise InvalidParameterException(f"{operation.name} has no parameter {', '.join(sorted(query))}")
    return params


def _body(request: Request, operation: Operation) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if request.body else {}
    except ValueError as error:
        raise InvalidRequestException(f"The body of {operation.name} is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidRequestException(f"The body of {operation.name} is not a JSON object")
    return {name: value for name, value in body.items() if value is not None}


def _from_text(shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name == "boolean":
        return values[0].lower() == "true"
    return int(values[0]) if shape.type_name in ("integer", "long") and values[0].isdigit() else values[0]


def _check(operation: Operation, params: dict[str, Any]) -> None:
    if operation.input_shape is None:
        return
    _refuse_unknown(operation.input_shape, params, operation.name)
    if found := _CHECKER.violations(operation.input_shape, params):
        raise InvalidParameterException(refusals.described(found))


def _refuse_unknown(shape: Shape, value: Any, where: str) -> None:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, given in value.items():
            if name not in shape.members:
                raise InvalidParameterException(f"{where} has no parameter {name}")
            _refuse_unknown(shape.members[name], given, f"{where}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for given in value:
            _refuse_unknown(shape.member, given, where)


def write(operation: Operation, output: Mapping[str, Any]) -> Answer:
    """The answer of an operation. Raises KeyError for a field that AWS's model lacks, which is a bug here."""
    shape = operation.output_shape
    body = json.dumps(_shaped(shape, output) if shape else {}).encode()
    return Answer(int(operation.http.get("responseCode", 200)), [("Content-Type", "application/json")], body)


def _shaped(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        given = {name: field for name, field in value.items() if field is not None}
        return {name: _shaped(shape.members[name], field) for name, field in given.items()}
    if shape.type_name == "list":
        return [_shaped(shape.member, item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return value


def write_error(error: EksError) -> Answer:
    """The answer with an error."""
    code = type(error).__name__
    body = json.dumps({"message": str(error), **error.members}).encode()
    return Answer(error.status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)], body)
