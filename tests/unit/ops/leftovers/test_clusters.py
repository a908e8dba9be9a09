"""The clusters that a stack has or had, and the owner of a cluster of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.aws import AwsError
from ops.errors import UserError
from ops.leftovers import clusters
from ops.leftovers.clusters import Cluster, Named

pytestmark = pytest.mark.unit

FILE = """
config:
  aws:region: eu-west-1
  federated-eks:name: shop
  federated-eks:clusters:
    - region: eu-west-1
    - {region: eu-west-3, name: paris}
  federated-eks:kubernetesVersion: "1.35"
"""
CONFIGURED = {Named("eu-west-1", "shop-1"), Named("eu-west-3", "paris")}
UP = {"clusters": {"shop-1": {"region": "eu-west-1", "name": "shop-1"}}}


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.dev.yaml").write_text(FILE)
    monkeypatch.setattr("ops.configuration.PROJECT", tmp_path)
    return tmp_path


def outputs(monkeypatch: pytest.MonkeyPatch, left: dict[str, Any] | None) -> None:
    def whatever(stack: str) -> dict[str, Any]:
        if left is None:
            raise UserError(f"--stack: {stack}: pulumi can't read its outputs")
        return left

    monkeypatch.setattr("ops.outputs.whatever", whatever)


def test_a_destroyed_stack_s_clusters_are_those_of_its_configuration(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs(monkeypatch, {})
    for stack in ("dev", "organization/federated-eks/dev"):
        assert clusters.named(stack) == (sorted(CONFIGURED), set())


def test_a_stack_that_is_up_has_those_of_its_outputs_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs(monkeypatch, {"clusters": {"old": {"region": "us-east-1", "name": "old"}}})
    assert clusters.named("dev") == (sorted(CONFIGURED | {Named("us-east-1", "old")}), {Named("us-east-1", "old")})


def test_outputs_alone_suffice_where_the_configuration_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs(monkeypatch, UP)
    (project / "Pulumi.dev.yaml").write_text("config: {federated-eks:clusters: []}")
    assert clusters.named("dev") == ([Named("eu-west-1", "shop-1")], {Named("eu-west-1", "shop-1")})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no Pulumi.dev.yaml with its clusters; restore that file"),
        (
            "config: {federated-eks:clusters: []}",
            r"Pulumi.dev.yaml is refused: federated-eks:clusters: \[\] is no fleet",
        ),
    ],
)
def test_a_destroyed_stack_without_a_good_configuration_is_told_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, says: str
) -> None:
    outputs(monkeypatch, {})
    file = project / "Pulumi.dev.yaml"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(UserError, match=says):
        clusters.named("dev")
    assert clusters.named("dev", ["eu-west-1/shop-1"])[0] == [Named("eu-west-1", "shop-1")]


def test_clusters_that_are_named_are_looked_at_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs(monkeypatch, UP)
    gone, standing = Named("us-east-1", "shop-3"), Named("eu-west-1", "shop-1")
    assert clusters.named("dev", ["us-east-1/shop-3"]) == ([gone], set())
    assert clusters.named("dev", ["us-east-1/shop-3", "eu-west-1/shop-1"]) == ([standing, gone], {standing})


def test_a_cluster_can_be_named_when_even_the_stack_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs(monkeypatch, None)
    assert clusters.named("gone", ["eu-west-1/shop-1"]) == ([Named("eu-west-1", "shop-1")], set())
    with pytest.raises(UserError, match="can't read its outputs"):
        clusters.named("gone")
    with pytest.raises(UserError, match="--cluster: shop-1 is not REGION/NAME"):
        clusters.named("gone", ["shop-1"])


def told(**more: Any) -> Any:
    described = {
        "status": "ACTIVE",
        "endpoint": "https://1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0E="},
        "resourcesVpcConfig": {"clusterSecurityGroupId": "sg-1"},
        **more,
    }
    return lambda *_, **__: {"cluster": described}


def test_a_cluster_of_that_name_is_the_stack_s_if_outputs_or_tag_say_so() -> None:
    named = Named("eu-west-1", "shop-1")
    by_tag = clusters.look_up(told(tags={"stack": "dev"}), "org/federated-eks/dev", named, up=False)
    assert by_tag == Cluster(
        name="shop-1",
        region="eu-west-1",
        status="ACTIVE",
        endpoint="https://1.eks.amazonaws.com",
        authority="Q0E=",
        group="sg-1",
        tags={"stack": "dev"},
    )
    assert by_tag is not None and by_tag.alive
    assert clusters.look_up(told(), "dev", named, up=True) is not None
    assert clusters.look_up(told(tags={"stack": "prod"}), "dev", named, up=False) is None
    assert clusters.look_up(told(), "dev", named, up=False) is None


def test_a_cluster_that_is_gone_does_not_exist_and_one_that_goes_is_not_called() -> None:
    def gone(*_: Any, **__: Any) -> Any:
        raise AwsError("ResourceNotFoundException", "No cluster found")

    found = clusters.look_up(gone, "dev", Named("eu-west-1", "shop-1"), up=True)
    assert found is not None
    assert not found.exists
    for status, alive in (("DELETING", False), ("CREATING", False), ("FAILED", False), ("UPDATING", True)):
        other = clusters.look_up(told(status=status), "dev", Named("eu-west-1", "shop-1"), up=True)
        assert other is not None
        assert (other.exists, other.alive) == (True, alive), status


def test_an_account_that_is_not_signed_in_to_is_one_error() -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AwsError("AccessDeniedException", "no eks:DescribeCluster")

    with pytest.raises(UserError, match="shop-1: EKS can't be called in eu-west-1: AccessDeniedException"):
        clusters.look_up(refused, "dev", Named("eu-west-1", "shop-1"), up=True)
