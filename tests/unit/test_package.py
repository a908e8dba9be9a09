"""The package that users install: its version, and what it depends on."""

from __future__ import annotations

import ast
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from setuptools.config.pyprojecttoml import load_file

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]
DECLARED: Any = load_file(PROJECT / "pyproject.toml")
DEPENDENCIES = {one.name: one for one in map(Requirement, DECLARED["project"]["dependencies"])}


def imported() -> set[str]:
    """The installed packages that `components` imports, by their modules' names."""
    trees = [ast.parse(file.read_text()) for file in (PROJECT / "components").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_the_package_depends_on_just_what_it_imports() -> None:
    providers = metadata.packages_distributions()
    assert {providers[module][0].lower().replace("_", "-") for module in imported()} == DEPENDENCIES.keys()


def test_what_the_program_runs_with_is_in_the_ranges_of_the_package() -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", (PROJECT / "requirements.txt").read_text(), re.MULTILINE))
    assert {name for name in pinned if name in DEPENDENCIES} >= {"pulumi", "pulumi-aws"}
    assert [
        name
        for name, version in pinned.items()
        if name in DEPENDENCIES and not DEPENDENCIES[name].specifier.contains(version)
    ] == []


def test_the_package_has_every_folder_of_the_components() -> None:
    folders = {file.parent for file in (PROJECT / "components").rglob("*.py")}
    names = {".".join(("federated_eks", *folder.relative_to(PROJECT / "components").parts)) for folder in folders}
    assert set(DECLARED["tool"]["setuptools"]["packages"]) == names


def test_the_changelog_has_the_version() -> None:
    assert f"## [{DECLARED['project']['version']}] - " in (PROJECT / "CHANGELOG.md").read_text()
