"""Reproducible random numbers: each change draws from a seed of its own, so a replay creates the same identifiers."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from moto.moto_api._internal import mock_random

_salt = ""


def begin(salt: str) -> None:
    """Use `salt`, the account's secret, for all later draws."""
    global _salt
    _salt = salt


@contextlib.contextmanager
def drawn(purpose: str) -> Generator[None]:
    """Draw the numbers for `purpose`. The same salt and purpose give the same numbers, whatever was drawn before."""
    before = mock_random.getstate()
    mock_random.seed(f"{_salt}/{purpose}")
    try:
        yield
    finally:
        mock_random.setstate(before)


def uuid() -> str:
    """A random UUID."""
    return str(mock_random.uuid4())


def letters(length: int, alphabet: str = "0123456789abcdef") -> str:
    """A text of `length` random characters of `alphabet`."""
    return "".join(mock_random.choices(alphabet, k=length))
