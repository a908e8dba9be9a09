"""The command line that all commands share, and what the package may import."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.__main__ import main
from ops.configuration import PROJECT

pytestmark = pytest.mark.unit

COMMANDS = [
    *("", "map", "tunnel", "preview", "preview run", "preview comment", "preview issue", "permissions"),
    *("leftovers", "parallel", "recover", "rotate"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_the_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    usage, codes = capsys.readouterr().out.split("exit codes:\n")
    assert usage.startswith(f"usage: python -m ops {command}".rstrip())
    assert {"0", "1", "2"} <= {line.split()[0] for line in codes.splitlines() if line.startswith("  ")}


@pytest.mark.parametrize("command", ["tunnel", "preview run"])
def test_exit_codes_of_other_programs_are_in_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    assert "\n  N       " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [*COMMANDS, "nothing", "map --stack", "preview comment --number one folder"])
def test_invalid_usage_ends_with_2(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m ops")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_no_package_but_its_own(command: str, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "ops", tmp_path / "ops")
    for name in ("progress.py", "wire.py"):
        shutil.copy(PROJECT / name, tmp_path)
    # Without site-packages, and without the variables that would bring them back.
    argv = [sys.executable, "-S", "-E", "-m", "ops", *command.split(), "--help"]
    process = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each file of a folder, with each top-level package that it imports."""
    for file in sorted((PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            name = str(file.relative_to(PROJECT))
            if isinstance(node, ast.Import):
                yield from ((name, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield name, (node.module or "").partition(".")[0]


def test_ops_and_the_sandbox_do_not_import_each_other() -> None:
    assert not [file for file, package in imports("ops") if package == "sandbox"]
    assert not [file for file, package in imports("sandbox") if package == "ops"]


def test_only_these_commands_and_the_sign_in_import_what_is_installed() -> None:
    standard = {*sys.stdlib_module_names, "ops", "progress", "wire"}
    found = {Path(file) for file, package in imports("ops") if package not in standard}
    shared = {file for file in found if file.parent == Path("ops")}
    assert shared == {Path("ops/aws.py"), Path("ops/configuration.py"), Path("ops/sign_in.py")}, (
        "which do so for a stack that is down"
    )
    assert {str(file.parent) for file in found - shared} == {
        "ops/leftovers",
        "ops/map",
        "ops/permissions",
        "ops/recover",
        "ops/rotate",
    }


def test_a_package_that_is_missing_is_one_message(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "ops", tmp_path / "ops")
    for name in ("progress.py", "wire.py"):
        shutil.copy(PROJECT / name, tmp_path)
    argv = [sys.executable, "-S", "-E", "-m", "ops", "map", "--stack", "dev"]
    process = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert re.fullmatch(r"error: kubernetes: not installed in .*; run the command by .*\n", process.stderr)
