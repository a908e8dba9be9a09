import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sandbox.cli import commands, plugins, prepare
from sandbox.errors import UserError
from sandbox.paths import Paths, tool
from sandbox.setup import build
from sandbox.setup.build import Binary, Family, Files

pytestmark = pytest.mark.unit

FAMILIES = [
    Family(
        name="kubefed",
        binaries=[Binary(name="hyperfed", package="a/hyperfed", links=["kubefedctl"])],
        files=[
            Files(module="a", path="charts/kubefed", target="charts/kubefed"),
            Files(module="b", path="example/b", target="crds"),
            Files(module="b", path="b.yaml", target="manifests/of-b.yaml"),
        ],
    )
]


@pytest.fixture
def built(tmp_path: Path, write_script: Callable[[Path, str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a family that is built already."""
    folder = tmp_path / "cache" / "tools" / "kubefed-1"
    write_script(folder / "hyperfed", "echo hyperfed")
    (folder / "charts" / "kubefed" / "templates").mkdir(parents=True)
    (folder / "charts" / "kubefed" / "templates" / "a.yaml").write_text("a: 1")
    (folder / "example" / "b").mkdir(parents=True)
    (folder / "example" / "b" / "b.yaml").write_text("b: 1")
    (folder / "b.yaml").write_text("kind: B")

    def build_nothing(cache: Path, logs: Path, families: Sequence[Family] = ()) -> dict[str, Path]:
        return {"kubefed": folder}

    def install_nothing(paths: Paths, *, standing: bool) -> list[str]:
        assert not standing
        return []

    monkeypatch.setattr(build, "FAMILIES", FAMILIES)
    monkeypatch.setattr(build, "build", build_nothing)
    monkeypatch.setattr(plugins, "install", install_nothing)
    return folder


def test_tools_are_linked_by_every_name_and_files_copied_to_their_places(paths: Paths, built: Path) -> None:
    prepare.prepare(paths)
    prepare.prepare(paths)
    assert {path.name: path.readlink() for path in paths.bin.iterdir()} == {
        "hyperfed": built / "hyperfed",
        "kubefedctl": built / "hyperfed",
    }
    assert (paths.root / "charts" / "kubefed" / "templates" / "a.yaml").read_text() == "a: 1"
    assert (paths.root / "crds" / "b.yaml").read_text() == "b: 1"
    assert (paths.root / "manifests" / "of-b.yaml").read_text() == "kind: B"
    assert {path.name for path in paths.root.iterdir()} <= commands.KEPT


def test_a_chart_that_was_half_copied_or_of_an_older_build_is_copied_again(paths: Paths, built: Path) -> None:
    chart = paths.root / "charts" / "kubefed"
    chart.mkdir(parents=True)
    (chart / "stray.yaml").touch()
    prepare.prepare(paths)
    assert [path.name for path in chart.iterdir()] == ["templates"]


def test_links_of_an_older_build_are_replaced(paths: Paths, built: Path) -> None:
    paths.bin.mkdir(parents=True)
    (paths.bin / "hyperfed").symlink_to("/gone/hyperfed")
    (paths.bin / "gone").symlink_to("/gone/gone")
    prepare.prepare(paths)
    assert {path.name for path in paths.bin.iterdir()} == {"hyperfed", "kubefedctl"}
    assert tool(paths, "hyperfed").resolve() == built / "hyperfed"


def test_a_missing_bash_is_named(paths: Paths, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"^bash: not on PATH, .*; install it"):
        prepare.prepare(paths)


def test_a_missing_tool_is_named(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"^etcd: neither in .* nor on PATH; run `make up`, which builds it$"):
        tool(paths, "etcd")


@pytest.mark.parametrize("before", ["nothing", "logs of an older run"])
def test_the_engine_finds_no_folder_for_its_log(paths: Paths, built: Path, before: str) -> None:
    logs = paths.pulumi_home / "logs"
    if before != "nothing":
        logs.mkdir(parents=True)
        (logs / "sandbox-20261129T080000.log").write_text("much")
    prepare.prepare(paths)
    prepare.prepare(paths)
    assert logs.is_file()


def test_a_stack_with_resources_is_a_standing_one(paths: Paths, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bool] = []
    monkeypatch.setattr(plugins, "install", lambda paths, *, standing: said.append(standing) or [])
    state = paths.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    state.parent.mkdir(parents=True)
    for resources in ([], [{"type": "pulumi:pulumi:Stack"}]):
        state.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
        prepare.prepare(paths)
    assert said == [False, True]
