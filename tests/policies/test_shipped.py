"""The pack on the fleets that ship, and on their variants: nothing to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.pack import RULES
from policies.rule import Level
from tests.policies.fleets import FLEETS, Previews, Report
from tests.policies.replay import judged
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.production.test_existing_vpc import Office

pytestmark = pytest.mark.policies


@pytest.mark.parametrize("fleet", FLEETS)
def test_nothing_is_wrong_with_a_fleet_as_it_ships(whole: Callable[[str], Report], fleet: str) -> None:
    report = whole(fleet)
    assert report.violations == set()
    assert report.code == 0, report.text
    judges = {type_ for rule in RULES for type_ in rule.types}
    seen = {request.type for request in report.requests if hasattr(request, "type")}
    assert len(judges & seen) > 30, "the pack was asked"


def test_asked_again_without_the_engine_the_pack_says_the_same(whole: Callable[[str], Report]) -> None:
    assert judged(whole("one").requests) == set()


def test_nothing_is_wrong_with_a_cluster_in_a_vpc_that_is_there_already(engine: Previews) -> None:
    """Its network is nothing of the stack's, and no rule holds that against it."""
    office = Office(Fleet(engine.checkout))
    try:
        report = engine.preview("one", settings={"clusters": office.clusters()})
        assert (report.code, report.violations) == (0, set()), report.text
    finally:
        office.remove()


def test_a_cluster_is_unprotected_with_the_settings_consent(engine: Previews) -> None:
    """For one region, and for all; the clusters that remain are looked at."""
    own = {"region": "eu-west-1", "controlPlane": {"deletionProtection": False}}
    report = engine.preview("one", settings={"clusters": [own]})
    assert report.violations == set()


def test_whom_the_settings_list_may_administer_a_cluster(engine: Previews) -> None:
    principals = [{"arn": "arn:aws:iam::123456789012:role/deployer", "policy": "cluster-admin"}]
    assert engine.preview("one", settings={"access": {"principals": principals}}).violations == set()


def test_configuration_that_a_rule_has_not_got_is_refused_by_the_engine(engine: Previews) -> None:
    report = engine.preview("one", config={"vpc-zones": {"zones": "three"}})
    assert report.code != 0
    assert "vpc-zones: zones: Invalid type. Expected: integer, given: string" in report.text


def test_a_rule_is_turned_off_and_its_level_is_changed(engine: Previews) -> None:
    config = {"vpc-dns": "disabled", "log-retention": {"days": 365, "enforcementLevel": "advisory"}}
    report = engine.preview("one", broken=["vpc-dns"], config=config)
    assert report.levels == {"log-retention": "advisory"}
    assert report.code == 0, "an advice stops nothing"


def test_what_is_not_mandatory_says_why() -> None:
    assert all(bool(rule.reason) == (rule.level is not Level.MANDATORY) for rule in RULES)
