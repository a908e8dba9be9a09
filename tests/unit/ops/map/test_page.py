"""The page as people read it. No text becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.map import gather, kubefed
from ops.map.draw import draw
from ops.map.model import Engine, Federation, Fleet, Membership, Running, State, Workload
from ops.map.page import breakable, page
from ops.map.problems import problems
from tests.unit.ops.map.fleets import READY, deployment, fleet_of, idle, outputs_of, override, type_config
from tests.unit.ops.map.markup import NOON, Words, parsed, words

pytestmark = pytest.mark.unit

EVIL = '<b x="">&lt;</b>\'"'
"""Short enough to be shown whole."""

NOTHING_FEDERATED = Federation(
    engine=Engine.KUBEFED, memberships={"federated-eks-1": READY, "federated-eks-2": READY}, types=(), objects=()
)


def test_replicas_are_shown_in_their_cluster_s_column() -> None:
    web = deployment(
        "web",
        {"federated-eks-1": "", "federated-eks-3": ""},
        overrides=[override("federated-eks-3", {"path": "/spec/replicas", "value": 8})],
    )
    assert "web Deployment in place 3 \N{EN DASH} 8" in words(fleet_of(outputs_of(3), web))


def test_what_has_no_replicas_has_a_tick() -> None:
    config = deployment("settings", {"federated-eks-1": ""}, template={"data": {}})
    assert "settings Deployment in place \N{CHECK MARK} \N{EN DASH}" in words(fleet_of(outputs_of(2), config))


def test_a_fleet_that_is_well_is_said_to_be() -> None:
    fleet = fleet_of(outputs_of(2), deployment("web", {"federated-eks-1": "", "federated-eks-2": ""}))
    assert list(problems(fleet)) == []
    assert "All is well" in words(fleet)
    assert words(fleet).count("\N{CHECK MARK} READY") == 2


def test_a_cluster_that_is_not_ready_is_shown_in_words() -> None:
    offline = Membership(state=State.NOT_READY, reason="ClusterNotReachable", message="no route to it")
    shown = words(fleet_of(outputs_of(2), **{"federated-eks-2": offline}))
    assert "\N{BALLOT X} NOT READY" in shown
    assert "Cluster federated-eks-2 is NOT READY: ClusterNotReachable: no route to it" in shown
    assert "All is well" not in shown


def test_a_cluster_that_has_not_joined_is_shown_in_words() -> None:
    federation = Federation(engine=Engine.KUBEFED, memberships={"federated-eks-1": READY}, types=(), objects=())
    shown = words(gather.fleet("dev", outputs_of(2), lambda *_: federation, idle))
    assert "Cluster federated-eks-2 is NOT JOINED: it has no KubeFedCluster on the host" in shown
    assert "\N{BALLOT X} NOT JOINED" in shown


def test_an_object_that_fails_is_shown_with_kubefed_s_word() -> None:
    web = deployment("web", {"federated-eks-1": "", "federated-eks-2": "CreationFailed"}, "CheckClusters")
    fleet = fleet_of(outputs_of(2), web)
    assert "web Deployment CheckClusters 3 \N{BALLOT X} CreationFailed" in words(fleet)
    assert list(problems(fleet)) == ["Deployment shop/web: federated-eks-2 CreationFailed"]


def test_a_type_that_is_not_running_is_shown() -> None:
    stopped = kubefed.type_(type_config("jobs.batch", "Job", controller="NotRunning"))
    federation = Federation(engine=Engine.KUBEFED, memberships={"federated-eks-1": READY}, types=(stopped,), objects=())
    shown = words(gather.fleet("dev", outputs_of(1), lambda *_: federation, idle))
    assert "jobs.batch NotRunning" in shown
    assert "Type jobs.batch: its propagation controller is NotRunning" in shown


def test_what_a_cluster_runs_besides_is_shown_with_its_pods() -> None:
    operator = Workload(namespace="default", kind="Deployment", name="operator", ready=1, desired=1)
    running = {
        "federated-eks-1": Running(workloads=(replace(operator, ready=0),)),
        "federated-eks-2": Running(workloads=(operator, replace(operator, kind="DaemonSet", name="agent", desired=0))),
    }
    fleet = gather.fleet("dev", outputs_of(2), lambda *_: NOTHING_FEDERATED, lambda _: running)
    shown = words(fleet)
    assert "default agent DaemonSet \N{EN DASH} 1 of 0 operator Deployment 0 of 1 1 of 1" in shown
    assert "Deployment default/operator: 0 of 1 pods ready in federated-eks-1" in shown
    assert "DaemonSet default/agent" not in shown


def test_a_cluster_whose_workloads_can_not_be_read_has_a_question_mark() -> None:
    running = {
        "federated-eks-1": Running(
            workloads=(Workload(namespace="a", kind="Deployment", name="b", ready=2, desired=2),)
        ),
        "federated-eks-2": Running(trouble="403 Forbidden"),
    }
    fleet = gather.fleet("dev", outputs_of(2), lambda *_: NOTHING_FEDERATED, lambda _: running)
    assert "b Deployment 2 of 2 ?" in words(fleet)
    assert fleet.troubles == ("The workloads of federated-eks-2 are unknown: 403 Forbidden",)


def test_nothing_that_is_read_is_taken_for_markup() -> None:
    """A picture with an evil text in every place has the tags of one with a tame text there, and the text as it is."""
    pictures = {text: everywhere(text) for text in ("tame", EVIL)}
    tags = [
        [(tag, sorted(attributes)) for tag, attributes in Words(page(fleet, NOON)).tags] for fleet in pictures.values()
    ]
    assert tags[0] == tags[1]
    assert words(pictures[EVIL]).count(EVIL) == words(pictures["tame"]).count("tame") > 20
    parsed(draw(pictures[EVIL]))


def everywhere(text: str) -> Fleet:
    """A fleet with a text wherever one comes from outside, the plan's names included."""
    outputs = outputs_of(2, names=["one", text])
    outputs["plan"]["host"] = text
    for place in (outputs["plan"]["bastion"], outputs["plan"]["clusters"][0]):
        place.update(region=text, cidr=text)
    outputs["peerings"] = {"bastion-one": text, text: text}
    web = deployment(text, {"one": text, text: ""}, text)
    web["metadata"]["namespace"] = text
    type_ = kubefed.type_(type_config(text, text, controller=text))
    federation = Federation(
        engine=Engine.KUBEFED,
        memberships={text: Membership(state=State.NOT_READY, reason=text, message=text)},
        types=(type_,),
        objects=(kubefed.object_(web, type_),),
    )
    running = Running(workloads=(Workload(namespace=text, kind=text, name=text, ready=0, desired=1),))
    return gather.fleet(text, outputs, lambda *_: federation, lambda _: {text: running, "one": Running(trouble=text)})


def test_a_page_loads_nothing_and_tells_no_credentials() -> None:
    html = page(fleet_of(outputs_of(2), deployment("web", {"federated-eks-1": ""})), NOON)
    named = {name for _, attributes in Words(html).tags for name in attributes}
    assert not named & {"src", "href", "xlink:href", "srcset", "action", "data"}
    assert not re.search(r"@import|url\(", html)
    assert {tag for tag, _ in Words(html).tags}.isdisjoint({"script", "link", "iframe", "img", "object", "embed"})
    assert "geheim" not in html


def test_a_page_has_dark_colours_for_every_light_one() -> None:
    html = page(fleet_of(outputs_of(1)), NOON)
    light, dark = (set(re.findall(r"(--\w+):", block)) for block in re.findall(r":root \{(.*?)\}", html, re.DOTALL))
    assert light == dark == set(re.findall(r"var\((--\w+)\)", html))


@given(st.text())
def test_a_breakable_word_loses_nothing(word: str) -> None:
    assert unescape(breakable(word).replace("<wbr>", "")) == unescape(escape(word))
