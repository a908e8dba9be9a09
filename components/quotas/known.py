"""AWS's quotas of an account in each region that a fleet may exceed."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """An entry of Service Quotas."""

    code: str
    service: str
    name: str
    """The name in Service Quotas."""
    noun: str
    """The noun of the counted resources, for messages."""
    default: int
    """AWS's default."""
    certain: bool = True
    """Whether every account has at least the default."""
    highest: int | None = None
    """The most that AWS grants, if it is documented."""
    key: str
    """The setting that decides the demand."""
    avoid: str
    """The way to lower the demand, for messages."""


ON_DEMAND = Quota(
    code="L-1216C47A",
    service="ec2",
    name="Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    noun="vCPUs of on-demand nodes",
    default=5,
    certain=False,
    key="nodeGroups",
    avoid="set fewer or smaller nodes",
)
SPOT = Quota(
    code="L-34B43A08",
    service="ec2",
    name="All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    noun="vCPUs of spot nodes",
    default=5,
    certain=False,
    key="nodeGroups",
    avoid="set fewer or smaller nodes, or capacity: on-demand",
)
ADDRESSES = Quota(
    code="L-0263D0A3",
    service="ec2",
    name="EC2-VPC Elastic IPs",
    noun="Elastic IPs",
    default=5,
    key="network.nat",
    avoid="set nat: one, or none",
)
VPCS = Quota(
    code="L-F678F1CE",
    service="vpc",
    # Each VPC here has an internet gateway, whose quota AWS raises along with this one (VPC user guide, quotas).
    name="VPCs per Region",
    noun="VPCs",
    default=5,
    key="clusters",
    avoid="set bastion.region to another region, or vpc on the cluster to an existing one",
)
PEERINGS = Quota(
    code="L-7E9ECCDB",
    service="vpc",
    name="Active VPC peering connections per VPC",
    noun="peerings of a VPC",
    default=50,
    highest=125,
    key="peering.topology",
    avoid="set hub-and-spoke, or list fewer clusters",
)
ROUTES = Quota(
    code="L-93826ACB",
    service="vpc",
    name="Routes per route table",
    noun="routes in a table",
    # 50 until June 2025.
    default=500,
    highest=1000,
    key="peering.topology",
    avoid="set hub-and-spoke, or list fewer clusters",
)
KNOWN = {quota.code: quota for quota in (VPCS, ADDRESSES, ON_DEMAND, SPOT, PEERINGS, ROUTES)}
"""The quotas by code. The defaults: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html."""

FAMILIES = ("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z")
"""The prefixes, before the generation, of instance types whose vCPUs count as standard (EC2 user guide, quotas)."""

_STANDARD = re.compile(rf"({'|'.join(FAMILIES)})\d.*")


def standard(instance_type: str) -> bool:
    """Whether an instance type's vCPUs count as standard. Graphics types and others have quotas of their own."""
    return _STANDARD.fullmatch(instance_type) is not None
