"""The zones that the fleet's networks span: those of new ones, and those of networks that exist."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.network.zones import first_zones
from settings import SettingsError
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

ONE: dict[str, Any] = {"clusters": [{"region": "us-west-1"}]}
SUBNET, NAT, ZONES = "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway", "getAvailabilityZones"


def zones(program: Engine, network: str = "federated-eks-1") -> list[str]:
    """The zones of a network's private subnets."""
    subnets = program[SUBNET]
    numbers = [number for number in (1, 2, 3) if f"{network}-private-{number}" in subnets]
    return [subnets[f"{network}-private-{number}"].inputs["availabilityZone"] for number in numbers]


def again(program: Engine, settings: dict[str, Any], *offered: str) -> Engine:
    """The next update, in which AWS offers these zones."""
    return run_program(settings, Engine(standing={"plan": program.outputs["plan"]}, zones=offered))


def test_a_network_spans_three_zones_or_the_two_that_there_are() -> None:
    assert zones(run_program(ONE)) == ["us-west-1a", "us-west-1b", "us-west-1c"]
    two = run_program(ONE, Engine(zones=("c", "a")))
    assert zones(two) == zones(two, "federated-eks-bastion") == ["us-west-1a", "us-west-1c"]


def test_a_network_spans_two_of_more_zones_if_the_settings_say_so_for_the_fleet_or_a_cluster() -> None:
    assert zones(run_program({**ONE, "network": {"zones": 2}})) == ["us-west-1a", "us-west-1b"]
    clusters = [{"region": "us-west-1"}, {"region": "eu-west-1", "network": {"zones": 2, "nat": "zone"}}]
    program = run_program({"clusters": clusters})
    assert [len(zones(program, f"federated-eks-{name}")) for name in ("bastion", "1", "2")] == [3, 3, 2]
    assert sorted(name for name in program[NAT] if "eks-2" in name) == ["federated-eks-2-nat", "federated-eks-2-nat-2"]


def test_addresses_are_counted_by_the_zones_that_there_are() -> None:
    settings = {**ONE, "network": {"nat": "zone"}}
    assert len(run_program(settings, Engine(zones=("a", "b")))[NAT]) == 4, "and the account has five"
    with pytest.raises(pulumi.RunError, match="Elastic IPs in us-west-1 would be 6"):
        run_program(settings)


@pytest.mark.parametrize("offered", ["abc", "bc", "bcd", "c", "Aabcd"], ids=lambda offered: f"AWS offers {offered}")
def test_a_network_that_exists_stays_in_its_zones_whatever_aws_says_of_them(offered: str) -> None:
    before = run_program(ONE, Engine(zones=("a", "b", "c")))
    after = again(before, ONE, *offered)
    assert [after[SUBNET][name].inputs for name in before[SUBNET]] == [one.inputs for one in before[SUBNET].values()]
    assert {one.ignored for one in after[SUBNET].values()} == {("availabilityZone",)}
    assert not [call for call in after.asked if ZONES in call.token], "nobody is asked"
    assert after.outputs["plan"]["networks"] == before.outputs["plan"]["networks"]


def test_a_network_of_two_zones_stays_so_when_a_third_opens() -> None:
    before = run_program(ONE, Engine(zones=("a", "b")))
    assert zones(again(before, ONE, "a", "b", "c")) == ["us-west-1a", "us-west-1b"]
    assert zones(again(before, {**ONE, "network": {"zones": 2}}, "a", "b", "c")) == ["us-west-1a", "us-west-1b"]


def test_a_region_that_joins_is_asked_of_and_no_other() -> None:
    before = run_program(ONE)
    after = again(before, {"clusters": [*ONE["clusters"], {"region": "eu-west-1"}]}, "d", "e")
    assert zones(after) == ["us-west-1a", "us-west-1b", "us-west-1c"]
    assert zones(after, "federated-eks-2") == ["eu-west-1d", "eu-west-1e"]
    assert len([call for call in after.asked if ZONES in call.token]) == 1


def test_a_bastion_that_moves_gets_zones_of_its_new_region() -> None:
    after = again(run_program(ONE), {**ONE, "bastion": {"region": "eu-west-1"}}, "d", "e")
    assert zones(after, "federated-eks-bastion") == ["eu-west-1d", "eu-west-1e"]
    assert after[SUBNET]["federated-eks-bastion-private-1"].ignored == ()


@pytest.mark.parametrize(("offered", "then"), [(("a", "b"), 3), (("a", "b", "c"), 2)])
def test_another_number_of_zones_for_a_network_that_exists_is_refused(offered: tuple[str, ...], then: int) -> None:
    before = run_program(ONE, Engine(zones=offered))
    text = (
        rf"federated-eks:network.zones: {then} is not the number of zones of bastion's network in us-west-1, which "
        rf"has {len(offered)} \(us-west-1a, us-west-1b.*\), and other subnets would replace .*; leave zones out there, "
    )
    with pytest.raises(SettingsError, match=text):
        again(before, {**ONE, "network": {"zones": then}}, "a", "b", "c")
    for clusters in ([{"region": "us-west-1", "network": {"zones": then}}],):
        with pytest.raises(SettingsError, match=r"of federated-eks-1's network in us-west-1"):
            again(before, {"clusters": clusters}, "a", "b", "c")


def test_too_few_zones_are_refused_with_their_names_before_anything_is_made() -> None:
    engine = Engine(zones=("a", "b"))
    text = r"network.zones: 3 is too many, because us-west-1 offers this account 2 for EKS \(us-west-1a, us-west-1b\); "
    with pytest.raises(pulumi.RunError, match=text):
        run_program({**ONE, "network": {"zones": 3}}, engine)
    assert not [one for one in engine.registered if one.type.startswith("aws:")]
    with pytest.raises(
        pulumi.RunError, match=r"clusters: a cluster needs 2 zones and us-west-1 offers .* 1 for EKS \(a\)"
    ):
        first_zones(["a"], "us-west-1")
