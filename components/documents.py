"""Manifests, read as Kubernetes reads them and not as PyYAML does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import yaml

SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader if it is available, because an operator's CRDs are hundreds of kilobytes."""

BOOLEANS = {
    **dict.fromkeys(("y", "yes", "on", "true"), True),
    **dict.fromkeys(("n", "no", "off", "false"), False),
}
"""The values by word in lower case. Kubernetes also accepts capitalized words, and words in capitals."""

WORDS = "|".join(form for word in BOOLEANS for form in (word, word.capitalize(), word.upper()))


class Loader(SAFE):
    """A loader of YAML as Kubernetes reads it: `y` is true, `1:30` and dates are text, `1e3` is a number.

    The rules are those of go-yaml v2 (resolve.go). Each key is text by the rules of sigs.k8s.io/yaml: the key `on` is
    "true".
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # PyYAML's own name

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """Return a mapping whose keys are text."""
        self.flatten_mapping(node)
        return {self.key(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def key(self, node: yaml.Node) -> str:
        """Return a key's text. Raise yaml.MarkedYAMLError for a key without text, for example a list."""
        value: Any = self.construct_object(node, deep=True)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int):
            return str(value)
        if isinstance(value, float):
            return f"{value:g}"
        raise yaml.MarkedYAMLError(problem=f"a key is a {cast(Any, node).id} and no text", problem_mark=node.start_mark)

    def check_distinct(self, node: yaml.Node) -> None:
        """Raise yaml.MarkedYAMLError for a duplicate key, of which Kubernetes would silently drop one."""
        seen: set[int] = set()
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if id(node) in seen or isinstance(node, yaml.ScalarNode):
                continue
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                self._check_keys(node)
                waiting.extend(value for _, value in node.value)
            else:
                waiting.extend(cast(Any, node).value)

    def _check_keys(self, node: yaml.MappingNode) -> None:
        keys: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.key(key_node)
            if key in keys:
                raise yaml.MarkedYAMLError(problem=f"the key {key} comes twice", problem_mark=key_node.start_mark)
            keys.add(key)


def documents(text: str) -> list[Any]:
    """Return the documents of a manifest. Raise ValueError, with the line, for invalid YAML."""
    loader: Any = Loader(text)
    found: list[Any] = []
    try:
        while loader.check_node():
            node = loader.get_node()
            loader.check_distinct(node)
            found.append(loader.construct_document(node))
    except yaml.YAMLError as error:
        raise ValueError(_problem(error)) from None
    finally:
        loader.dispose()
    return found


def fields(value: Any) -> Mapping[str, Any]:
    """Return a mapping unchanged, and an empty one for any other value."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """Return a list unchanged, and an empty one for any other value."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()


def _problem(error: yaml.YAMLError) -> str:
    """Return the problem and its line. PyYAML's own text has several lines."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]


def _number(_: Any, node: yaml.ScalarNode) -> int | float:
    text = node.value.replace("_", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    base = 8 if re.fullmatch(r"0[0-7]+", digits) else 0
    return sign * int(digits, base)


def _fraction(_: Any, node: yaml.ScalarNode) -> float:
    text = node.value.lower().replace("_", "")
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _boolean(_: Any, node: yaml.ScalarNode) -> bool:
    return BOOLEANS[node.value.lower()]


def _resolve(kind: str, pattern: str, first: str, constructor: Any) -> None:
    tag = f"tag:yaml.org,2002:{kind}"
    cast(Any, Loader).add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), [*first] or [""])
    cast(Any, Loader).add_constructor(tag, constructor)


# PyYAML selects resolvers by a scalar's first character, and the first match wins: numbers come before fractions.
_resolve("null", "~|null|Null|NULL|", "~nN", SAFE.construct_yaml_null)
cast(Any, Loader).add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_resolve("merge", "<<", "<", SAFE.construct_undefined)
_resolve("bool", WORDS, "yYnNtTfFoO", _boolean)
_resolve(
    "int",
    r"[-+]?_*(?:0|[1-9][0-9_]*|0_*[0-7][0-7_]*|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+)",
    "-+0123456789",
    _number,
)
_resolve(
    "float",
    r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+.0123456789",
    _fraction,
)
cast(Any, Loader).add_constructor("tag:yaml.org,2002:timestamp", SAFE.construct_yaml_str)
