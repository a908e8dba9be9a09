"""YAML as Kubernetes reads it; tests/sandbox asks kubectl about the same documents."""

import pytest

from components.documents import documents
from tests.unit.components.yamls import READ, UNREADABLE

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("text", "value"), [pytest.param(text, value, id=text) for text, value in READ])
def test_a_value_is_read_as_kubernetes_reads_it(text: str, value: object) -> None:
    (found,) = documents(f"it: {text}")
    assert found == {"it": value}
    assert type(found["it"]) is type(value)


@pytest.mark.parametrize(
    ("text", "key"), [("on", "true"), ("No", "false"), ("y", "true"), ("1", "1"), ("1.5", "1.5"), ("'on'", "on")]
)
def test_a_key_is_text(text: str, key: str) -> None:
    assert documents(f"{text}: a") == [{key: "a"}]


def test_a_merged_mapping_gives_way_to_the_mapping_s_own_keys() -> None:
    (found,) = documents("a: &a {x: 1, y: 2}\nb: {x: 3, <<: *a}\nc: *a\n")
    assert found["b"] == {"x": 3, "true": 2}
    assert found["c"] == {"x": 1, "true": 2}


def test_documents_come_one_after_the_other() -> None:
    assert documents("a: 1\n---\n---\nb: 2\n") == [{"a": 1}, None, {"b": 2}]


@pytest.mark.parametrize(("text", "told"), [pytest.param(text, told, id=text) for text, told in UNREADABLE])
def test_what_kubernetes_can_t_read_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        documents(text)
