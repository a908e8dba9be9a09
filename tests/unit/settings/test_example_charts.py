"""The charts of examples/charts: taken as settings, pinned, and with rights that are narrow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from components import iam
from policies.inputs import Resource, token
from policies.pack import RULES
from policies.rule import Context, ResourceRule
from settings import Settings
from settings.charts import Statement
from tests.unit.settings.example_charts import EXAMPLES, config, documented, registries
from tests.unit.settings.parse import TWO, parse

pytestmark = pytest.mark.unit

INLINE = 10_240
"""The most characters of a role's own policies (IAM user guide, "IAM and AWS STS quotas")."""
READS = ("Describe", "Get", "List")

each_example = pytest.mark.parametrize("example", EXAMPLES)


def settings_of(example: str) -> Settings:
    """The settings of a fleet of two clusters with an example's charts."""
    return parse({"clusters": TWO, **config(example)})


def broken_rules(example: str, allowed: list[str]) -> Iterator[str]:
    """What the policies on charts find in the releases of an example."""
    rules = {rule.id: rule for rule in RULES if isinstance(rule, ResourceRule)}
    for chart in settings_of(example).charts:
        inputs: dict[str, Any] = {"chart": chart.chart, "version": chart.version, "values": chart.values}
        inputs |= {"repositoryOpts": {"repo": chart.repository}}
        release = Resource(token(kubernetes.helm.v3.Release), inputs)
        for id in ("chart-pinned", "image-registry"):
            yield from rules[id].judge(release, Context({"registries": allowed}))


def statements(example: str) -> list[Statement]:
    return [one for chart in settings_of(example).charts if chart.role for one in chart.role.statements]


@each_example
def test_an_example_is_taken_and_keeps_to_the_policies(example: str) -> None:
    assert [*broken_rules(example, registries(example))] == []
    assert [*broken_rules(example, ["registry.example.org"])] != []


@each_example
def test_an_example_s_rights_fit_into_its_role(example: str) -> None:
    document = json.dumps(iam.policy(*(one.document for one in statements(example))), separators=(",", ":"))
    assert len(document) <= INLINE


@each_example
def test_a_right_to_change_something_is_narrowed_by_a_resource_or_a_condition(example: str) -> None:
    for one in statements(example):
        if "*" in one.resources and not one.condition:
            assert [action for action in one.actions if not action.partition(":")[2].startswith(READS)] == []


@each_example
def test_the_page_names_an_example_s_version(example: str) -> None:
    versions = [chart.version for chart in settings_of(example).charts if chart.chart == example]
    assert versions == [documented(example)[1]]
