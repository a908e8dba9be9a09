"""Settings of each cluster, and those that it may have of its own."""

from typing import Any

import pytest

from settings.clusters import Cluster, PerCluster
from tests.unit.settings.parse import (
    TWO,
    VPC,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "a range beside a VPC",
        {"clusters": [{"region": "eu-west-1", "vpc": VPC, "cidr": "10.20.0.0/16"}]},
        r"clusters\[0\].cidr is for a VPC that the fleet creates, and vpc names vpc-0123456789abcdef0, .*; drop cidr",
    ),
    (
        "a network beside a VPC",
        {"clusters": [{"region": "eu-west-1", "vpc": VPC, "network": {"nat": "one"}}]},
        r"clusters\[0\].network is for a VPC that the fleet creates, .*; drop network, or vpc$",
    ),
    ("a cluster without region", {"clusters": [{}]}, r"clusters\[0\].region: is not set; set it"),
    (
        "unknown region",
        {"clusters": [*TWO, {"region": "eu-west-9"}]},
        r"clusters\[2\].region: eu-west-9 is not an AWS region; use .*eu-west-1",
    ),
    (
        "number zero",
        {"clusters": [{"region": "eu-west-1", "number": 0}]},
        r"clusters\[0\].number: 0 is too small; set 1 or more$",
    ),
    (
        "a bad cluster name",
        {"clusters": [{"region": "eu-west-1", "name": "eu-"}]},
        r"clusters\[0\].name: eu- can't name a cluster .* no hyphen last",
    ),
    (
        "a range too small",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.0/26"}]},
        r"clusters\[0\].cidr: 172.21.0.0/26 can't be a VPC of 3 private and 3 public subnets; give .* /16 to /24",
    ),
    (
        "a range larger than a VPC",
        {"clusters": [{"region": "eu-west-1", "cidr": "10.0.0.0/8"}]},
        r"clusters\[0\].cidr: 10.0.0.0/8 can't be a VPC",
    ),
    (
        "a range with host bits",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.1/16"}]},
        r"clusters\[0\].cidr: 172.21.0.1/16 has bits set beyond its prefix; use 172.21.0.0/16$",
    ),
    (
        "an odd version",
        {"clusters": TWO, "kubernetesVersion": "latest"},
        r"kubernetesVersion: latest is no version of EKS's; use",
    ),
    (
        "a cluster's label's key",
        {"clusters": [{"region": "eu-west-1", "labels": {"a b": "c"}}]},
        r"clusters\[0\].labels: a b can't be a label's key in Kubernetes; use",
    ),
    (
        "a cluster's label's value",
        {"clusters": [{"region": "eu-west-1", "labels": {"example.org/tier": "a b"}}]},
        r"clusters\[0\].labels.example.org/tier: a b can't be a label's value in Kubernetes; use",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_cluster_can_have_of_its_own_whatever_the_fleet_s_settings_say_of_every_cluster() -> None:
    assert PerCluster.model_fields.keys() <= Cluster.model_fields.keys()
    endpoint = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    own = {"kubernetesVersion": "1.36", "nodeGroups": [{"desired": 3}], "endpoint": endpoint}
    settings = parse(
        {"kubernetesVersion": "1.35", "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3", **own}]}
    )
    first, second = (settings.own(region) for region in ("eu-west-1", "eu-west-3"))
    assert (first.kubernetes_version, first.node_groups[0].desired, first.endpoint.public) == ("1.35", 2, False)
    assert (second.kubernetes_version, second.node_groups[0].desired, second.endpoint.public) == ("1.36", 3, True)
