"""The roles of pods as the program registers them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.cluster.pod_identity import AUTO_NAMED, ROLE_NAME, role_name
from tests.unit.engine import run_program

pytestmark = pytest.mark.unit

CONTROLLER = {
    "namespace": "kube-system",
    "serviceAccount": "aws-load-balancer-controller",
    "policies": ["arn:aws:iam::123456789012:policy/Balancers"],
}


def test_the_most_usual_pods_have_a_role_whose_name_fits_with_pulumi_s_suffix() -> None:
    settings: dict[str, Any] = {
        "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}],
        "access": {"podIdentities": [CONTROLLER, {**CONTROLLER, "serviceAccount": "aws-load-balancer-controller-2"}]},
    }
    program = run_program(settings)
    roles = [*program["aws:iam/role:Role"]]
    assert max(map(len, roles)) + AUTO_NAMED <= ROLE_NAME
    bound = {one.inputs["roleArn"] for one in program["aws:eks/podIdentityAssociation:PodIdentityAssociation"].values()}
    assert len(bound) == 4, "a role for each service account in each cluster"


@given(st.text("abc-", min_size=1, max_size=56))
@example("a" * 56)
def test_a_name_that_fits_stays(name: str) -> None:
    assert role_name(name) == name


@given(st.lists(st.text("ab", max_size=120), min_size=2, max_size=8, unique=True))
def test_longer_names_are_cut_and_stay_distinct(ends: list[str]) -> None:
    names = [role_name("a" * 57 + end) for end in ends]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) + AUTO_NAMED <= ROLE_NAME
