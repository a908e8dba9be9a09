"""A host whose nodes lack the memory that Karmada requests is refused before anything is created."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pulumi
import pytest

from components.quotas.memory import allocatable_mib, too_small
from settings.footprints import footprints
from tests.unit.engine import SIZES, Engine, run_program
from tests.unit.settings.parse import parse

pytestmark = pytest.mark.unit

TYPE = "aws:ec2/getInstanceType:getInstanceType"
HERE, THERE = "eu-west-1", "eu-west-3"


def size(mib: int, interfaces: int, addresses: int) -> dict[str, int]:
    return {
        "memorySize": mib,
        "maximumNetworkInterfaces": interfaces,
        "maximumIpv4AddressesPerInterface": addresses,
    }


@pytest.mark.parametrize(
    ("given", "real"),
    [(size(4096, 3, 6), 3309), (size(8192, 3, 10), 7051)],
    ids=["t3.medium", "m5.large"],
)
def test_a_node_s_memory_is_close_to_what_eks_s_nodes_have(given: dict[str, int], real: int) -> None:
    # 3388360Ki and 7220184Ki, of nodes of EKS.
    assert 0.97 * real < allocatable_mib(given) <= real


TWO = [{"region": HERE}, {"region": THERE}]
KARMADA: dict[str, Any] = {"clusters": TWO, "engine": "karmada"}


def group(name: str, **more: Any) -> dict[str, Any]:
    return {"instanceTypes": [name], **more}


def refusals(*groups: dict[str, Any], **more: Any) -> list[str]:
    """The lines about a fleet whose clusters have these node groups."""

    async def ask(function: str, region: str, arguments: dict[str, str], *, instead: str) -> dict[str, int]:
        assert (function, region) == (TYPE, HERE), instead
        return size(*SIZES.get(arguments["instanceType"], (4096, 3, 6)))

    named = [{"name": f"group-{number}", **each} for number, each in enumerate(groups)]
    return asyncio.run(too_small(ask, footprints(parse({**KARMADA, "nodeGroups": named, **more}), {})))


TAINTS = [{"key": "own", "effect": "NO_SCHEDULE"}]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            [group("t3.micro")],
            "2 of t3.micro leave 316 MiB of memory beside what EKS reserves and its own pods request, and Karmada "
            "requests 1344 MiB; set larger instanceTypes, or more nodes",
        ),
        (
            [group("t3.micro", desired=3)],
            "3 of t3.micro leave 744 MiB of memory beside what EKS reserves and its own pods request, and Karmada "
            "requests 2944 MiB; set larger instanceTypes, or more nodes, or set karmada.etcdMembers: 1 if the fleet is "
            "new",
        ),
        ([{"instanceTypes": ["t3.medium", "t3.micro"]}], "2 of t3.medium, t3.micro leave 316 MiB "),
        ([group("t3.micro"), group("t3.nano", desired=0, min=0)], "2 of t3.micro leave 316 MiB "),
        ([group("t3.micro"), group("t3.medium", taints=TAINTS)], "2 of t3.micro leave 316 MiB "),
        ([group("t3.micro", desired=1), group("t3.micro", desired=1)], "1 of t3.micro and 1 of t3.micro leave 316 MiB"),
    ],
    ids=["small", "small for three members", "the smallest type", "no nodes", "nodes with taints", "two groups"],
)
def test_a_host_with_too_little_memory_is_refused(groups: list[dict[str, Any]], message: str) -> None:
    (line,) = refusals(*groups)
    assert line.startswith(f"nodeGroups ({HERE}): {message}")


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        ([group("t3.medium")], {}),
        ([group("t3.small", desired=3)], {}),
        ([group("t3.micro")], {"engine": "kubefed"}),
        ([group("t3.micro", max=8, autoscaled=True)], {}),
        ([], {"clusters": [{"region": HERE}, {"region": THERE, "nodeGroups": [group("t3.micro")]}]}),
    ],
    ids=["the default host", "three small nodes", "kubefed", "an autoscaler starts more", "a member"],
)
def test_a_host_with_enough_memory_is_accepted(groups: list[dict[str, Any]], more: dict[str, Any]) -> None:
    assert refusals(*(groups or [group("t3.medium")]), **more) == []


def test_nothing_is_created_with_too_little_memory() -> None:
    engine = Engine()
    with pytest.raises(pulumi.RunError, match=rf"^nodeGroups \({HERE}\): 2 of t3.micro leave 316 MiB "):
        run_program({**KARMADA, "nodeGroups": [group("t3.micro")]}, engine)
    inert = ("pulumi:providers:", "federated-eks:")
    assert not [each.name for each in engine.registered if not each.type.startswith(inert)]


def test_an_account_that_may_not_ask_is_warned(caplog: pytest.LogCaptureFixture) -> None:
    living = {"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}
    with caplog.at_level(logging.WARNING):
        run_program({**KARMADA, "nodeGroups": [group("t3.micro")]}, Engine(denied={TYPE}, living=living))
    (warning,) = [record.getMessage() for record in caplog.records if "memory" in record.getMessage()]
    assert f"the memory of t3.micro: enough is assumed in {HERE} (" in warning
