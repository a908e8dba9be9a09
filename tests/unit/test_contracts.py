"""The imports that each part may have, and the files that may name the sandbox. Each rule is also broken."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest
from setuptools.config.pyprojecttoml import load_file

from tests.unit.imports import Import, circle, imports, within

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]

MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "__main__": ("components", "pace", "settings"),
    "components": (),
    "settings": ("components",),
    "ops": ("components", "progress", "settings", "wire"),
    "policies": ("wire",),
    "wire": (),
    "pace": (),
    "progress": (),
    "examples": ("components",),
    "sandbox": ("progress", "wire"),
    "tests": ("components", "settings", "ops", "policies", "wire", "pace", "progress", "examples", "sandbox"),
}
"""The rooms that each room, a file or folder at the top, may import."""

NEVER: Mapping[str, tuple[str, ...]] = {
    # The plugins speak to AWS and to clusters by their APIs, as the official ones do.
    "sandbox.plugins": ("sandbox.aws", "sandbox.clusters"),
}
"""The forbidden imports inside of a room."""

COMPONENTS_MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "network": ("account", "ask", "creation", "iam"),
    "cluster": ("account", "ask", "creation", "iam", "text", "threads"),
    "bastion": ("iam",),
    "federation": ("ask", "crd_descriptions", "documents", "metadata", "source", "text", "threads"),
    "software": ("crd_descriptions", "documents", "metadata", "source", "text"),
    "quotas": ("ask",),
    "ask": ("text",),
    "bucket": ("ask",),
    "creation": ("text",),
    "provider": ("account", "ask", "creation"),
    "iam": ("account", "ask"),
    "key": ("account", "iam"),
    "account": (),
    "crd_descriptions": ("documents",),
    "documents": (),
    "metadata": (),
    "source": (),
    "text": (),
    "threads": (),
}
"""The parts that each part of `components` may import."""

HOST = "components.federation.host"
FEDERATION = "components.federation.federation"
BOTH = "components.federation.both"
ENGINES: Mapping[str, tuple[str, ...]] = {
    "components.federation.kubefed": (
        FEDERATION,
        HOST,
        BOTH,
        *("settings.arguments", "settings.sources", "settings.standing", "settings.types"),
        "tests",
    ),
    "components.federation.karmada": (
        FEDERATION,
        HOST,
        BOTH,
        *("settings.arguments", "settings.karmada", "settings.snapshots"),
        "tests",
    ),
}
"""The modules that may import an engine's, beside itself: another would take its place without a change elsewhere."""

LONGEST = 10
"""Lines of a function in `__main__.py`, which is the picture of a fleet."""

WORD = "sandbox"
MAY_SAY_IT = (
    *("sandbox/*", "tests/*", "docs/*", ".ci/*"),
    *("Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"),
    *(".gitignore", "pyproject.toml"),
    *(".github/CODEOWNERS", ".github/dependabot.yml", ".github/ISSUE_TEMPLATE/*", ".pre-commit-config.yaml"),
    "Pulumi.sandbox.yaml",
)
"""The files about the whole project; a fleet on AWS knows nothing of the sandbox."""


@pytest.fixture(scope="module")
def found() -> list[Import]:
    """The imports of this project."""
    return imports(PROJECT)


def test_rooms_import_what_they_may(found: list[Import]) -> None:
    assert [*wrong_rooms(found)] == []


def test_parts_of_components_import_what_they_may(found: list[Import]) -> None:
    assert [*wrong_parts(found)] == []


def test_components_import_each_other_by_relative_names(found: list[Import]) -> None:
    assert [*absolute(found)] == []


def test_only_the_federation_knows_its_engines(found: list[Import]) -> None:
    assert [*engine_users(found)] == []


def test_no_modules_import_each_other_in_a_circle(found: list[Import]) -> None:
    assert circle(found) == []


def test_the_program_has_no_long_function() -> None:
    assert [*long_functions(PROJECT / "__main__.py")] == []


def test_types_are_strict_in_every_room_but_the_sandbox_and_the_tests() -> None:
    strict: list[str] = load_file(PROJECT / "pyproject.toml")["tool"]["pyright"]["strict"]
    assert {place.removesuffix(".py") for place in strict} == {*MAY_IMPORT} - {"sandbox", "tests"}


def test_nothing_but_the_sandbox_and_its_tests_names_the_sandbox() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no checkout of a repository, which alone knows the project's files")
    assert [*saying(PROJECT, filter(None, listed.stdout.split("\0")))] == []


# The rules.


