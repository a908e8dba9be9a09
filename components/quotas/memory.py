"""Check that a cluster's nodes have the memory that the pods of its federation request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from .demand import Footprint, Request
from .offers import Ask

TYPE = "aws:ec2/getInstanceType:getInstanceType"

OVERHEAD = 0.075
"""The share of an instance's memory that its kernel and hypervisor take, as Karpenter assumes.

VM_MEMORY_OVERHEAD_PERCENT in https://karpenter.sh/docs/reference/settings/.
"""
EVICTION_MIB = 100
"""Where kubelet begins to evict (evictionHard, memory.available, of EKS's images)."""
HOST_NETWORK_PODS = 2
"""The pods without an address of their own: aws-node and kube-proxy."""

NODE_PODS_MIB = 3 * 40
"""The requests of EKS's pods on each node: the EBS driver's three containers. aws-node and kube-proxy request none."""
CLUSTER_PODS_MIB = 2 * (5 * 40 + 70)
"""The requests of EKS's other pods: each twice, the EBS driver's controller of five containers, and CoreDNS."""


async def too_small(ask: Ask, footprints: Sequence[Footprint]) -> list[str]:
    """Return a line for each cluster whose pods' memory doesn't fit. Nodes of an unknown size count as large enough.

    Other software on the nodes isn't counted.
    """
    found = await asyncio.gather(*(_too_small(ask, each.region, each.memory) for each in footprints if each.memory))
    return [line for line in found if line]


async def _too_small(ask: Ask, region: str, request: Request) -> str | None:
    names = sorted({name for nodes in request.nodes for name in nodes.instance_types})
    sizes = await asyncio.gather(*(_free(ask, region, name) for name in names))
    free = {name: size for name, size in zip(names, sizes, strict=True) if size is not None}
    if len(free) < len(names):
        return None
    # EC2 may start any of a group's types: the smallest is certain.
    total = sum(nodes.desired * min(free[name] for name in nodes.instance_types) for nodes in request.nodes)
    left = max(0, total - CLUSTER_PODS_MIB)
    if left >= request.mib:
        return None
    count = " and ".join(f"{nodes.desired} of {', '.join(nodes.instance_types)}" for nodes in request.nodes)
    return (
        f"nodeGroups ({region}): {count} leave {left} MiB of memory beside what EKS reserves and its own pods request, "
        f"and {request.pods} requests {request.mib} MiB; {request.fix}"
    )


async def _free(ask: Ask, region: str, instance_type: str) -> int | None:
    """Return the MiB that a node of this type has for others' pods; None if AWS doesn't tell its size."""
    answer = await ask(
        TYPE,
        region,
        {"instanceType": instance_type},
        instead=f"the memory of {instance_type}: enough is assumed",
    )
    return None if answer is None else max(0, allocatable_mib(answer) - NODE_PODS_MIB)


def allocatable_mib(size: Mapping[str, Any]) -> int:
    """Return the memory that a node of EKS has for pods, from getInstanceType's result.

    EKS's images reserve 255 MiB and 11 for each pod, whose number the addresses limit (awslabs/amazon-eks-ami, nodeadm,
    GetMemoryMebibytesToReserve; Bottlerocket does the same).
    """
    # Numbers of an invoke's result are floats.
    addresses = int(size["maximumNetworkInterfaces"]) * (int(size["maximumIpv4AddressesPerInterface"]) - 1)
    reserved = 255 + 11 * (addresses + HOST_NETWORK_PODS)
    return int(size["memorySize"] * (1 - OVERHEAD)) - reserved - EVICTION_MIB
