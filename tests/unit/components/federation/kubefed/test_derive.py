"""Derived federated types, and the types that can't be federated together."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.federation.kubefed import derive
from components.federation.kubefed.builtin_types import BUILT_IN, CHART, Target
from components.federation.kubefed.derive import GROUP, Enabled

pytestmark = pytest.mark.unit

WIDGET = Target(group="example.org", version="v2", kind="Widget", plural="widgets", namespaced=True)
TARGETS = st.builds(
    Target,
    group=st.sampled_from(["", "apps", "example.org"]),
    version=st.sampled_from(["v1", "v2beta1"]),
    kind=st.just("Widget"),
    plural=st.just("widgets"),
    namespaced=st.booleans(),
    short_names=st.lists(st.sampled_from(["wd", "wdg"]), unique=True).map(tuple),
    scalable=st.booleans(),
)


def enabled(name: str, **more: Any) -> Enabled:
    return Enabled(name=name, target=None, version=None, crd=None, **more)


def spec_of(crd: Any) -> Any:
    """The schema of a federated type's spec, by field."""
    (version,) = crd["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]


def test_a_type_is_configured_under_its_own_name() -> None:
    config = derive.type_config(WIDGET, "fleet.example.org", "v1beta2")
    assert config["metadata"] == {"name": "widgets.example.org"}
    assert config["spec"] == {
        "propagation": "Enabled",
        "targetType": {
            "group": "example.org",
            "version": "v2",
            "kind": "Widget",
            "pluralName": "widgets",
            "scope": "Namespaced",
        },
        "federatedType": {
            "group": "fleet.example.org",
            "version": "v1beta2",
            "kind": "FederatedWidget",
            "pluralName": "federatedwidgets",
            "scope": "Namespaced",
        },
    }


def test_the_core_group_is_left_out_of_a_type_s_config() -> None:
    config = derive.type_config(replace(WIDGET, group=""), GROUP, "v1beta1")
    assert config["metadata"] == {"name": "widgets"}
    assert "group" not in config["spec"]["targetType"]
    assert config["spec"]["federatedType"]["group"] == GROUP


@pytest.mark.parametrize(("namespaced", "scope"), [(True, "Namespaced"), (False, "Cluster")])
def test_a_federated_type_has_its_type_s_scope(namespaced: bool, scope: str) -> None:
    target = replace(WIDGET, namespaced=namespaced)
    config = derive.type_config(target, GROUP, "v1beta1")["spec"]
    assert config["targetType"]["scope"] == config["federatedType"]["scope"] == scope
    assert derive.federated_crd(target, GROUP, "v1beta1")["spec"]["scope"] == scope


@given(TARGETS)
def test_a_type_s_config_and_its_federated_crd_name_the_same(target: Target) -> None:
    federated = derive.type_config(target, "fleet.example.org", "v1beta2")["spec"]["federatedType"]
    crd = derive.federated_crd(target, "fleet.example.org", "v1beta2")
    assert crd["metadata"]["name"] == f"{federated['pluralName']}.{federated['group']}"
    assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
    assert crd["metadata"]["name"] == enabled(target.name, federated_group="fleet.example.org").federated
    assert crd["spec"]["names"]["kind"] == federated["kind"]
    assert [version["name"] for version in crd["spec"]["versions"]] == [federated["version"]]


@given(TARGETS)
def test_just_a_type_that_scales_may_retain_its_replicas(target: Target) -> None:
    spec = spec_of(derive.federated_crd(target, GROUP, "v1beta1"))
    assert spec.get("retainReplicas") == ({"type": "boolean"} if target.scalable else None)


@given(TARGETS)
def test_a_template_is_let_through_whatever_it_holds(target: Target) -> None:
    template = spec_of(derive.federated_crd(target, GROUP, "v1beta1"))["template"]
    assert template == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@given(TARGETS)
def test_a_federated_type_s_short_names_are_its_type_s_after_an_f(target: Target) -> None:
    names = derive.federated_crd(target, GROUP, "v1beta1")["spec"]["names"]
    assert names.get("shortNames", []) == [f"f{name}" for name in target.short_names]
    assert ("shortNames" in names) is bool(target.short_names)


def test_a_federated_object_has_placement_overrides_and_a_status_of_its_own() -> None:
    crd = derive.federated_crd(WIDGET, GROUP, "v1beta1")
    assert spec_of(crd).keys() == {"template", "placement", "overrides"}
    (version,) = crd["spec"]["versions"]
    assert (version["served"], version["storage"], version["subresources"]) == (True, True, {"status": {}})
    assert version["schema"]["openAPIV3Schema"]["required"] == ["spec"]


@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - CHART))
def test_every_built_in_type_can_be_federated_beside_kubefed_s_chart(name: str) -> None:
    derive.check_distinct([enabled(name)])


def test_all_built_in_types_can_be_federated_together() -> None:
    derive.check_distinct([enabled(name) for name in BUILT_IN.keys() - CHART])


@given(st.integers(2, 4))
def test_a_type_listed_more_than_once_is_told_how_often(count: int) -> None:
    listed = [enabled("a.example.org", federated_group=f"g{place}.org") for place in range(count)]
    with pytest.raises(ValueError, match=rf"^types: a.example.org is listed {count} times; list it once$"):
        derive.check_distinct([enabled("b.example.org"), *listed])


