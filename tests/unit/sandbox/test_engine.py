"""The choice of the engine, which the stack's settings keep."""

import json
import re

import pytest
import yaml

from sandbox.cli import engine, main
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

SETTINGS = """# A fleet.
config:
  federated-eks:clusters:
    - region: eu-west-1 # Ireland
  federated-eks:kubefed:
    chart: .sandbox/charts/kubefed
"""


@pytest.fixture
def project(paths: Paths) -> Paths:
    """A project whose stack has settings, and nothing that is up."""
    (paths.project / "Pulumi.sandbox.yaml").write_text(SETTINGS)
    return paths


def hold(paths: Paths) -> None:
    """Let the stack have a resource."""
    state = paths.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{"type": "aws:ec2/vpc:Vpc"}]}}}))


def written(paths: Paths) -> str:
    return (paths.project / "Pulumi.sandbox.yaml").read_text()


def test_a_choice_is_kept_in_the_settings_with_all_else_as_it_was(project: Paths) -> None:
    assert engine.current(project) == "kubefed"
    engine.choose(project, "karmada")
    assert engine.current(project) == "karmada"
    assert written(project).replace("  federated-eks:engine: karmada\n", "") == SETTINGS
    engine.choose(project, "kubefed")
    assert yaml.safe_load(written(project))["config"]["federated-eks:engine"] == "kubefed"
    assert written(project).count("federated-eks:engine") == 1


def test_a_choice_of_what_is_there_changes_nothing(project: Paths) -> None:
    hold(project)
    engine.choose(project, "kubefed")
    assert written(project) == SETTINGS


def test_a_fleet_that_is_up_keeps_its_engine(project: Paths) -> None:
    hold(project)
    message = (
        "ENGINE: karmada can't replace kubefed, which federates the fleet that is up; `make down` first, or "
        "leave ENGINE out"
    )
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        engine.choose(project, "karmada")
    assert written(project) == SETTINGS


def test_up_takes_the_engine_and_other_commands_refuse_it(
    project: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def up(paths: Paths) -> int:
        """end well with Karmada"""
        return 0 if engine.current(paths) == "karmada" else 1

    monkeypatch.setattr(main, "Paths", lambda _: project)
    monkeypatch.setitem(main.COMMANDS, "up", up)  # type: ignore[arg-type]  # a dict that is read only
    assert main.main(["up", "--engine", "karmada"]) == 0
    with pytest.raises(SystemExit):
        main.main(["down", "--engine", "kubefed"])
    assert "--engine: is for up, and down keeps the engine of the settings; leave it out" in capsys.readouterr().err
