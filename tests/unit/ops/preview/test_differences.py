from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.preview import diff
from ops.preview.differences import below, differences, value_at
from ops.preview.model import ABSENT, Change
from ops.preview.secrets import UNKNOWN

pytestmark = pytest.mark.unit

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


def changes(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.old, one.new) for one in differences(old, new)]


@given(OBJECTS)
def test_nothing_differs_from_itself(value: dict[str, Any]) -> None:
    assert changes(value, copy.deepcopy(value)) == []


@given(OBJECTS, OBJECTS)
def test_each_difference_is_what_stands_there_in_the_old_or_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    for path, was, becomes in changes(old, new):
        assert was is ABSENT or becomes is ABSENT or type(was) is not type(becomes) or was != becomes
        for side, value in ((old, was), (new, becomes)):
            if value is not ABSENT and "[" not in path:
                assert value_at(side, path) == value


@given(st.text(min_size=1, max_size=8), VALUES)
def test_a_key_is_found_again_by_its_path(key: str, value: Any) -> None:
    assert value_at({"a": {key: value}}, below("a", key)) == value


def test_only_differences_are_found_at_any_depth() -> None:
    old = {"a": {"b": [1, 2], "c": 1}, "d": True}
    new = {"a": {"b": [1, 3], "c": 1}, "d": 1, "e": {}}
    assert changes(old, new) == [("a.b", [1, 2], [1, 3]), ("d", True, 1), ("e", ABSENT, {})]


def test_an_item_put_in_front_does_not_make_the_others_differ() -> None:
    rules = [{"description": f"a rather long description of rule {place}", "port": place} for place in range(4)]
    changed = [{**rules[3], "port": 33}]
    assert changes({"rules": rules}, {"rules": [{"x": "y" * 80}, *rules[:3], *changed]}) == [
        ("rules[0].x", ABSENT, "y" * 80),
        ("rules[4].port", 3, 33),
    ]


def test_a_key_with_dots_stands_in_quotes() -> None:
    assert below("tags", "kubernetes.io/role") == 'tags["kubernetes.io/role"]'
    assert value_at({"tags": {"kubernetes.io/role": 1}}, 'tags["kubernetes.io/role"]') == 1
    assert value_at({"a": [{"b": 2}]}, "a[0].b") == 2
    assert value_at({"a": []}, "a[0].b") is ABSENT


def lines(*changes: Change, width: int | None = 40) -> list[str]:
    return list(diff.lines(changes, width))


def test_of_a_long_value_the_part_that_differs_is_shown() -> None:
    same = "x" * 500
    old, new = lines(Change(path="p", old=same + "a" + same, new=same + "b" + same))
    assert "xa" in old and "xb" in new and len(old) < 80 and old.endswith("(1003 characters)")


def test_a_text_is_compared_by_line() -> None:
    text = "".join(f"line {place}\n" for place in range(9))
    assert lines(Change(path="p", old=text, new=text.replace("line 4", "line four"))) == [
        "  p:",
        "  ...",
        "    line 2",
        "    line 3",
        "-   line 4",
        "+   line four",
        "    line 5",
        "    line 6",
    ]


def test_what_is_not_known_yet_and_what_is_secret_are_no_values() -> None:
    assert lines(Change(path="p", old="[secret]", new={"a": [UNKNOWN]}), width=None) == [
        "- p: [secret]",
        "+ p: {a: [(known after the update)]}",
    ]


def test_a_change_without_a_visible_value_still_has_a_line() -> None:
    assert lines(Change(path="p", old="[secret]", new="[secret]")) == ["! p: changes, and is not shown"]
    assert lines(Change(path="tagsAll.a")) == ["! tagsAll.a: changes, set by the provider"]


def test_no_key_and_no_value_makes_a_line_of_its_own() -> None:
    assert lines(Change(path='tags["a\n+ b"]', new="c\n- d"), width=None) == ['+ tags["a + b"]: "c\\n- d"']
    text = lines(Change(path="p", old="one\ntwo", new="one\n+ two\n"))
    assert text == ["  p:", "  ...", "    one", "-   two", "+   + two"]
