"""Fargate profiles as the program registers them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

NAME = "federated-eks-1"
GROUP, PROFILE, ROLE = "aws:eks/nodeGroup:NodeGroup", "aws:eks/fargateProfile:FargateProfile", "aws:iam/role:Role"
FARGATE: dict[str, Any] = {
    "clusters": [{"region": "eu-west-1"}],
    "nodeGroups": [],
    "fargateProfiles": [
        {"name": "system", "selectors": [{"namespace": "kube-system"}, {"namespace": "kube-federation-system"}]},
        {"name": "jobs", "selectors": [{"namespace": "jobs", "labels": {"on": "fargate"}}]},
    ],
}


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(FARGATE)


def test_a_fleet_on_fargate_alone_has_profiles_one_after_the_other(program: Engine) -> None:
    assert not program[GROUP]
    first, second = (program[PROFILE][f"{NAME}-{name}"] for name in ("system", "jobs"))
    assert f"{NAME}-system" in second.depends_on
    assert f"{NAME}-fargate-AmazonEKSFargatePodExecutionRolePolicy" in first.depends_on
    assert second.inputs["selectors"] == FARGATE["fargateProfiles"][1]["selectors"]
    assert "labels" not in first.inputs["selectors"][0]
    assert set(first.inputs["subnetIds"]) == {f"{NAME}-private-{number}-id" for number in (1, 2, 3)}
    release = program["kubernetes:helm.sh/v3:Release"]["federated-eks-kubefed-release"]
    assert {f"{NAME}-system", f"{NAME}-jobs"} <= release.depends_on
    assert f"{NAME}-nodes" not in program[ROLE]


def test_fargate_takes_its_role_for_profiles_of_this_cluster_alone(program: Engine) -> None:
    (statement,) = json.loads(program[ROLE][f"{NAME}-fargate"].inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "eks-fargate-pods.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:eks:xx:123456789012:fargateprofile/{NAME}/*"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }
