"""Messages for any value of a setting: they name the key, and have no word of Python's."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

import settings
from settings import Settings, SettingsError
from settings.base import Section

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]
PYTHON = re.compile(
    r"\b(tuple|dict|dictionary|str|int|NoneType|None|True|False|instance of|nan|Traceback|pydantic|Input should"
    r"|valid string|unable to parse|Expecting|object at 0x|Decimal|IPv4Network\b\()\b"
)
"""The words of Python and of its libraries."""

Place = tuple[str | int, ...]


def places(section: type[Section], within: Place = ()) -> Iterator[Place]:
    """Every place at which a value can be given: keys, and the entries of lists and mappings."""
    for name, field in section.model_fields.items():
        yield from _places(field.annotation, (*within, field.alias or name))


def _places(annotation: Any, place: Place) -> Iterator[Place]:
    yield place
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield from places(annotation, place)
    for inner in get_args(annotation):
        if get_origin(annotation) is tuple and inner is not ...:
            yield from _places(inner, (*place, 0))
        elif get_origin(annotation) is dict:
            yield from _places(inner, (*place, "a"))
        elif isinstance(inner, type) or get_origin(inner) is tuple:
            yield from _places(inner, place)


PLACES = sorted({*places(Settings)}, key=str)


def config(place: Place, value: Any) -> dict[str, str]:
    """A stack's configuration with the value at the place."""
    for part in reversed(place[1:]):
        value = [value] if part == 0 else {part: value}
    top = {str(place[0]): value}
    if place[:2] == ("clusters", 0) and isinstance(value, list) and isinstance(value[0], dict):
        value[0].setdefault("region", "eu-west-1")
    passed = {"clusters": [{"region": "eu-west-1"}], **top}
    return {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in passed.items()}


def written(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


TEXTS = st.text("ab1[]{}:,.-/ \n\"'%", max_size=12) | st.sampled_from(["eu-west-1", "1.35", "10.0.0.1/8", "t3.micro"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "region"]), inner),
    max_leaves=4,
)


def test_the_places_reach_every_depth() -> None:
    assert {
        ("clusters", 0, "vpc", "privateSubnetIds", 0),
        ("clusters", 0, "nodeGroups", 0, "taints", 0, "effect"),
        ("nodeGroups", 0, "maxUnavailable"),
        ("access", "podIdentities", 0, "policies", 0),
        ("tags", "a"),
    } <= {*PLACES}


@profile(max_examples=1500, deadline=None)
@given(place=st.sampled_from(PLACES), value=VALUES)
@example(place=("clusters", 0, "number"), value=12)
def test_every_message_names_its_key_and_speaks_no_python(place: Place, value: Any) -> None:
    try:
        settings.parse(config(place, value))
    except SettingsError as error:
        lines = str(error).splitlines()
        # A rule over several keys names a group, or one of the keys alone.
        parents = [written(place[:end]) for end in range(1, len(place) + 1)] + [str(part) for part in place[2:]]
        for line in lines:
            assert re.match(r"federated-eks:[a-zA-Z]+[.: \[(]", line), line
            assert not PYTHON.search(line), line
        assert any(line.startswith(f"federated-eks:{parent}") for line in lines for parent in parents), lines


def raised(file: Path) -> Iterator[tuple[str, bool]]:
    """The texts of the errors that a file raises, and whether each shows a value in Python's own form."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Raise) and node.exc:
            parts = [*ast.walk(node.exc)]
            shows = any(isinstance(part, ast.FormattedValue) and part.conversion == ord("r") for part in parts)
            texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            yield " ".join(texts), shows


@pytest.mark.parametrize("folder", ["settings", "components", "ops"])
def test_no_error_of_the_program_or_its_commands_speaks_python(folder: str) -> None:
    texts = [(file.name, *told) for file in (PROJECT / folder).rglob("*.py") for told in raised(file)]
    assert len(texts) > 10
    assert [(name, text) for name, text, shows in texts if shows or PYTHON.search(text)] == []
