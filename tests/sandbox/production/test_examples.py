"""The example fleets, each brought up from nothing as it stands; only what the sandbox has to have is added."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from tests.sandbox.checkout import PROJECT, fresh
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet

EXAMPLES = {file.stem: file for file in sorted((PROJECT / "examples" / "fleets").glob("*.yaml"))}
REGIONS = {"federated-eks-1": "us-west-2", "federated-eks-2": "us-east-2"}


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Generator[tuple[str, Fleet], None, None]:
    """An example's name, and its fleet."""
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        stack = checkout.project / "Pulumi.sandbox.yaml"
        needed = yaml.safe_load(stack.read_text())["config"]
        settings = yaml.safe_load(Path(EXAMPLES[request.param]).read_text())["config"]
        kept = {key: needed[f"federated-eks:{key}"] for key in ("kubefed", "controlPlane")}
        stack.write_text(yaml.safe_dump({"config": settings}))
        fleet.configure(**kept)
        checkout.sandbox("up")
        yield request.param, fleet
        checkout.sandbox("down")


def test_its_clusters_are_joined_and_ready(example: tuple[str, Fleet]) -> None:
    assert example[1].ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}


def test_its_clusters_run_on_what_it_lists(example: tuple[str, Fleet]) -> None:
    name, fleet = example
    own = {"federated-eks-1": {"nodes": 3, "system": 1}, "federated-eks-2": {"system": 2, "batch": 2}}
    expected = own if name == "node-groups" else {cluster: {"nodes": 2} for cluster in REGIONS}
    for cluster, sizes in expected.items():
        groups = fleet.node_groups(cluster, REGIONS[cluster])
        assert {key: group["scalingConfig"]["desiredSize"] for key, group in groups.items()} == sizes
        assert {group["status"] for group in groups.values()} == {"ACTIVE"}
        nodes = fleet.kubectl(cluster, "get", "nodes", "--no-headers").stdout.splitlines()
        assert len([line for line in nodes if " Ready " in line]) == sum(sizes.values())


def test_its_fargate_profiles_are_active(example: tuple[str, Fleet]) -> None:
    name, fleet = example
    for cluster, region in REGIONS.items():
        eks = fleet.boto("eks", region)
        profiles = eks.list_fargate_profiles(clusterName=cluster)["fargateProfileNames"]
        assert len(profiles) == (1 if name == "fargate" else 0)
        for profile in profiles:
            told = eks.describe_fargate_profile(clusterName=cluster, fargateProfileName=profile)["fargateProfile"]
            assert told["status"] == "ACTIVE"
            assert [one["namespace"] for one in told["selectors"]] == ["serverless", "default"]
