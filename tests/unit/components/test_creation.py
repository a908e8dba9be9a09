"""Errors of what could not be created: the region, the cause, and the way on."""

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components import creation
from tests.unit.engine import Engine, run, run_program

pytestmark = pytest.mark.unit

TWO = {
    "clusters": [
        {"region": "eu-west-1"},
        {"region": "eu-west-3", "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}]},
    ]
}
SLOW = (
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    "aws:eks/addon:Addon",
    "aws:eks/fargateProfile:FargateProfile",
    "aws:eks/nodeGroup:NodeGroup",
)


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(TWO)


@pytest.mark.parametrize("type_", SLOW)
def test_what_takes_minutes_has_the_hook_of_its_region(program: Engine, type_: str) -> None:
    found = program[type_].values()
    assert found
    for resource in found:
        assert resource.hooks["on_error"] == (f"{resource.provider}-creation",), resource.name


def test_the_cluster_inside_pulumi_eks_gets_the_hook_by_a_transform() -> None:
    made: dict[str, Any] = {}

    def inside() -> None:
        provider = pulumi.ProviderResource("aws", "here", {})
        provider.__dict__["creation"] = creation.explained("here-creation", Output.from_input("eu-west-3"))
        parent = pulumi.ComponentResource("test:index:C", "c", None, pulumi.ResourceOptions(providers=[provider]))
        transform = creation.explain_cluster(parent)
        for type_ in (creation.CLUSTER, "aws:iam/role:Role"):
            opts = pulumi.ResourceOptions(depends_on=[parent])
            made[type_] = transform(pulumi.ResourceTransformArgs(True, type_, "one", {"a": 1}, opts))

    run(inside, Engine())
    assert made["aws:iam/role:Role"] is None
    cluster = made[creation.CLUSTER]
    assert cluster.props == {"a": 1}
    assert [hook.name for hook in cluster.opts.hooks.on_error] == ["here-creation"]
    assert cluster.opts.depends_on


def test_a_component_whose_provider_has_no_hook_goes_without() -> None:
    found: list[Any] = []

    def inside() -> None:
        parent = pulumi.ComponentResource("test:index:C", "c")
        found.append(creation.binding(parent))
        args = pulumi.ResourceTransformArgs(True, creation.CLUSTER, "one", {}, pulumi.ResourceOptions())
        found.append(creation.explain_cluster(parent)(args))

    run(inside, Engine())
    assert found == [None, None]


def failed(operation: str = "create", *errors: str, **inputs: Any) -> pulumi.ErrorHookArgs:
    return pulumi.ErrorHookArgs(
        "urn", "", "federated-eks-2-nodes", "aws:eks/nodeGroup:NodeGroup", inputs, None, None, operation, [*errors]
    )


def told(monkeypatch: pytest.MonkeyPatch, args: pulumi.ErrorHookArgs) -> list[str]:
    """What the hook of eu-west-3 logs."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)

    def inside() -> None:
        hook = creation.explained("there-creation", Output.from_input("eu-west-3"))

        async def call() -> None:
            assert await hook(args) is False  # type: ignore[misc]  # a hook may answer at once too

        asyncio.ensure_future(call())  # noqa: RUF006

    run(inside, Engine())
    return said


def test_the_error_names_the_region_the_cause_and_the_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, failed("create", "it is CREATE_FAILED:\n no capacity", "older")) == [
        "federated-eks-2-nodes: NodeGroup in eu-west-3 was not created (it is CREATE_FAILED: no capacity); what was "
        "created before stays: remove the cause, and run the update again, which creates the rest"
    ]


def test_a_resource_s_own_region_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = told(monkeypatch, failed("create", "why", region="eu-west-1"))
    assert "NodeGroup in eu-west-1 was not created (why)" in said


def test_an_update_or_a_delete_is_the_provider_s_to_explain(monkeypatch: pytest.MonkeyPatch) -> None:
    for operation in ("update", "delete"):
        assert told(monkeypatch, failed(operation, "why")) == []
