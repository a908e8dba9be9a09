"""What follows from the settings, and what an update may not move."""

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import plan as planning
from components.enable import Enabled, named
from components.plan import BASTION, Standing
from settings import Settings, SettingsError, check_standing

pytestmark = pytest.mark.unit

NAMES = st.lists(st.integers(1, 60).map("federated-eks-{}".format), unique=True, min_size=1, max_size=20)


def plan_of(*regions: str, **more: Any) -> planning.Plan:
    clusters = [region if isinstance(region, dict) else {"region": region} for region in regions]
    return Settings.model_validate({"clusters": clusters, **more}).plan


def enabled(name: str, **more: Any) -> Enabled:
    return Enabled(name=name, target=None, version=None, crd=None, **more)


PROMETHEUS = enabled("prometheuses.monitoring.coreos.com")


def standing_of(plan: planning.Plan, *types: Enabled) -> Any:
    """The output as Pulumi hands it back, its numbers doubles."""
    output = planning.describe(plan, named(types))
    return output | {"clusters": [c | {"number": float(c["number"])} for c in output["clusters"]]}


@given(NAMES)
def test_hub_and_spoke_peers_bastion_and_host_with_everyone(names: list[str]) -> None:
    host, *members = names
    links = planning.links(host, members, full_mesh=False)
    assert len(links) == len(set(links)) == 2 * len(names) - 1
    assert {frozenset(link) for link in links} == {frozenset((BASTION, name)) for name in names} | {
        frozenset((host, member)) for member in members
    }


@given(NAMES)
def test_a_full_mesh_peers_all_with_all(names: list[str]) -> None:
    links = planning.links(names[0], names[1:], full_mesh=True)
    ends = len(names) + 1
    assert len({frozenset(link) for link in links}) == len(links) == ends * (ends - 1) // 2


@given(NAMES, st.integers(61, 99))
def test_a_cluster_more_only_adds_peerings(names: list[str], number: int) -> None:
    host, *members = names
    before = planning.links(host, members, full_mesh=False)
    after = planning.links(host, [*members, f"federated-eks-{number}"], full_mesh=False)
    assert set(before) < set(after)
    assert len(after) == len(before) + 2


def test_a_region_added_leaves_every_other_s_name_and_range() -> None:
    before, after = plan_of("eu-west-1", "eu-west-3"), plan_of("eu-west-1", "eu-west-3", "us-east-1")
    assert after.clusters[:2] == before.clusters


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-west-1"])
def test_a_region_s_name_tells_its_partition(region: str) -> None:
    expected = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eu": "aws"}
    assert planning.partition(region) == expected[region.rsplit("-", 2)[0]]


def test_the_first_update_has_nothing_to_keep() -> None:
    check_standing(plan_of("eu-west-1"), [PROMETHEUS], None)


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(["eu-west-1", "eu-west-3"], id="the same"),
        pytest.param(["eu-west-1", "eu-west-3", "us-east-1"], id="a region added"),
        pytest.param(["eu-west-1"], id="a member removed"),
        pytest.param(["us-east-1"], id="another fleet altogether"),
    ],
)
def test_an_update_that_moves_nothing_that_stands_passes(then: list[str]) -> None:
    unprotected = plan_of("eu-west-1", "eu-west-3", controlPlane={"deletionProtection": False})
    check_standing(plan_of(*then), [], standing_of(unprotected))


def test_the_host_does_not_go_while_members_remain() -> None:
    with pytest.raises(
        SettingsError,
        match=r"host: kubefed runs in eu-west-1 and its members remain in eu-west-3.*set host: eu-west-1, or destroy",
    ):
        check_standing(plan_of("eu-west-3"), [], standing_of(plan_of("eu-west-1", "eu-west-3")))


def test_the_host_does_not_change_among_clusters_that_remain() -> None:
    with pytest.raises(SettingsError, match="so it can't move to eu-west-3"):
        check_standing(
            plan_of("eu-west-1", "eu-west-3", host="eu-west-3"), [], standing_of(plan_of("eu-west-1", "eu-west-3"))
        )


def test_a_region_put_between_others_is_refused_with_the_number_that_keeps_them() -> None:
    standing = standing_of(plan_of("eu-west-1", "eu-west-3"))
    with pytest.raises(
        SettingsError,
        match=r"federated-eks-2 \(172.22.0.0/16\) in eu-west-3 would become federated-eks-3 \(172.23.0.0/16\), "
        r"which replaces it.*set number: 2 on eu-west-3",
    ):
        check_standing(plan_of("eu-west-1", "us-east-1", "eu-west-3"), [], standing)
    kept: Any = [{"region": "us-east-1", "number": 3}, {"region": "eu-west-3", "number": 2}]
    check_standing(plan_of("eu-west-1", *kept), [], standing)


def test_a_standing_plan_is_read_back_as_it_was_described() -> None:
    plan = plan_of("eu-west-1", "eu-west-3")
    types = {PROMETHEUS.name: "federatedprometheuses.types.kubefed.io"}
    standing = Standing.parse(standing_of(plan, PROMETHEUS))
    assert standing == Standing(host="eu-west-1", clusters={c.region: c for c in plan.clusters}, types=types)


def test_a_plan_of_a_stack_that_knew_no_types_is_read_as_one_without_any() -> None:
    plan = plan_of("eu-west-1", "eu-west-3")
    output = standing_of(plan, PROMETHEUS)
    del output["types"]
    assert Standing.parse(output) == Standing(host="eu-west-1", clusters={c.region: c for c in plan.clusters})


def test_a_changed_range_of_a_standing_cluster_is_refused() -> None:
    plan = plan_of("eu-west-1")
    moved = replace(plan, clusters=(replace(plan.host, cidr=IPv4Network("10.0.0.0/16")),))
    with pytest.raises(SettingsError, match=r"would become federated-eks-1 \(10.0.0.0/16\)"):
        check_standing(replace(moved, host=moved.clusters[0]), [], standing_of(plan))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([], [PROMETHEUS], id="a type added"),
        pytest.param([PROMETHEUS], [PROMETHEUS], id="the same"),
        pytest.param([PROMETHEUS], [], id="a type taken away"),
        pytest.param([PROMETHEUS], [enabled("cronjobs.batch", federated_group="example.org")], id="another type"),
    ],
)
def test_types_come_and_go_as_they_like(before: list[Enabled], after: list[Enabled]) -> None:
    plan = plan_of("eu-west-1")
    check_standing(plan, after, standing_of(plan, *before))


def test_a_type_is_not_federated_as_another_in_one_update() -> None:
    plan = plan_of("eu-west-1")
    moved = enabled(PROMETHEUS.name, federated_group="monitoring.coreos.com")
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:types: prometheuses.monitoring.coreos.com is federated as "
        r"federatedprometheuses.types.kubefed.io and would become federatedprometheuses.monitoring.coreos.com, which "
        r"removes its objects from every cluster; take it out of types, update, and list it again$",
    ):
        check_standing(plan, [moved], standing_of(plan, PROMETHEUS))
