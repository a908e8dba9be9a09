"""Record previews again, on a fleet of the sandbox: `python -m tests.unit.ops.preview.record [NAME ...]`.

A recording is the event log of a real preview of a fleet of two regions with one changed setting. It has only the data
that a comment uses, and none of the secrets in the stack's state.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.preview import comment, events
from ops.preview.comment import About
from ops.preview.run import EVENT_LOG
from ops.preview.secrets import SECRET
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import STACK, Fleet, listed
from tests.sandbox.fleet.secrets import secrets
from tests.unit.ops.preview.golden import RECORDINGS

REGIONS = ("eu-west-1", "eu-west-3")

EVENTS = ("resourcePreEvent", "policyEvent", "policyRemediationEvent", "diagnosticEvent", "errorEvent", "summaryEvent")
"""The events that a comment is made from."""


def by_hand(fleet: Fleet) -> None:
    """Somebody turns a node group down, and takes a log group away."""
    eks, logs = (fleet.boto(service, REGIONS[1]) for service in ("eks", "logs"))
    (group,) = eks.list_nodegroups(clusterName="federated-eks-2")["nodegroups"]
    eks.update_nodegroup_config(
        clusterName="federated-eks-2",
        nodegroupName=group,
        scalingConfig={"minSize": 1, "desiredSize": 1, "maxSize": 4},
    )
    logs.delete_log_group(logGroupName="/aws/eks/federated-eks-2/cluster")


def softened(fleet: Fleet) -> None:
    """The stack has a level of its own for one of the policies."""
    (fleet.checkout.project / "policies.sandbox.json").write_text(json.dumps({"log-retention": "advisory"}))


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is changed before a preview, and how it is called."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Fleet], None] | None = None
    argv: Sequence[str] = ("--policy-pack", "policies")


SCENARIOS: Mapping[str, Scenario] = {
    "no-change": Scenario(),
    "region-added": Scenario(settings={"clusters": listed([*REGIONS, "us-east-1"])}),
    "region-removed": Scenario(settings={"clusters": listed(REGIONS[:1])}),
    "node-group-resized": Scenario(settings={"nodeGroups": [{"name": "nodes", "desired": 3, "max": 6}]}),
    "cluster-replaced": Scenario(settings={"serviceCidr": "10.101.0.0/16"}),
    "policy-violated": Scenario(
        settings={
            "network": {"flowLogs": {"traffic": "none"}},
            "controlPlane": {"logDays": 30, "deletionProtection": False},
        },
        before=softened,
        argv=("--policy-pack", "policies", "--policy-pack-config", "policies.sandbox.json"),
    ),
    "preview-failed": Scenario(settings={"host": "eu-west-3"}),
    # The last, for it leaves the fleet as nobody wants it.
    "drift": Scenario(before=by_hand, argv=("--refresh", "--expect-no-changes")),
}


def main(names: Sequence[str]) -> None:
    """Record the scenarios of these names, or all."""
    with fresh() as checkout:
        fleet = Fleet(checkout)
        # A federated type's schema is long, and tells no more than other resources do.
        fleet.configure(types=[])
        checkout.sandbox("up")
        hidden = secrets(fleet)
        for name, scenario in SCENARIOS.items():
            if name in names or not names:
                print(f"{name} ...", flush=True)
                record(fleet, RECORDINGS / f"{name}.jsonl", scenario, hidden)


def record(fleet: Fleet, file: Path, scenario: Scenario, hidden: Iterable[str]) -> None:
    """Preview the fleet with the scenario's settings, and keep what a comment reads of it."""
    settings = fleet.checkout.project / "Pulumi.sandbox.yaml"
    as_they_were = settings.read_text()
    log = fleet.checkout.project / "events.jsonl"
    if scenario.before:
        scenario.before(fleet)
    fleet.configure(**scenario.settings)
    argv = ["pulumi", "preview", *STACK, "--event-log", str(log), *scenario.argv]
    fleet.checkout.run(*argv, check=False, env=EVENT_LOG, timeout=120)
    settings.write_text(as_they_were)
    with log.open() as lines:
        whole = events.read(lines)
    kept = [*trimmed(whole)]
    about = About(stack="sandbox")
    text = "".join(f"{json.dumps(event)}\n" for event in kept)
    # What the engine marks as a secret in one place, a component may have in plain in another.
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, SECRET)
    again = events.preview(events.read(text.splitlines()))
    assert comment.comment(again, about) == comment.comment(events.preview(whole), about)
    file.write_text(text)


def trimmed(log: Iterable[events.Event]) -> Iterator[events.Event]:
    """The events that a comment is made from, with what it reads of them."""
    for event in log:
        for kind in EVENTS:
            if kind not in event or event[kind].get("severity") in ("debug", "info"):
                continue
            if kind != "resourcePreEvent":
                yield {kind: event[kind]}
            elif event[kind]["metadata"]["op"] not in events.UNCHANGED:
                yield {kind: {"metadata": _step(event[kind]["metadata"])}}


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: step[key] for key in ("op", "urn", "keys", "detailedDiff") if step.get(key)}
    by_outputs = [path for path, one in (step.get("detailedDiff") or {}).items() if not one["inputDiff"]]
    for side in ("old", "new"):
        if state := step.get(side):
            kept[side] = {key: state[key] for key in ("type", "id", "parent") if state.get(key)}
            if step["op"] not in ("delete", "delete-replaced", "create-replacement"):
                kept[side]["inputs"] = state["inputs"]
            if by_outputs and side == "old":
                kept[side]["outputs"] = state["outputs"]
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
