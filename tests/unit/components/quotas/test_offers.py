"""Instance types that EC2 does not offer in a region are refused before anything is created."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

OFFERS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
OFFERED = ["t3.micro", "t3.small", "t3.medium", "t3.large", "m5.large", "m5.xlarge", "m7g.large"]
HERE, THERE = "eu-west-1", "eu-west-3"


def offers(*without: str) -> Mapping[str, Any]:
    """EC2's answer, `without` these types; it has none of a name that is not one."""

    def answer(arguments: Mapping[str, Any]) -> dict[str, Any]:
        assert arguments["locationType"] == "region"
        wanted = {value for one in arguments.get("filters", []) for value in one["values"]}
        return {"instanceTypes": [name for name in OFFERED if name not in without and name in (wanted or OFFERED)]}

    return {OFFERS: answer}


def run(*without: str, **values: Any) -> Engine:
    engine = Engine(answers={**offers(*without)})
    try:
        return run_program({"clusters": [{"region": HERE}], **values}, engine)
    finally:
        made = [
            one.name for one in engine.registered if not one.type.startswith(("pulumi:providers:", "federated-eks:"))
        ]
        assert not made or not without


def group(*types: str) -> list[dict[str, Any]]:
    return [{"instanceTypes": [*types]}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"nodeGroups": [{}, {"name": "more", "instanceTypes": ["t3.small", "t3.mirco"]}]},
            rf"^nodeGroups\[1\].instanceTypes: t3.mirco is not offered by EC2 in {HERE}; use t3.micro$",
        ),
        (
            {"clusters": [{"region": THERE}, {"region": HERE, "nodeGroups": group("m5.lrage")}]},
            rf"^clusters\[1\].nodeGroups\[0\].instanceTypes: m5.lrage is not offered by EC2 in {HERE}; use m5.large",
        ),
        (
            {"bastion": {"instanceType": "t3a.micro"}},
            rf"^bastion.instanceType: t3a.micro is not offered by EC2 in {HERE}; use t3.micro$",
        ),
        (
            {"nodeGroups": group("t3.mirco"), "bastion": {"instanceType": "t3a.small"}},
            r"(?s)^bastion.instanceType: t3a.small .*\nnodeGroups\[0\].instanceTypes: t3.mirco ",
        ),
    ],
    ids=["a node group's", "a cluster's own", "the bastion's", "both"],
)
def test_an_instance_type_that_is_not_offered_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        run("t3a.micro", **values)


def test_types_that_are_offered_are_asked_for_once_in_a_region() -> None:
    engine = run(clusters=[{"region": HERE}, {"region": THERE, "nodeGroups": group("m7g.large")}])
    asked = [one.args["filters"] for one in engine.asked if one.token == OFFERS]
    # The regions are asked side by side.
    assert sorted(filters[0]["values"] for filters in asked) == [["m7g.large"], ["t3.medium", "t3.micro"]]
    assert {(len(filters), filters[0]["name"]) for filters in asked} == {(1, "instance-type")}


def test_an_account_that_may_not_ask_is_warned(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(denied={OFFERS})
    with caplog.at_level(logging.WARNING):
        run_program({"clusters": [{"region": HERE}]}, engine)
    (warning,) = [record.getMessage() for record in caplog.records if "instance types" in record.getMessage()]
    assert "which instance types EC2 offers: all are assumed in eu-west-1 (" in warning
    assert "AccessDenied" in warning
