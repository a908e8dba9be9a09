"""The record of the last update: what an update may not change, and when it upgrades."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from pulumi import Output

from components.federation.kubefed.derive import Enabled, named
from settings import SettingsError
from settings.plan import ClusterSite, Plan
from settings.standing import Standing, check, describe, version_after
from tests.unit.engine import Engine, run_program
from tests.unit.settings.parse import plan_of

pytestmark = pytest.mark.unit

TWO: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
FIRST, SECOND = "federated-eks-1", "federated-eks-2"
OPERATOR = {"arn": "arn:aws:iam::123456789012:user/operator", "policy": "cluster-admin"}


def enabled(name: str, **more: Any) -> Enabled:
    return Enabled(name=name, target=None, version=None, crd=None, **more)


PROMETHEUS = enabled("prometheuses.monitoring.coreos.com")


def standing_of(plan: Plan, *types: Enabled) -> Any:
    """The output as Pulumi hands it back, its numbers doubles."""
    output = describe(plan, named(types))
    return output | {"clusters": [c | {"number": float(c["number"])} for c in output["clusters"]]}


def test_the_first_update_has_nothing_to_keep() -> None:
    check(plan_of("eu-west-1"), [PROMETHEUS], None)


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
    check(plan_of(*then), [], standing_of(unprotected))


@pytest.mark.parametrize(("was", "becomes"), [("kubefed", "karmada"), ("karmada", "kubefed")])
def test_another_engine_does_not_take_the_place_of_one_that_federates(was: str, becomes: str) -> None:
    before, after = (plan_of("eu-west-1", "eu-west-3", engine=engine) for engine in (was, becomes))
    with pytest.raises(
        SettingsError,
        match=rf"engine: {becomes} would replace {was}, .*in eu-west-1, eu-west-3; set engine: {was}, and ",
    ):
        check(after, [], standing_of(before))


def test_the_members_of_etcd_stay_as_many_as_they_are() -> None:
    three = plan_of("eu-west-1", engine="karmada", nodeGroups=[{"name": "nodes", "desired": 3}])
    one = plan_of("eu-west-1", engine="karmada")
    with pytest.raises(
        SettingsError,
        match=r"karmada.etcdMembers: 3 is not 1, which Karmada's etcd has, and another .*set karmada.etcdMembers: 1",
    ):
        check(three, [], standing_of(one))
    check(one, [], standing_of(one))
    before = {name: value for name, value in standing_of(one).items() if name != "etcd_members"}
    check(three, [], before)


def test_a_fleet_from_before_there_was_a_choice_has_kubefed() -> None:
    before = {name: value for name, value in standing_of(plan_of("eu-west-1")).items() if name != "engine"}
    check(plan_of("eu-west-1"), [], before)
    with pytest.raises(SettingsError, match="engine: karmada would replace kubefed"):
        check(plan_of("eu-west-1", engine="karmada"), [], before)


def test_the_host_does_not_go_while_members_remain() -> None:
    with pytest.raises(
        SettingsError,
        match=r"host: kubefed runs in eu-west-1 and its members remain in eu-west-3.*set host: eu-west-1, or destroy",
    ):
        check(plan_of("eu-west-3"), [], standing_of(plan_of("eu-west-1", "eu-west-3")))


def test_the_host_does_not_change_among_clusters_that_remain() -> None:
    with pytest.raises(SettingsError, match="so it can't move to eu-west-3"):
        check(plan_of("eu-west-1", "eu-west-3", host="eu-west-3"), [], standing_of(plan_of("eu-west-1", "eu-west-3")))


def test_a_region_put_between_others_is_refused_with_the_number_that_keeps_them() -> None:
    standing = standing_of(plan_of("eu-west-1", "eu-west-3"))
    with pytest.raises(
        SettingsError,
        match=r"federated-eks-2 \(172.22.0.0/16\) in eu-west-3 would become federated-eks-3 \(172.23.0.0/16\), "
        r"which replaces it.*set number: 2 on eu-west-3",
    ):
        check(plan_of("eu-west-1", "us-east-1", "eu-west-3"), [], standing)
    kept: Any = [{"region": "us-east-1", "number": 3}, {"region": "eu-west-3", "number": 2}]
    check(plan_of("eu-west-1", *kept), [], standing)


def test_a_standing_plan_is_read_back_as_it_was_described() -> None:
    plan = plan_of("eu-west-1", "eu-west-3")
    types = {PROMETHEUS.name: "federatedprometheuses.types.kubefed.io"}
    standing = Standing.parse(standing_of(plan, PROMETHEUS))
    assert standing == Standing(
        name="federated-eks",
        service_cidr=IPv4Network("10.100.0.0/16"),
        host="eu-west-1",
        clusters={c.region: c for c in plan.clusters},
        types=types,
        tokens={"kubefed": {c.name: 1 for c in plan.clusters}},
    )


def test_a_plan_of_a_stack_that_knew_no_types_is_read_as_one_without_any() -> None:
    plan = plan_of("eu-west-1", "eu-west-3")
    output = standing_of(plan, PROMETHEUS)
    del output["types"], output["name"], output["service_cidr"]
    assert Standing.parse(output) == Standing(
        host="eu-west-1",
        clusters={c.region: c for c in plan.clusters},
        tokens={"kubefed": {c.name: 1 for c in plan.clusters}},
    )
    check(plan_of("eu-west-1", "eu-west-3", serviceCidr="10.101.0.0/16"), [], output)


def test_serials_are_read_by_engine_and_as_kubefeds_where_none_is_named() -> None:
    output = standing_of(plan_of("eu-west-1", "eu-west-3"))
    output["tokens"] = {"federated-eks-2": 2.0}
    assert Standing.parse(output).tokens == {"kubefed": {"federated-eks-1": 1, "federated-eks-2": 2}}
    output["tokens"] = {"kubefed": {"federated-eks-1": 2.0}, "karmada": {"federated-eks-1": 1.0, "karmada": 3.0}}
    assert Standing.parse(output).tokens == {
        "kubefed": {"federated-eks-1": 2},
        "karmada": {"federated-eks-1": 1, "karmada": 3},
    }


def test_a_changed_range_of_a_standing_cluster_is_refused() -> None:
    plan = plan_of("eu-west-1")
    moved = replace(plan, clusters=(replace(plan.host, cidr=IPv4Network("10.0.0.0/16")),))
    with pytest.raises(SettingsError, match=r"would become federated-eks-1 \(10.0.0.0/16\)"):
        check(replace(moved, host=moved.clusters[0]), [], standing_of(plan))


def test_the_services_range_of_running_clusters_does_not_change() -> None:
    before = standing_of(plan_of("eu-west-1", "eu-west-3"))
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:serviceCidr: 10.101.0.0/16 would replace 10.100.0.0/16 of federated-eks-1 and "
        r"federated-eks-2, and EKS replaces the clusters for it, with all that runs on them; set 10.100.0.0/16, or "
        r"destroy the stack first$",
    ):
        check(plan_of("eu-west-1", "eu-west-3", serviceCidr="10.101.0.0/16"), [], before)
    unprotected = standing_of(plan_of("eu-west-1", controlPlane={"deletionProtection": False}))
    check(plan_of("us-east-1", serviceCidr="10.101.0.0/16"), [], unprotected)


def test_the_fleet_of_running_clusters_keeps_its_name() -> None:
    named = [{"region": "eu-west-1", "name": "one"}, {"region": "eu-west-3", "name": "two"}]
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:name: shop would replace federated-eks, whose keys encrypt one and two, and EKS "
        r"replaces the clusters for other keys, with all that runs on them; set federated-eks, or "
        r"destroy the stack first$",
    ):
        check(plan_of(*named, name="shop"), [], standing_of(plan_of(*named)))


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
    check(plan, after, standing_of(plan, *before))


def test_a_type_is_not_federated_as_another_in_one_update() -> None:
    plan = plan_of("eu-west-1")
    moved = enabled(PROMETHEUS.name, federated_group="monitoring.coreos.com")
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:types: prometheuses.monitoring.coreos.com is federated as "
        r"federatedprometheuses.types.kubefed.io and would become federatedprometheuses.monitoring.coreos.com, which "
        r"removes its objects from every cluster; take it out of types, update, and list it again$",
    ):
        check(plan, [moved], standing_of(plan, PROMETHEUS))


def fleet_at(version: str | None, **more: Any) -> Plan:
    return plan_of("eu-west-1", "eu-west-3", **({"kubernetesVersion": version} if version else {}), **more)


def left_at(version: str | None, **more: Any) -> Any:
    return describe(fleet_at(version, **more), {})


@pytest.mark.parametrize(("was", "becomes"), [("1.35", "1.35"), ("1.35", "1.36"), (None, "1.37"), ("1.35", None)])
def test_a_version_may_stay_and_go_up_by_one(was: str | None, becomes: str | None) -> None:
    check(fleet_at(becomes), [], left_at(was))


@pytest.mark.parametrize(
    ("becomes", "message"),
    [
        (
            "1.37",
            r"kubernetesVersion: 1.37 is 2 minor versions past 1.35, which federated-eks-1 .*set 1.36, update, and",
        ),
        ("1.34", r"kubernetesVersion: 1.34 is older than 1.35, which federated-eks-1 in eu-west-1 runs.*set 1.35$"),
    ],
)
def test_a_version_is_not_skipped_or_taken_back(becomes: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check(fleet_at(becomes), [], left_at("1.35"))


def test_what_eks_runs_counts_where_the_settings_say_nothing() -> None:
    told = describe(fleet_at(None), {}, {"eu-west-1": "1.34", "eu-west-3": "1.36"})
    with pytest.raises(SettingsError, match=r"1.36 is 2 minor versions past 1.34"):
        check(fleet_at("1.36"), [], told)


def test_a_plan_of_a_stack_that_knew_no_versions_holds() -> None:
    told = left_at("1.37")
    for cluster in told["clusters"]:
        del cluster["version"], cluster["protected"], cluster["creator_admin"]
    check(fleet_at("1.34"), [], told)


def test_only_a_running_cluster_is_upgraded() -> None:
    before = Standing.parse(left_at("1.35"))
    assert before.upgrades("eu-west-3", "1.36")
    assert not before.upgrades("eu-west-3", "1.35")
    assert not before.upgrades("us-east-1", "1.36")


def test_a_cluster_of_an_unknown_version_is_upgraded_to_any() -> None:
    assert Standing.parse(left_at(None)).upgrades("eu-west-3", "1.36")


def test_nothing_is_upgraded_by_the_first_update() -> None:
    assert not Standing.parse(None).upgrades("eu-west-1", "1.36")


def member_at(version: str | None) -> ClusterSite:
    (member,) = fleet_at(version).members
    return member


def test_a_member_that_leaves_its_version_to_eks_waits_for_nothing(loop: asyncio.AbstractEventLoop) -> None:
    standing = Output.from_input(Standing.parse(left_at("1.35")))
    assert version_after(standing, member_at(None), Output.from_input("1.36")) is None


def test_a_member_is_upgraded_once_the_host_has_its_version(loop: asyncio.AbstractEventLoop) -> None:
    host = loop.create_future()
    standing = Output.from_input(Standing.parse(left_at("1.35")))
    version = Output.from_input(version_after(standing, member_at("1.36"), Output.from_input(host)))
    upgrade = asyncio.ensure_future(version.future(), loop=loop)
    loop.run_until_complete(asyncio.wait([upgrade], timeout=0.05))
    assert not upgrade.done()
    host.set_result("1.36")
    assert loop.run_until_complete(upgrade) == "1.36"


@pytest.mark.parametrize(
    "before", [pytest.param(left_at("1.36"), id="not upgraded"), pytest.param(None, id="not created")]
)
def test_a_member_that_is_not_upgraded_does_not_wait_for_the_host(loop: asyncio.AbstractEventLoop, before: Any) -> None:
    host = loop.create_future()
    standing = Output.from_input(Standing.parse(before))
    version = Output.from_input(version_after(standing, member_at("1.36"), Output.from_input(host)))
    assert loop.run_until_complete(asyncio.wait_for(version.future(), timeout=10)) == "1.36"


def test_a_protected_cluster_is_not_taken_out() -> None:
    one = replace(fleet_at(None), clusters=fleet_at(None).clusters[:1])
    with pytest.raises(
        SettingsError, match=r"clusters: federated-eks-2 in eu-west-3 is .*protected.*deletionProtection"
    ):
        check(one, [], left_at(None))
    check(one, [], left_at(None, controlPlane={"deletionProtection": False}))


def test_who_makes_a_cluster_is_decided_once() -> None:
    named = {"access": {"creatorAdmin": False, "principals": [OPERATOR]}}
    with pytest.raises(
        SettingsError, match=r"access.creatorAdmin: false is not how .*set it to true, and delete the acc"
    ):
        check(fleet_at(None, **named), [], left_at(None))
    with pytest.raises(SettingsError, match=r"access.creatorAdmin: true is not how .*set it to false$"):
        check(fleet_at(None), [], left_at(None, **named))


def of_another_layout(**changes: Any) -> Any:
    """The output of another version of the project: `changes` to each cluster, None takes a field out."""
    output = standing_of(plan_of("eu-west-1"))
    clusters = [{key: v for key, v in {**one, **changes}.items() if v is not None} for one in output["clusters"]]
    return output | {"clusters": clusters}


@pytest.mark.parametrize(
    "output",
    [
        pytest.param({"host": "eu-west-1"}, id="without clusters"),
        pytest.param({"clusters": []}, id="without a host"),
        pytest.param("eu-west-1", id="a text"),
        pytest.param(of_another_layout(cidr=None), id="a cluster without a range"),
        pytest.param(of_another_layout(name=None), id="a cluster without a name"),
        pytest.param(of_another_layout(cidr="here"), id="a range that is none"),
        pytest.param(of_another_layout(number="one"), id="a number that is none"),
    ],
)
def test_a_state_of_another_layout_is_one_message_with_the_way_out(output: Any) -> None:
    with pytest.raises(SettingsError, match=r"^the stack's output plan was written by another version .*; .*git log"):
        check(plan_of("eu-west-1"), [], output)


def test_what_a_newer_version_adds_to_the_output_is_left_aside() -> None:
    plan = plan_of("eu-west-1")
    assert check(plan, [], of_another_layout(flavour="new")) == Standing.parse(standing_of(plan))


def test_a_member_waits_for_the_host_s_version_only_when_both_run() -> None:
    def waits(was: str) -> bool:
        engine = Engine(standing={"plan": left_at(was)})
        cluster = run_program({**TWO, "kubernetesVersion": "1.36"}, engine)["eks:index:Cluster"][SECOND]
        assert cluster.inputs["version"] == "1.36"
        return any(FIRST in name and "eksCluster" in name for name in cluster.depends_on)

    assert waits("1.35")
    assert not waits("1.36")
