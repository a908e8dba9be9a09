"""The tags of all of EKS's things, by ARN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.eks import cluster_rules
from sandbox.aws.eks.errors import InvalidParameterException, ResourceNotFoundException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape

MOST = 50
"""The most tags of a thing (https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html)."""


def tagged(cluster: Cluster) -> Iterator[tuple[str, Shape]]:
    """Yield each thing of a cluster that can have tags, with its ARN."""
    yield cluster.shape["arn"], cluster.shape
    for group in cluster.nodegroups.values():
        yield group.shape["nodegroupArn"], group.shape
    for entry in cluster.access_entries.values():
        yield entry.shape["accessEntryArn"], entry.shape
    for profile in cluster.fargate_profiles.values():
        yield profile["fargateProfileArn"], profile
    for addon in cluster.addons.values():
        yield addon["addonArn"], addon
    for association in cluster.pod_identities.values():
        yield association["associationArn"], association


def _tags(call: Call) -> dict[str, str]:
    resource_arn = call.params["resourceArn"]
    for key, cluster in call.estate.clusters.items():
        if (key.account, key.region) == (call.account, call.region):
            for arn, shape in tagged(cluster):
                if arn == resource_arn:
                    return shape.setdefault("tags", {})
    raise ResourceNotFoundException(f"Resource not found for ARN: {resource_arn}")


@operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    """List a thing's tags."""
    return {"tags": _tags(call)}


@operation("TagResource")
def tag_resource(call: Call) -> Mapping[str, Any]:
    """Add tags to a thing, or change them."""
    tags, given = _tags(call), call.params["tags"]
    cluster_rules.check_tags(given)
    if len({*tags, *given}) > MOST:
        raise InvalidParameterException(f"At most {MOST} tags are allowed, not {len({*tags, *given})}")
    tags.update(given)
    return {}


@operation("UntagResource")
def untag_resource(call: Call) -> Mapping[str, Any]:
    """Remove tags from a thing."""
    tags = _tags(call)
    for name in call.params["tagKeys"]:
        tags.pop(name, None)
    return {}
