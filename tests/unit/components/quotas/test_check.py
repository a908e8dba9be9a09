"""The check of the quotas in the whole program: a fleet that does not fit is refused before anything is created."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.quotas.known import ADDRESSES, ON_DEMAND, PEERINGS, ROUTES, VPCS
from settings import SettingsError
from tests.unit.engine import Engine, Held, run_program

pytestmark = pytest.mark.unit

HERE, THERE = "eu-west-1", "eu-west-3"
ONE: dict[str, Any] = {"clusters": [{"region": HERE}]}
TWO: dict[str, Any] = {"clusters": [{"region": HERE}, {"region": THERE}]}
GET_VPCS, GET_EIPS = "aws:ec2/getVpcs:getVpcs", "aws:ec2/getEips:getEips"
GET_INSTANCES, GET_TYPE = "aws:ec2/getInstances:getInstances", "aws:ec2/getInstanceType:getInstanceType"
GET_QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota"
OWN = {"tag:fleet": "federated-eks", "tag:stack": "test"}


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(TWO)


def made(engine: Engine) -> list[str]:
    """Names of the resources, without providers and components, which create nothing by themselves."""
    inert = ("pulumi:providers:", "federated-eks:")
    return [one.name for one in engine.registered if not one.type.startswith(inert)]


def others(function: str, count: int, region: str = HERE) -> dict[str, list[Held]]:
    return {function: [(region, {})] * count}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


ZONES = {"network": {"nat": "zone"}}
LARGE = {"nodeGroups": [{"instanceTypes": ["m5.xlarge"], "desired": 20, "max": 20}]}
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a new account": (
        ONE,
        {"quotas": {}},
        r"^nodeGroups: vCPUs of on-demand nodes in eu-west-1 would be 6 \(bastion 2, federated-eks-1 4\), more than "
        r"the account's quota of 5 \(Running On-Demand Standard .*, L-1216C47A\); set fewer or smaller nodes; or have "
        r"it raised: aws service-quotas request-service-quota-increase --region eu-west-1 --service-code ec2 "
        r"--quota-code L-1216C47A --desired-value 6$",
    ),
    "spot nodes": (
        {**ONE, "nodeGroups": [{}, {"name": "spot", "capacity": "spot", "desired": 3}]},
        {"quotas": {ON_DEMAND.code: 64}},
        r"^nodeGroups: vCPUs of spot nodes in eu-west-1 would be 6 \(federated-eks-1 6\), .* of 5 "
        r"\(All Standard .* L-34B43A08\); .* or capacity: on-demand",
    ),
    "many nodes beside other instances": (
        {**ONE, **LARGE},
        {"held": others(GET_INSTANCES, 1), "quotas": {ON_DEMAND.code: 82}},
        r"^nodeGroups: vCPUs .* would be 83 \(bastion 2, federated-eks-1 80, others at least 1\), .*-value 83$",
    ),
    "addresses": (
        {**ONE, **ZONES},
        {},
        r"^network.nat: Elastic IPs in eu-west-1 would be 6 \(bastion 3, federated-eks-1 3\), more than the account's "
        r"quota of 5 \(EC2-VPC Elastic IPs, L-0263D0A3\); set nat: one, or none; or have it raised: .*-value 6$",
    ),
    "addresses beside others'": (
        ONE,
        {"held": others(GET_EIPS, 9), "quotas": {ON_DEMAND.code: 64, ADDRESSES.code: 10}},
        r"^network.nat: Elastic IPs .* would be 11 \(bastion 1, federated-eks-1 1, others 9\), .* of 10 .*-value 11$",
    ),
    "VPCs beside others'": (
        ONE,
        {"held": others(GET_VPCS, 4)},
        r"^clusters: VPCs in eu-west-1 would be 6 \(bastion 1, federated-eks-1 1, others 4\), more than the account's "
        r"quota of 5 \(VPCs per Region, L-F678F1CE\); set bastion.region to another",
    ),
    "VPCs of another region": (
        TWO,
        {"held": others(GET_VPCS, 5, THERE)},
        r"^clusters: VPCs in eu-west-3 would be 6 \(federated-eks-2 1, others 5\), [^\n]*$",
    ),
    "peerings": (
        {**TWO, "quotas": {PEERINGS.code: 1}},
        {},
        r"(?s)^peering.topology: peerings of a VPC in eu-west-1 would be 2 \(bastion 2\), more than the 1 set in "
        r"quotas \(Active .*, L-7E9ECCDB\); set hub-and-spoke, or list fewer clusters; or have it raised \(and "
        r"quotas.L-7E9ECCDB set to it\): aws .* --service-code "
        r"vpc .* --desired-value 2\npeering.topology: peerings of a VPC in eu-west-3 would be 2 \(fed",
    ),
    "routes": (
        {**TWO, "quotas": {ROUTES.code: 3}},
        {},
        r"^peering.topology: routes in a table in eu-west-1 would be 4 \(bastion 4\), more than the 3 set in quotas "
        r"\(Routes per route table, L-93826ACB\)",
    ),
    "everything at once": (
        {**ONE, **ZONES},
        {"quotas": {}, "held": others(GET_VPCS, 4)},
        r"(?s)^clusters: .*\nnetwork.nat: .*\nnodeGroups: ",
    ),
}

CLIENTS = {"clients": {"office": "10.1.0.0/16"}}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_account_has_no_room_for_is_refused_before_anything_is_made(case: str) -> None:
    config, account, message = REFUSED[case]
    engine = Engine(**account)
    with pytest.raises(pulumi.RunError, match=message):
        run_program(config, engine)
    assert made(engine) == []


@pytest.mark.parametrize(
    ("held", "account"),
    [
        pytest.param({GET_VPCS: [(HERE, {})] * 3}, {}, id="VPCs up to the quota"),
        pytest.param({GET_VPCS: [(HERE, {})] * 3 + [(HERE, OWN)] * 2}, {}, id="its own VPCs"),
        pytest.param({GET_EIPS: [(HERE, {})] * 3 + [(HERE, OWN)] * 2}, {}, id="its own addresses"),
        pytest.param({GET_VPCS: [(HERE, {})] * 8}, {VPCS.code: 10}, id="more VPCs than AWS's default"),
        pytest.param({GET_VPCS: [(THERE, {})] * 9, GET_EIPS: [(THERE, {})] * 9}, {}, id="another region"),
        pytest.param({GET_INSTANCES: [(HERE, OWN)] * 9}, {ON_DEMAND.code: 10}, id="its own nodes"),
        pytest.param(
            {GET_INSTANCES: [(HERE, {"instance-lifecycle": "spot"})] * 9}, {ON_DEMAND.code: 10}, id="others' spot nodes"
        ),
    ],
)
def test_what_fits_is_made(held: dict[str, list[Held]], account: Mapping[str, int]) -> None:
    engine = Engine(held=held)
    engine.quotas |= account
    assert len(run_program(ONE, engine)["aws:ec2/vpc:Vpc"]) == 2


def test_another_stack_of_the_same_fleet_is_another_s() -> None:
    engine = Engine(held={GET_VPCS: [(HERE, {**OWN, "tag:stack": "prod"})] * 4})
    with pytest.raises(pulumi.RunError, match=r"clusters: VPCs in eu-west-1 would be 6 .* others 4"):
        run_program(ONE, engine)


def test_what_is_set_is_not_asked_for() -> None:
    engine = Engine(quotas={}, denied={GET_QUOTA})
    run_program({**ONE, **ZONES, "quotas": {ON_DEMAND.code: 10, ADDRESSES.code: 6}}, engine)
    assert GET_QUOTA not in [call.token for call in engine.asked]


def test_quotas_that_may_not_be_read_are_taken_for_aws_s_defaults_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = Engine(denied={GET_QUOTA})
    with pytest.raises(pulumi.RunError) as refused:
        run_program({**ONE, **ZONES}, engine)
    addresses, nodes = str(refused.value).split("\n")
    assert addresses.endswith(
        ", more than AWS's default of 5 (EC2-VPC Elastic IPs, L-0263D0A3); set nat: one, or none; or, if the account "
        "has more, allow servicequotas:GetServiceQuota, or set quotas.L-0263D0A3 to it"
    )
    assert "more than AWS's default of 5 (Running On-Demand Standard" in nodes
    (said,) = warnings(caplog)
    assert said.startswith(
        "quotas: AWS does not tell EC2-VPC Elastic IPs (L-0263D0A3): AWS's default of 5 is assumed in"
    )
    assert "L-1216C47A): AWS's default of 5 is assumed in eu-west-1 (" in said
    assert "AccessDeniedException" in said


@pytest.mark.parametrize("function", [GET_QUOTA, GET_VPCS, GET_EIPS, GET_INSTANCES, GET_TYPE])
def test_nothing_that_may_not_be_asked_stops_a_fleet_that_fits(caplog: pytest.LogCaptureFixture, function: str) -> None:
    one_node = {"bastion": {"enabled": False}, "endpoint": CLIENTS, "nodeGroups": [{"desired": 1, "max": 2}]}
    program = run_program({**ONE, **one_node}, Engine(denied={function}))
    assert len(program["aws:ec2/vpc:Vpc"]) == 1
    assert len(warnings(caplog)) == 1


def test_groups_that_the_account_has_no_room_to_grow_for_are_made_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    program = run_program(ONE, Engine(quotas={ON_DEMAND.code: 8}))
    assert len(program["aws:eks/nodeGroup:NodeGroup"]) == 1
    assert warnings(caplog) == [
        "nodeGroups: vCPUs of on-demand nodes in eu-west-1 would be 10 (every group at its max), more than the "
        "account's quota of 8 (Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, L-1216C47A), and the "
        "last will not start; lower max; or have it raised: aws service-quotas request-service-quota-increase --region "
        "eu-west-1 --service-code ec2 --quota-code L-1216C47A --desired-value 10"
    ]


def test_a_fleet_asks_little_and_nothing_of_quotas_that_every_account_has_enough_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = run_program(TWO).asked
    counting = (GET_VPCS, GET_EIPS, GET_INSTANCES, GET_TYPE, GET_QUOTA)
    calls = sorted((call.token, call.args.get("quotaCode", "")) for call in asked if call.token in counting)
    each = [(GET_VPCS, ""), (GET_EIPS, ""), (GET_INSTANCES, ""), (GET_QUOTA, ON_DEMAND.code)]
    assert calls == sorted(each * 2 + [(GET_TYPE, "")] * 2)
    assert warnings(caplog) == []


def test_a_fleet_that_may_not_move_asks_nothing(program: Engine) -> None:
    engine = Engine(standing={"plan": program.outputs["plan"]})
    with pytest.raises(SettingsError, match="so it can't move"):
        run_program({**TWO, "host": THERE}, engine)
    assert not [call for call in engine.asked if call.token == GET_VPCS]


def test_every_component_in_aws_waits_for_the_account(program: Engine) -> None:
    outside = {one.name for one in program.registered if not one.parent and one.type.startswith("aws:")}
    assert outside == set(), "what is no component's child would be made whatever the account has"
