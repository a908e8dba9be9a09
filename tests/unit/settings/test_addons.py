"""Settings of add-ons."""

from typing import Any

import pytest

from settings.addons import DEFAULT, fitting
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "an add-on's version that can't be one",
        {"clusters": TWO, "addons": [{"name": "vpc-cni", "version": "1.21"}]},
        r"addons\[0\].version: 1.21 is not an add-on's version; use default, latest, or one",
    ),
    (
        "an add-on twice",
        {"clusters": TWO, "addons": [{"name": "vpc-cni"}, {"name": "vpc-cni", "version": "latest"}]},
        r"addons \(eu-west-1\): vpc-cni is listed 2 times; list it once",
    ),
    (
        "an EBS driver without what gives it its role",
        {"clusters": TWO, "addons": [{"name": "aws-ebs-csi-driver"}]},
        r"addons \(eu-west-1\): aws-ebs-csi-driver gets its role from eks-pod-identity-agent, .*; list it too",
    ),
    (
        "an add-on for nodes where there are none",
        {
            "clusters": TWO[:1],
            "nodeGroups": [],
            "fargateProfiles": [{"name": "all", "selectors": [{"namespace": "*"}]}],
            "addons": [{"name": "eks-pod-identity-agent"}],
        },
        r"addons \(eu-west-1\): eks-pod-identity-agent works on nodes alone and there is no node group; drop it",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_without_nodes_the_default_add_ons_are_those_that_work_without() -> None:
    assert fitting(DEFAULT, nodes=True) == DEFAULT
    assert {addon.name: addon.configuration for addon in fitting(DEFAULT, nodes=False)} == {
        "vpc-cni": {},
        "kube-proxy": {},
        "coredns": {"computeType": "Fargate"},
        "metrics-server": {},
    }