def wrong_rooms(found: Iterable[Import]) -> Iterator[str]:
    """The imports of a room that may not be imported, and those that NEVER lists."""
    for edge in found:
        importer, imported = _room(edge.importer), _room(edge.imported)
        may = (*MAY_IMPORT[importer], importer) if importer in MAY_IMPORT else {*MAY_IMPORT} - {"sandbox", "tests"}
        if imported in MAY_IMPORT and imported not in may:
            yield str(edge)
        for place, never in NEVER.items():
            if within(edge.importer, place) and within(edge.imported, *never):
                yield str(edge)


def wrong_parts(found: Iterable[Import]) -> Iterator[str]:
    """The imports of a part of `components` that another part may not import."""
    for edge in found:
        importer, imported = _part(edge.importer), _part(edge.imported)
        if importer and imported and imported not in (*COMPONENTS_MAY_IMPORT.get(importer, ()), importer):
            yield str(edge)


def absolute(found: Iterable[Import]) -> Iterator[str]:
    """The absolute imports inside of `components`: where it is installed, it has another name."""
    for edge in found:
        if _part(edge.importer) and within(edge.imported, "components") and not edge.written.startswith("."):
            yield str(edge)


def engine_users(found: Iterable[Import]) -> Iterator[str]:
    """The imports of the federation's engines that aren't declared."""
    for edge in found:
        for engine, users in ENGINES.items():
            if within(edge.imported, engine) and not within(edge.importer, engine, *users):
                yield str(edge)


def long_functions(file: Path) -> Iterator[str]:
    """The functions that have more than LONGEST lines."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST:
                yield f"{node.name} has {lines} lines"


def saying(root: Path, files: Iterable[str]) -> Iterator[str]:
    """The lines of text files that name the sandbox but may not, and the names of such files."""
    for file in files:
        path = root / file
        if any(fnmatch(file, allowed) for allowed in MAY_SAY_IT) or not path.is_file():
            continue
        if WORD in file.lower():
            yield file
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from (f"{file}:{number}" for number, line in enumerate(text.splitlines(), 1) if WORD in line.lower())


def _room(module: str) -> str:
    return module.partition(".")[0]


def _part(module: str) -> str:
    """The part of `components` that a module is of; empty if it is of none."""
    return module.split(".")[1] if module.startswith("components.") else ""


# The rules, broken.


def tree(root: Path, **files: str) -> list[Import]:
    """Write a project's modules, by file, into a folder; the imports among them."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return imports(root)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("components/iam.py", "settings/__init__.py"),
        ("components/iam.py", "ops/outputs.py"),
        ("components/iam.py", "sandbox/paths.py"),
        ("components/iam.py", "tests/unit/engine.py"),
        ("components/iam.py", "wire.py"),
        ("settings/plan.py", "ops/outputs.py"),
        ("settings/plan.py", "sandbox/paths.py"),
        ("ops/map/draw.py", "sandbox/paths.py"),
        ("ops/map/draw.py", "tests/unit/engine.py"),
        ("ops/map/draw.py", "policies/rule.py"),
        ("policies/rule.py", "components/iam.py"),
        ("policies/rule.py", "settings/plan.py"),
        ("policies/rule.py", "ops/outputs.py"),
        ("policies/rule.py", "sandbox/paths.py"),
        ("wire.py", "policies/rule.py"),
        ("sandbox/paths.py", "tests/unit/engine.py"),
        ("sandbox/paths.py", "components/iam.py"),
        ("__main__.py", "policies/rule.py"),
        ("new/room.py", "sandbox/paths.py"),
        ("sandbox/plugins/aws/vpc.py", "sandbox/aws/ec2/vpcs.py"),
        ("sandbox/plugins/kubernetes/api.py", "sandbox/clusters/client.py"),
    ],
)
def test_a_room_that_imports_another_is_reported(tmp_path: Path, importer: str, imported: str) -> None:
    found = tree(tmp_path, **{imported: "", importer: f"import {dotted(imported)}"})
    assert [*wrong_rooms(found)] == [f"{dotted(importer)}:1 imports {dotted(imported)}"]


def test_a_room_may_import_itself_and_what_its_row_lists(tmp_path: Path) -> None:
    files: dict[str, str] = dict.fromkeys(
        ("settings/plan.py", "components/iam.py", "sandbox/plugins/aws/vpc.py", "sandbox/files.py"), ""
    )
    files["settings/access.py"] = "import json\nimport components.iam\nfrom settings import plan\n"
    files["sandbox/plugins/aws/main.py"] = "from sandbox import files\nfrom sandbox.plugins.aws import vpc\n"
    found = tree(tmp_path, **files)
    assert len(found) == 4
    assert [*wrong_rooms(found)] == []


