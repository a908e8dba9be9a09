"""The whole program under the mock engine."""

import pytest

from tests.unit.engine import run_program

pytestmark = pytest.mark.unit
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}


def test_two_regions_make_three_networks_with_the_planned_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = run_program(monkeypatch, TWO)
    assert {name: vpc.inputs["cidrBlock"] for name, vpc in fleet["aws:ec2/vpc:Vpc"].items()} == {
        "federated-eks-bastion-vpc": "172.20.0.0/16",
        "federated-eks-1-vpc": "172.21.0.0/16",
        "federated-eks-2-vpc": "172.22.0.0/16",
    }
