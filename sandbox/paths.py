"""The sandbox's folders: a checkout's whole state is under `.sandbox`, compiled tools in the user's cache."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import UserError


@dataclass(frozen=True)
class Paths:
    """The places of one checkout's sandbox; two checkouts share nothing but the cache of compiled tools."""

    project: Path
    """The checkout: the folder that holds Pulumi.yaml."""

    @property
    def root(self) -> Path:
        """The folder of everything that this checkout's sandbox writes."""
        return self.project / ".sandbox"

    @property
    def bin(self) -> Path:
        """Links to the tools; first on the PATH that `.sandbox/env` exports."""
        return self.root / "bin"

    @property
    def executor(self) -> Path:
        """Pulumi's own script that runs a Python program, for the language host."""
        return self.root / "language" / "pulumi-language-python-exec"

    @property
    def log(self) -> Path:
        """The logs, a file for each process."""
        return self.root / "log"

    @property
    def cloud(self) -> Path:
        """The running cloud's address and credentials, as JSON; absent while it is down."""
        return self.root / "cloud.json"

    @property
    def aws(self) -> Path:
        """The journal from which moto is restored."""
        return self.root / "aws"

    @property
    def faults(self) -> Path:
        """The rules of the fault switch, which a person writes; absent while it is off."""
        return self.root / "faults.yaml"

    @property
    def clusters(self) -> Path:
        """`<region>/<cluster name>`: keys, certificates and ports of each control plane; and etcd's data."""
        return self.root / "clusters"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME: plugins and credentials of this sandbox alone."""
        return self.root / "pulumi"

    @property
    def pulumi_state(self) -> Path:
        """The folder behind PULUMI_BACKEND_URL."""
        return self.root / "state"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig, with a context for each cluster, named after it."""
        return self.root / "kubeconfig"

    @property
    def env(self) -> Path:
        """The script that a person sources."""
        return self.root / "env"

    @property
    def venv(self) -> Path:
        """The Python environment of the program, the sandbox and the tests."""
        return self.project / ".venv"


def cache() -> Path:
    """The folder for compiled tools, outside every checkout: `FEDERATED_EKS_CACHE`, else the user's cache folder."""
    if named := os.environ.get("FEDERATED_EKS_CACHE"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "federated-eks"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "federated-eks"


def tool(paths: Paths, name: str) -> Path:
    """A program of the sandbox: the link in `.sandbox/bin`, else one on PATH; raises UserError if there is none."""
    search = os.pathsep.join([str(paths.bin), os.environ.get("PATH", os.defpath)])
    if found := shutil.which(name, path=search):
        return Path(found)
    raise UserError(f"{name}: neither in {paths.bin} nor on PATH; run `make up`, which builds it")
