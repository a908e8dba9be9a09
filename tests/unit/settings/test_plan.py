"""What follows from the settings, and what an update may not move."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings
from settings import plan as planning
from settings.plan import BASTION

pytestmark = pytest.mark.unit

NAMES = st.lists(st.integers(1, 60).map("federated-eks-{}".format), unique=True, min_size=1, max_size=20)


def plan_of(*regions: str, **more: Any) -> planning.Plan:
    clusters = [region if isinstance(region, dict) else {"region": region} for region in regions]
    return Settings.model_validate({"clusters": clusters, **more}).plan


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
