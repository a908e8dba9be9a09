"""A request as its service's model reads it: which operation, with which parameters.

moto reads requests by the same models, but each of its services only when it serves the call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.utils import get_service_model

from sandbox.aws.request import Request
from sandbox.aws.rest import routed

SERVICES = {
    "autoscaling": "autoscaling",
    "ec2": "ec2",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "route53": "route53",
    "servicequotas": "service-quotas",
    "ssm": "ssm",
    "sts": "sts",
}
"""botocore's names of the services that are checked here, by their signing names. EKS reads its own requests."""


class Parsed(NamedTuple):
    """A request's operation and parameters."""

    operation: Any
    """moto's OperationModel, which is botocore's with further properties."""
    params: dict[str, Any]


class Unreadable(Exception):
    """The request's form or body violates its protocol."""


def read(request: Request) -> Parsed | None:
    """The operation and its parameters, or None for another service's or an unknown operation. Raises Unreadable."""
    service = SERVICES.get(request.service)
    if service is None:
        return None
    try:
        operation, parser = _operation(service, request.operation)
    except OperationNotFoundError:
        return None  # moto raises the error.
    try:
        _check_json(request)
        return Parsed(operation, parser.parse(_parts(request)))
    except (RequestParserError, ValueError, TypeError, AttributeError) as error:
        # moto's parsers take the types for granted, so that a string in the place of a map is an AttributeError.
        raise Unreadable(str(error)) from error


@cache
def _operation(service: str, name: str) -> tuple[Any, Any]:
    model = get_service_model(service)
    operation = model.operation_model(name)
    return operation, PROTOCOL_PARSERS[model.metadata["protocol"]](operation)


def _check_json(request: Request) -> None:
    """Raise ValueError for a body that isn't a JSON object, which moto takes for an empty one."""
    if request.protocol == "json" and request.body and not isinstance(json.loads(request.body), dict):
        raise ValueError("the body is not a JSON object")


def _parts(request: Request) -> dict[str, Any]:
    form = dict(parse_qsl(request.query, keep_blank_values=True)) if request.protocol == "rest-xml" else {}
    if request.protocol in ("ec2", "query"):
        body = request.body.decode("utf-8", "replace")
        form = dict(parse_qsl(f"{request.query}&{body}", keep_blank_values=True))
    return {
        "method": request.method,
        "values": form,
        "headers": request.headers,
        "body": request.body or (b"" if request.protocol == "rest-xml" else b"{}"),
        "url_path": request.path,
        "url_params": _labels(request),
    }


def _labels(request: Request) -> Mapping[str, str]:
    """The parameters in the path of a REST service."""
    found = routed(request.service, request.method, request.path) if request.protocol == "rest-xml" else None
    return found.labels if found else {}
