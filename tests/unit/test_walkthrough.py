"""The example's program: its name in a zone of the user's, over all regions and without one."""

from __future__ import annotations

import json
import os
import runpy
from typing import Any
from unittest import mock

import pytest

from components.federation import diagnosis
from components.federation.names import waiting
from tests.unit.engine import PROGRAM, Engine, run

pytestmark = pytest.mark.unit

EXAMPLE = PROGRAM.parent / "examples/walkthrough/__main__.py"
REGIONS = {"federated-eks-1": "eu-west-1", "federated-eks-2": "eu-west-3"}
STANDING = {
    "kubeconfig": json.dumps({"current-context": "federated-eks-1"}),
    "plan": {"host": "eu-west-1", "clusters": [{"name": name, "region": region} for name, region in REGIONS.items()]},
}


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet whose clusters each have a load balancer."""

    def look(_: str, cluster: str, object: Any) -> dict[str, Any]:
        ingress = {"hostname": f"a-1.{REGIONS[cluster]}.elb.amazonaws.com"}
        return {**object, "status": {"loadBalancer": {"ingress": [ingress]}}}

    memberships = [
        {"metadata": {"name": name, "labels": {"topology.kubernetes.io/region": region}}}
        for name, region in REGIONS.items()
    ]
    monkeypatch.setattr(diagnosis, "connect", lambda _, context=None: context)
    monkeypatch.setattr(diagnosis, "listed", lambda _, __: memberships)
    monkeypatch.setattr(waiting, "look", look)


def records(**settings: str) -> dict[str, str]:
    """The names of the example's records by the region whose callers they lead, with these settings of its stack."""
    engine = Engine(standing=STANDING)
    engine.answers["aws:route53/getZone:getZone"] = lambda asked: {"zoneId": "Z1", "name": asked["name"]}
    engine.answers["aws:lb/getHostedZoneId:getHostedZoneId"] = lambda asked: {"id": asked["region"]}
    config = json.dumps({f"federated-eks:{key}": value for key, value in settings.items()})
    with mock.patch.dict(os.environ, PULUMI_CONFIG=config):
        run(lambda: runpy.run_path(str(EXAMPLE), run_name="__main__"), engine)
    found = [record.inputs for record in engine["aws:route53/record:Record"].values()]
    return {record["latencyRoutingPolicies"][0]["region"]: record["name"] for record in found}


def test_without_a_zone_there_is_no_name() -> None:
    assert records() == {}


def test_a_zone_has_a_name_that_leads_to_each_region() -> None:
    assert records(zone="example.com") == dict.fromkeys(REGIONS.values(), "tour.example.com")


def test_a_region_is_taken_out_of_the_name() -> None:
    assert records(zone="example.com", without="eu-west-3") == {"eu-west-1": "tour.example.com"}
