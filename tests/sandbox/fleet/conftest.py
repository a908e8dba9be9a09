"""One fleet for all tests of a fleet that is up; it is made as `make up` makes it."""

from collections.abc import Generator

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet


@pytest.fixture(scope="session")
def live_fleet() -> Generator[Fleet, None, None]:
    """The fleet of Pulumi.sandbox.yaml: two regions. Tests leave it as they found it."""
    with fresh(state_once=True) as checkout:
        (checkout.paths.log / "make-up.txt").write_text(checkout.sandbox("up").stdout)
        yield Fleet(checkout)
