"""The Resource Groups Tagging API: the tagged things of a region, of all services (API reference, GetResources).

moto's API lacks several of EC2's types, and the sandbox's EKS. Auto Scaling groups and IAM's roles are
left out, as on AWS. IAM's other things are in us-east-1 (User guide, "Supported resources").
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
"""The most resources of a page, and the default."""

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
"""EC2's types in ARNs, by the prefix of the id."""


class Tagged(NamedTuple):
    """A thing with tags."""

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
    found = [thing for thing in sorted(_tagged(estate, account, request.region)) if _matches(thing, params)]
    page = found[int(token) : int(token) + size]
    rest = str(int(token) + size) if len(found) > int(token) + size else ""
    body = {"PaginationToken": rest, "ResourceTagMappingList": [_shape(thing) for thing in page]}
    return Answer(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(body).encode())


def _matches(thing: Tagged, params: Mapping[str, Any]) -> bool:
    matches = make_tag_matcher(params.get("TagFilters"))
    return (
        bool(thing.tags)
        and matches(dict(thing.tags))
        and match_resource_type(thing.type, params.get("ResourceTypeFilters"))
    )


def _shape(thing: Tagged) -> dict[str, Any]:
    return {"ResourceARN": thing.arn, "Tags": [{"Key": key, "Value": value} for key, value in thing.tags.items()]}


def _tagged(estate: Estate, account: str, region: str) -> Iterator[Tagged]:
    for id, own in ec2_backends[account][region].tags.items():
        if kind := KINDS.get(id.rpartition("-")[0]):
            yield Tagged(f"arn:aws:ec2:{region}:{account}:{kind}/{id}", own, f"ec2:{kind}")
    for backends in (kms_backends, logs_backends, ssm_backends):
        for resource in backends[account][region].iter_tagged_resources():
            yield Tagged(resource.arn, resource.tags, resource.resource_type)
    for key, cluster in estate.clusters.items():
        if (key.account, key.region) == (account, region):
            for arn, shape in tags.tagged(cluster):
                yield Tagged(arn, shape.get("tags") or {}, f"eks:{arn.split(':', 5)[5].partition('/')[0]}")
    if region == GLOBAL:
        yield from _of_iam(account)


def _of_iam(account: str) -> Iterator[Tagged]:
    iam = iam_backends[account]["aws"]
    for kind, resources in (("instance-profile", iam.instance_profiles), ("oidc-provider", iam.open_id_providers)):
        for resource in resources.values():
            pairs = resource.tags.values() if isinstance(resource.tags, dict) else resource.tags
            yield Tagged(resource.arn, {pair["Key"]: pair["Value"] for pair in pairs}, f"iam:{kind}")
