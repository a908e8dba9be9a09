"""Add-ons with their versions and states. They run nothing on the sandbox's nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import cluster_rules, pod_identity, roles, updates, versions
from sandbox.aws.eks.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape


@dataclass(frozen=True)
class _Known:
    kind: str
    versions: tuple[str, ...]
    """The versions, the newest first, which is the default."""
    needs_nodes: bool
    """Whether it is active only once its pods run."""
    namespace: str = "kube-system"


KNOWN = {
    "vpc-cni": _Known("networking", ("v1.22.0-eksbuild.1", "v1.21.1-eksbuild.3"), needs_nodes=False),
    "kube-proxy": _Known("networking", ("v1.37.0-eksbuild.2", "v1.37.0-eksbuild.1"), needs_nodes=False),
    "coredns": _Known("networking", ("v1.13.2-eksbuild.4", "v1.13.2-eksbuild.1"), needs_nodes=True),
    "eks-pod-identity-agent": _Known("security", ("v1.3.10-eksbuild.2",), needs_nodes=False),
    "aws-ebs-csi-driver": _Known("storage", ("v1.55.0-eksbuild.1", "v1.54.0-eksbuild.1"), needs_nodes=True),
    "metrics-server": _Known("observability", ("v0.8.1-eksbuild.1",), needs_nodes=True),
}
"""The sandbox's add-ons. Their version numbers are the sandbox's own, in AWS's form."""

WITH_IDENTITY = ("vpc-cni", "aws-ebs-csi-driver")
"""The add-ons whose pods can have a role (`aws eks describe-addon-configuration` lists their service accounts)."""


@operation("CreateAddon")
def create_addon(call: Call) -> Mapping[str, Any]:
    """Install an add-on. It is CREATING at first, and ACTIVE soon, or once the nodes that it needs exist."""
    cluster, params = call.cluster, call.params
    name = params["addonName"]
    if cluster.status not in ("ACTIVE", "UPDATING"):
        raise InvalidRequestException(
            f"Cluster {cluster.key.name} is not in ACTIVE state", clusterName=cluster.key.name
        )
    if name in cluster.addons:
        raise ResourceInUseException("Addon already exists.", clusterName=cluster.key.name, addonName=name)
    known = _known(name)
    _check(name, params)
    cluster_rules.check_tags(params.get("tags", {}))
    shape: Shape = {
        "addonName": name,
        "clusterName": cluster.key.name,
        "status": "CREATING",
        "addonVersion": params.get("addonVersion", known.versions[0]),
        "health": {"issues": []},
        "addonArn": cluster.arn("addon", name, seeded_random.uuid()),
        "createdAt": clock.now(),
        "modifiedAt": clock.now(),
        "tags": dict(params.get("tags", {})),
        "publisher": "eks",
        "owner": "aws",
        "namespaceConfig": {"namespace": params.get("namespaceConfig", {}).get("namespace", known.namespace)},
        **{key: params[key] for key in ("serviceAccountRoleArn", "configurationValues") if key in params},
    }
    _identify(cluster, shape, params)
    cluster.addons[name] = shape
    return {"addon": shape}


def _identify(cluster: Cluster, shape: Shape, params: Mapping[str, Any]) -> None:
    """Replace the add-on's pod identity associations by those of the request, if it has any."""
    if "podIdentityAssociations" not in params:
        return
    owner = shape["addonArn"]
    for association in params["podIdentityAssociations"]:
        pod_identity.check_role(association["roleArn"])
    for key in [key for key, association in cluster.pod_identities.items() if association.get("ownerArn") == owner]:
        del cluster.pod_identities[key]
    namespace = shape["namespaceConfig"]["namespace"]
    shape["podIdentityAssociations"] = [
        pod_identity.associate(cluster, {"namespace": namespace, **association}, ownerArn=owner)["associationArn"]
        for association in params["podIdentityAssociations"]
    ]


def _known(name: str) -> _Known:
    if name not in KNOWN:
        raise InvalidParameterException(
            f"Addon {name} specified is not supported; the sandbox knows {', '.join(KNOWN)}", addonName=name
        )
    return KNOWN[name]


