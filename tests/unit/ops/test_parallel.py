"""The number of Pulumi's parallel operations, by the clusters that a stack has or will have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops import configuration, outputs, parallel
from ops.__main__ import main

pytestmark = pytest.mark.unit


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration's file of the stack `dev`, which is not up."""
    monkeypatch.setattr(configuration, "PROJECT", tmp_path)
    existing(monkeypatch, {})
    return tmp_path / "Pulumi.dev.yaml"


def existing(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]) -> None:
    monkeypatch.setattr(outputs, "whatever", lambda stack: told)


def write(file: Path, clusters: int) -> None:
    regions = [{"region": f"r-{number}"} for number in range(clusters)]
    file.write_text(json.dumps({"config": {"federated-eks:clusters": regions}}))


@pytest.mark.parametrize(("clusters", "places"), [(0, 16), (1, 16), (2, 16), (3, 24), (8, 64), (50, 400)])
def test_each_cluster_has_its_places_and_small_fleets_no_fewer_than_two_clusters(
    clusters: int, places: int, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(stack, clusters)
    assert main(["parallel", "--stack", "org/federated-eks/dev"]) == 0
    assert capsys.readouterr().out == f"{places}\n"


@pytest.mark.parametrize(("configured", "up"), [(8, 2), (2, 8)])
def test_clusters_that_come_count_and_so_do_those_that_go(
    configured: int, up: int, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stack, configured)
    existing(monkeypatch, {"clusters": {f"federated-eks-{number}": {} for number in range(up)}})
    assert parallel.clusters("dev") == 8


def test_a_stack_without_a_file_is_as_large_as_its_outputs(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parallel.clusters("dev") == 0
    existing(monkeypatch, {"clusters": {"a": {}, "b": {}, "c": {}}})
    assert parallel.clusters("dev") == 3


def test_clusters_that_are_no_list_are_named_with_the_fix(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack.write_text("config: {'federated-eks:clusters': eu-west-1}")
    assert main(["parallel", "--stack", "dev"]) == 1
    assert capsys.readouterr().err == (
        "error: federated-eks:clusters: eu-west-1 is not a list; write a line `- region: ...` for each cluster\n"
    )
