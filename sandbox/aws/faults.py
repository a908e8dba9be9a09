"""Faults of AWS: responses of services that throttle or fail, and creations that end failed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.aws.ec2 import nat_gateways
from sandbox.aws.eks import model
from sandbox.aws.eks.errors import EksError
from sandbox.aws.eks.operations import Estate
from sandbox.aws.eks.state import Cluster, Shape
from sandbox.aws.failure import refuse
from sandbox.aws.request import Answer, Request
from sandbox.contract import ClusterKey
from sandbox.errors import UserError
from sandbox.faults.model import ERROR, LATENCY, REFUSE
from sandbox.faults.switch import Switch

_THROTTLED = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "eks": ("ThrottlingException", "Rate exceeded", 429),
    "json": ("ThrottlingException", "Rate exceeded", 400),
    "query": ("Throttling", "Rate exceeded", 400),
}
"""The errors by service or protocol, from EC2's error codes page, EKS's model, and the others' error pages."""

_BROKEN = {
    "ec2": ("InternalError", "An internal error has occurred", 500),
    "eks": ("ServerException", "Internal server error", 500),
    "iam": ("ServiceFailure", "The request processing has failed because of an unknown error", 500),
    "json": ("InternalFailure", "The request processing has failed because of an unknown error", 500),
    "query": ("InternalFailure", "The request processing has failed because of an unknown error", 500),
}

_EC2_ID = re.compile(rb"<(?:natGatewayId|vpcPeeringConnectionId)>((?:nat|pcx)-[0-9a-f]+)<")


class Unanswered(Exception):
    """The sign to close the connection without a response."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A new thing that ends failed, in the journal's form."""

    action: str
    account: str
    region: str
    cluster: str = ""
    """The EKS cluster of a thing of EKS."""
    name: str = ""
    """The thing's name, or EC2's id of it."""
    reason: str = ""

    def kept(self) -> dict[str, str]:
        """The journal's form."""
        return asdict(self)


def injected(request: Request, switch: Switch) -> Answer | None:
    """The response to a call that fails; None for a call that doesn't. Raises Unanswered."""
    try:
        rule = switch.aws(action(request), request.region)
    except UserError as error:
        return refuse(request, "InvalidFaults", str(error))
    if rule is None:
        return None
    if rule.fault == REFUSE:
        raise Unanswered
    if rule.fault == LATENCY:
        time.sleep(rule.seconds)
        return None
    table = _BROKEN if rule.fault == ERROR else _THROTTLED
    return refuse(request, *(table.get(request.service) or table.get(request.protocol) or table["json"]))


def failed(request: Request, answer: Answer, account: str, switch: Switch) -> Failure | None:
    """The failure of the thing that a successful call has created; None if no rule demands it."""
    called = action(request)
    rule = switch.created(called, request.region)
    if rule is None:
        return None
    place = {"action": called, "account": account, "region": request.region, "reason": rule.reason}
    if request.service == "ec2":
        found = _EC2_ID.search(answer.body)
        return Failure(**place, name=found[1].decode()) if found else None
    params = model.read(request)[1]
    name = next((params[key] for key in ("nodegroupName", "addonName", "fargateProfileName") if key in params), "")
    return Failure(**place, cluster=params.get("clusterName") or params["name"], name=name)


def fail(estate: Estate, failure: Failure) -> None:
    """Make a new thing end failed."""
    code, _, message = failure.reason.rpartition(": ")
    _FAIL[failure.action](estate, failure, code or "InternalFailure", message)


def action(request: Request) -> str:
    """The call's IAM action, without an operation if AWS's model doesn't know it."""
    if request.service != "eks":
        return f"{request.service}:{request.operation}"
    try:
        return f"eks:{model.read(request)[0].name}"
    except EksError:
        return "eks:"


_Fails = Callable[[Estate, Failure, str, str], None]


def _cluster(estate: Estate, failure: Failure) -> Cluster:
    return estate.clusters[ClusterKey(failure.account, failure.region, failure.cluster)]


def _cluster_fails(estate: Estate, failure: Failure, code: str, message: str) -> None:
    _cluster(estate, failure).shape.update(status="FAILED", health=_health(code, message, failure.cluster))


def _part_fails(shapes: Callable[[Cluster], Mapping[str, Shape]]) -> _Fails:
    def part_fails(estate: Estate, failure: Failure, code: str, message: str) -> None:
        shape = shapes(_cluster(estate, failure))[failure.name]
        shape.update(status="CREATE_FAILED", health=_health(code, message, failure.name))

    return part_fails


def _peering_fails(_: Estate, failure: Failure, __: str, message: str) -> None:
    status = ec2_backends[failure.account][failure.region].vpc_pcxs[failure.name]._status
    status.code, status.message = "failed", message


def _gateway_fails(_: Estate, failure: Failure, code: str, message: str) -> None:
    ec2 = ec2_backends[failure.account][failure.region]
    gateway: Any = ec2.nat_gateways[failure.name]
    gateway.failure_code, gateway.failure_message = code, message
    nat_gateways.end(ec2, gateway, "failed")


def _health(code: str, message: str, name: str) -> Mapping[str, Any]:
    return {"issues": [{"code": code, "message": message, "resourceIds": [name]}]}


_FAIL: Mapping[str, _Fails] = {
    "ec2:CreateNatGateway": _gateway_fails,
    "ec2:CreateVpcPeeringConnection": _peering_fails,
    "eks:CreateAddon": _part_fails(lambda cluster: cluster.addons),
    "eks:CreateCluster": _cluster_fails,
    "eks:CreateFargateProfile": _part_fails(lambda cluster: cluster.fargate_profiles),
    "eks:CreateNodegroup": _part_fails(
        lambda cluster: {name: group.shape for name, group in cluster.nodegroups.items()}
    ),
}
"""The failure of each action in faults.model.CREATES."""
