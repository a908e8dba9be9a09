"""Plans: who is peered with whom, and the sites of a fleet."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import plan as planning
from settings.plan import BASTION
from tests.unit.settings.parse import plan_of

pytestmark = pytest.mark.unit

NAMES = st.lists(st.integers(1, 60).map("federated-eks-{}".format), unique=True, min_size=1, max_size=20)


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


FIRST, SECOND, THIRD = "federated-eks-1", "federated-eks-2", "federated-eks-3"
NO_BASTION = {"enabled": False}
CLIENTS = {"clients": {"office": "10.1.0.0/16"}}


def test_sites_are_the_bastion_s_network_and_then_each_cluster_s() -> None:
    plan = plan_of("eu-west-1", "eu-west-3", host="eu-west-3")
    assert [(site.name, site.region, str(site.cidr)) for site in plan.sites] == [
        (BASTION, "eu-west-3", "172.20.0.0/16"),
        (FIRST, "eu-west-1", "172.21.0.0/16"),
        (SECOND, "eu-west-3", "172.22.0.0/16"),
    ]


def test_without_a_bastion_sites_are_the_clusters_alone() -> None:
    plan = plan_of("eu-west-1", "eu-west-3", bastion=NO_BASTION, endpoint=CLIENTS)
    assert plan.sites == plan.clusters


@pytest.mark.parametrize(
    ("host", "members"), [("eu-west-1", [SECOND, THIRD]), ("eu-west-3", [FIRST, THIRD]), ("us-east-1", [FIRST, SECOND])]
)
def test_members_are_the_clusters_but_the_host_in_their_order(host: str, members: list[str]) -> None:
    assert [site.name for site in plan_of("eu-west-1", "eu-west-3", "us-east-1", host=host).members] == members


def test_a_fleet_of_one_cluster_has_no_members() -> None:
    assert plan_of("eu-west-1").members == ()


@pytest.mark.parametrize(
    ("bastion", "of_host", "of_member"),
    [
        pytest.param({}, {BASTION: "172.20.0.0/16"}, {BASTION: "172.20.0.0/16", "host": "172.22.0.0/16"}, id="bastion"),
        pytest.param(NO_BASTION, {}, {"host": "172.22.0.0/16"}, id="no bastion"),
    ],
)
def test_an_api_s_clients_are_its_own_network_and_the_bastion_and_a_member_s_the_host_too(
    bastion: dict[str, bool], of_host: dict[str, str], of_member: dict[str, str]
) -> None:
    plan = plan_of("eu-west-1", "eu-west-3", "us-east-1", host="eu-west-3", bastion=bastion, endpoint=CLIENTS)
    for cluster, others in ((plan.host, of_host), *((member, of_member) for member in plan.members)):
        own = {cluster.name: cluster.cidr}
        assert plan.api_clients(cluster) == own | {name: IPv4Network(cidr) for name, cidr in others.items()}


def test_a_cluster_s_component_has_its_name_and_the_bastion_s_the_fleet_s_too() -> None:
    plan = plan_of({"region": "eu-west-1", "name": "ireland"}, "eu-west-3", name="shop")
    assert [site.component for site in plan.sites] == ["shop-bastion", "ireland", "shop-2"]
