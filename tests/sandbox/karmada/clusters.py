"""The clusters of a fleet with Karmada, and the day by which it issues certificates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.sandbox.fleet.live import Fleet
from tests.sandbox.fleet.workloads import FIRST as HOST
from tests.sandbox.fleet.workloads import SECOND as OTHER

NAMESPACE = "karmada-system"
BOTH = (HOST, OTHER)
CLUSTERS: list[dict[str, Any]] = [
    {"region": "eu-west-1", "nodeGroups": [{"name": "nodes", "desired": 3}]},
    {"region": "eu-west-3"},
]
"""The fleet's: three nodes are in three zones."""

CLOCK = "components/federation/karmada/certificates.py"
TODAY = "    return datetime.now(timezone.utc)\n"
LAST_YEAR = "    return datetime.fromtimestamp(datetime.now().timestamp() - 365 * 24 * 3600, timezone.utc)\n"


def a_year_ago(fleet: Fleet) -> None:
    """Have the fleet's updates issue certificates as of last year."""
    clock = fleet.checkout.project / CLOCK
    clock.write_text(clock.read_text().replace(TODAY, LAST_YEAR))


def today(fleet: Fleet) -> None:
    """Have the fleet's updates issue certificates as of today again."""
    clock = fleet.checkout.project / CLOCK
    clock.write_text(clock.read_text().replace(LAST_YEAR, TODAY))


def clusters(fleet: Fleet) -> Mapping[str, Any]:
    """The clusters that have joined Karmada, by name."""
    listed = json.loads(fleet.kubectl("karmada", "get", "clusters.cluster.karmada.io", "-o", "json").stdout)
    return {item["metadata"]["name"]: item for item in listed["items"]}


def clusters_ready(fleet: Fleet) -> dict[str, list[str]]:
    """The condition Ready of each cluster that has joined Karmada."""
    return {
        name: [one["status"] for one in item["status"]["conditions"] if one["type"] == "Ready"]
        for name, item in clusters(fleet).items()
    }
