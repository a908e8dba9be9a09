"""A chart's values: the merge of values, and checks against the chart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from ..documents import fields

if TYPE_CHECKING:
    from .archive import Archive

Values = Mapping[str, Any]
Path = tuple["str | int", ...]

TELLING = frozenset({"additionalProperties", "dependentRequired", "required", "propertyNames", "dependencies"})
"""Rules of JSON schema whose messages have keys, and no values."""


def merged(under: Values, over: Values) -> dict[str, Any]:
    """Values merged with others, as Helm does: maps key by key, anything else is replaced.

    A null stays null, which removes the chart's own default.
    """
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(fields(below), fields(value)) if both else value
    return result


def coalesced(chart: Values, given: Values) -> dict[str, Any]:
    """The values that a chart's templates read: the defaults merged with the given values, without nulls."""
    return _without_nulls(merged(chart, given))


def _without_nulls(values: Values) -> dict[str, Any]:
    return {
        key: _without_nulls(fields(value)) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def unknown(archive: Archive, values: Values) -> list[str]:
    """The top-level keys of the values that the chart doesn't read; empty for a chart that may read any."""
    known = archive.keys
    return [] if known is None else [key for key in values if key not in known]


def refused(archive: Archive, values: Values) -> Iterator[tuple[Path, Any, str]]:
    """The values that the schema of the chart, or of a contained chart, refuses: path, value and rule."""
    whole = coalesced(archive.values, values)
    if archive.schema is not None:
        yield from _errors(archive.schema, whole)
    for chart in archive.enabled(whole):
        key = archive.alias(chart)
        own = {**fields(whole.get(key)), **({"global": whole["global"]} if "global" in whole else {})}
        yield from (((key, *path), value, rule) for path, value, rule in refused(chart, own))


def _errors(schema: Mapping[str, Any], values: Values) -> Iterator[tuple[Path, Any, str]]:
    # Imported here, because the import takes a tenth of a second, and few charts have a schema.
    from jsonschema import exceptions, validators

    kind: Any = validators.validator_for(schema, default=validators.Draft7Validator)
    best_match: Any = cast(Any, exceptions).best_match
    try:
        found: list[Any] = [*kind(schema).iter_errors(values)]
    except Exception:  # The schema is invalid, or refers to other URLs. Helm checks it itself.
        return
    for error in sorted(found, key=lambda error: [str(part) for part in error.absolute_path]):
        deepest = best_match([error])
        rule = deepest.validator
        text = deepest.message if rule in TELLING else f"{rule}: {_shown(deepest.validator_value)}"
        yield (*deepest.absolute_path,), deepest.instance, text


def _shown(rule: Any) -> str:
    return rule if isinstance(rule, str) else json.dumps(rule, default=str)
