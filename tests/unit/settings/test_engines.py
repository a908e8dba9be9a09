"""The change from one engine to the other: the settings of each step, and what refuses the next one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pulumi import Output

from components.federation import both as lookups
from components.federation import diagnosis
from components.federation.beside import Declared, other_context
from settings import SettingsError, engines
from settings.standing import Standing, check, describe
from tests.unit.engine import Engine, run, run_program
from tests.unit.settings.parse import check_message, plan_of

pytestmark = pytest.mark.unit

TWO: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
HOST = "federated-eks-1"
KUBEFED, KARMADA = ("kubefed", None), ("karmada", None)
MARKING, MOVING = ("kubefed", "karmada"), ("karmada", "kubefed")
Engines = tuple[str, str | None]
CONFIG = "kubernetes:core.kubefed.io/v1beta1:FederatedTypeConfig"
CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


def settings(engines: Engines) -> dict[str, Any]:
    """The settings of an engine, and of the one beside it."""
    engine, beside = engines
    return {"engine": engine, **({"beside": beside} if beside else {})}


def checked(before: Engines, after: Engines) -> Standing:
    """What the last update left, compared with what is to be."""
    left = describe(plan_of("eu-west-1", "eu-west-3", **settings(before)), {})
    return check(plan_of("eu-west-1", "eu-west-3", **settings(after)), [], json.loads(json.dumps(left)))


def test_an_engine_is_not_beside_itself() -> None:
    check_message(
        {**TWO, "engine": "karmada", "beside": "karmada"},
        "beside: karmada is the engine itself; name the other one, or leave beside out",
    )


def test_types_are_for_kubefed_also_beside_karmada() -> None:
    plan_of("eu-west-1", engine="karmada", beside="kubefed", types=[{"name": "cronjobs.batch"}])


@pytest.mark.parametrize("engines", [MARKING, MOVING])
def test_the_host_has_what_either_engine_needs(engines: Engines) -> None:
    check_message({**TWO, **settings(engines), "addons": []}, r"addons \(eu-west-1\): aws-ebs-csi-driver is not listed")
    arm = [{"name": "arm", "instanceTypes": ["t4g.medium"]}]
    check_message({**TWO, **settings(engines), "nodeGroups": arm}, r"nodeGroups \(eu-west-1\): t4g.medium are arm64")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KUBEFED, MARKING),
        (MARKING, MOVING),
        (MOVING, KARMADA),
        (MOVING, MARKING),
        (MARKING, KUBEFED),
        (KARMADA, MOVING),
        (MOVING, MOVING),
    ],
)
def test_each_step_and_each_step_back_passes(before: Engines, after: Engines) -> None:
    assert (checked(before, after).engine, checked(before, after).beside) == before


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (KUBEFED, MOVING, "set engine: kubefed, and beside: karmada if they are to move"),
        (KARMADA, MARKING, "set engine: karmada, and beside: kubefed if they are to move"),
        (MARKING, KARMADA, "engine: karmada replaces kubefed, which has to stay .*; set beside: kubefed"),
        (MOVING, KUBEFED, "engine: kubefed replaces karmada, which has to stay .*; set beside: karmada"),
    ],
)
def test_no_step_is_left_out(before: Engines, after: Engines, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        checked(before, after)


def emptied(monkeypatch: pytest.MonkeyPatch, after: Engines, declared: Sequence[Declared]) -> list[str]:
    """Take the engine beside away, to which these objects are declared; the contexts that are looked at."""
    contexts: list[str] = []
    monkeypatch.setattr(diagnosis, "connect", lambda _, context: contexts.append(context))
    monkeypatch.setattr(lookups, "LOOKS", {"kubefed": lambda _: declared})
    left = checked(MOVING, after)
    plan = plan_of("eu-west-1", "eu-west-3", **settings(after))
    run(lambda: engines.emptied(plan, left, Output.from_input("{}")).apply(lambda found: found))
    return contexts


def test_an_engine_leaves_once_nothing_is_declared_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert emptied(monkeypatch, KARMADA, []) == [HOST]
    assert emptied(monkeypatch, MARKING, [Declared(kind="A", namespace=None, name="a", stays=False)]) == []


@pytest.mark.parametrize("stays", [False, True])
def test_an_engine_stays_while_anything_is_declared_to_it(monkeypatch: pytest.MonkeyPatch, stays: bool) -> None:
    objects = [Declared(kind="ConfigMap", namespace="tour", name=f"note-{n}", stays=stays) for n in range(7)]
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:beside: kubefed leaves, and still has ConfigMap tour/note-0, .*-4 and 2 more; update",
    ):
        emptied(monkeypatch, KARMADA, objects)


def program(engines: Engines) -> Engine:
    """The program with both engines, and a type whose CRD it brings."""
    living = {"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}
    types = [{"crd": "tests/unit/settings/gadgets.yaml"}]
    return run_program({**TWO, **settings(engines), "types": types}, Engine(living=living))


@pytest.fixture(scope="module", params=[MARKING, MOVING], ids=["marking", "moving"])
def both(request: pytest.FixtureRequest) -> tuple[Engines, Engine]:
    """The two steps in which both engines run."""
    return request.param, program(request.param)


def test_both_engines_join_every_cluster(both: tuple[Engines, Engine]) -> None:
    _, found = both
    assert len(found["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"]) == 2
    assert len(found["kubernetes:cluster.karmada.io/v1alpha1:Cluster"]) == 2


def test_the_kubeconfig_leads_to_the_engine_and_names_the_other(both: tuple[Engines, Engine]) -> None:
    (engine, _), found = both
    text = found.outputs["kubeconfig"]
    text = text["value"] if isinstance(text, dict) else text
    contexts = ["karmada", HOST] if engine == "karmada" else [HOST, "karmada"]
    assert [json.loads(text)["current-context"], other_context(text)] == contexts


def test_kubefed_s_own_types_go_before_its_release_only_if_it_leaves(both: tuple[Engines, Engine]) -> None:
    (engine, _), found = both
    chart = [config for name, config in found[CONFIG].items() if name.startswith("federated-eks-kubefed-")]
    assert len(chart) == 10
    assert {config.kept for config in chart} == {engine == "kubefed"}
    assert all("federated-eks-kubefed-release" in config.depends_on for config in chart)
    scopes = {config.inputs["metadata"]["name"]: config.inputs["spec"]["federatedType"]["scope"] for config in chart}
    assert {name for name, scope in scopes.items() if scope == "Cluster"} == {"clusterroles.rbac.authorization.k8s.io"}


def test_each_cluster_and_karmada_have_the_crd_of_a_type_once(both: tuple[Engines, Engine]) -> None:
    _, found = both
    crds = sorted(name for name in found[CRD] if name.endswith("-types-gadgets.example.org"))
    own = [name.removesuffix("-types-gadgets.example.org") for name in crds]
    assert own == [HOST, "federated-eks-2", "federated-eks-karmada"]


def test_a_fleet_with_one_engine_takes_no_type_over() -> None:
    found = run_program(TWO)
    assert CONFIG not in {one.type for one in found.registered}
    assert not any(one.kept for one in found.registered)
