"""One fleet with Karmada for all tests of this folder; it is made as `make up ENGINE=karmada` makes it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.app import App, made
from tests.sandbox.fleet.live import Fleet, free_port
from tests.sandbox.karmada.clusters import CLUSTERS, a_year_ago


@pytest.fixture(scope="session")
def karmada() -> Generator[Fleet, None, None]:
    """Two clusters that Karmada federates, in production: the host has nodes in three zones.

    Its certificates are of last year. The last test of the folder takes the fleet down.
    """
    with fresh(state_once=True) as checkout:
        fleet = Fleet(checkout)
        fleet.configure(
            karmada={"chart": ".sandbox/charts/karmada", "port": free_port(), "failover": True},
            clusters=CLUSTERS,
        )
        a_year_ago(fleet)
        checkout.sandbox("up", "--engine", "karmada", timeout=1800)
        yield fleet


@pytest.fixture(scope="session")
def shop(karmada: Fleet) -> App:
    """A program on the fleet, whose namespace is `shop`. It goes with the fleet."""
    return made(karmada, "shop")
