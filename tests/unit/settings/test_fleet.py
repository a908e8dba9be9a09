"""Settings of the whole fleet, and rules over several keys."""

from typing import Any

import pulumi
import pytest

from components.network.zones import Zones
from settings.footprints import footprints
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    in_vpc,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    ("no clusters", {"clusters": []}, r"clusters: \[\] is no fleet; list at least one"),
    (
        "a bastion that can't call a public endpoint",
        {
            "clusters": [{"region": "eu-west-1", "network": {}}],
            "network": {"nat": "none"},
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
        },
        r"network.nat: none leaves bastion no address to call federated-eks-1 from, .*; set nat: one, or "
        r"endpoint.access: private$",
    ),
    (
        "a VPC over the bastion's",
        in_vpc(cidr="172.20.0.0/16"),
        r"clusters \(eu-west-1\): 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion.*choose another range",
    ),
    (
        "a host in a VPC that can't call a public endpoint",
        {
            **in_vpc({"region": "eu-west-3"}),
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
        },
        r"clusters\[0\].vpc.natAddresses: none are listed for federated-eks-1 to call federated-eks-2 from, .*; list "
        r"the public addresses of the VPC's NAT gateways, or set endpoint.access: private$",
    ),
    (
        "one region twice",
        {"clusters": [*TWO, TWO[0]]},
        r"clusters: region eu-west-1 is listed 2 times; .* list it once",
    ),
    (
        "one number twice",
        {"clusters": [{"region": "eu-west-1", "number": 2}, {"region": "eu-west-3"}]},
        r"clusters: number 2 is listed 2 times; give each cluster its own",
    ),
    (
        "one name twice",
        {"clusters": [{"region": "eu-west-1", "name": "a"}, {"region": "eu-west-3", "name": "a"}]},
        r"clusters: name a is listed 2 times; give each cluster a name of its own",
    ),
    (
        "two partitions",
        {"clusters": [{"region": "eu-west-1"}, {"region": "cn-north-1"}]},
        r"clusters: cn-north-1 and eu-west-1 lie in different AWS partitions \(aws, aws-cn\).*make a stack for each",
    ),
    ("a bad fleet name", {"clusters": TWO, "name": "Fleet_1"}, r"name: Fleet_1 can't name a cluster .* lower-case"),
    ("a host without cluster", {"clusters": TWO, "host": "eu-west-2"}, r"host: eu-west-2 has no cluster.*eu-west-1"),
    ("a host that is no region", {"clusters": TWO, "host": "Paris"}, r"host: Paris is not an AWS region"),
    (
        "overlap with the bastion",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.20.128.0/20"}]},
        r"clusters \(eu-west-1\): 172.20.128.0/20 overlaps 172.20.0.0/16 of bastion.*choose another range",
    ),
    (
        "overlap of two clusters",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.22.0.0/16"}, {"region": "eu-west-3"}]},
        r"clusters \(eu-west-3\): 172.22.0.0/16 overlaps 172.22.0.0/16 of clusters \(eu-west-1\)",
    ),
    (
        "services over the bastion",
        {"clusters": TWO, "serviceCidr": "172.20.0.0/16"},
        r"serviceCidr: 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion",
    ),
    (
        "public services",
        {"clusters": TWO, "serviceCidr": "8.8.0.0/16"},
        r"serviceCidr: 8.8.0.0/16 is not a range EKS takes for services; give a /12 to /24",
    ),
    (
        "a supernet too small",
        {"clusters": TWO, "supernet": "172.16.0.0/14"},
        r"clusters: number 2 has no network in supernet 172.16.0.0/14, which holds 0 clusters' .*; set .*10.0.0.0/8",
    ),
    (
        "a fleet too large for the supernet",
        {"clusters": [{"region": "eu-west-1", "number": 12}]},
        r"clusters: number 12 has no network in supernet 172.16.0.0/12, which holds 11 clusters' networks of a /16",
    ),
    (
        "a label's key with a space",
        {"clusters": TWO, "labels": {"my tier": "gold"}},
        r"labels: my tier can't be a label's key in Kubernetes; use 1 to 63 letters, digits, -, _ and ., a letter or "
        r"digit first and last, tier for instance$",
    ),
    *(
        (f"a label's key with the prefix {prefix}", {"clusters": TWO, "labels": {f"{prefix}/tier": "gold"}}, message)
        for prefix, message in (
            ("", r"labels: /tier can't be a label's key"),
            ("Example.org", r"labels: Example.org/tier can't be a label's key"),
            ("a..b", r"labels: a..b/tier can't be a label's key"),
            ("a-.b", r"labels: a-.b/tier can't be a label's key"),
        )
    ),
    (
        "a label's value with a space",
        {"clusters": TWO, "labels": {"tier": "very gold"}},
        r"labels.tier: very gold can't be a label's value in Kubernetes; use up to 63 letters, digits, -, _ and ., a "
        r"letter or digit first and last$",
    ),
    ("a label's value that ends badly", {"clusters": TWO, "labels": {"tier": "gold-"}}, r"labels.tier: gold- can't be"),
    ("a label's value too long", {"clusters": TWO, "labels": {"tier": "g" * 64}}, r"labels.tier: g{64} can't be"),
    (
        "an environment that can't be a label",
        {"clusters": TWO, "environment": "pre prod"},
        r"environment: pre prod can't be a label's value in Kubernetes; use up to 63",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_label_s_key_may_have_a_domain_before_it_and_its_value_may_be_empty() -> None:
    labels = {"example.org/tier": "gold", "zone_1.a-b": "", "a": "1"}
    assert parse({"clusters": TWO, "labels": labels}).labels == labels


@pytest.mark.parametrize(
    ("stack", "label"), [("dev", "dev"), ("feature_" + "x" * 70, "feature_" + "x" * 55), ("a._-", "a")]
)
def test_the_environment_a_cluster_is_labelled_with_is_the_stack_as_far_as_a_label_takes_it(
    monkeypatch: pytest.MonkeyPatch, stack: str, label: str
) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
    settings = parse({"clusters": TWO})
    assert settings.labels_of("eu-west-3")["environment"] == settings.all_tags()["environment"] == label


def test_the_environment_can_be_set() -> None:
    settings = parse({"clusters": TWO, "environment": "prod"})
    assert settings.labels_of("eu-west-3")["environment"] == settings.all_tags()["environment"] == "prod"


def test_a_bastion_that_is_off_has_no_say_in_ranges_partitions_and_quotas() -> None:
    clusters = [{"region": "eu-west-1", "cidr": "172.20.0.0/16"}]
    bastion = {"enabled": False, "region": "cn-north-1", "cidr": "172.20.0.0/20"}
    endpoint = {"clients": {"office": "10.1.0.0/16"}}
    settings = parse({"clusters": clusters, "bastion": bastion, "endpoint": endpoint})
    plan = settings.plan
    assert [one.name for one in footprints(settings, {"federated-eks-1": Zones(names=["a", "b"])})] == [
        "federated-eks-1"
    ]
    assert plan.bastion is None
    assert plan.links == ()
    assert plan.regions == ["eu-west-1"]
