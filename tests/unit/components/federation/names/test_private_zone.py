"""A private zone in the fleet's VPCs."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.federation import PrivateZone, PrivateZoneArgs
from tests.unit.components.federation.names.test_global_name import engine
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

ASSOCIATION = "aws:route53/zoneAssociation:ZoneAssociation"
CLUSTERS = {
    "fleet-1": {"region": "eu-west-1", "vpcId": "vpc-1", "kubeconfig": "secret"},
    "fleet-2": {"region": "eu-west-3", "vpcId": "vpc-2", "kubeconfig": "secret"},
}


def declare(engine: Engine, clusters: Any = CLUSTERS, **given: Any) -> dict[str, Any]:
    def program() -> None:
        args = PrivateZoneArgs(zone="fleet.internal", clusters=pulumi.Output.from_input(clusters), **given)
        PrivateZone("internal", args)

    run(program, engine)
    return {name: one.inputs for name, one in engine[ASSOCIATION].items()}


def test_each_cluster_s_vpc_is_associated_in_its_region() -> None:
    account = engine()
    assert declare(account) == {
        "internal-fleet-1": {"zoneId": "Z1", "vpcId": "vpc-1", "vpcRegion": "eu-west-1"},
        "internal-fleet-2": {"zoneId": "Z1", "vpcId": "vpc-2", "vpcRegion": "eu-west-3"},
    }
    (asked,) = [call.args for call in account.asked if call.token == "aws:route53/getZone:getZone"]
    assert asked == {"name": "fleet.internal", "privateZone": True}


def test_a_vpc_that_the_zone_has_is_left_out_and_one_of_two_clusters_is_taken_once() -> None:
    shared = {**CLUSTERS, "fleet-3": {"region": "eu-west-3", "vpcId": "vpc-2"}}
    assert declare(engine(), shared, without=["fleet-1"]).keys() == {"internal-fleet-2"}


def test_a_cluster_that_is_not_there_ends_the_update() -> None:
    told = "^PrivateZone internal: without: fleet-9 is no cluster of the fleet, which has fleet-1, fleet-2; take one of"
    with pytest.raises(pulumi.RunError, match=told):
        declare(engine(), without=["fleet-9"])
