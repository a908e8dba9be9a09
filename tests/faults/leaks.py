"""Secret values in texts where they may not be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping


def leaks(values: Mapping[str, str], places: Mapping[str, str]) -> list[str]:
    """Where the values are in plain: each value's source, and the name of each place whose text has it."""
    return [
        f"{source} in {place}"
        for value, source in values.items()
        for place, text in places.items()
        if any(form in text for form in _forms(value))
    ]


def _forms(value: str) -> Iterator[str]:
    """A value as it is, within JSON, and in base64, wherever in a longer text it begins there."""
    yield value
    yield json.dumps(value)[1:-1]
    data = value.encode("latin-1")
    for before in range(3):
        # Three bytes are four characters: those that the bytes around the value have a part in are left out.
        whole = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        yield whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
