"""A chart in three clusters, of which it fails in one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
import yaml

from tests.sandbox.plugins.conftest import Cluster, control_planes
from tests.sandbox.plugins.engine import PROJECT, Stack
from tests.sandbox.plugins.test_software import chart, words
from tests.unit.components.software.served import Server, serving

pytestmark = pytest.mark.kubernetes

NAMES = ("federated-eks-1", "federated-eks-2", "federated-eks-3")
PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(PROJECT)!r})
    from pathlib import Path
    import pulumi_kubernetes as k
    import settings as stack
    from components.software import Place, Software, SoftwareArgs
    from settings import software

    for name, entries in software.resolve(stack.load()).clusters.items():
        provider = k.Provider(name, kubeconfig=Path(f"{{name}}.json").read_text(), upsert_existing_objects=True)
        place = Place(cluster=name, provider=provider, control_plane=provider, ready=[])
        Software(f"{{name}}-software", SoftwareArgs(place=place, entries=entries))
"""


@pytest.fixture
def three() -> Generator[Mapping[str, Cluster]]:
    """Three clusters, by name."""
    with control_planes(*NAMES) as made:
        yield dict(zip(NAMES, made, strict=True))


@pytest.fixture
def server() -> Generator[Server]:
    """A chart repository on this machine."""
    with serving() as made:
        made.publish(words("1.0.0", size="integer"))
        yield made


def sizes(clusters: Mapping[str, Cluster]) -> dict[str, Any]:
    """The size that the chart's object has in each cluster."""
    path = "/apis/example.org/v1/namespaces/speech/widgets/words"
    return {name: cluster.api.get(path)["spec"]["size"] for name, cluster in clusters.items()}


def test_a_chart_that_fails_in_one_of_three_clusters_is_upgraded_in_the_others(
    three: Mapping[str, Cluster], stacks: Callable[..., Stack], server: Server
) -> None:
    fleet = stacks().program(PROGRAM)
    for name, cluster in three.items():
        shutil.copy(cluster.kubeconfig, fleet.folder / f"{name}.json")
    first, second, third = NAMES

    def up(size: int, **by_cluster: Any) -> Any:
        entry = chart(server, values={"widget": {"size": size}}, valuesByCluster=by_cluster)
        regions = [{"region": region} for region in ("eu-west-1", "eu-west-3", "us-east-1")]
        config = {"federated-eks:clusters": regions, "federated-eks:charts": [entry]}
        (fleet.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({**kept, "config": config}))
        return fleet.up()

    kept = yaml.safe_load((fleet.folder / "Pulumi.dev.yaml").read_text())
    assert (done := up(1)).ok, done.text
    done = up(2, **{second: {"widget": {"size": "two"}}})
    assert not done.ok
    assert f"charts: words failed in {second}: Release was not changed (" in done.text, done.text
    assert f"failed in {first}" not in done.text and f"failed in {third}" not in done.text
    assert sizes(three) == {first: 2, second: 1, third: 2}
    assert (done := up(2)).ok, done.text
    assert sizes(three) == dict.fromkeys(NAMES, 2)
