"""Service Quotas. moto knows only the defaults of VPC's quotas, and grants nothing.

A requested increase is granted at once, whereas AWS takes minutes to days, and is kept as long as anything else
in the account is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.models import ServiceQuotasBackend, servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.aws import clock, seeded_random
from sandbox.aws.rules import Given, around, attribute

VPCS, GATEWAYS, ADDRESSES = "L-F678F1CE", "L-A4707A72", "L-0263D0A3"
PEERINGS, ROUTES = "L-7E9ECCDB", "L-93826ACB"
ON_DEMAND, SPOT = "L-1216C47A", "L-34B43A08"


class Quota(NamedTuple):
    """A quota with AWS's default."""

    service: str
    name: str
    default: int


QUOTAS: Mapping[str, Quota] = {
    VPCS: Quota("vpc", "VPCs per Region", 5),
    GATEWAYS: Quota("vpc", "Internet gateways per Region", 5),
    PEERINGS: Quota("vpc", "Active VPC peering connections per VPC", 50),
    ROUTES: Quota("vpc", "Routes per route table", 500),
    ADDRESSES: Quota("ec2", "EC2-VPC Elastic IPs", 5),
    ON_DEMAND: Quota("ec2", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
    SPOT: Quota("ec2", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 5),
}
"""The quotas by code: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html."""

NAMES = {"vpc": "Amazon Virtual Private Cloud (Amazon VPC)", "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)"}

GRANTED = {ON_DEMAND: 64, SPOT: 64}
"""The account's raised quotas in every region. The account isn't new, and AWS raises these with use."""

_TOGETHER = {VPCS: GATEWAYS}
"""The quotas that AWS raises together with another, by the same amount (Amazon VPC user guide, quotas)."""


def value(backend: Any, code: str) -> int:
    """The quota of the account and region of a moto backend."""
    return _granted(backend).get(code, QUOTAS[code].default)


def _granted(backend: Any) -> Mapping[str, int]:
    """The quotas that differ from the defaults."""
    quotas: Any = servicequotas_backends[backend.account_id][backend.region_name]
    return GRANTED | quotas.granted


@around(ServiceQuotasBackend, "__init__")
def granted_increases_are_kept(proceed: Any, quotas: Any, given: Given) -> None:
    """Each region keeps its own increases."""
    proceed(given)
    quotas.granted = {}


class _Refused(JsonRESTError):
    pass


def get_service_quota(response: Any) -> str:
    """The applied value. Raise NoSuchResourceException, also for a quota at its default."""
    code = _code(response)
    if code not in _granted(response.backend):
        raise _Refused("NoSuchResourceException", f"The account has no applied value of {code}")
    return json.dumps({"Quota": _shown(response, code, value(response.backend, code))})


def get_aws_default_service_quota(response: Any) -> str:
    """The default value."""
    code = _code(response)
    return json.dumps({"Quota": _shown(response, code, QUOTAS[code].default)})


def request_service_quota_increase(response: Any) -> str:
    """Grant an increase. Raise IllegalArgumentException unless it exceeds the current value."""
    code = _code(response)
    current, desired = value(response.backend, code), int(json.loads(response.body)["DesiredValue"])
    if desired <= current:
        raise _Refused("IllegalArgumentException", f"You must provide a quota value greater than the current {current}")
    for raised in {code, _TOGETHER.get(code, code)}:
        response.backend.granted[raised] = value(response.backend, raised) + desired - current
    request = {
        "Id": seeded_random.letters(32),
        "Status": "APPROVED",
        "DesiredValue": desired,
        "Created": clock.now().timestamp(),
    }
    shown = _shown(response, code, desired)
    named = {name: shown[name] for name in ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "QuotaArn")}
    return json.dumps({"RequestedQuota": named | request})


def _code(response: Any) -> str:
    """The code in a request. Raise NoSuchResourceException for one that the sandbox lacks."""
    request = json.loads(response.body)
    quota = QUOTAS.get(request["QuotaCode"])
    if quota is None or quota.service != request["ServiceCode"]:
        raise _Refused("NoSuchResourceException", f"{request['ServiceCode']} has no quota {request['QuotaCode']}")
    return str(request["QuotaCode"])


def _shown(response: Any, code: str, amount: int) -> dict[str, Any]:
    quota = QUOTAS[code]
    return {
        "ServiceCode": quota.service,
        "ServiceName": NAMES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{response.region}:{response.current_account}:{quota.service}/{code}",
        "QuotaCode": code,
        "QuotaName": quota.name,
        "Value": float(amount),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


for _operation in (get_service_quota, get_aws_default_service_quota, request_service_quota_increase):
    attribute(ServiceQuotasResponse, _operation.__name__, _operation)
