"""kwok's stages on a real control plane: an object in one state, and the status that it comes to.

`stages/<case>.input.yaml` is the object, `stages/<case>.output.yaml` its status; without one, the object goes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST, Fleet, Kubectl, until

pytestmark = pytest.mark.kubernetes

FOLDER = Path(__file__).with_name("stages")
CASES = sorted(file.name.removesuffix(".input.yaml") for file in FOLDER.glob("*.input.yaml"))
NODE = fleet.node(HOST, "a", 0).name


def shown(status: Any) -> Any:
    """A status with the same text for every time and for every address of a pod."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<now>", json.dumps(status))
    return json.loads(re.sub(r"100\.64\.\d+\.\d+", "<pod's address>", text))


def bring(cluster: Kubectl, given: dict[str, Any]) -> None:
    """Create an object in its state. A pod is bound to its node last, because kwok sees only the pods of its nodes."""
    kind, name, deleted = given["kind"], given["metadata"]["name"], given["metadata"].pop("deletionTimestamp", None)
    if kind == "Pod":
        # No scheduler has this name, and the account's token may not be there yet.
        given["spec"] |= {"schedulerName": "none", "automountServiceAccountToken": False}
    cluster("create", "-f", "-", stdin=json.dumps(given))
    if kind == "Pod":
        cluster("patch", "pod", name, "--subresource=status", "-p", json.dumps({"status": given["status"]}))
        target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
        place = f"/api/v1/namespaces/default/pods/{name}/binding"
        cluster("create", "--raw", place, "-f", "-", stdin=json.dumps(binding))
    if deleted:
        cluster("delete", kind, name, "--wait=false")


def owned(cluster: Kubectl, given: dict[str, Any]) -> dict[str, Any]:
    """An object whose owners exist, because the garbage collector deletes any other."""
    for owner in given["metadata"].get("ownerReferences", []):
        template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "once", "image": "busybox"}]}}
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": owner["name"]}}
        cluster.apply({**job, "spec": {"suspend": True, "template": template}})
        owner["uid"] = cluster.json("job", owner["name"])["metadata"]["uid"]
    return given


@pytest.mark.parametrize("case", CASES)
def test_an_object_comes_to_the_status_of_its_stage(planes: Fleet, case: str) -> None:
    cluster = planes.kubectl(HOST)
    given = owned(cluster, yaml.safe_load((FOLDER / f"{case}.input.yaml").read_text()))
    expected = FOLDER / f"{case}.output.yaml"
    kind, name = given["kind"], given["metadata"]["name"]
    bring(cluster, given)
    try:
        if not expected.exists():
            until(lambda: cluster("get", kind, name, check=False).returncode, f"{name} is gone", 15)
            return
        status = yaml.safe_load(expected.read_text())
        found: list[Any] = []

        def reached() -> bool:
            found[:] = [shown(cluster.json(kind, name)["status"])]
            return found == [status]

        try:
            until(reached, case, 15)
        except AssertionError:
            assert found == [status]
    finally:
        cluster("delete", kind, name, "--ignore-not-found", "--wait=false")
        cluster("delete", "job", "once", "--ignore-not-found", "--wait=false")
