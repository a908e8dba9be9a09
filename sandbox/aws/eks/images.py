"""The machine images that EKS recommends for nodes. They have no content here, but constant ids."""

from __future__ import annotations

import hashlib

from sandbox.aws.eks.versions import VERSIONS

RELEASE = "20261105"
"""The date in the release's name."""

_PATHS = {
    "AL2023_x86_64_STANDARD": "amazon-linux-2023/x86_64/standard",
    "AL2023_ARM_64_STANDARD": "amazon-linux-2023/arm64/standard",
    "AL2023_x86_64_NVIDIA": "amazon-linux-2023/x86_64/nvidia",
    "BOTTLEROCKET_x86_64": "bottlerocket/x86_64",
    "BOTTLEROCKET_ARM_64": "bottlerocket/arm64",
}


def image(region: str, version: str, ami_type: str) -> str:
    """The id of the image for a Kubernetes version and AMI type in a region."""
    return "ami-" + hashlib.sha256(f"{region}/{version}/{ami_type}".encode()).hexdigest()[:17]


def disk(ami_type: str, device: str) -> int:
    """The GiB of an image's disk. Bottlerocket's first disk has only the system."""
    return 2 if ami_type.startswith("BOTTLEROCKET") and device == "/dev/xvda" else 20


def release(version: str) -> str:
    """The newest release of a version's images."""
    return f"{version}.2-{RELEASE}"


def parameters(region: str) -> dict[str, str]:
    """Systems Manager's public parameters for EKS's images of a region, by name."""
    found: dict[str, str] = {}
    for version in VERSIONS:
        for ami_type, path in _PATHS.items():
            if ami_type.startswith("BOTTLEROCKET"):
                name = f"/aws/service/bottlerocket/aws-k8s-{version}/{path.split('/')[1]}/latest/image_id"
                found[name] = image(region, version, ami_type)
                continue
            prefix = f"/aws/service/eks/optimized-ami/{version}/{path}/recommended"
            found[f"{prefix}/image_id"] = image(region, version, ami_type)
            found[f"{prefix}/release_version"] = release(version)
    return found