def _check(name: str, params: Mapping[str, Any]) -> None:
    version = params.get("addonVersion")
    if version is not None and version not in KNOWN[name].versions:
        raise InvalidParameterException(
            f"Addon version specified is not supported: {version}; the sandbox has {', '.join(KNOWN[name].versions)}",
            addonName=name,
        )
    if params.get("podIdentityAssociations") and name not in WITH_IDENTITY:
        raise InvalidParameterException(f"Addon {name} does not support pod identity associations", addonName=name)
    if (arn := params.get("serviceAccountRoleArn")) and roles.found(arn) is None:
        raise InvalidParameterException(f"The role {arn} does not exist", addonName=name)
    if values := params.get("configurationValues"):
        try:
            parsed = json.loads(values)
        except ValueError as error:
            raise InvalidParameterException(
                f"ConfigurationValue provided is not JSON: {error}", addonName=name
            ) from error
        if not isinstance(parsed, dict):
            raise InvalidParameterException(
                f"ConfigurationValue provided in request is not supported: it is not an object: {values}",
                addonName=name,
            )


def can_settle(cluster: Cluster, name: str) -> bool:
    """Whether a new or changing add-on may be ACTIVE now, because its pods can run."""
    nodes = any(group.shape["status"] == "ACTIVE" for group in cluster.nodegroups.values())
    on_fargate = any(
        selector["namespace"] in (KNOWN[name].namespace, "*")
        for profile in cluster.fargate_profiles.values()
        for selector in profile["selectors"]
        if profile["status"] == "ACTIVE"
    )
    return nodes or on_fargate or not KNOWN[name].needs_nodes


def _found(call: Call) -> Shape:
    name = call.params["addonName"]
    if name not in call.cluster.addons:
        raise ResourceNotFoundException(
            f"No addon: {name} found in cluster: {call.cluster.key.name}",
            clusterName=call.cluster.key.name,
            addonName=name,
        )
    return call.cluster.addons[name]


@operation("DescribeAddon")
def describe_addon(call: Call) -> Mapping[str, Any]:
    """Describe an add-on."""
    return {"addon": _found(call)}


@operation("ListAddons")
def list_addons(call: Call) -> Mapping[str, Any]:
    """List the names of a cluster's add-ons."""
    return {"addons": list(call.cluster.addons)}


@operation("UpdateAddon")
def update_addon(call: Call) -> Mapping[str, Any]:
    """Change an add-on's version, role or configuration."""
    shape, params = _found(call), call.params
    if shape["status"] not in ("ACTIVE", "DEGRADED"):
        raise ResourceInUseException(f"Addon {shape['addonName']} is {shape['status']}", addonName=shape["addonName"])
    _check(shape["addonName"], params)
    changed = {
        key: params[key] for key in ("addonVersion", "serviceAccountRoleArn", "configurationValues") if key in params
    }
    _identify(call.cluster, shape, params)
    shape.update(changed, status="UPDATING", modifiedAt=clock.now())
    shown = {key[0].upper() + key[1:]: value for key, value in changed.items()}
    return {"update": updates.begin(call.cluster, "AddonUpdate", shown, addon=shape["addonName"]).shape}


@operation("DeleteAddon")
def delete_addon(call: Call) -> Mapping[str, Any]:
    """Begin to remove an add-on, which is DELETING for a moment."""
    shape = _found(call)
    shape.update(status="DELETING", modifiedAt=clock.now())
    return {"addon": shape}


@operation("DescribeAddonVersions")
def describe_addon_versions(call: Call) -> Mapping[str, Any]:
    """Describe the add-ons and their versions."""
    kubernetes = call.params.get("kubernetesVersion", versions.DEFAULT)
    name = call.params.get("addonName")
    names = [name] if name else list(KNOWN)
    return {"addons": [_info(known, KNOWN[known], kubernetes) for known in names if known in KNOWN]}


def _info(name: str, known: _Known, kubernetes: str) -> Shape:
    offered = list(known.versions) if kubernetes in versions.VERSIONS else []
    return {
        "addonName": name,
        "type": known.kind,
        "publisher": "eks",
        "owner": "aws",
        "defaultNamespace": known.namespace,
        "addonVersions": [
            {
                "addonVersion": version,
                "architecture": ["amd64", "arm64"],
                "compatibilities": [
                    {
                        "clusterVersion": kubernetes,
                        "platformVersions": ["*"],
                        "defaultVersion": version == known.versions[0],
                    }
                ],
                "requiresConfiguration": False,
            }
            for version in offered
        ],
    }
