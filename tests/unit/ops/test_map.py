"""The fleet's picture: what is understood of the outputs and of kubefed's objects, and what is shown of it."""

import json
import re
import subprocess
from datetime import datetime, timezone
from html import escape, unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import combinations
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client

from components import plan as planning
from components.cluster import merge_kubeconfigs
from components.kubefed import NAMESPACE
from ops import outputs
from ops.__main__ import main
from ops.errors import UserError
from ops.map import gather, kubefed, layout, topology
from ops.map.draw import draw, shortened
from ops.map.model import Federation, Fleet, Membership, State, wrongs
from ops.map.page import breakable, page
from ops.outputs import Outputs

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"
NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)
NAMES = st.lists(st.from_regex(r"[a-c](-?[a-c1]){0,3}", fullmatch=True), unique=True, min_size=1, max_size=6)
EVIL = '<b x="">&lt;</b>\'"'
"""Short enough to be shown whole."""
READY = Membership(state=State.READY, version="v1.37.2")


def outputs_of(count: int, *, full_mesh: bool = False, names: list[str] | None = None) -> dict[str, Any]:
    names = names or [f"federated-eks-{number}" for number in range(1, count + 1)]
    links = planning.links(names[0], names[1:], full_mesh=full_mesh)
    return {
        "plan": {
            "host": "region-1",
            "bastion": {"region": "region-1", "cidr": "172.20.0.0/16"},
            "clusters": [
                {"region": f"region-{n}", "number": float(n), "name": name, "cidr": f"172.{20 + n}.0.0/16"}
                for n, name in enumerate(names, start=1)
            ],
        },
        "clusters": {},
        "kubeconfig": json.dumps({"users": [{"user": {"token": "geheim"}}]}),
        "peerings": {f"{one}-{other}": f"pcx-{place:08x}" for place, (one, other) in enumerate(links)},
    }


def federation_of(found: Outputs, *objects: dict[str, Any], **memberships: Membership) -> Federation:
    everyone = {each["name"]: READY for each in found["plan"]["clusters"]}
    deployments = kubefed.type_(type_config("deployments.apps", "Deployment"))
    return Federation(
        memberships=everyone | memberships,
        types=(deployments,),
        objects=tuple(kubefed.object_(each, deployments) for each in objects),
    )


def fleet_of(found: dict[str, Any], *objects: dict[str, Any], **memberships: Membership) -> Fleet:
    return gather.fleet("dev", found, lambda found: federation_of(found, *objects, **memberships))


def type_config(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "propagation": more.get("propagation", "Enabled"),
            "targetType": {"kind": kind, "version": "v1"},
            "federatedType": {
                "group": "types.kubefed.io",
                "version": "v1beta1",
                "kind": f"Federated{kind}",
                "pluralName": f"federated{kind.lower()}s",
            },
        },
        "status": {"propagationController": more.get("controller", "Running")},
    }


def deployment(name: str, clusters: dict[str, str], reason: str = "", **spec: Any) -> dict[str, Any]:
    condition = {"type": "Propagation", "status": "False" if reason else "True", "reason": reason}
    return {
        "metadata": {"name": name, "namespace": "shop", "generation": 2},
        "spec": {"template": {"spec": {"replicas": 3}}, **spec},
        "status": {
            "observedGeneration": 2,
            "conditions": [condition],
            "clusters": [{"name": name} | ({"status": status} if status else {}) for name, status in clusters.items()],
        },
    }


def override(cluster: str, *patches: dict[str, Any]) -> dict[str, Any]:
    return {"clusterName": cluster, "clusterOverrides": list(patches)}


