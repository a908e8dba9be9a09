"""Values of charts: merged as Helm does, and judged by the chart's own files."""

from typing import Any

import pytest

from components.software import values
from components.software.archive import Archive, from_archive
from tests.unit.components.software.served import archive, files

pytestmark = pytest.mark.unit


def chart(*templates: str, **more: Any) -> Archive:
    """A chart with these templates."""
    texts = {f"templates/{number}.yaml": text for number, text in enumerate(templates)}
    return from_archive(archive("web", files("web", "1.2.3", **{"more": {**texts, **more.pop("more", {})}, **more})))


@pytest.mark.parametrize(
    ("under", "over", "result"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {"b": None}}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_maps_are_merged_and_all_else_is_replaced(under: Any, over: Any, result: Any) -> None:
    assert values.merged(under, over) == result


def test_a_null_takes_the_chart_s_default_away() -> None:
    assert values.coalesced({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}) == {"a": {"c": 2}}


def test_a_key_is_known_by_the_values_the_schema_a_template_or_a_chart_within() -> None:
    within = {f"charts/db/{path}": text for path, text in files("db", "1.0.0").items()}
    made = chart(
        '{{ .Values.used }} {{ $.Values.root }} {{ index .Values "in-dex" }}',
        values={"plain": 1},
        schema={"properties": {"typed": {}}},
        more=within,
        dependencies=[{"name": "db", "alias": "store", "condition": "store.enabled,stores.on"}],
    )
    known = ("plain", "used", "root", "in-dex", "typed", "store", "stores", "global", "tags")
    assert values.unknown(made, dict.fromkeys(known)) == []
    assert values.unknown(made, {"plian": 1}) == ["plian"]


@pytest.mark.parametrize("template", ["{{ range .Values }}", "{{ toYaml $.Values }}", '{{ dict "Values" .Values }}'])
def test_a_chart_that_reads_all_values_knows_any_key(template: str) -> None:
    assert values.unknown(chart(template), {"anything": 1}) == []


def test_a_library_s_templates_read_the_values_of_the_chart_that_it_is_in() -> None:
    def with_(type_: str) -> Archive:
        inner = files("common", "1.0.0", more={"templates/_.tpl": "{{ .Values.lent }}"}, type=type_)
        return chart(more={f"charts/common/{path}": text for path, text in inner.items()})

    assert values.unknown(with_("library"), {"lent": 1}) == []
    assert values.unknown(with_("application"), {"lent": 1}) == ["lent"]


SCHEMA = {
    "type": "object",
    "properties": {
        "replicas": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["a", "b"]},
        "deep": {"type": "object"},
    },
    "required": ["replicas"],
}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"replicas": 2, "mode": "a"}, []),
        ({}, []),
        ({"replicas": "two"}, [(("replicas",), "two", "type: integer")]),
        ({"replicas": 0}, [(("replicas",), 0, "minimum: 1")]),
        ({"mode": "c"}, [(("mode",), "c", 'enum: ["a", "b"]')]),
        ({"replicas": None}, [((), {"mode": "a"}, "'replicas' is a required property")]),
    ],
)
def test_the_schema_judges_the_values_over_the_defaults(given: Any, found: Any) -> None:
    made = chart(values={"replicas": 1, "mode": "a"}, schema=SCHEMA)
    assert [*values.refused(made, given)] == found


def test_the_schema_of_a_chart_within_judges_its_values() -> None:
    inner = {f"charts/db/{path}": text for path, text in files("db", "1.0.0", schema=SCHEMA).items()}
    made = chart(more=inner, dependencies=[{"name": "db", "alias": "store", "condition": "store.enabled"}])
    assert [*values.refused(made, {"store": {"replicas": "x"}})] == [(("store", "replicas"), "x", "type: integer")]
    assert [*values.refused(made, {"store": {"enabled": False, "replicas": "x"}})] == []


def test_a_schema_that_refers_elsewhere_is_left_to_helm() -> None:
    made = chart(schema={"$ref": "https://example.invalid/schema.json"})
    assert [*values.refused(made, {"a": 1})] == []
