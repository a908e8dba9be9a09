"""AWS's rules for a cluster's settings: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, ip_network
from typing import Any

from moto.kms.models import kms_backends

from sandbox.aws.eks import network
from sandbox.aws.eks.errors import InvalidParameterException, InvalidRequestException
from sandbox.contract import ClusterKey

PUBLIC_CIDRS = 40
"""The most CIDRs of the public endpoint (EKS service quotas; not adjustable)."""

PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""The private ranges (RFC 1918)."""

RESERVED = (
    *PRIVATE,
    *(IPv4Network(block) for block in ("100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")),
)
"""Ranges that the public endpoint refuses: private, shared, loopback, link-local, multicast and reserved addresses
(https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html, "cannot include reserved addresses")."""

NOT_HERE = (
    "outpostConfig",
    "remoteNetworkConfig",
    "kubeApiServerConfig",
    "kubeSchedulerConfig",
    "kubeControllerManagerConfig",
)
"""Settings of a cluster that the sandbox lacks."""


def check_supported(params: Mapping[str, Any]) -> None:
    """Raise an error that names a setting which the sandbox lacks."""
    for name in NOT_HERE:
        if params.get(name):
            raise not_supported(name)
    for name in ("computeConfig", "zonalShiftConfig"):
        if params.get(name, {}).get("enabled"):
            raise not_supported(f"{name}.enabled")
    if params.get("storageConfig", {}).get("blockStorage", {}).get("enabled"):
        raise not_supported("storageConfig.blockStorage.enabled")
    if params.get("kubernetesNetworkConfig", {}).get("ipFamily", "ipv4") != "ipv4":
        raise not_supported("kubernetesNetworkConfig.ipFamily ipv6")
    if params.get("controlPlaneScalingConfig", {}).get("tier", "standard") != "standard":
        raise not_supported("controlPlaneScalingConfig.tier")
    if "accessConfig" in params:
        check_mode(params["accessConfig"])


def check_mode(access: Mapping[str, Any]) -> None:
    """Raise an error for signing in by the ConfigMap aws-auth, which is AWS's default."""
    mode = access.get("authenticationMode", "CONFIG_MAP")
    if mode != "API":
        raise not_supported(f"accessConfig.authenticationMode {mode} (it knows access entries only: API)")


def not_supported(what: str) -> InvalidRequestException:
    """The error for a feature of AWS that the sandbox lacks."""
    return InvalidRequestException(f"{what} is not supported by the sandbox yet")


def check_subnets(key: ClusterKey, ids: Sequence[str]) -> list[Any]:
    """moto's subnets, if they are valid for a cluster: they exist in one VPC, in two zones or more."""
    found = network.subnets(key, ids)
    if len({subnet.availability_zone for subnet in found}) < 2:
        raise InvalidParameterException("Subnets specified must be in at least two different AZs", clusterName=key.name)
    network.vpc_of(found)
    return found


def check_endpoint(config: Mapping[str, Any]) -> None:
    """Check the endpoint's access."""
    if not config["endpointPublicAccess"] and not config["endpointPrivateAccess"]:
        raise InvalidParameterException("Private and public endpoint access cannot be false")
    cidrs = config["publicAccessCidrs"]
    if len(cidrs) > PUBLIC_CIDRS:
        raise InvalidParameterException(
            f"At most {PUBLIC_CIDRS} CIDRs are allowed in publicAccessCidrs, not {len(cidrs)}"
        )
    bad = [cidr for cidr in cidrs if not _network(cidr)]
    if bad:
        raise InvalidParameterException(f"The following CIDRs are invalid in publicAccessCidrs: {bad}")
    reserved = [cidr for cidr in cidrs if any(IPv4Network(cidr).subnet_of(block) for block in RESERVED)]
    if reserved:
        raise InvalidParameterException(f"The following CIDRs are not allowed in publicAccessCidrs: {reserved}")


def _network(cidr: str) -> IPv4Network | None:
    try:
        return IPv4Network(cidr)
    except ValueError:
        return None


def service_range(key: ClusterKey, given: str | None, vpc_id: str) -> str:
    """The range of the services' addresses: the checked argument, or AWS's default apart from the VPC's ranges."""
    taken = network.ranges(key, vpc_id)
    if given is None:
        usual = ip_network("10.100.0.0/16"), ip_network("172.20.0.0/16")
        free = [block for block in usual if not any(block.overlaps(other) for other in taken)]
        return str(free[0] if free else usual[0])
    block = _network(given)
    if block is None or not any(block.subnet_of(private) for private in PRIVATE):
        raise InvalidParameterException(
            f"serviceIpv4Cidr {given} must be a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
        )
    if not 12 <= block.prefixlen <= 24:
        raise InvalidParameterException(f"serviceIpv4Cidr {given} must be between /12 and /24")
    if any(block.overlaps(other) for other in taken):
        raise InvalidParameterException(f"serviceIpv4Cidr {given} overlaps with a range of the VPC {vpc_id}")
    return given


def check_encryption(key: ClusterKey, configs: Sequence[Mapping[str, Any]]) -> None:
    """Check the KMS key that encrypts Secrets."""
    for config in configs:
        if list(config.get("resources", [])) != ["secrets"]:
            raise InvalidParameterException("encryptionConfig.resources must be [secrets]")
        arn = config.get("provider", {}).get("keyArn", "")
        found = next((known for known in kms_backends[key.account][key.region].keys.values() if known.arn == arn), None)
        if found is None:
            raise InvalidParameterException(f"The keyArn in encryptionConfig provider {arn} does not exist")
        if not found.enabled or found.key_state == "PendingDeletion":
            raise InvalidParameterException(f"The keyArn in encryptionConfig provider {arn} is not enabled")


def check_tags(tags: Mapping[str, str]) -> None:
    """Check the tags of a request."""
    for name in tags:
        if name.lower().startswith("aws:"):
            raise InvalidParameterException(f"Tag key {name}: the prefix aws: is reserved for AWS")
