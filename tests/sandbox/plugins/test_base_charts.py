"""The charts of examples/charts through the real engine, the helm binary, and a real API server.

Their files are those of the charts' own repositories, as Go modules have them. The charts of the AWS Load Balancer
Controller and of Argo CD are in no version of a Go module, so these two examples are only parsed, by the unit tests.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.paths import cache
from sandbox.setup import toolchain
from sandbox.setup.gomodule import GoModule
from tests.sandbox.plugins import engine
from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import PROJECT, Stack
from tests.unit.components.software.served import serving
from tests.unit.settings import example_charts

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
INSTANCE = "app.kubernetes.io/instance"
"""The label that has the release's name."""
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Source:
    """The place of a chart's files."""

    module: str
    folder: str
    crds: str = ""
    """The folder that the chart's own folder `crds` is a link to: a module has no links."""

    def files(self, module: Path, version: str) -> Mapping[str, str]:
        """The chart's files by path, as its release has them: it gives the version."""
        chart = module / self.folder
        ignored = [line for line in (chart / ".helmignore").read_text().splitlines() if line and line[0] != "#"]
        paths = [path.relative_to(chart) for path in chart.rglob("*") if path.suffix in (".yaml", ".json", ".tpl")]
        kept = [path for path in paths if not any(path.match(pattern) for pattern in ignored)]
        read = {path.as_posix(): (chart / path).read_text() for path in kept}
        linked = (module / self.crds).glob("*.yaml") if self.crds else ()
        read |= {f"crds/{path.name}": path.read_text() for path in linked}
        return {**read, "Chart.yaml": yaml.safe_dump({**yaml.safe_load(read["Chart.yaml"]), "version": version})}


SOURCES = {
    "external-dns": Source("sigs.k8s.io/external-dns@v0.22.0", "charts/external-dns"),
    "cert-manager": Source("github.com/cert-manager/cert-manager@v1.21.2", "deploy/charts/cert-manager"),
    "karpenter": Source("github.com/aws/karpenter-provider-aws@v1.13.1", "charts/karpenter", crds="pkg/apis/crds"),
}
"""By the example. Go checks each module by its checksum database."""
TYPES = {
    "external-dns": {"externaldns.k8s.io"},
    "cert-manager": {"acme.cert-manager.io", "cert-manager.io"},
    "karpenter": {"karpenter.k8s.aws", "karpenter.sh"},
}
"""The groups of each chart's CRDs."""


def entry(name: str) -> dict[str, Any]:
    """An example's one chart."""
    (chart,) = example_charts.config(name)["charts"]
    return chart


def published(folder: Path) -> list[Mapping[str, str]]:
    """The files of all charts in SOURCES; `folder` takes Go's log."""
    go = toolchain.find(cache(), folder / "go.log")
    with toolchain.in_use(go):
        modules = GoModule(go, folder, folder / "go.log")
        return [
            source.files(modules.dependency(source.module), entry(name)["version"]) for name, source in SOURCES.items()
        ]


def configure(stack: Stack, charts: Sequence[Any]) -> Stack:
    """The stack, with these charts."""
    config = {"federated-eks:clusters": TWO, "federated-eks:charts": [*charts]}
    file = stack.folder / "Pulumi.dev.yaml"
    kept: Any = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.write_text(yaml.safe_dump({**kept, "config": config}))
    return stack


@pytest.fixture(scope="module")
def installed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """A stack that has the examples' charts in the cluster, from a repository on this machine."""
    stack = engine.stack(tmp_path_factory.mktemp("charts"), {"KUBECONFIG": str(cluster.kubeconfig)})
    with serving() as server, cluster.nodes("eu-west-1a", "eu-west-1b"):
        server.publish(*published(stack.folder))
        configure(stack.program(PROGRAM), [{**entry(name), "repository": server.url} for name in SOURCES])
        up = stack.up()
        try:
            assert up.ok, up.text
            yield stack
        finally:
            if stack.resources():
                stack.destroy()


def deployments(cluster: Cluster, name: str) -> list[dict[str, Any]]:
    """The deployments of an example's release."""
    found = cluster.api.get(f"/apis/apps/v1/namespaces/{entry(name)['namespace']}/deployments")["items"]
    return [one for one in found if one["metadata"]["labels"].get(INSTANCE) == name]


def crd_groups(cluster: Cluster) -> set[str]:
    return {crd["spec"]["group"] for crd in cluster.api.get(CRDS)["items"]}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.usefixtures("installed")
def test_an_example_s_pods_have_the_role_s_service_account_and_the_page_s_images(name: str, cluster: Cluster) -> None:
    found = deployments(cluster, name)
    assert all(one["status"]["readyReplicas"] == one["spec"]["replicas"] for one in found)
    pods = [one["spec"]["template"]["spec"] for one in found]
    assert entry(name)["role"]["serviceAccount"] in {pod["serviceAccountName"] for pod in pods}
    images = {container["image"] for pod in pods for container in pod["containers"]}
    assert {image.partition("/")[0] for image in images} == {*example_charts.registries(name)}


@pytest.mark.usefixtures("installed")
def test_the_examples_types_are_there(cluster: Cluster) -> None:
    assert set[str]().union(*TYPES.values()) <= crd_groups(cluster)


def test_examples_stay_as_they_are_and_leave_but_for_their_types(installed: Stack, cluster: Cluster) -> None:
    assert installed.up().changes == {}
    up = configure(installed, []).up()
    assert up.ok, up.text
    assert [one for name in SOURCES for one in deployments(cluster, name)] == []
    assert set[str]().union(*TYPES.values()) <= crd_groups(cluster)
