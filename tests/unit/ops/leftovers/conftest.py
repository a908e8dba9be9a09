"""An account for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.ops.leftovers.aws import Account, account


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with account(monkeypatch) as made:
        yield made
