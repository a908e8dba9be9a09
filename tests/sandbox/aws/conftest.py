"""One sandbox for each module of tests: moto keeps its state in the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sandbox.aws import service_quotas
from tests.sandbox.aws.account import Account


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """Regions without Amazon's 1300 machine images, quick updates, access entries that count at once, room for all."""
    with pytest.MonkeyPatch.context() as patch:
        for code in (service_quotas.VPCS, service_quotas.GATEWAYS, service_quotas.ADDRESSES):
            patch.setitem(service_quotas.GRANTED, code, 1000)
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.setattr("sandbox.aws.eks.moves.TAKES", timedelta(seconds=0.1))
        # Below zero, because some tests sign in at a time before the entry's.
        patch.setattr("sandbox.aws.eks.access_entries.COUNTS_AFTER", timedelta(days=-1))
        yield


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in a running sandbox."""
    account = Account(tmp_path_factory.mktemp("project"))
    yield account
    account.stop()


@pytest.fixture(autouse=True)
def _let_go(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails while it holds the control planes back holds back no other."""
    yield
    if "aws" in request.fixturenames:
        planes = request.getfixturevalue("aws").planes
        planes.held = planes.silent = False
