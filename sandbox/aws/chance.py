"""Random numbers that come again: each change draws its own from a seed, so a replay makes the same identifiers."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from moto.moto_api._internal import mock_random

_salt = ""


def begin(salt: str) -> None:
    """Take `salt` (the account's own secret) for all that is drawn from here on."""
    global _salt
    _salt = salt


@contextlib.contextmanager
def drawn(purpose: str) -> Generator[None]:
    """Draw the numbers for `purpose`: the same ones for the same salt and purpose, whatever was drawn before."""
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
    """So many random characters of `alphabet`."""
    return "".join(mock_random.choices(alphabet, k=length))
