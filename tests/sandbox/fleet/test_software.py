"""Charts and manifests of a fleet: in every cluster or some, before the types that they bring, and when one fails."""

import json
from collections.abc import Generator
from typing import Any

import pytest
import yaml

from tests.sandbox.fleet.live import Fleet
from tests.unit.components.software.served import Server, crd, files, serving

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
WIDGETS = "widgets.example.org"
TEMPLATE = """
apiVersion: example.org/v1
kind: Widget
metadata:
  name: {{ .Release.Name }}
spec:
  size: {{ toJson .Values.size }}
"""


@pytest.fixture
def server() -> Generator[Server]:
    """A chart repository on this machine."""
    within = {"crds/all.yaml": yaml.safe_dump(crd("widgets", "Widget", size="integer")), "templates/w.yaml": TEMPLATE}
    with serving() as made:
        made.publish(files("sizes", "1.0.0", values={"size": 1}, more=within))
        yield made


@pytest.fixture
def fleet(live_fleet: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, its settings put back afterwards, and what that changes."""
    with live_fleet.settings_put_back():
        yield live_fleet
    if live_fleet.preview():
        live_fleet.pulumi("up", "--yes", "--skip-preview")


def widget(fleet: Fleet, cluster: str) -> Any:
    """The widget that the chart makes; None where there is none."""
    told = fleet.kubectl(cluster, "-n", "sizes", "get", "widgets", "-o", "json", check=False)
    items = json.loads(told.stdout)["items"] if told.stdout.strip() else []
    return items[0]["spec"] if items else None


def test_a_chart_s_type_is_federated_in_the_update_that_brings_it_and_a_failure_is_one_cluster_s(
    fleet: Fleet, server: Server
) -> None:
    (fleet.checkout.project / "base.yaml").write_text(
        yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "base"}, "data": {"a": "1"}})
    )
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "labels": {"tier": "gold"}}]
    chart = {
        "name": "sizes",
        "chart": "sizes",
        "repository": server.url,
        "version": "1.0.0",
        "namespace": "sizes",
        "valuesByCluster": {SECOND: {"size": 2}},
        "crds": "delete",
    }
    manifest = {"name": "base", "file": "base.yaml", "labels": {"tier": "gold"}, "after": ["sizes"]}
    config = yaml.safe_load(fleet.settings.read_text())["config"]
    before, own = config["federated-eks:types"], config["federated-eks:manifests"]
    types = [*before, {"name": WIDGETS, "federatedGroup": "fleet.example.org"}]
    fleet.configure(clusters=clusters, charts=[chart], manifests=[*own, manifest], types=types)
    assert {step.op for step in fleet.preview()} <= {"create", "update"}
    fleet.pulumi("up", "--yes", "--skip-preview")
    assert [widget(fleet, cluster) for cluster in (FIRST, SECOND)] == [{"size": 1}, {"size": 2}]
    assert fleet.ready() == {FIRST: "True", SECOND: "True"}
    configs = fleet.kubectl(FIRST, "-n", "kube-federation-system", "get", "federatedtypeconfigs", WIDGETS, "-o", "json")
    assert json.loads(configs.stdout)["status"]["propagationController"] == "Running"
    assert fleet.kubectl(SECOND, "get", "configmap", "base", check=False).returncode == 0
    assert fleet.kubectl(FIRST, "get", "configmap", "base", check=False).returncode != 0
    assert fleet.preview() == []

    # One cluster's release fails, and the other's is upgraded.
    fleet.configure(charts=[{**chart, "values": {"size": 3}, "valuesByCluster": {SECOND: {"size": "many"}}}])
    up = fleet.pulumi("up", "--yes", "--skip-preview", check=False)
    assert up.returncode != 0
    told = up.stdout
    assert f"charts: sizes failed in {SECOND}: Release was not changed (" in told
    assert f"charts: sizes failed in {FIRST}" not in told
    assert widget(fleet, FIRST) == {"size": 3}
    assert widget(fleet, SECOND) == {"size": 2}

    # All go, the type first, and then the CRD, which has had its consent.
    fleet.configure(charts=[], manifests=own, types=before)
    fleet.pulumi("up", "--yes", "--skip-preview")
    for cluster in (FIRST, SECOND):
        assert fleet.kubectl(cluster, "get", "crd", WIDGETS, check=False).returncode != 0
