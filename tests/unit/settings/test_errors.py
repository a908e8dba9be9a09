"""Errors of unknown keys, of former ones, and of values of a wrong type."""

from typing import Any

import pytest

from settings import SettingsError
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    ("no clusters key", {}, r"federated-eks:clusters: is not set; list the regions, \[{region: eu-west-1}\]"),
    ("clusters is text", {"clusters": "eu-west-1"}, r"clusters: eu-west-1 is not a list; write a list"),
    (
        "a cluster is text",
        {"clusters": ["eu-west-1"]},
        r"clusters\[0\]: eu-west-1 is not a group of keys and values; set",
    ),
    (
        "the addresses of old",
        {"clusters": TWO, "network": {"addressQuota": 6}},
        r"network.addressQuota: is not a setting any more; Service Quotas has the quota; set quotas.L-0263D0A3",
    ),
    (
        "a cluster's addresses of old",
        {"clusters": [{"region": "eu-west-1", "network": {"addressQuota": 6}}]},
        r"clusters\[0\].network.addressQuota: is not a setting any more; Service Quotas has the quota",
    ),
    (
        "a cluster's key that isn't known",
        {"clusters": [{"region": "eu-west-1", "zone": "a"}]},
        r"clusters\[0\].zone: is not a setting; the known keys there are addons, cidr, .*endpoint, ",
    ),
    (
        "an unknown key",
        {"clusters": TWO, "regions": TWO},
        r"regions: is not a setting; .* are access, addons, .*bastion, .*charts, clusters, ",
    ),
    (
        "an unknown key of a section",
        {"clusters": TWO, "nodeGroups": [{"size": 3}]},
        r"nodeGroups\[0\].size: is not a setting; .* min",
    ),
    (
        "the peerings of old",
        {"clusters": TWO, "peering": {"quota": 60}},
        r"peering.quota: is not a setting any more; Service Quotas has the quota; set quotas.L-7E9ECCDB",
    ),
    (
        "a type mismatch",
        {"clusters": TWO, "nodeGroups": [{"min": "few"}]},
        r"nodeGroups\[0\].min: few is not a whole number; set 0 or more$",
    ),
    (
        "a section that is text",
        {"clusters": TWO, "bastion": "t3.micro"},
        r"bastion: t3.micro is not a group of keys and values; set",
    ),
    (
        "the one node group of old",
        {"clusters": TWO, "nodes": {"min": 1}},
        r"nodes: is not a setting any more; list node groups, nodeGroups: ",
    ),
    (
        "a cluster's one node group of old",
        {"clusters": [{"region": "eu-west-1", "nodes": {}}]},
        r"clusters\[0\].nodes: is not a setting any more; list node groups",
    ),
    (
        "tags that are a list",
        {"clusters": TWO, "tags": ["a"]},
        r'tags: \["a"\] is not a group of keys and values; write',
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_several_bad_settings_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"clusters": TWO, "nod": 1, "bastion": {"cidr": "x"}})
    assert len(str(caught.value).splitlines()) == 2
