"""The policies that the program writes, before an API server that has the types of Karmada."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.federation import EVERYWHERE, ClusterFailover, Groups, Override, Placement
from components.federation.engine import Spread, Workload
from components.federation.karmada import policies
from components.federation.karmada.types import template_of
from components.federation.scheduling import Preference
from tests.sandbox.clusters.fleet import HOST, Fleet
from tests.unit.components.federation.karmada.fleet import LABELS, SERVED, spread, workload

pytestmark = pytest.mark.kubernetes

CRDS = Path(__file__).with_name("karmada_crds.jsonl")
"""The types of policy.karmada.io that the program writes, as the chart v1.18.2 of Karmada has them.

Of github.com/karmada-io/karmada, charts/karmada/_crds/bases/policy, without descriptions. Apache License 2.0.
"""

Refusal = Callable[[dict[str, Any]], str]

FEW = Placement(selector={}, in_regions=Groups(min=2), in_clusters=Groups(max=3))
MORE, LESS = Override(path="/spec/replicas", value=3), Override(path="/spec/paused", op="remove")
NOWHERE = workload(placement=Placement(clusters=[]))

WORKLOADS: dict[str, tuple[Workload, Spread | None]] = {
    "everywhere": (workload(), None),
    "nowhere": (NOWHERE, None),
    "by labels": (workload(placement=Placement(selector={"matchLabels": {"tier": "a"}})), None),
    "by names": (workload(placement=Placement(clusters=["fleet-1"])), None),
    "chosen": (workload(placement=FEW), None),
    "moved": (workload(failover=ClusterFailover(after_seconds=0, purge="Directly")), None),
    "suspended": (workload(suspended=True), None),
    "suspended in one": (workload(suspended=["fleet-1"]), None),
    "divided": (workload(), spread(clusters={"fleet-1": Preference(weight=2, max=3), "*": Preference(min=1)})),
    "none": (workload(), spread(total=0)),
    "by capacity": (workload(placement=FEW), spread(workload(placement=FEW), by_capacity=True)),
    "overridden": (workload(overrides={"fleet-2": [MORE, LESS], "fleet-1": [MORE]}), None),
    "of the cluster": (
        workload(kind="ClusterRole", namespace=None, placement=EVERYWHERE, overrides={"fleet-1": [LESS]}),
        None,
    ),
}


@pytest.fixture(scope="module")
def refusal(planes: Fleet) -> Refusal:
    """What the API server says to an object; empty where it takes it, with every field. Nothing is created."""
    host = planes.kubectl(HOST)
    crds = [json.loads(line) for line in CRDS.read_text(encoding="utf-8").splitlines()]
    host.apply(*crds)
    for crd in crds:
        host("wait", "--for=condition=Established", f"crd/{crd['metadata']['name']}", "--timeout=60s")

    def ask(object: dict[str, Any]) -> str:
        arguments = ("--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
        asked = host("apply", *arguments, stdin=json.dumps(object), check=False)
        return asked.stderr if asked.returncode else ""

    return ask


def declared(given: Workload, spread: Spread | None) -> list[dict[str, Any]]:
    """The policies of a workload, in the namespace default."""
    template = template_of(given, SERVED)
    selector = policies.selector(template, "default")
    goal = policies.goal(given, [*(given.placement.clusters or ())], spread, LABELS)  # type: ignore[list-item]
    specs = {"PropagationPolicy": policies.propagation(selector, given, goal)}
    if given.overrides:
        specs["OverridePolicy"] = policies.overriding(selector, given)
    place = {"namespace": "default"} if template.namespaced else {}
    return [
        {
            "apiVersion": policies.API,
            "kind": f"{template.scope}{kind}",
            "metadata": {"name": template.binding, **place},
            "spec": spec,
        }
        for kind, spec in specs.items()
    ]


@pytest.mark.parametrize("case", WORKLOADS)
def test_karmada_s_types_have_every_field_that_the_program_writes(refusal: Refusal, case: str) -> None:
    assert {policy["kind"]: refusal(policy) for policy in declared(*WORKLOADS[case])} == {
        policy["kind"]: "" for policy in declared(*WORKLOADS[case])
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("placement", "clusterAffinity", "clusters"), ["fleet-1"]),
        (("placement", "replicaScheduling", "replicaSchedulingType"), "Spread"),
        (("placement", "spreadConstraints"), [{"spreadByField": "continent"}]),
        (("failover", "cluster", "purgeMode"), "Never"),
        (("conflictResolution",), "Merge"),
    ],
)
def test_a_field_or_a_value_that_karmada_does_not_have_is_refused(
    refusal: Refusal, path: tuple[str, ...], value: Any
) -> None:
    (policy,) = json.loads(json.dumps(declared(workload(failover=ClusterFailover()), None)))
    *way, last = path
    place = policy["spec"]
    for key in way:
        place = place[key]
    place[last] = value
    assert last in refusal(policy) or "spreadByField" in refusal(policy)
