"""A chart repository, and a registry."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from components.software import repository
from tests.unit.components.software.served import Server, serving


@pytest.fixture
def server() -> Generator[Server]:
    """A server of this machine, with nothing in it."""
    repository._index.cache_clear()
    with serving() as made:
        yield made
