"""Random numbers that come again: each change draws its own from a seed, so a replay makes the same identifiers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

_salt = ""


def begin(salt: str) -> None:
    """Take `salt` (the account's own secret) for all that is drawn from here on."""
    global _salt
    _salt = salt


@contextlib.contextmanager
def drawn(purpose: str) -> Iterator[None]:
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


def install() -> None:
    """Make what moto puts into a region (default VPC, zones' subnets) independent of when the region is first used."""
    original = AccountSpecificBackend.__getitem__

    def get(backends: Any, region: str) -> Any:
        if region in dict.keys(backends):
            return original(backends, region)
        with drawn(f"{backends.service_name}/{backends.account_id}/{region}"):
            return original(backends, region)

    AccountSpecificBackend.__getitem__ = get
