"""Texts that look like something else, as Pulumi passes them, and texts in place of lists and objects."""

import json
from typing import Any

import pytest

import settings
from settings import Settings, SettingsError
from tests.unit.settings.parse import TWO

pytestmark = pytest.mark.unit

LOOKALIKES = ("[platform] Fleet team", "{fleet}", "[]", "{}", "[1]", '["a"]', "12", "1.5", "true", "null", "2024-01-01")
"""Texts that read as JSON, as numbers, as dates, or that begin like a list."""


def pulumi(**values: str) -> Settings:
    """Parse settings with these texts, exactly as Pulumi's engine passes them: decrypted where they are secure."""
    passed = {f"federated-eks:{key}": text for key, text in values.items()}
    return settings.parse({"federated-eks:clusters": json.dumps(TWO), **passed})


def message(**values: str) -> str:
    with pytest.raises(SettingsError) as caught:
        pulumi(**values)
    return str(caught.value)


@pytest.mark.parametrize("text", [text for text in LOOKALIKES if text[0] not in "[{"])
def test_a_text_that_looks_like_something_else_is_the_text(text: str) -> None:
    read = pulumi(owner=text, environment=text, costCentre=text)
    assert (read.owner, read.environment, read.cost_centre) == (text, text, text)


@pytest.mark.parametrize("text", [text for text in LOOKALIKES if text[0] in "[{"])
@pytest.mark.parametrize("key", ["owner", "environment", "costCentre", "name", "host", "kubernetesVersion", "supernet"])
def test_a_text_that_begins_like_a_list_is_refused_as_the_text_that_it_is(key: str, text: str) -> None:
    assert message(**{key: text}).startswith(f"federated-eks:{key}: {text} ")


def test_a_text_within_an_object_is_the_text() -> None:
    read = pulumi(labels=json.dumps({"team": "12", "since": "2024-01-01", "on": "true"}))
    assert read.labels == {"team": "12", "since": "2024-01-01", "on": "true"}


def test_an_empty_text_is_a_setting_that_is_left_out() -> None:
    assert pulumi(owner="", nodeGroups="") == pulumi()


@pytest.mark.parametrize("text", ['{"enabled": true', "[", "{", "enabled", "true", "12", "null", '"enabled"', "[1] x"])
@pytest.mark.parametrize("key", ["bastion", "nodeGroups", "tags"])
def test_a_text_in_place_of_an_object_or_a_list_is_told_as_one(key: str, text: str) -> None:
    assert message(**{key: text}).startswith(f"federated-eks:{key}: {text} is not ")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kubernetesVersion": "1.3"}, 'kubernetesVersion: 1.3 is no version .*; .* put it in quotes, "1.30"'),
        ({"clusters": '[{"region": "eu-west-1", "kubernetesVersion": 1.3}]'}, r"Version: 1.3 .* put it in quotes"),
        ({"tags": '{"team": 42}'}, r'tags.team: 42 is a number and no text; put it in quotes, "42"$'),
        ({"tags": '{"team": true}'}, r'tags.team: true is no text; put it in quotes, "true"$'),
        ({"tags": '{"team": null}'}, r"tags.team: is empty; set it, or leave the key out$"),
    ],
)
def test_a_number_in_place_of_a_text_is_refused_because_yaml_has_changed_it(values: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        pulumi(**values)
