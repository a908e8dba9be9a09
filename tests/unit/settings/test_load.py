"""Configurations that the project ships, and Pulumi.yaml's declaration of every key."""

from pathlib import Path

import pytest
import yaml

from settings import Settings
from tests.unit.settings.parse import TWO, parse

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
def test_a_shipped_stack_is_the_article_s_fleet(stack: str) -> None:
    shipped = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key.removeprefix("federated-eks:"): value for key, value in shipped.items()}
    if stack == "dev":
        values["endpoint"]["allowedCidrs"] = ["198.51.100.7/32"]
    settings = parse(values)
    assert [(c.name, c.region, str(c.cidr)) for c in settings.plan.clusters] == [
        ("federated-eks-1", "eu-west-1", "172.21.0.0/16"),
        ("federated-eks-2", "eu-west-3", "172.22.0.0/16"),
    ]
    assert settings.bastion.instance_type == "t3.micro"
    assert len(settings.plan.links) == 3


@pytest.mark.parametrize(
    "example", sorted((PROJECT / "examples" / "fleets").glob("*.yaml")), ids=lambda file: file.stem
)
def test_an_example_fleet_s_settings_are_taken(example: Path) -> None:
    values = yaml.safe_load(example.read_text())["config"]
    settings = parse({key.removeprefix("federated-eks:"): value for key, value in values.items()})
    assert [cluster.region for cluster in settings.plan.clusters] == ["us-west-2", "us-east-2"]


def test_pulumi_yaml_declares_just_the_settings_that_there_are_with_the_same_defaults() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    fields = {field.alias or name: field for name, field in Settings.model_fields.items()}
    assert {key.removeprefix("federated-eks:") for key in declared} == set(fields)
    for key, declaration in declared.items():
        assert declaration["description"]
        if not fields[key.removeprefix("federated-eks:")].is_required():
            defaulted = parse({"clusters": TWO, key.removeprefix("federated-eks:"): declaration["default"]})
            assert defaulted == parse({"clusters": TWO})
