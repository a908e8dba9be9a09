"""Guesses at the known key or word that an unknown one was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Place = tuple[int | str, ...]
"""Keys, and numbers of list entries, from the stack's settings down to a value."""


def near(value: str, known: Iterable[str]) -> str | None:
    """The known word that `value` probably means, whatever its case and separators; None without a guess."""
    by_form = {_form(word): word for word in known}
    matches = get_close_matches(_form(value), by_form, n=1, cutoff=0.75)
    # A word that begins only one known word is taken for it: retention, for instance, for retentionDays.
    parts = [word for form, word in by_form.items() if len(_form(value)) > 3 and form.startswith(_form(value))]
    return by_form[matches[0]] if matches else parts[0] if len(parts) == 1 else None


def same(value: str, known: Iterable[str]) -> str | None:
    """The known word that differs from `value` only by case, spaces and separators; None if there is none."""
    return next((word for word in known if _form(word) == _form(value)), None)


def _form(word: str) -> str:
    return re.sub(r"[\W_]+", "", word).casefold()


def fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """A group's settings by their keys."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def group(annotation: Any) -> type[BaseModel] | None:
    """The group that a setting is, or is a list of; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(group, get_args(annotation))), None)


def is_structured(annotation: Any) -> bool:
    """Whether a setting is an object or a list."""
    if get_origin(annotation) in (tuple, dict) or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return True
    return any(map(is_structured, get_args(annotation)))


def find(section: type[BaseModel], place: Place) -> tuple[type[BaseModel], FieldInfo | None]:
    """The group that a place is in, and the setting there; None for an unknown key or a mapping's entry."""
    field = None
    for key in place:
        if isinstance(key, int):
            continue
        inner = group(field.annotation) if field else section
        if inner is None:
            return section, None
        section, field = inner, fields(inner).get(key)
        if field is None:
            break
    return section, field


def belongs(settings: type[BaseModel], key: str) -> list[str]:
    """The other groups that know a key: `nodeGroups[]`, `network.flowLogs`, ... without a cluster's copies of them."""
    return [*dict.fromkeys(place for place, known in _groups(settings, "") if place and known == key)]


def _groups(section: type[BaseModel], place: str) -> Iterator[tuple[str, str]]:
    for key, field in fields(section).items():
        yield place, key
        inner = group(field.annotation)
        if inner and (not place.startswith("clusters") or key == "vpc"):
            many = "[]" if "tuple" in str(field.annotation) else ""
            yield from _groups(inner, f"{place}.{key}{many}".removeprefix("."))
