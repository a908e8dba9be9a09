"""Settings of node groups and Fargate profiles."""

from typing import Any

import pytest

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
        "nodes out of order",
        {"clusters": TWO, "nodeGroups": [{"min": 3}]},
        r"nodeGroups\[0\].min 3, desired 2 and max 4 are out of order; set min <= desired <= max",
    ),
    (
        "a disk too small",
        {"clusters": TWO, "nodeGroups": [{"diskGib": 1}]},
        r"nodeGroups\[0\].diskGib: 1 is too small; set 20 to 16384$",
    ),
    (
        "a node group's name",
        {"clusters": TWO, "nodeGroups": [{"name": "Big_Machines"}]},
        r"nodeGroups\[0\].name: Big_Machines can't name .*; use 1 to 12 lower-case",
    ),
    (
        "a node group's name twice",
        {"clusters": TWO, "nodeGroups": [{}, {"max": 9}]},
        r"nodeGroups \(eu-west-1\): name nodes is listed 2 times; give each",
    ),
    (
        "too many node groups",
        {"clusters": TWO, "nodeGroups": [{"name": f"g{number}"} for number in range(31)]},
        r"nodeGroups \(eu-west-1\): 31 are more than EKS's 30 for a cluster; drop some",
    ),
    (
        "no instance type",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": []}]},
        r"nodeGroups\[0\].instanceTypes: \[\] is empty; list one or more",
    ),
    (
        "an instance type that can't be one",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3"]}]},
        r"nodeGroups\[0\].instanceTypes\[0\]: t3 is no instance type; use one like t3.medium$",
    ),
    (
        "an instance type twice",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3.large", "t3.large"]}]},
        r"nodeGroups\[0\].instanceTypes: t3.large, t3.large has one twice; list each once",
    ),
    (
        "two architectures in a group",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3.medium", "t4g.medium"]}]},
        r"nodeGroups\[0\].instanceTypes: t3.medium, t4g.medium are of two architectures.*; make a node group for each",
    ),
    (
        "a label that EKS keeps",
        {"clusters": TWO, "nodeGroups": [{"labels": {"node.kubernetes.io/tier": "gold"}}]},
        r"nodeGroups\[0\].labels: node.kubernetes.io/tier is in a domain that EKS reserves; use none of",
    ),
    (
        "a taint's effect in Kubernetes' words",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NoSchedule"}]}]},
        r"nodeGroups\[0\].taints\[0\].effect: NoSchedule is not one of .*; use NO_SCHEDULE$",
    ),
    (
        "a taint twice",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NO_EXECUTE"}] * 2}]},
        r"nodeGroups\[0\].taints: only with NO_EXECUTE is listed twice; keep one",
    ),
    (
        "a taint's key that EKS doesn't take",
        {
            "clusters": TWO,
            "nodeGroups": [
                {},
                {"name": "own", "taints": [{"key": f"{'a' * 50}.example/{'b' * 10}", "effect": "NO_EXECUTE"}]},
            ],
        },
        r"nodeGroups\[1\].taints\[0\].key: a+.example/b+ has 69 characters, and EKS takes 63 of a node's",
    ),
    (
        "too many taints",
        {
            "clusters": TWO,
            "nodeGroups": [{"taints": [{"key": f"k{number}", "effect": "NO_EXECUTE"} for number in range(51)]}],
        },
        r"nodeGroups\[0\].taints: 51 are more than EKS's 50 for a group; drop some",
    ),
    (
        "more than all nodes out of service",
        {"clusters": TWO, "nodeGroups": [{"maxUnavailable": "120%"}]},
        r"nodeGroups\[0\].maxUnavailable: 120% is neither a number of nodes nor a share of them; set 1 to 100",
    ),
    (
        "a host whose nodes keep pods away",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NO_SCHEDULE"}]}]},
        r"nodeGroups \(eu-west-1\): no group has nodes for any pod.* takes kube-federation-system, where kubefed runs",
    ),
    (
        "a host on Fargate without room for names",
        {
            "clusters": TWO[:1],
            "nodeGroups": [],
            "fargateProfiles": [{"name": "fleet", "selectors": [{"namespace": "kube-federation-system"}]}],
        },
        r"nodeGroups \(eu-west-1\): no group has .* takes kube-system, where coredns runs; add",
    ),
    (
        "a member without room for its add-ons",
        {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3", "nodeGroups": []}]},
        r"nodeGroups \(eu-west-3\): no group has .* takes kube-system, where coredns runs",
    ),
    (
        "a Fargate profile without selectors",
        {"clusters": TWO, "fargateProfiles": [{"name": "jobs", "selectors": []}]},
        r"fargateProfiles\[0\].selectors: 0 are not 1 to 5; make another profile",
    ),
    (
        "a Fargate profile with too many selectors",
        {"clusters": TWO, "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "a"}] * 6}]},
        r"fargateProfiles\[0\].selectors: 6 are not 1 to 5; make another profile",
    ),
    (
        "a selector with too many labels",
        {
            "clusters": TWO,
            "fargateProfiles": [
                {"name": "jobs", "selectors": [{"namespace": "a", "labels": dict.fromkeys("abcdef", "x")}]}
            ],
        },
        r"fargateProfiles\[0\].selectors\[0\].labels: 6 are more than the 5 of a selector; drop some",
    ),
    (
        "too many Fargate profiles",
        {
            "clusters": TWO,
            "fargateProfiles": [{"name": f"p{number}", "selectors": [{"namespace": "a"}]} for number in range(11)],
        },
        r"fargateProfiles \(eu-west-1\): 11 are more than EKS's 10 for a cluster",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
