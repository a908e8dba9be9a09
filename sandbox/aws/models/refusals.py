"""The answer to a request that violates its service's model, with the text and code of that service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.aws.failure import refuse
from sandbox.aws.models import documented, requests
from sandbox.aws.models.constraints import ENUM, MISSING, TYPE, Checker, Violation
from sandbox.aws.request import Answer, Request

_CODES: Mapping[str, str] = {
    "autoscaling": "ValidationError",
    "iam": "ValidationError",
    "kms": "ValidationException",
    "logs": "InvalidParameterException",
    "route53": "InvalidInput",
    "servicequotas": "ValidationException",
    "ssm": "ValidationException",
    "sts": "ValidationError",
}
"""The codes by signing name, from each page of common errors. CloudWatch Logs has its own (PutRetentionPolicy)."""

_CHECKERS = {service: Checker(documented.RULES.get(service)) for service in requests.SERVICES}


def refused(request: Request) -> Answer | None:
    """The refusal of a request; None if it is valid, or if its service isn't checked."""
    try:
        parsed = requests.read(request)
    except requests.Unreadable as error:
        return refuse(request, _unreadable(request), f"The request can't be read: {error}")
    if parsed is None or parsed.operation.input_shape is None:
        return None
    found = _CHECKERS[request.service].violations(parsed.operation.input_shape, parsed.params)
    return _answer(request, found) if found else None


def _unreadable(request: Request) -> str:
    codes = {"ec2": "InvalidParameterValue", "query": "MalformedInput", "rest-xml": "InvalidInput"}
    return codes.get(request.protocol, "SerializationException")


def _answer(request: Request, found: Sequence[Violation]) -> Answer:
    own = next((violation for violation in found if violation.code), None)
    if own:
        return refuse(request, own.code, own.message or str(own))
    if any(violation.kind == TYPE for violation in found):
        return refuse(request, _unreadable(request), described(found))
    if request.service == "ec2":
        return refuse(request, *_of_ec2(found[0]))
    return refuse(request, _CODES[request.service], described(found))


def _of_ec2(violation: Violation) -> tuple[str, str]:
    """EC2's code and text, which says the first violation alone (EC2's error codes page)."""
    name = violation.path.replace(".member", "")
    if violation.kind == MISSING:
        return "MissingParameter", f"The request must contain the parameter {name}"
    if violation.kind == ENUM and name.endswith("nstanceType"):
        return "InvalidParameterValue", f"Invalid value '{violation.value}' for InstanceType."
    if violation.kind == ENUM and name.startswith("instanceTypes."):
        return "InvalidInstanceType", f"The following supplied instance types do not exist: [{violation.value}]"
    if violation.kind == ENUM:
        return "InvalidParameterValue", f"Value ({violation.value}) for parameter {name} is invalid."
    return (
        "InvalidParameterValue",
        f"Value ({violation.value}) for parameter {name} is invalid. {violation.constraint}.",
    )


def described(found: Sequence[Violation]) -> str:
    """All violations, as the services of AWS's own framework list them."""
    noun = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {noun} detected: {'; '.join(map(str, found))}"
