"""The lock file: every package that the program needs, exact and with its hashes, for every Python it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]
ENTRY = re.compile(r"^([^\s#].*?)((?: \\\n    --hash=\S+)*)$", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
PLATFORMS = ["linux", "darwin"]
MAKE = "run `make lock`"


def direct() -> list[Requirement]:
    """The packages that the program itself names."""
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def entries() -> Iterator[tuple[Requirement, list[str]]]:
    """Every entry of the lock, and its hashes."""
    for found in ENTRY.finditer((PROJECT / "requirements.lock").read_text()):
        yield Requirement(found[1]), found[2].replace("\\", "").split()


def locked(python: str, platform: str) -> dict[str, str]:
    """What the lock installs on a Python and a platform: name to version."""
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
    }
    chosen = [entry for entry, _ in entries() if entry.marker is None or entry.marker.evaluate(environment)]
    names = [canonicalize_name(entry.name) for entry in chosen]
    assert sorted(names) == sorted(set(names)), "one version for each package"
    return {name: str(entry.specifier).removeprefix("==") for name, entry in zip(names, chosen, strict=True)}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_that_the_program_names_is_locked_at_a_version_that_it_allows(python: str, platform: str) -> None:
    versions = locked(python, platform)
    for requirement in direct():
        version = versions.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), f"{requirement}; {MAKE}"


def test_every_package_is_exact_and_has_its_hashes() -> None:
    found = list(entries())
    assert len(found) > len(direct())
    for entry, hashes in found:
        assert re.fullmatch(r"==[^*,]+", str(entry.specifier)), entry
        assert hashes and all(HASH.fullmatch(one) for one in hashes), entry


def test_what_is_installed_here_is_what_is_locked() -> None:
    python, platform = default_environment()["python_version"], default_environment()["sys_platform"]
    versions = locked(python, platform)
    assert {name: metadata.version(name) for name in versions} == versions


def test_the_lock_names_no_registry() -> None:
    text = (PROJECT / "requirements.lock").read_text()
    assert "://" not in text and "--index-url" not in text


def test_a_workflow_installs_what_is_locked_and_nothing_else() -> None:
    action = yaml.safe_load((PROJECT / ".github" / "actions" / "pulumi" / "action.yml").read_text())
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    installs = [line for script in scripts for line in script.splitlines() if " install" in line]
    assert installs == [
        ".venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock",
        "pulumi install --no-dependencies",
    ]
