"""The Kubernetes versions that EKS offers here, whose control planes run on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.eks.errors import InvalidParameterException
from sandbox.aws.eks.operations import Call, operation

VERSIONS: tuple[str, ...] = ("1.34", "1.35", "1.36", "1.37")
"""The versions, the oldest first. The sandbox builds the newest, which can also show itself as one of the others."""

DEFAULT = "1.37"

PLATFORM = "eks.1"
"""The platform version of every Kubernetes version."""


def offered(version: str) -> str:
    """The version itself. Raises InvalidParameterException for a version that isn't offered."""
    if version not in VERSIONS:
        raise InvalidParameterException(
            f"unsupported Kubernetes version {version}; the sandbox runs {', '.join(VERSIONS)}"
        )
    return version


def minor(version: str) -> int:
    """The number of the minor version."""
    return int(version.split(".")[1])


@operation("DescribeClusterVersions")
def describe_cluster_versions(call: Call) -> Mapping[str, Any]:
    """Describe the versions, the newest first."""
    listed = call.params.get("clusterVersions") or VERSIONS
    only_default = call.params.get("defaultOnly", False)
    return {
        "clusterVersions": [
            {
                "clusterVersion": version,
                "clusterType": "eks",
                "defaultPlatformVersion": PLATFORM,
                "defaultVersion": version == DEFAULT,
                "status": "standard-support",
                "versionStatus": "STANDARD_SUPPORT",
            }
            for version in reversed(VERSIONS)
            if version in listed and (version == DEFAULT or not only_default)
        ]
    }
