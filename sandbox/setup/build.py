"""The tools, compiled from their Go modules: once for a machine, in a cache outside every checkout."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from progress import Progress
from sandbox import locks
from sandbox.errors import UserError
from sandbox.setup import toolchain
from sandbox.setup.gomodule import GoModule
from sandbox.setup.toolchain import Go

MODULES = Path(__file__).parents[1] / "tools"
"""One folder with a go.mod for each family."""

GIB = 1024**3

BINARIES_ROOM = 1 * GIB
"""What the tools take: measured, 0.7 GiB."""

BUILD_ROOM = 11 * GIB
"""What compiling them from nothing takes, Go's caches included: measured, 10.5 GiB."""

PULUMI = "v3.259.0"
KUBERNETES = "v1.37.2"
HELM = "v3.22.0"
KUBEFED = "v0.10.0"
KARMADA = "v1.18.2"
PROMETHEUS_OPERATOR = "v0.45.0"
"""The version of the article's example, and of the CRD in examples and docs."""

OPERATOR_MODULE = "github.com/prometheus-operator/prometheus-operator"


@dataclass(frozen=True, kw_only=True)
class Binary:
    """A program that a family's module compiles."""

    name: str
    package: str
    links: Sequence[str] = ()
    """Further names it goes by; hyperfed does what its name says."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """A folder or a file that a family's module requires as it is, or that lies beside its go.mod."""

    module: str
    """Its module; `.` is the family's own."""
    path: str
    """Its place in the module, and in the family's folder in the cache."""
    target: str
    """Its place in `.sandbox`."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What comes out of one Go module: programs whose dependencies agree, and files."""

    name: str
    binaries: Sequence[Binary]
    ldflags: Sequence[str] = ()
    """`-X` settings, on top of `-s -w`."""
    files: Sequence[Files] = ()
    """What is kept with the binaries."""


def _kubernetes_ldflags() -> list[str]:
    """Without these the API server says v0.0.0, and Helm refuses it."""
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    facts = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor}
    return [f"-X k8s.io/component-base/version.{key}={value}" for key, value in facts.items()]


PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"