@pytest.mark.parametrize("name", sorted(CHART))
def test_a_plural_of_kubefed_s_chart_is_taken(name: str) -> None:
    plural = name.partition(".")[0]
    with pytest.raises(
        ValueError,
        match=rf"^types: {plural}.example.org and {name} would both be federated as federated{plural}.types.kubefed."
        rf"io; set another federatedGroup on {plural}.example.org$",
    ):
        derive.check_distinct([enabled(f"{plural}.example.org")])


ONE, OTHER = enabled("clusters.one.org"), enabled("clusters.other.org")


def test_two_types_of_one_plural_are_refused_in_one_group() -> None:
    with pytest.raises(
        ValueError,
        match=r"^types: clusters.other.org and clusters.one.org would both be federated as federatedclusters.types."
        r"kubefed.io; set another federatedGroup on clusters.other.org$",
    ):
        derive.check_distinct([ONE, OTHER])
    moved = [replace(one, federated_group="fleet.example.org") for one in (ONE, OTHER)]
    with pytest.raises(ValueError, match=r"federated as federatedclusters.fleet.example.org; set another"):
        derive.check_distinct(moved)


@pytest.mark.parametrize("name", ["clusters.other.org", "services.other.org"])
def test_another_federated_group_tells_types_of_one_plural_apart(name: str) -> None:
    other = enabled(name, federated_group="other.org")
    derive.check_distinct([ONE, other])
    assert derive.named([ONE, other]) == {
        "clusters.one.org": "federatedclusters.types.kubefed.io",
        name: f"federated{name.partition('.')[0]}.other.org",
    }


def test_just_a_type_that_kubernetes_lacks_is_a_custom_one() -> None:
    assert not enabled("cronjobs.batch").custom
    assert enabled("clusters.one.org").custom


def custom(name: str, kind: str, *short_names: str, federated_group: str = GROUP, **names: Any) -> Enabled:
    plural, _, group = name.partition(".")
    target = Target(group=group, version="v1", kind=kind, plural=plural, namespaced=True, short_names=short_names)
    given = {"plural": plural, "kind": kind, "shortNames": [*short_names], **names}
    return Enabled(
        name=name, target=target, version=None, crd={"spec": {"names": given}}, federated_group=federated_group
    )


VIRTUAL = custom("virtualservices.networking.example.org", "VirtualService", "vs")
SNAPSHOT = custom("volumesnapshots.snapshot.example.org", "VolumeSnapshot", "vs")


@pytest.mark.parametrize(
    ("types", "told"),
    [
        pytest.param(
            [VIRTUAL, SNAPSHOT],
            "volumesnapshots.snapshot.example.org and virtualservices.networking.example.org would share the name fvs "
            "in the API group types.kubefed.io, of which an API server serves one only; set another federatedGroup on "
            "volumesnapshots.snapshot.example.org",
            id="short names of two groups",
        ),
        pytest.param(
            [custom("clonedmaps.example.org", "ClonedMap", "cm")],
            "clonedmaps.example.org and configmaps would share the name fcm",
            id="a short name of the chart's",
        ),
        pytest.param(
            [custom("wheels.a.example.org", "Gear"), custom("cogs.b.example.org", "Gear")],
            "cogs.b.example.org and wheels.a.example.org would share the name federatedgear",
            id="kinds of two groups",
        ),
        pytest.param(
            [
                custom("wheels.example.org", "Wheel", "w", federated_group="a.example.com"),
                custom("worlds.example.org", "World", "w", federated_group="b.example.com"),
            ],
            "worlds.example.org and wheels.example.org would share the name w in the API group example.org, "
            "of which an API server serves one only; take one of them out",
            id="short names of one group",
        ),
        pytest.param(
            [custom("wheels.example.org", "Wheel"), custom("gears.example.org", "Gear", listKind="WheelList")],
            "gears.example.org and wheels.example.org would share the kind WheelList in the API group example.org",
            id="kinds of lists",
        ),
        pytest.param(
            [custom("wheels.example.org", "Wheel", singular="gear"), custom("cogs.example.org", "Cog", "gear")],
            "cogs.example.org and wheels.example.org would share the name gear in the API group example.org",
            id="a singular and a short name",
        ),
    ],
)
def test_types_that_would_share_a_name_are_refused(types: list[Enabled], told: str) -> None:
    with pytest.raises(ValueError, match=f"^types: {told}"):
        derive.check_distinct(types)


def test_types_that_share_a_short_name_in_different_groups_are_taken() -> None:
    derive.check_distinct([VIRTUAL, replace(SNAPSHOT, federated_group="snapshot.example.com")])


def test_a_type_that_calls_itself_the_same_twice_is_taken() -> None:
    derive.check_distinct([custom("wheels.example.org", "Wheel", "wheels", "wheel")])


def test_kubernetes_own_types_are_distinct() -> None:
    own = [name for name in BUILT_IN if name not in CHART]
    derive.check_distinct([Enabled(name=name, target=BUILT_IN[name][0], version=None, crd=None) for name in own])