class Words(HTMLParser):
    """What a person reads of a page, and what its tags name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        # A word may be broken in its midst; every other tag parts words.
        self.text.append("" if tag == "wbr" else " ")

    def handle_endtag(self, tag: str) -> None:
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.text.append(data)

    def __str__(self) -> str:
        return " ".join("".join(self.text).split())


def words(fleet: Fleet) -> str:
    return str(Words(page(fleet, NOON)))


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314


# Names of peerings


@given(NAMES, st.booleans())
def test_every_link_is_found_again_behind_its_peering_s_name(names: list[str], full_mesh: bool) -> None:
    found = outputs_of(len(names), names=names, full_mesh=full_mesh)
    links = planning.links(names[0], names[1:], full_mesh=full_mesh)
    joined, strays = topology.peerings(found["plan"], found["peerings"])
    # Two links may share a name; the stack has one peering then.
    assert {f"{each.one}-{each.other}" for each in joined} == set(found["peerings"])
    assert {(each.one, each.other) for each in joined} <= set(links)
    assert not strays


@pytest.mark.parametrize("host", ["a", "a-b"])
def test_a_name_that_two_pairs_could_have_is_the_host_s(host: str) -> None:
    names = [host, *({"a", "a-b", "c", "b-c"} - {host})]
    joined, _ = topology.peerings(outputs_of(4, names=names)["plan"], {"a-b-c": "pcx-1"})
    assert [(each.one, each.other) for each in joined] == [(host, "a-b-c".removeprefix(f"{host}-"))]


def test_a_peering_with_nobody_of_the_plan_is_told() -> None:
    found = outputs_of(2)
    found["peerings"]["federated-eks-1-elsewhere"] = "pcx-9"
    fleet = fleet_of(found)
    assert len(fleet.peerings) == 3
    assert "Peering federated-eks-1-elsewhere joins no two networks of the plan." in words(fleet)


# Where things stand


@pytest.mark.parametrize("full_mesh", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 11])
def test_no_two_networks_overlap_and_all_lie_in_the_picture(count: int, full_mesh: bool) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    assert len(placed.boxes) == count + 1
    assert not any(one.overlaps(other) for one, other in combinations(placed.boxes.values(), 2))
    assert all(box.x >= 0 and box.y >= 0 for box in placed.boxes.values())
    assert all(box.right <= placed.width and box.bottom <= placed.height for box in placed.boxes.values())


@pytest.mark.parametrize(
    ("count", "full_mesh", "lines"), [(1, False, 1), (2, False, 3), (10, False, 19), (10, True, 55)]
)
def test_every_peering_is_drawn_once(count: int, full_mesh: bool, lines: int) -> None:
    found = outputs_of(count, full_mesh=full_mesh)
    picture = parsed(draw(fleet_of(found)))
    drawn = [path.findtext(f"{SVG}title") for path in picture.iter(f"{SVG}path")]
    assert len(drawn) == len(set(drawn)) == lines
    assert {(title or "").rsplit(": ", 1)[1] for title in drawn} == set(found["peerings"].values())


@pytest.mark.parametrize("full_mesh", [False, True])
@given(st.integers(1, 14))
def test_no_line_runs_through_a_network(full_mesh: bool, count: int) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    for line in placed.lines:
        ends = {line.peering.one, line.peering.other}
        others = [box for name, box in placed.boxes.items() if name not in ends]
        for point in points(line):
            assert not any(box.x < point[0] < box.right and box.y < point[1] < box.bottom for box in others)


@given(st.integers(1, 30))
def test_hub_and_spoke_has_no_crossing(count: int) -> None:
    """Where two lines touch the same side of a hub, they arrive at their boxes in the same order."""
    placed = layout.lay_out(fleet_of(outputs_of(count)))
    ends = [sorted((line.start, line.end)) for line in placed.lines]
    for (a, b), (c, d) in combinations(ends, 2):
        if a[0] == c[0] and b[0] == d[0]:
            assert (a[1] - c[1]) * (b[1] - d[1]) >= 0
            assert a != c or b != d
    assert len({tuple(pair) for pair in ends}) == len(ends)


@given(st.integers(1, 14), st.booleans())
def test_a_line_s_ends_are_on_its_two_networks(count: int, full_mesh: bool) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    for line in placed.lines:
        one, other = (placed.boxes[name] for name in (line.peering.one, line.peering.other))
        touching = [
            {x for x, y in (line.start, line.end) if x in (box.x, box.right) and box.y < y < box.bottom}
            for box in (one, other)
        ]
        assert all(touching)


def points(line: layout.Line) -> list[tuple[float, float]]:
    """Points of its curve, its ends left out."""
    bend = line.bend
    corners = (line.start, (bend[0], line.start[1]), (bend[1], line.end[1]), line.end)
    return [
        (
            sum(weight * x for weight, (x, _) in zip(weights, corners, strict=True)),
            sum(weight * y for weight, (_, y) in zip(weights, corners, strict=True)),
        )
        for t in (step / 20 for step in range(1, 20))
        for weights in [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)]
    ]


@given(st.text(max_size=40), st.integers(2, 30))
def test_a_shortened_text_fits_and_keeps_its_ends(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    assert short == text or (short[0] == text[0] and len(text) > most)


# Replicas


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, None),
        ({"template": {"spec": {"replicas": 3}}}, 3),
        ({"template": {"spec": {"replicas": 0}}}, 0),
        ({"template": {"spec": {"replicas": 3}}, "retainReplicas": True}, None),
        ({"overrides": [override("here", {"path": "/spec/replicas", "value": 5})]}, 5),
        ({"overrides": [override("there", {"path": "/spec/replicas", "value": 5})]}, None),
        ({"template": {"spec": {"replicas": 3}}, "overrides": [override("here", {"path": "/spec/paused"})]}, 3),
        (
            {
                "template": {"spec": {"replicas": 3}},
                "overrides": [override("here", {"path": "/spec/replicas", "op": "remove", "value": 9})],
            },
            None,
        ),
        (
            {
                "template": {"spec": {"replicas": 3}},
                "overrides": [override("here", {"path": "/spec", "value": {"replicas": 7}})],
            },
            7,
        ),
    ],
)
def test_replicas_are_the_template_s_with_the_cluster_s_overrides(spec: dict[str, Any], expected: int | None) -> None:
    assert kubefed.replicas(spec, "here") == expected


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)), st.integers(0, 9))
def test_each_cluster_has_its_own_override_and_else_the_template_s(own: dict[str, int], number: int) -> None:
    overrides = [override(name, {"path": "/spec/replicas", "value": value}) for name, value in own.items()]
    spec = {"template": {"spec": {"replicas": number}}, "overrides": overrides}
    assert {name: kubefed.replicas(spec, name) for name in "abcdef"} == dict.fromkeys("abcdef", number) | own


@given(st.lists(st.integers(0, 9), min_size=1))
def test_of_several_overrides_the_last_counts(values: list[int]) -> None:
    assert kubefed.overridden(3, [{"path": "/spec/replicas", "value": value} for value in values]) == values[-1]


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


# What is wrong, in words


def test_a_fleet_that_is_well_is_said_to_be() -> None:
    fleet = fleet_of(outputs_of(2), deployment("web", {"federated-eks-1": "", "federated-eks-2": ""}))
    assert list(wrongs(fleet)) == []
    assert "All is well" in words(fleet)
    assert words(fleet).count("\N{CHECK MARK} READY") == 2


@pytest.mark.parametrize(
    ("conditions", "state", "why"),
    [
        ([{"type": "Ready", "status": "True"}], State.READY, ""),
        ([{"type": "Ready", "status": "True"}, {"type": "Offline", "status": "False"}], State.READY, ""),
        (
            [{"type": "Offline", "status": "True", "reason": "ClusterNotReachable", "message": "no route"}],
            State.NOT_READY,
            "ClusterNotReachable: no route",
        ),
        (
            [
                {"type": "Ready", "status": "False", "reason": "ClusterNotReady", "message": "no ok"},
                {"type": "Offline", "status": "False", "reason": "ClusterReachable"},
            ],
            State.NOT_READY,
            "ClusterNotReady: no ok",
        ),
        ([{"type": "Ready", "status": "Unknown"}], State.NOT_READY, "Ready is Unknown"),
        ([], State.NOT_READY, "kubefed has not looked at it yet"),
    ],
)
def test_a_cluster_is_ready_by_its_condition_or_says_why_not(conditions: list[Any], state: State, why: str) -> None:
    membership = kubefed.membership({"status": {"conditions": conditions, "kubernetesVersion": "v1.37.2"}})
    assert (membership.state, membership.why, membership.version) == (state, why, "v1.37.2")


def test_a_cluster_that_is_not_ready_is_shown_in_words() -> None:
    offline = Membership(state=State.NOT_READY, reason="ClusterNotReachable", message="no route to it")
    shown = words(fleet_of(outputs_of(2), **{"federated-eks-2": offline}))
    assert "\N{BALLOT X} NOT READY" in shown
    assert "Cluster federated-eks-2 is NOT READY: ClusterNotReachable: no route to it" in shown
    assert "All is well" not in shown


def test_a_cluster_of_other_hands_that_is_not_ready_is_told_too() -> None:
    offline = Membership(state=State.NOT_READY, reason="ClusterNotReachable")
    assert list(wrongs(fleet_of(outputs_of(1), elsewhere=offline))) == [
        "Cluster elsewhere is NOT READY: ClusterNotReachable"
    ]


def test_a_cluster_that_has_not_joined_is_shown_in_words() -> None:
    federation = Federation(memberships={"federated-eks-1": READY}, types=(), objects=())
    shown = words(gather.fleet("dev", outputs_of(2), lambda _: federation))
    assert "Cluster federated-eks-2 is NOT JOINED: it has no KubeFedCluster on the host" in shown
    assert "\N{BALLOT X} NOT JOINED" in shown


def test_an_object_that_fails_is_shown_with_kubefed_s_word() -> None:
    web = deployment("web", {"federated-eks-1": "", "federated-eks-2": "CreationFailed"}, "CheckClusters")
    fleet = fleet_of(outputs_of(2), web)
    assert "web Deployment CheckClusters 3 \N{BALLOT X} CreationFailed" in words(fleet)
    assert list(wrongs(fleet)) == ["Deployment shop/web: federated-eks-2 CreationFailed"]


def test_an_object_that_is_nowhere_is_shown_with_its_reason() -> None:
    fleet = fleet_of(outputs_of(1), deployment("web", {}, "NamespaceNotFederated"))
    assert list(wrongs(fleet)) == ["Deployment shop/web: NamespaceNotFederated"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({}, "kubefed has not looked at it yet"),
        ({"conditions": [{"type": "Propagation", "status": "True"}], "observedGeneration": 2}, ""),
        ({"conditions": [{"type": "Propagation", "status": "True"}]}, ""),
        ({"conditions": [{"type": "Propagation", "status": "Unknown"}]}, "Propagation is Unknown"),
        (
            {"conditions": [{"type": "Propagation", "status": "True"}], "observedGeneration": 1},
            "kubefed has not looked at its last change yet",
        ),
    ],
)
def test_an_object_s_trouble_is_its_propagation_s(status: dict[str, Any], told: str) -> None:
    assert kubefed.trouble(2, status) == told


@pytest.mark.parametrize(
    ("more", "state", "well"),
    [
        ({}, "Running", True),
        ({"controller": "NotRunning"}, "NotRunning", False),
        ({"controller": ""}, "not started yet", False),
        ({"propagation": "Disabled", "controller": ""}, "Disabled", True),
    ],
)
def test_a_type_s_state_is_in_words(more: dict[str, Any], state: str, well: bool) -> None:
    type_ = kubefed.type_(type_config("deployments.apps", "Deployment", **more))
    assert (type_.state, type_.well) == (state, well)


def test_a_type_that_is_not_running_is_shown() -> None:
    stopped = kubefed.type_(type_config("jobs.batch", "Job", controller="NotRunning"))
    federation = Federation(memberships={"federated-eks-1": READY}, types=(stopped,), objects=())
    shown = words(gather.fleet("dev", outputs_of(1), lambda _: federation))
    assert "jobs.batch NotRunning" in shown
    assert "Type jobs.batch: its propagation controller is NotRunning" in shown


def test_a_host_that_does_not_answer_still_has_its_picture() -> None:
    def silent(_: object) -> Federation:
        raise OSError("no route\nto host")

    fleet = gather.fleet("dev", outputs_of(3), silent)
    shown = words(fleet)
    told = "The host federated-eks-1 doesn't answer, so what is federated is unknown: OSError: no route to host"
    assert fleet.troubles == (told,)
    assert told in shown
    assert shown.count("? UNKNOWN") == 3
    assert "Unknown: the host doesn't answer." in shown
    assert draw(fleet).count('class="peering"') == 5


# What the host is asked


def test_objects_of_every_enabled_type_are_asked_for_and_no_others() -> None:
    asked: list[tuple[str, ...]] = []
    answers = {
        "kubefedclusters": [{"metadata": {"name": "one"}}],
        "federatedtypeconfigs": [
            type_config("jobs.batch", "Job", propagation="Disabled"),
            type_config("deployments.apps", "Deployment"),
        ],
        "federateddeployments": [deployment("web", {"one": ""})],
    }

    def objects(*what: str) -> list[Any]:
        asked.append(what)
        return answers[what[2]]

    federation = gather.ask(objects)
    assert asked == [
        ("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE),
        ("core.kubefed.io", "v1beta1", "federatedtypeconfigs", NAMESPACE),
        ("types.kubefed.io", "v1beta1", "federateddeployments", ""),
    ]
    assert [type_.name for type_ in federation.types] == ["deployments.apps", "jobs.batch"]
    assert [object.name for object in federation.objects] == ["web"]
    assert set(federation.memberships) == {"one"}


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        (client.ApiException(status=404, reason="Not Found"), "its objects can't be listed: 404 Not Found"),
        ([{"metadata": {}}], "its objects are not as kubefed has them: KeyError: 'name'"),
        (
            [{"metadata": {"name": "x"}, "spec": "odd", "status": {"clusters": [{"name": "one"}]}}],
            "its objects are not as kubefed has them: AttributeError",
        ),
    ],
)
def test_a_type_that_can_not_be_read_keeps_no_other_from_being_shown(jobs: Any, told: str) -> None:
    def objects(_: str, __: str, plural: str, ___: str) -> list[Any]:
        if isinstance(jobs, Exception) and plural == "federatedjobs":
            raise jobs
        answers: dict[str, Any] = {
            "federatedjobs": jobs,
            "kubefedclusters": [],
            "federatedtypeconfigs": [type_config("jobs.batch", "Job"), type_config("deployments.apps", "Deployment")],
            "federateddeployments": [deployment("web", {})],
        }
        return answers[plural]

    federation = gather.ask(objects)
    assert [object.name for object in federation.objects] == ["web"]
    shown = words(gather.fleet("dev", outputs_of(1), lambda _: federation))
    assert told in shown


def test_a_cluster_that_joined_by_other_hands_has_a_column() -> None:
    web = deployment("web", {"federated-eks-1": "", "elsewhere": ""})
    fleet = fleet_of(outputs_of(1), web, another=READY)
    assert fleet.columns == ("federated-eks-1", "another", "elsewhere")


def test_objects_are_grouped_by_namespace_and_those_without_one_come_first() -> None:
    objects = [deployment("web", {}), deployment("api", {}), deployment("reader", {})]
    objects[2]["metadata"]["namespace"] = None
    grouped = fleet_of(outputs_of(1), *objects).by_namespace
    assert [(name, [object.name for object in group]) for name, group in grouped] == [
        ("", ["reader"]),
        ("shop", ["api", "web"]),
    ]


# The page


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
    found = outputs_of(2, names=["one", text])
    found["plan"]["host"] = text
    for place in (found["plan"]["bastion"], found["plan"]["clusters"][0]):
        place.update(region=text, cidr=text)
    found["peerings"] = {"bastion-one": text, text: text}
    web = deployment(text, {"one": text, text: ""}, text)
    web["metadata"]["namespace"] = text
    type_ = kubefed.type_(type_config(text, text, controller=text))
    federation = Federation(
        memberships={text: Membership(state=State.NOT_READY, reason=text, message=text)},
        types=(type_,),
        objects=(kubefed.object_(web, type_),),
    )
    return gather.fleet(text, found, lambda _: federation)


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


# The command


@pytest.mark.parametrize("missing", ["plan", "kubeconfig", "peerings"])
def test_a_stack_without_a_fleet_is_named_with_the_fix(missing: str) -> None:
    found = outputs_of(1)
    del found[missing]
    with pytest.raises(UserError, match=rf"^--stack: dev has no output {missing}; .* pulumi up -s dev$"):
        outputs.complete("dev", found)


def test_a_stack_from_before_the_bastion_was_told_is_brought_up_first() -> None:
    found = outputs_of(1)
    del found["plan"]["bastion"]
    with pytest.raises(UserError, match=r"has no output plan\.bastion; bring it up first"):
        outputs.complete("dev", found)


def test_without_pulumi_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["map", "--stack", "dev", "--output", str(tmp_path / "fleet.html")]) == 1
    assert capsys.readouterr().err == (
        "error: pulumi: not found on PATH; install the Pulumi CLI, or put its directory on PATH\n"
    )
    assert not list(tmp_path.iterdir())


def test_pulumi_s_own_last_word_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(argv: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(argv, 255, "", "warning: old\nerror: no stack named 'dev' found\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match=r"^--stack: dev: pulumi .* outputs: no stack named 'dev' found; use a name"):
        outputs.read("dev")


def test_the_command_writes_a_page_of_what_pulumi_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[list[str]] = []

    def run(argv: list[str], **_: Any) -> Any:
        called.append(argv)
        return subprocess.CompletedProcess(argv, 0, json.dumps(outputs_of(2)), "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(gather, "federation", lambda found: federation_of(found))
    file = tmp_path / "fleet.html"
    assert main(["map", "--stack", "dev", "--output", str(file)]) == 0
    assert "172.22.0.0/16" in file.read_text()
    assert called == [["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", "dev"]]
    assert capsys.readouterr().out == (
        f"{file}: 2 clusters · 2 regions · 3 peerings · 1 federated type · 0 federated objects\n"
    )


def test_a_file_that_can_not_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "read", lambda _: outputs_of(1))
    monkeypatch.setattr(gather, "federation", lambda found: federation_of(found))
    file = tmp_path / "nowhere" / "fleet.html"
    assert main(["map", "--stack", "dev", "--output", str(file)]) == 1
    assert capsys.readouterr().err == (
        f"error: --output: {file}: No such file or directory; name a file that can be written\n"
    )


def test_the_host_is_asked_with_its_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        f"/apis/core.kubefed.io/v1beta1/namespaces/{NAMESPACE}/kubefedclusters": [{"metadata": {"name": "one"}}],
        "/apis/types.kubefed.io/v1beta1/federatedjobs": [{"metadata": {"name": "clean"}}],
    }
    asked: list[tuple[str, str | None]] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            body = json.dumps({"items": answers[self.path]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    without_proxy(monkeypatch)
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        objects = gather.host_objects(kubeconfig_of(f"http://127.0.0.1:{server.server_port}", "other", "host"), "host")
        joined = objects("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE)
        jobs = objects("types.kubefed.io", "v1beta1", "federatedjobs", "")
        server.shutdown()
    assert [each["metadata"]["name"] for each in (*joined, *jobs)] == ["one", "clean"]
    assert asked == [(path, "Bearer token-of-host") for path in answers]


def kubeconfig_of(server: str, *names: str) -> str:
    """A merged kubeconfig, as the stack's output has it; the first is current."""
    part = {"clusters": [{"cluster": {"server": server}}]}
    return merge_kubeconfigs(
        {name: json.dumps({**part, "users": [{"user": {"token": f"token-of-{name}"}}]}) for name in names}
    )


def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_host_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxy(monkeypatch)
    nowhere = {"kubeconfig": kubeconfig_of("https://127.0.0.1:9", "federated-eks-1")}
    fleet = gather.fleet("dev", outputs_of(1) | nowhere, gather.federation)
    assert "The host federated-eks-1 doesn't answer" in fleet.troubles[0]
    assert "Connection refused" in fleet.troubles[0]
    assert "token-of" not in fleet.troubles[0]


def test_the_command_knows_kubefed_s_namespace() -> None:
    assert gather.NAMESPACE == NAMESPACE
