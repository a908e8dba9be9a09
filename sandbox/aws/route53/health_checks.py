"""Health checks' rules that AWS's model lacks."""

from __future__ import annotations

from typing import Any

from moto.route53.exceptions import NoSuchHealthCheck, Route53ClientError
from moto.route53.models import Route53Backend

from sandbox.aws.rules import Given, before

INTERVALS = (10, 30)
"""The valid intervals in seconds (API reference, HealthCheckConfig, RequestInterval)."""


@before(Route53Backend, "create_health_check")
def a_check_calls_something_by_a_path(route53: Any, given: Given) -> None:
    """Raise InvalidInput, or HealthCheckAlreadyExists for another check's caller reference."""
    arguments = given["health_check_args"]
    if arguments.get("request_interval") not in (None, *INTERVALS):
        raise Route53ClientError("InvalidInput", f"Invalid parameter : RequestInterval must be one of {INTERVALS}.")
    if arguments["type"] in ("HTTP", "HTTPS", "TCP") and not (arguments.get("fqdn") or arguments.get("ip_address")):
        raise Route53ClientError(
            "InvalidInput", "Invalid parameter : Either IPAddress or FullyQualifiedDomainName must be given."
        )
    if arguments["type"] == "TCP" and arguments.get("resource_path"):
        raise Route53ClientError("InvalidInput", "Invalid parameter : ResourcePath cannot be given for a TCP check.")
    path = arguments.get("resource_path")
    if path and not path.startswith("/"):
        raise Route53ClientError("InvalidInput", "Invalid parameter : ResourcePath must begin with /.")
    if any(check.caller_reference == given["caller_reference"] for check in route53.health_checks.values()):
        raise Route53ClientError(
            "HealthCheckAlreadyExists", "A health check with the same caller reference exists already."
        )


@before(Route53Backend, "delete_health_check")
def only_a_check_that_exists_is_deleted(route53: Any, given: Given) -> None:
    """Raise NoSuchHealthCheck."""
    if given["health_check_id"] not in route53.health_checks:
        raise NoSuchHealthCheck(given["health_check_id"])
