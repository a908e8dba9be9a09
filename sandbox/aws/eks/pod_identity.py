"""Pod identity associations, the IAM roles of service accounts' pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import cluster_rules, roles
from sandbox.aws.eks.errors import InvalidParameterException, ResourceInUseException, ResourceNotFoundException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape

_SHOWN = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


@operation("CreatePodIdentityAssociation")
def create_pod_identity_association(call: Call) -> Mapping[str, Any]:
    """Associate a role with a service account, which need not exist yet."""
    params = call.params
    check_role(params["roleArn"])
    cluster_rules.check_tags(params.get("tags", {}))
    return {"association": associate(call.cluster, params)}


def associate(cluster: Cluster, params: Mapping[str, Any], **owner: str) -> Shape:
    """Create an association; `ownerArn` is its add-on's."""
    for association in cluster.pod_identities.values():
        if (association["namespace"], association["serviceAccount"]) == (params["namespace"], params["serviceAccount"]):
            raise ResourceInUseException(
                f"Association already exists: {association['associationId']}", clusterName=cluster.key.name
            )
    key = f"a-{seeded_random.letters(17, 'abcdefghijklmnopqrstuvwxyz0123456789')}"
    shape: Shape = {
        "clusterName": cluster.key.name,
        "associationId": key,
        "associationArn": cluster.arn("podidentityassociation", key),
        "createdAt": clock.now(),
        "modifiedAt": clock.now(),
        "tags": dict(params.get("tags", {})),
        **owner,
    }
    optional = ("namespace", "serviceAccount", "roleArn", "disableSessionTags", "targetRoleArn", "policy")
    shape.update({name: params[name] for name in optional if name in params})
    cluster.pod_identities[key] = shape
    return shape


def check_role(arn: str) -> None:
    """Check that pods can have a role. Raises InvalidParameterException."""
    role = roles.found(arn)
    if role is None or not roles.trusts(role, "pods.eks.amazonaws.com"):
        raise InvalidParameterException(
            f"Role provided in the request does not exist or does not trust pods.eks.amazonaws.com: {arn}"
        )


def _found(call: Call) -> Shape:
    key = call.params["associationId"]
    if key not in call.cluster.pod_identities:
        raise ResourceNotFoundException(f"No association found with ID: {key}", clusterName=call.cluster.key.name)
    return call.cluster.pod_identities[key]


@operation("DescribePodIdentityAssociation")
def describe_pod_identity_association(call: Call) -> Mapping[str, Any]:
    """Describe an association."""
    return {"association": _found(call)}


@operation("UpdatePodIdentityAssociation")
def update_pod_identity_association(call: Call) -> Mapping[str, Any]:
    """Associate another role."""
    shape = _found(call)
    if "roleArn" in call.params:
        check_role(call.params["roleArn"])
    changed = ("roleArn", "disableSessionTags", "targetRoleArn", "policy")
    shape.update({name: call.params[name] for name in changed if name in call.params}, modifiedAt=clock.now())
    return {"association": shape}


@operation("DeletePodIdentityAssociation")
def delete_pod_identity_association(call: Call) -> Mapping[str, Any]:
    """Delete an association."""
    shape = _found(call)
    del call.cluster.pod_identities[shape["associationId"]]
    return {"association": shape}


@operation("ListPodIdentityAssociations")
def list_pod_identity_associations(call: Call) -> Mapping[str, Any]:
    """List the associations of a cluster, or of a namespace or service account of it."""
    filters = {name: call.params[name] for name in ("namespace", "serviceAccount") if name in call.params}
    found = [
        association for association in call.cluster.pod_identities.values() if filters.items() <= association.items()
    ]
    return {
        "associations": [{name: association[name] for name in _SHOWN if name in association} for association in found]
    }