@pytest.mark.parametrize(
    ("importer", "written", "imported"),
    [
        ("components/cluster/cluster.py", "from ..network import Network", "components.network"),
        ("components/cluster/cluster.py", "from ..network.network import Network", "components.network.network"),
        ("components/cluster/cluster.py", "from .. import network", "components.network"),
        ("components/network/network.py", "from ..cluster.cluster import Cluster", "components.cluster.cluster"),
        ("components/iam.py", "from .network import Network", "components.network"),
        ("components/quotas/check.py", "from ..iam import policy", "components.iam"),
        ("components/other.py", "from .iam import policy", "components.iam"),
    ],
)
def test_a_part_that_imports_another_is_reported(tmp_path: Path, importer: str, written: str, imported: str) -> None:
    places = ("network/__init__", "network/network", "cluster/__init__", "cluster/cluster", "iam")
    found = tree(tmp_path, **{**{f"components/{place}.py": "" for place in places}, importer: written})
    assert [*wrong_parts(found)] == [f"{dotted(importer)}:1 imports {imported}"]


def test_parts_may_import_the_documents_of_iam(tmp_path: Path) -> None:
    files = {f"components/{part}/{part}.py": "from ..iam import policy" for part in ("network", "cluster", "bastion")}
    found = tree(tmp_path, **files, **{"components/iam.py": "", "components/key.py": "from .iam import policy"})
    assert len(found) == 4
    assert [*wrong_parts(found)] == []


@pytest.mark.parametrize("package", ["components", "federated_eks"])
def test_an_absolute_import_inside_of_components_is_reported(tmp_path: Path, package: str) -> None:
    written = f"from .iam import policy\nfrom {package}.iam import trust\nfrom {package} import iam\n"
    found = tree(tmp_path, **{"components/iam.py": "", "components/key.py": written, "__main__.py": written})
    assert [*absolute(found)] == [f"components.key:{line} imports components.iam" for line in (2, 3)]


@pytest.mark.parametrize("engine", ["kubefed", "karmada"])
@pytest.mark.parametrize(
    "importer", ["components/federation/workloads.py", "components/cluster/cluster.py", "__main__.py"]
)
def test_a_user_of_an_engine_is_reported(tmp_path: Path, importer: str, engine: str) -> None:
    uses = f"from components.federation.{engine}.release import Release"
    engine = f"components/federation/{engine}/release.py"
    found = tree(tmp_path, **{engine: "", "components/federation/host.py": uses, importer: uses})
    assert [*engine_users(found)] == [f"{dotted(importer)}:1 imports {dotted(engine)}"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.py": "import b", "b.py": "import a"}, {"a", "b"}),
        (
            {"p/a.py": "from .b import x", "p/b.py": "from . import c", "p/c.py": "from p.a import y"},
            {"p.a", "p.b", "p.c"},
        ),
        # Whoever imports a part of a package loads the package first.
        ({"p/__init__.py": "import q.a", "p/a.py": "", "q/__init__.py": "", "q/a.py": "import p.a"}, {"p", "q.a"}),
        ({"p/__init__.py": "from .a import x", "p/a.py": "from . import x"}, {"p", "p.a"}),
        ({"a.py": "try:\n    import b\nexcept ImportError:\n    pass", "b.py": "class B:\n    import a"}, {"a", "b"}),
    ],
)
def test_a_circle_is_reported(tmp_path: Path, files: Mapping[str, str], expected: set[str]) -> None:
    reported = circle(tree(tmp_path, **files))
    assert {*reported} == expected
    assert reported[0] == reported[-1]


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "import b", "b.py": "def late():\n    import a"},
        {"a.py": "import b", "b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a"},
        {"p/__init__.py": "from .a import x", "p/a.py": "from .b import x", "p/b.py": ""},
    ],
)
def test_what_is_imported_late_or_for_types_is_no_circle(tmp_path: Path, files: Mapping[str, str]) -> None:
    found = tree(tmp_path, **files)
    assert len(found) == 2
    assert circle(found) == []


def test_a_long_function_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "__main__.py"
    file.write_text("def short():\n" + "    pass\n" * 9 + "def long():\n" + "    pass\n" * 10)
    assert [*long_functions(file)] == ["long has 11 lines"]


def test_a_file_that_names_the_sandbox_is_reported(tmp_path: Path) -> None:
    files = (
        "sandbox/a.py",
        "docs/a.md",
        "Pulumi.sandbox.yaml",
        "ops/a.py",
        "ops/sandbox.py",
        "LICENSE",
        "a.png",
        "gone",
    )
    for file in files[:-1]:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("first\nThe Sandbox's\n" if file != "LICENSE" else "licence")
    (tmp_path / "a.png").write_bytes(b"\x89sandbox")
    assert [*saying(tmp_path, files)] == ["ops/a.py:2", "ops/sandbox.py", "ops/sandbox.py:2"]


def dotted(file: str) -> str:
    """The module of a file."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
