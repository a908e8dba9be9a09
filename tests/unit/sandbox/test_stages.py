"""kwok's Stage objects, from the files in sandbox/clusters/stages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clusters import nodes
from sandbox.clusters.images import OURS

pytestmark = pytest.mark.unit

FILES = {file.stem: file for file in (Path(nodes.__file__).parent / "stages").iterdir()}


def selected(stage: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The expressions of a stage that an object matches, all of them."""
    found = stage["spec"]["selector"]["matchExpressions"]
    return [(each["key"], each["operator"], tuple(each.get("values", ()))) for each in found]


def test_every_file_is_a_stage_of_its_name() -> None:
    assert sorted(FILES) == sorted(nodes.STAGES)
    for name in nodes.STAGES:
        stage = nodes.stage(name)
        assert (stage["apiVersion"], stage["kind"]) == ("kwok.x-k8s.io/v1alpha1", "Stage")
        assert stage["metadata"] == {"name": name}


@pytest.mark.parametrize("name", [name for name in nodes.STAGES if name.startswith("pod-")])
def test_a_stage_leaves_the_pods_alone_that_the_sandbox_runs(name: str) -> None:
    (key,) = (
        key for key, operator, values in selected(nodes.stage(name)) if (operator, values) == ("NotIn", ("true",))
    )
    (pattern,) = re.findall(r'^\.spec\.containers\[0\]\.image \| test\((".*")\) \| tostring$', key)
    assert json.loads(pattern) == OURS


def test_a_pod_that_is_being_deleted_is_in_no_stage_but_its_end() -> None:
    gone = ".metadata.deletionTimestamp"
    operators = {
        name: {key: operator for key, operator, _ in selected(nodes.stage(name))}.get(gone) for name in nodes.STAGES
    }
    assert operators.pop("pod-delete") == "Exists"
    assert operators.pop("node-ready") is None
    assert set(operators.values()) == {"DoesNotExist"}


def test_kwok_s_file_has_every_stage(tmp_path: Path) -> None:
    written = nodes.write_kwok_config(tmp_path / "kwok.yaml").read_text().split("\n---\n")
    assert [json.loads(each) for each in written] == [nodes.stage(name) for name in nodes.STAGES]
