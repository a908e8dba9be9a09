"""A running control plane gets another version: its programs are started anew, all else stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.clusters.manager import ControlPlaneManager
from sandbox.paths import Paths
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import MEMBER, Fleet

pytestmark = pytest.mark.kubernetes


def test_an_upgraded_control_plane_keeps_its_address_its_objects_and_its_nodes(
    own_paths: Paths, tmp_path: Path
) -> None:
    manager = ControlPlaneManager(own_paths, identity := fleet.identity())
    try:
        fleet.create(manager, MEMBER, version="1.36")
        manager.add_node(MEMBER, fleet.node(MEMBER, "a", 0))
        fleet.await_ready(manager, MEMBER)
        before = manager.status(MEMBER)
        kubectl = Fleet(own_paths, manager, identity, tmp_path).kubectl(MEMBER)
        kubectl("create", "configmap", "kept", "--from-literal=a=1")
        fleet.until(lambda: manager.node_ready(MEMBER, fleet.node(MEMBER, "a", 0).name), "its node is Ready")

        fleet.create(manager, MEMBER, version="1.37")
        fleet.await_ready(manager, MEMBER)
        assert json.loads(kubectl("get", "--raw", "/version").stdout)["emulationMinor"] == "37"
        assert manager.status(MEMBER) == before
        assert kubectl.json("configmap", "kept")["data"] == {"a": "1"}
        assert [node["metadata"]["name"] for node in kubectl.json("nodes")["items"]] == [
            fleet.node(MEMBER, "a", 0).name
        ]
    finally:
        manager.stop()
