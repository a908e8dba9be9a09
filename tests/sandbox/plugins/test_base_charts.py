"""The charts of examples/charts through the real engine, the helm binary, and a real API server.

Their files are those of the charts' own repositories, as Go modules have them. The charts of the AWS Load Balancer
Controller and of Argo CD are in no Go module, so these two examples are only parsed, by the unit tests.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import toolchain
from sandbox.gomodule import GoModule
from sandbox.paths import cache
from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import PROJECT, Stack
from tests.unit.components.software.served import Server, serving

pytestmark = pytest.mark.kubernetes

PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(PROJECT)!r})
    import pulumi, pulumi_kubernetes as k
    import settings as stack
    from components.software import Place, Software, SoftwareArgs
    from settings import software

    plane = k.core.v1.ConfigMap("plane", metadata={{"name": "plane"}})
    provider = k.Provider("cluster", upsert_existing_objects=True)
    # The examples are for two clusters, and there is one here.
    name, entries = next(iter(software.resolve(stack.load()).clusters.items()))
    place = Place(cluster=name, provider=provider, control_plane=plane, ready=[])
    Software(f"{{name}}-software", SoftwareArgs(place=place, entries=entries))
"""
TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]


@dataclass(frozen=True)
class Source:
    """Where a chart's files are."""

    module: str
    folder: str

    def files(self, folder: Path, version: str) -> Mapping[str, str]:
        """The chart's files by path, as its release has them: it gives the version."""
        chart = folder / self.folder
        paths = [path for path in chart.rglob("*") if path.is_file() and path.suffix in (".yaml", ".json", ".tpl")]
        read = {path.relative_to(chart).as_posix(): path.read_text() for path in paths}
        return {**read, "Chart.yaml": yaml.safe_dump({**yaml.safe_load(read["Chart.yaml"]), "version": version})}


SOURCES = {
    "external-dns": Source("sigs.k8s.io/external-dns@v0.22.0", "charts/external-dns"),
}
"""By the example. Go checks each module by its checksum database."""


@pytest.fixture
def repository() -> Generator[Server]:
    """A chart repository on this machine."""
    with serving() as server:
        yield server


def example(name: str, stack: Stack, server: Server) -> dict[str, Any]:
    """Let the stack have an example's charts, from the server; its one entry is returned."""
    (entry,) = yaml.safe_load((PROJECT / "examples" / "charts" / f"{name}.yaml").read_text())["config"][
        "federated-eks:charts"
    ]
    source = SOURCES[name]
    go = toolchain.find(cache(), stack.folder / "go.log")
    with toolchain.in_use(go):
        folder = GoModule(go, stack.folder, stack.folder / "go.log").dependency(source.module)
        server.publish(source.files(folder, entry["version"]))
    configure(stack, {**entry, "repository": server.url})
    return entry


def configure(stack: Stack, *charts: Any) -> None:
    file = stack.folder / "Pulumi.dev.yaml"
    kept: Any = yaml.safe_load(file.read_text()) if file.exists() else {}
    config = {"federated-eks:clusters": TWO, "federated-eks:charts": [*charts]}
    file.write_text(yaml.safe_dump({**kept, "config": config}))


@pytest.mark.parametrize("name", SOURCES)
def test_an_example_s_chart_comes_up_and_its_pods_have_the_role_s_service_account(
    name: str, kube: Stack, repository: Server, cluster: Cluster
) -> None:
    entry = example(name, kube.program(PROGRAM), repository)
    with cluster.nodes("eu-west-1a", "eu-west-1b"):
        up = kube.up()
        assert up.ok, up.text
        items = cluster.api.get(f"/apis/apps/v1/namespaces/{entry['namespace']}/deployments")["items"]
        accounts = {one["spec"]["template"]["spec"]["serviceAccountName"] for one in items}
        assert entry["role"]["serviceAccount"] in accounts
        assert all(one["status"]["readyReplicas"] == one["spec"]["replicas"] for one in items)
        assert kube.up().changes == {}
        configure(kube)
        assert kube.up().ok
