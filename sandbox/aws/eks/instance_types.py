"""The properties of EC2's instance types that nodes have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from sandbox.aws.ec2 import offerings
from sandbox.aws.eks.errors import InvalidParameterException, InvalidRequestException

_RESERVED_PODS = 2
"""The pods with the host's network: aws-node and kube-proxy."""


def check(region: str, names: Sequence[str], ami_type: str) -> None:
    """Check that the region has the types, and that they have the AMI type's architecture."""
    unknown = [name for name in names if name not in offerings.offered(region)]
    if unknown:
        raise InvalidParameterException(f"The following supplied instance types do not exist: {unknown}")
    if ami_type == "CUSTOM":
        return
    expected = "arm64" if "ARM_64" in ami_type else "x86_64"
    for name in names:
        if expected not in INSTANCE_TYPES[name]["ProcessorInfo"]["SupportedArchitectures"]:
            raise InvalidRequestException(f"[{name}] is not a valid instance type for requested amiType {ami_type}")


def architecture(name: str) -> str:
    """The architecture of a type: `amd64` or `arm64`."""
    known: dict[str, Any] = INSTANCE_TYPES.get(name, {})
    return "arm64" if "arm64" in known.get("ProcessorInfo", {}).get("SupportedArchitectures", []) else "amd64"


def size(name: str) -> tuple[int, int, int]:
    """The CPUs, MiB of memory and pods of a type. Each pod needs an address of an interface."""
    known: dict[str, Any] = INSTANCE_TYPES[name]
    network = known["NetworkInfo"]
    addresses = int(network["MaximumNetworkInterfaces"]) * (int(network["Ipv4AddressesPerInterface"]) - 1)
    return known["VCpuInfo"]["DefaultVCpus"], known["MemoryInfo"]["SizeInMiB"], addresses + _RESERVED_PODS
