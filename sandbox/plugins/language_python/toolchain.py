"""The Python that runs a program, by the runtime's options in Pulumi.yaml or PulumiPolicy.yaml."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPTIONS = {"virtualenv", "toolchain"}
_TOOLCHAINS = {"pip", "uv"}


class OptionError(Exception):
    """A runtime option that cannot be honoured."""


@dataclass(frozen=True)
class Toolchain:
    """The Python of one program."""

    executable: Path
    virtualenv: Path | None
    """The environment it belongs to, where the options name one."""

    @classmethod
    def of(cls, options: Mapping[str, Any], root: Path) -> Toolchain:
        """Read the runtime's options; paths are relative to `root`, the folder of the project file.

        Raises OptionError for an unknown option or toolchain, and if the virtual environment isn't there.
        """
        virtualenv = environment(options, root)
        if virtualenv is None:
            found = shutil.which("python3") or shutil.which("python") or sys.executable
            return cls(Path(found), None)
        executable = virtualenv / "bin" / "python"
        if not executable.exists():
            raise OptionError(
                f"runtime option virtualenv: {options.get('virtualenv', '.venv')!r} is no virtual environment "
                f"(there is no {executable}); make one with `python3 -m venv {virtualenv}` or `pulumi install`"
            )
        return cls(executable, virtualenv)

    def version(self) -> str:
        """The Python's version, `3.11.7`."""
        answer = subprocess.run([self.executable, "--version"], capture_output=True, text=True, check=True)
        return answer.stdout.split()[-1]

    def site_packages(self) -> Iterator[Path]:
        """The folders that its packages are installed in."""
        if self.virtualenv is not None:
            yield from self.virtualenv.glob("lib/python3*/site-packages")
            return
        program = "import json, site, sys; print(json.dumps([p for p in sys.path if p.endswith('-packages')]))"
        answer = subprocess.run([self.executable, "-c", program], capture_output=True, text=True, check=True)
        yield from (Path(path) for path in json.loads(answer.stdout))

    def packages(self) -> Iterator[tuple[str, str]]:
        """The installed packages' names and versions."""
        for folder in self.site_packages():
            for info in sorted(folder.glob("*.dist-info")):
                name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
                yield name.replace("_", "-"), version

    def plugins(self) -> Iterator[Mapping[str, Any]]:
        """The `pulumi-plugin.json` of each installed SDK that needs a plugin."""
        for folder in self.site_packages():
            for file in sorted(folder.glob("*/pulumi-plugin.json")):
                plugin = json.loads(file.read_text())
                if plugin.get("resource"):
                    yield plugin


def environment(options: Mapping[str, Any], root: Path) -> Path | None:
    """The virtual environment that the options name, there or not; raises OptionError for what is not known."""
    for unknown in sorted(options.keys() - _OPTIONS):
        raise OptionError(
            f"runtime option {unknown!r} is not in the sandbox's language host; it has: virtualenv, toolchain"
        )
    toolchain = options.get("toolchain", "pip")
    if toolchain not in _TOOLCHAINS:
        raise OptionError(
            f"runtime option toolchain: {toolchain!r} is not in the sandbox's language host; use pip or uv"
        )
    named = options.get("virtualenv") or (".venv" if toolchain == "uv" else None)
    return root / named if named else None
