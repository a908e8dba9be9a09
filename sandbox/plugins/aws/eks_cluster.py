"""aws:eks/cluster:Cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import (
    BUSY,
    GONE,
    INVALID,
    PROPAGATION,
    EksResource,
    mark,
    named,
    settled,
    time,
    update,
    vanish,
)
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.diff import Diff
from sandbox.plugins.provider.resource import Call
from sandbox.plugins.provider.values import UNKNOWN, Properties

_VPC = ("subnetIds", "securityGroupIds", "endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs")
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_ROLE = ("The role", "role could not be assumed", "Role could not be assumed", "Error in role params", "trust")
"""Parts of EKS's error while it doesn't know a new role yet."""


class Cluster(EksResource):
    """A control plane in subnets; Outposts, hybrid nodes and Auto Mode are not implemented."""

    kind = "aws:eks/cluster:Cluster"
    knows = (
        "name",
        "roleArn",
        "version",
        "vpcConfig",
        "accessConfig",
        "deletionProtection",
        "enabledClusterLogTypes",
        "encryptionConfig",
        "kubernetesNetworkConfig",
        "upgradePolicy",
        "zonalShiftConfig",
    )
    knows_nested = {"vpcConfig": _VPC, "kubernetesNetworkConfig": ("serviceIpv4Cidr", "ipFamily")}
    unread = ("bootstrapSelfManagedAddons", "forceUpdateVersion", "defaultAddonsToRemoves")
    defaults = {"bootstrapSelfManagedAddons": True}
    nested_defaults = {
        "accessConfig": {"bootstrapClusterCreatorAdminPermissions": True},
        "vpcConfig": {"endpointPrivateAccess": False, "endpointPublicAccess": True},
    }
    named = "name"
    names = Names(longest=100, pattern=r"[0-9A-Za-z][A-Za-z0-9_-]*")
    replace_on = (
        "name",
        "roleArn",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig",
        "encryptionConfig.provider",
    )
    unordered = (
        "vpcConfig.subnetIds",
        "vpcConfig.securityGroupIds",
        "vpcConfig.publicAccessCidrs",
        "enabledClusterLogTypes",
        "encryptionConfig.resources",
    )
    owned = ("enabledClusterLogTypes",)
    computed = (
        "accessConfig",
        "accessConfig.authenticationMode",
        "deletionProtection",
        "kubernetesNetworkConfig",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "upgradePolicy",
        "upgradePolicy.supportType",
        "version",
        "vpcConfig.publicAccessCidrs",
    )

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Log types that EKS knows."""
        for log in inputs.get("enabledClusterLogTypes") or []:
            if log is not UNKNOWN and log not in _LOGS:
                yield Problem("enabledClusterLogTypes", f"{log!r} is none of {', '.join(_LOGS)}")

    def diff(self, call: Call[Any]) -> Diff:
        """Encryption can be added, not taken away."""
        found = super().diff(call)
        gone = {path for path, how in found.changes.items() if path.startswith("encryptionConfig") and how == "delete"}
        added = {path for path, how in found.changes.items() if path == "encryptionConfig" and how == "add"}
        return Diff(
            changes=found.changes,
            replaces=(found.replaces | gone) - added,
            delete_before_replace=found.delete_before_replace,
        )

    def make(self, api: Api) -> str:
        """Create it, and wait until it is ACTIVE."""
        name = api.inputs["name"]
        api.retry(
            lambda: api.eks(
                "CreateCluster",
                name=name,
                roleArn=api.get("roleArn"),
                version=api.get("version"),
                resourcesVpcConfig=_filled(api.inputs["vpcConfig"]),
                accessConfig=_filled(api.get("accessConfig")),
                bootstrapSelfManagedAddons=api.get("bootstrapSelfManagedAddons"),
                deletionProtection=api.get("deletionProtection"),
                logging=_logging(api) if api.get("enabledClusterLogTypes") else None,
                encryptionConfig=_encryption(api),
                kubernetesNetworkConfig=_filled(api.get("kubernetesNetworkConfig")),
                upgradePolicy=_filled(api.get("upgradePolicy")),
                zonalShiftConfig=_filled(api.get("zonalShiftConfig")),
                tags=api.tags or None,
            ),
            INVALID,
            timeout=PROPAGATION,
            says=_ROLE,
        )
        return api.created(name)

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The cluster."""
        cluster = settled(api, f"EKS cluster {api.id}", lambda: _cluster(api), 1800)
        if cluster is None:
            return None
        vpc, network = cluster["resourcesVpcConfig"], cluster.get("kubernetesNetworkConfig") or {}
        logs = (cluster.get("logging") or {}).get("clusterLogging") or []
        encryption = cluster.get("encryptionConfig") or []
        access = cluster.get("accessConfig") or {}
        bootstrap = (known.get("accessConfig") or {}).get("bootstrapClusterCreatorAdminPermissions")
        issuer = ((cluster.get("identity") or {}).get("oidc") or {}).get("issuer", "")
        return {
            "accessConfig": {
                "authenticationMode": access.get("authenticationMode", ""),
                **({"bootstrapClusterCreatorAdminPermissions": bootstrap} if bootstrap is not None else {}),
            },
            "arn": cluster["arn"],
            "certificateAuthority": {"data": (cluster.get("certificateAuthority") or {}).get("data", "")},
            "clusterId": "",
            "createdAt": time(cluster["createdAt"]),
            "deletionProtection": bool(cluster.get("deletionProtection")),
            "enabledClusterLogTypes": sorted(
                {kind for entry in logs if entry.get("enabled") for kind in entry["types"]}
            ),
            **({"encryptionConfig": encryption[0]} if encryption else {}),
            "endpoint": cluster.get("endpoint", ""),
            "identities": [{"oidcs": [{"issuer": issuer}]}] if issuer else [],
            "kubernetesNetworkConfig": {
                "ipFamily": network.get("ipFamily", "ipv4"),
                "serviceIpv4Cidr": network.get("serviceIpv4Cidr", ""),
                "serviceIpv6Cidr": network.get("serviceIpv6Cidr", ""),
            },
            "name": cluster["name"],
            "platformVersion": cluster.get("platformVersion", ""),
            "roleArn": cluster["roleArn"],
            "status": cluster["status"],
            "upgradePolicy": {"supportType": (cluster.get("upgradePolicy") or {}).get("supportType", "EXTENDED")},
            "version": cluster["version"],
            "vpcConfig": {
                "clusterSecurityGroupId": vpc.get("clusterSecurityGroupId", ""),
                "endpointPrivateAccess": bool(vpc.get("endpointPrivateAccess")),
                "endpointPublicAccess": bool(vpc.get("endpointPublicAccess")),
                "publicAccessCidrs": sorted(vpc.get("publicAccessCidrs") or []),
                "securityGroupIds": sorted(vpc.get("securityGroupIds") or []),
                "subnetIds": sorted(vpc.get("subnetIds") or []),
                "vpcId": vpc.get("vpcId", ""),
            },
            "zonalShiftConfig": {"enabled": bool((cluster.get("zonalShiftConfig") or {}).get("enabled"))},
            "tagsAll": tags.own(cluster.get("tags")),
            **mark(cluster),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Make one update after another, because EKS takes one at a time: the version first."""
        if "version" in changed and api.get("version"):
            update(api, api.id, lambda: api.eks("UpdateClusterVersion", name=api.id, version=api.get("version")))
        for name, settings in self._settings(api).items():
            if name in changed:
                for setting in settings:
                    update(api, api.id, lambda setting=setting: api.eks("UpdateClusterConfig", name=api.id, **setting))
        if "encryptionConfig" in changed:
            given = {"clusterName": api.id, "encryptionConfig": _encryption(api)}
            update(api, api.id, lambda: api.eks("AssociateEncryptionConfig", **given))

    def remove(self, api: Api) -> None:
        """Delete it once its node groups are gone, and wait until it is."""
        gone = api.retry(lambda: found(lambda: api.eks("DeleteCluster", name=api.id), GONE), [BUSY], timeout=600)
        if gone is not None:
            vanish(api, f"EKS cluster {api.id}", lambda: _cluster(api), 900)

    def _settings(self, api: Api) -> dict[str, list[dict[str, Any]]]:
        vpc = api.inputs["vpcConfig"]
        old = api.call.old_inputs.get("vpcConfig") or {}
        places, access = _VPC[:2], _VPC[2:]
        parts = [
            {name: vpc.get(name) for name in part if vpc.get(name) is not None}
            for part in (places, access)
            if any(_as_set(vpc.get(name)) != _as_set(old.get(name)) for name in part)
        ]
        mode = (api.get("accessConfig") or {}).get("authenticationMode")
        return {
            "vpcConfig": [{"resourcesVpcConfig": part} for part in parts],
            "enabledClusterLogTypes": [{"logging": _logging(api)}],
            "accessConfig": [{"accessConfig": {"authenticationMode": mode}}] if mode else [],
            "upgradePolicy": [{"upgradePolicy": _filled(api.get("upgradePolicy"))}] if api.get("upgradePolicy") else [],
            "deletionProtection": [{"deletionProtection": bool(api.get("deletionProtection"))}],
            "zonalShiftConfig": [{"zonalShiftConfig": _filled(api.get("zonalShiftConfig")) or {"enabled": False}}],
        }


def _cluster(api: Api) -> dict[str, Any] | None:
    return named(lambda: api.eks("DescribeCluster", name=api.id), "cluster")


def _as_set(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _filled(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A block without what isn't given; None for none."""
    return {name: item for name, item in value.items() if item is not None} if value else None


def _encryption(api: Api) -> list[dict[str, Any]] | None:
    config = api.get("encryptionConfig")
    return [{"resources": config["resources"], "provider": _filled(config["provider"])}] if config else None


def _logging(api: Api) -> dict[str, Any]:
    wanted = set(api.get("enabledClusterLogTypes") or [])
    parts = ((True, sorted(wanted)), (False, sorted(set(_LOGS) - wanted)))
    return {"clusterLogging": [{"types": types, "enabled": on} for on, types in parts if types]}
