"""Service Quotas: what the account may have. moto knows the defaults of VPC's alone, and grants nothing.

An increase that is asked for is granted at once, where AWS takes minutes to days, and kept for as long as anything else
in the account is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.models import ServiceQuotasBackend, servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.aws import chance, clock
from sandbox.aws.rules import Given, around, attribute

VPCS, GATEWAYS, ADDRESSES = "L-F678F1CE", "L-A4707A72", "L-0263D0A3"
PEERINGS, ROUTES = "L-7E9ECCDB", "L-93826ACB"
ON_DEMAND, SPOT = "L-1216C47A", "L-34B43A08"


class Quota(NamedTuple):
    """A quota as AWS has it for everyone."""

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
"""By code: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html."""

NAMES = {"vpc": "Amazon Virtual Private Cloud (Amazon VPC)", "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)"}

GRANTED = {ON_DEMAND: 64, SPOT: 64}
"""What the account has got beyond that in every region: it isn't new, and AWS raises these as one is used."""

_TOGETHER = {VPCS: GATEWAYS}
"""A quota that is raised along with another, by the same amount (Amazon VPC user guide, quotas)."""


def value(backend: Any, code: str) -> int:
    """A quota of the account and region that a moto backend is of."""
    return _granted(backend).get(code, QUOTAS[code].default)


def _granted(backend: Any) -> Mapping[str, int]:
    """The quotas that are not what everyone has."""
    quotas: Any = servicequotas_backends[backend.account_id][backend.region_name]
    return GRANTED | quotas.granted


@around(ServiceQuotasBackend, "__init__")
def what_is_granted_is_kept(go_on: Any, quotas: Any, given: Given) -> None:
    """Each region keeps its own."""
    go_on(given)
    quotas.granted = {}


class _Refused(JsonRESTError):
    pass


def get_service_quota(response: Any) -> str:
    """NoSuchResourceException too for a quota that is as it is by default."""
    code = _code(response)
    if code not in _granted(response.backend):
        raise _Refused("NoSuchResourceException", f"The account has no applied value of {code}")
    return json.dumps({"Quota": _shown(response, code, value(response.backend, code))})


def get_aws_default_service_quota(response: Any) -> str:
    """What everyone has."""
    code = _code(response)
    return json.dumps({"Quota": _shown(response, code, QUOTAS[code].default)})


def request_service_quota_increase(response: Any) -> str:
    """Grant it; IllegalArgumentException unless it is more than there is."""
    code = _code(response)
    there, wanted = value(response.backend, code), int(json.loads(response.body)["DesiredValue"])
    if wanted <= there:
        raise _Refused("IllegalArgumentException", f"You must provide a quota value greater than the current {there}")
    for raised in {code, _TOGETHER.get(code, code)}:
        response.backend.granted[raised] = value(response.backend, raised) + wanted - there
    asked = {"Id": chance.letters(32), "Status": "APPROVED", "DesiredValue": wanted, "Created": clock.now().timestamp()}
    shown = _shown(response, code, wanted)
    named = {name: shown[name] for name in ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "QuotaArn")}
    return json.dumps({"RequestedQuota": named | asked})


def _code(response: Any) -> str:
    """The code that is asked about; NoSuchResourceException for one that the sandbox doesn't have."""
    asked = json.loads(response.body)
    quota = QUOTAS.get(asked["QuotaCode"])
    if quota is None or quota.service != asked["ServiceCode"]:
        raise _Refused("NoSuchResourceException", f"{asked['ServiceCode']} has no quota {asked['QuotaCode']}")
    return str(asked["QuotaCode"])


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
