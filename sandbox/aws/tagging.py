"""The Resource Groups Tagging API: what has tags in a region, of all services (API reference, GetResources).

moto's own leaves out several of EC2's types, and knows nothing of EKS here. Auto Scaling groups and IAM's roles are
left out as AWS leaves them out; what else IAM has is in us-east-1 (User guide, "Supported resources").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.core.resource_tagging import make_tag_matcher, match_resource_type
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.ssm.models import ssm_backends

from sandbox.aws.eks import tags
from sandbox.aws.eks.operations import Estate
from sandbox.aws.failure import refuse
from sandbox.aws.request import Answer, Request

MOST = 100
"""Resources of a page, at most and by default."""

GLOBAL = "us-east-1"
"""The region in which IAM's resources are listed."""

KINDS = {
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "eni": "network-interface",
}
"""EC2's types in ARNs, by the beginning of the id."""


class Tagged(NamedTuple):
    """Something with tags."""

    arn: str
    tags: Mapping[str, str]
    type: str
    """The service, and the type in it: `ec2:vpc`."""


def answer(request: Request, estate: Estate, account: str) -> Answer:
    """Answer a request to the service."""
    if request.operation != "GetResources":
        return refuse(request, "NotImplemented", f"The sandbox's tagging API has no {request.operation}")
    params = json.loads(request.body or b"{}")
    token: str = params.get("PaginationToken") or "0"
    if not token.isdigit():
        return refuse(request, "PaginationTokenExpiredException", f"A token {token!r} was never given")
    if not 1 <= (size := params.get("ResourcesPerPage") or MOST) <= MOST:
        return refuse(request, "InvalidParameterException", f"ResourcesPerPage must be between 1 and {MOST}")
    found = [one for one in sorted(_tagged(estate, account, request.region)) if _wanted(one, params)]
    page = found[int(token) : int(token) + size]
    rest = str(int(token) + size) if len(found) > int(token) + size else ""
    body = {"PaginationToken": rest, "ResourceTagMappingList": [_shape(one) for one in page]}
    return Answer(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(body).encode())


def _wanted(one: Tagged, params: Mapping[str, Any]) -> bool:
    matches = make_tag_matcher(params.get("TagFilters"))
    return (
        bool(one.tags) and matches(dict(one.tags)) and match_resource_type(one.type, params.get("ResourceTypeFilters"))
    )


def _shape(one: Tagged) -> dict[str, Any]:
    return {"ResourceARN": one.arn, "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()]}


def _tagged(estate: Estate, account: str, region: str) -> Iterator[Tagged]:
    for id, held in ec2_backends[account][region].tags.items():
        if kind := KINDS.get(id.rpartition("-")[0]):
            yield Tagged(f"arn:aws:ec2:{region}:{account}:{kind}/{id}", held, f"ec2:{kind}")
    for backends in (kms_backends, logs_backends, ssm_backends):
        for one in backends[account][region].iter_tagged_resources():
            yield Tagged(one.arn, one.tags, one.resource_type)
    for key, cluster in estate.clusters.items():
        if (key.account, key.region) == (account, region):
            for arn, shape in tags.tagged(cluster):
                yield Tagged(arn, shape.get("tags") or {}, f"eks:{arn.split(':', 5)[5].partition('/')[0]}")
    if region == GLOBAL:
        yield from _of_iam(account)


def _of_iam(account: str) -> Iterator[Tagged]:
    iam = iam_backends[account]["aws"]
    for kind, held in (("instance-profile", iam.instance_profiles), ("oidc-provider", iam.open_id_providers)):
        for one in held.values():
            pairs = one.tags.values() if isinstance(one.tags, dict) else one.tags
            yield Tagged(one.arn, {pair["Key"]: pair["Value"] for pair in pairs}, f"iam:{kind}")