FAMILIES: Sequence[Family] = (
    Family(
        name="pulumi",
        binaries=[Binary(name="pulumi", package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")],
        ldflags=[f"-X {PULUMI_SDK}/go/common/version.Version={PULUMI}"],
        files=[
            Files(
                module=PULUMI_SDK,
                path="python/cmd/pulumi-language-python-exec",
                target="language/pulumi-language-python-exec",
            ),
        ],
    ),
    Family(
        name="kubernetes",
        binaries=[
            Binary(name=name, package=f"k8s.io/kubernetes/cmd/{name}")
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
        ],
        ldflags=_kubernetes_ldflags(),
    ),
    Family(
        name="etcd",
        binaries=[
            Binary(name="etcd", package="go.etcd.io/etcd/server/v3"),
            Binary(name="etcdctl", package="go.etcd.io/etcd/etcdctl/v3"),
            Binary(name="etcdutl", package="go.etcd.io/etcd/etcdutl/v3"),
        ],
    ),
    Family(name="kwok", binaries=[Binary(name="kwok", package="sigs.k8s.io/kwok/cmd/kwok")]),
    Family(
        name="helm",
        binaries=[Binary(name="helm", package="helm.sh/helm/v3/cmd/helm")],
        ldflags=[f"-X helm.sh/helm/v3/internal/version.version={HELM}"],
    ),
    Family(
        name="kubefed",
        binaries=[
            Binary(name="hyperfed", package="sigs.k8s.io/kubefed/cmd/hyperfed", links=["kubefedctl"]),
            Binary(name="kubefed-webhook", package="./webhook"),
        ],
        ldflags=[f"-X sigs.k8s.io/kubefed/pkg/version.version={KUBEFED}"],
        files=[Files(module="sigs.k8s.io/kubefed", path="charts/kubefed", target="charts/kubefed")],
    ),
    Family(
        name="prometheus",
        binaries=[Binary(name="prometheus-operator", package=f"{OPERATOR_MODULE}/cmd/operator")],
        ldflags=[f"-X github.com/prometheus/common/version.Version={PROMETHEUS_OPERATOR.removeprefix('v')}"],
        files=[
            Files(module=OPERATOR_MODULE, path="example/prometheus-operator-crd", target="crds"),
            Files(module=OPERATOR_MODULE, path="bundle.yaml", target="manifests/prometheus-operator.yaml"),
        ],
    ),
)

KARMADA_MODULE = "github.com/karmada-io/karmada"

ENGINES: Mapping[str, Sequence[Family]] = {
    "karmada": (
        Family(
            name="karmada",
            binaries=[
                Binary(name=f"karmada-{name}", package=f"{KARMADA_MODULE}/cmd/{name}")
                for name in ("controller-manager", "scheduler", "webhook", "aggregated-apiserver")
            ],
            ldflags=[f"-X {KARMADA_MODULE}/pkg/version.gitVersion={KARMADA}"],
            files=[
                Files(module=KARMADA_MODULE, path="charts/karmada", target="charts/karmada"),
                Files(module=".", path="common", target="charts/karmada/charts/common"),
            ],
        ),
    ),
}
"""What a fleet with another engine than kubefed takes besides."""


def families(*engines: str) -> Sequence[Family]:
    """What a fleet takes whose settings `engine` and `beside` are these."""
    return [*FAMILIES, *(family for engine in engines for family in ENGINES.get(engine, ()))]


RECORD = "build.json"
"""In a family's folder: the seconds that it took to compile, and on how many cores."""

LINTERS: Sequence[Family] = (
    Family(
        name="actionlint",
        binaries=[Binary(name="actionlint", package="github.com/rhysd/actionlint/cmd/actionlint")],
    ),
)
"""What `make lint` takes, and no fleet does."""


def build(cache: Path, logs: Path, families: Sequence[Family] = FAMILIES) -> dict[str, Path]:
    """Each family's folder in the cache, compiled where it isn't there yet: family name to folder.

    A folder holds the binaries by their names and the files by their paths. Raises UserError.
    """
    folders = {family.name: folder(cache, family) for family in families}
    missing = [family for family in families if not complete(folders[family.name], family)]
    if missing:
        _compile_all(cache, logs, missing, folders)
    return folders


def folder(cache: Path, family: Family) -> Path:
    """Where a family's results are kept: by its name and a hash of all that decides what they are."""
    digest = hashlib.sha256()
    for source in sorted(path for path in (MODULES / family.name).rglob("*") if path.is_file()):
        digest.update(f"{source.relative_to(MODULES)}\n".encode() + source.read_bytes())
    recipe = [
        [(binary.name, binary.package) for binary in family.binaries],
        family.ldflags,
        [(files.module, files.path) for files in family.files],
        toolchain.FLAGS,
    ]
    digest.update(json.dumps([*recipe, sys.platform, platform.machine()]).encode())
    return cache / "tools" / f"{family.name}-{digest.hexdigest()[:16]}"


def complete(target: Path, family: Family) -> bool:
    """Whether the folder holds all that the family makes (it appears whole or not at all, but may be cleaned up)."""
    binaries = all(os.access(target / binary.name, os.X_OK) for binary in family.binaries)
    return binaries and all((target / files.path).exists() for files in family.files)


def _compile_all(cache: Path, logs: Path, missing: Sequence[Family], folders: Mapping[str, Path]) -> None:
    """Compile what is missing, one family after the other; two checkouts never compile the same one at once."""
    try:
        (cache / "tools").mkdir(parents=True, exist_ok=True)
        _check_room(cache)
        go = toolchain.find(cache, logs / "build-go.log")
        with toolchain.in_use(go):
            for index, family in enumerate(missing, 1):
                waiting = f"Another checkout is building {family.name}; waiting for it."
                with locks.exclusive(cache / "tools" / f"{family.name}.lock", waiting):
                    if not complete(folders[family.name], family):
                        title = f"[{index}/{len(missing)}] Building {family.name}"
                        _compile(go, family, folders[family.name], logs, title)
        toolchain.forget_caches(go)
    except OSError as error:
        raise UserError(
            f"building the tools in {cache}: {error.strerror or error}; mend that, or name another folder by "
            "FEDERATED_EKS_CACHE, and run the command again"
        ) from error


def _check_room(cache: Path) -> None:
    """Refuse to begin on a disk that can't even hold the binaries."""
    free = shutil.disk_usage(cache).free
    if free < BINARIES_ROOM:
        raise UserError(
            f"{cache}: {free / GIB:.1f} GiB free, the tools take {BINARIES_ROOM / GIB:.0f} and building them "
            f"{BUILD_ROOM / GIB:.0f}; free some space, or name a folder on another disk by FEDERATED_EKS_CACHE"
        )


def _compile(go: Go, family: Family, target: Path, logs: Path, title: str) -> None:
    """Compile into a folder beside the target, and rename it when it is whole."""
    for left in target.parent.glob(f".partial-{family.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".partial-{family.name}-", dir=target.parent))
    module = GoModule(go, MODULES / family.name, logs / f"build-{family.name}.log")
    began = time.monotonic()
    try:
        with Progress(title) as progress:
            packages = {binary.name: binary.package for binary in family.binaries}
            module.build(packages, " ".join(["-s -w", *family.ldflags]), temporary, progress)
            for files in family.files:
                origin = module.folder if files.module == "." else module.dependency(files.module)
                copy(origin / files.path, temporary / files.path)
        record = {"seconds": round(time.monotonic() - began, 1), "cores": os.cpu_count()}
        (temporary / RECORD).write_text(json.dumps(record))
        shutil.rmtree(target, ignore_errors=True)
        temporary.chmod(0o755)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder's files; not their modes: Go keeps its modules read-only, folders too."""
    for file in [source] if source.is_file() else sorted(source.rglob("*")):
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
