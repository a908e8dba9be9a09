"""The quotas that AWS sets an account in each region, those of them that a fleet may come up against."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """An entry of Service Quotas."""

    code: str
    service: str
    name: str
    """As Service Quotas has it."""
    noun: str
    """What there may be so many of."""
    default: int
    """What AWS grants without being asked."""
    certain: bool = True
    """Whether every account has that much at least."""
    highest: int | None = None
    """The most that AWS grants, where it says so."""
    key: str
    """The setting that decides how much is taken."""
    avoid: str
    """How to take less."""


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
    # AWS raises that of internet gateways, of which each VPC here has one, along with it (VPC user guide, quotas).
    name="VPCs per Region",
    noun="VPCs",
    default=5,
    key="clusters",
    avoid="set bastion.region to another region, or vpc on the cluster to one that is there already",
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
"""By code. The defaults: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html."""

FAMILIES = ("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z")
"""What instance types begin with, before their generation, whose vCPUs count as standard (EC2 user guide, quotas)."""

_STANDARD = re.compile(rf"({'|'.join(FAMILIES)})\d.*")


def standard(instance_type: str) -> bool:
    """Whether an instance type's vCPUs count as standard; graphics and the like have quotas of their own."""
    return _STANDARD.fullmatch(instance_type) is not None
