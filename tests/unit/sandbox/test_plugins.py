import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.cli import plugins
from sandbox.cli.plugins import PLUGINS
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

Program = Callable[[Path, str], Path]

PROJECT = Path(__file__).parents[3]


def installed(paths: Paths) -> dict[str, Path]:
    folders = (paths.pulumi_home / "plugins").iterdir()
    return {program.name: program for folder in folders for program in folder.iterdir()}


def test_every_plugin_has_a_stand_in_of_the_sdks_version(paths: Paths, tmp_path: Path, write_script: Program) -> None:
    write_script(paths.venv / "bin" / "python", """printf '%s|' "$PYTHONPATH" "$@\"""")
    assert plugins.install(paths, {"PATH": "/nowhere", "PULUMI_HOME": "/nowhere"}) == []
    got = installed(paths)
    sdks = re.findall(r"^pulumi-(\w+)==", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    assert set(got) == {"pulumi-language-python", *(f"pulumi-resource-{name}" for name in sdks)}
    assert got["pulumi-resource-aws"].parent.name == f"resource-aws-v{PLUGINS[0].version}"
    said = subprocess.run([got["pulumi-language-python"], "-a", "b c"], capture_output=True, text=True, check=True)
    assert said.stdout == f"{paths.project}|-m|sandbox.plugins.language_python|-a|b c|"


def test_an_official_plugin_on_path_is_used_as_it_is(paths: Paths, tmp_path: Path, write_script: Program) -> None:
    official = write_script(tmp_path / "official" / "pulumi-resource-eks", "echo official")
    environ = {"PATH": str(official.parent), "PULUMI_HOME": "/nowhere"}
    assert plugins.install(paths, environ) == ["pulumi-resource-eks"]
    assert installed(paths)["pulumi-resource-eks"].resolve() == official


def test_an_official_plugin_in_the_persons_own_folder_is_used_with_all_its_files(
    paths: Paths, tmp_path: Path, write_script: Program
) -> None:
    folder = tmp_path / "theirs" / "plugins" / PLUGINS[0].folder
    write_script(folder / "pulumi-resource-aws", "echo official")
    (folder / "PulumiPlugin.yaml").write_text("runtime: go")
    environ = {"PATH": "/nowhere", "PULUMI_HOME": str(tmp_path / "theirs")}
    assert plugins.install(paths, environ) == ["pulumi-resource-aws"]
    mine = paths.pulumi_home / "plugins" / PLUGINS[0].folder
    assert {path.name for path in mine.iterdir()} == {"pulumi-resource-aws", "PulumiPlugin.yaml"}
    assert not mine.is_symlink()


@pytest.mark.parametrize("flaw", ["another version", "half installed"])
def test_an_official_plugin_that_would_not_do_is_not_used(
    paths: Paths, tmp_path: Path, write_script: Program, flaw: str
) -> None:
    folder = tmp_path / "theirs" / "plugins" / PLUGINS[0].folder
    write_script(folder / "pulumi-resource-aws", "echo official")
    if flaw == "half installed":
        folder.with_name(f"{folder.name}.partial").touch()
    else:
        folder.rename(folder.with_name("resource-aws-v1.0.0"))
    assert plugins.install(paths, {"PATH": "/nowhere", "PULUMI_HOME": str(tmp_path / "theirs")}) == []


def test_an_official_plugin_that_is_gone_gives_way_to_the_stand_in(
    paths: Paths, tmp_path: Path, write_script: Program
) -> None:
    official = write_script(tmp_path / "official" / "pulumi-resource-eks", "echo official")
    environ = {"PATH": str(official.parent), "PULUMI_HOME": "/nowhere"}
    plugins.install(paths, environ)
    official.unlink()
    assert plugins.install(paths, environ) == []
    assert os.access(installed(paths)["pulumi-resource-eks"], os.X_OK)


def test_what_is_right_already_is_left_alone(paths: Paths, tmp_path: Path, write_script: Program) -> None:
    official = write_script(tmp_path / "official" / "pulumi-resource-eks", "echo official")
    environ = {"PATH": str(official.parent), "PULUMI_HOME": "/nowhere"}
    plugins.install(paths, environ)
    before = {name: file.lstat() for name, file in installed(paths).items()}
    plugins.install(paths, environ)
    assert {name: file.lstat().st_ino for name, file in installed(paths).items()} == {
        name: stat.st_ino for name, stat in before.items()
    }


def test_a_sandbox_whose_env_is_sourced_is_not_taken_for_the_persons_own_folder(
    paths: Paths, tmp_path: Path, write_script: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert plugins.install(paths, {"PATH": "/nowhere", "PULUMI_HOME": "/nowhere"}) == []
    assert plugins.install(paths, {"PATH": "/nowhere", "PULUMI_HOME": str(paths.pulumi_home)}) == []
    assert not any(program.is_symlink() for program in installed(paths).values())


@pytest.fixture
def official(tmp_path: Path, write_script: Program) -> dict[str, str]:
    """An environment in which the official plugins for EKS and Python lie on PATH."""
    for name in ("pulumi-resource-eks", "pulumi-language-python"):
        write_script(tmp_path / "official" / name, "echo official")
    return {"PATH": str(tmp_path / "official"), "PULUMI_HOME": "/nowhere"}


NONE = {"PATH": "/nowhere", "PULUMI_HOME": "/nowhere"}


def test_a_standing_stack_keeps_the_stand_in_that_made_it(
    paths: Paths, official: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plugins.install(paths, NONE)
    assert plugins.install(paths, official, standing=True) == ["pulumi-language-python"]
    assert not installed(paths)["pulumi-resource-eks"].is_symlink()
    said = capsys.readouterr().out
    assert "pulumi-resource-eks" in said
    assert "make down" in said
    assert plugins.install(paths, official) == ["pulumi-resource-eks", "pulumi-language-python"]


def test_a_standing_stack_whose_official_plugin_is_gone_says_what_to_do(paths: Paths, official: dict[str, str]) -> None:
    plugins.install(paths, official)
    with pytest.raises(UserError, match=r"^pulumi-resource-eks: .* is gone; install it again, or forget .* make clean"):
        plugins.install(paths, NONE, standing=True)
    assert installed(paths)["pulumi-resource-eks"].is_symlink()
    assert plugins.install(paths, NONE) == []


def test_a_standing_stack_without_a_note_keeps_what_is_installed(paths: Paths, official: dict[str, str]) -> None:
    plugins.install(paths, NONE)
    (paths.pulumi_home / "plugins.json").unlink()
    assert plugins.install(paths, official, standing=True) == ["pulumi-language-python"]
    assert not installed(paths)["pulumi-resource-eks"].is_symlink()
