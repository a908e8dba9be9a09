"""What stands behind Pulumi's SDKs: the official plugin where there is one, else the project's stand-in."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sandbox.paths import Paths


@dataclass(frozen=True)
class Plugin:
    """A plugin the program needs."""

    kind: str
    """`resource` or `language`."""
    name: str
    package: str
    """The installed SDK whose version the plugin has to have."""
    module: str
    """The stand-in."""

    @property
    def version(self) -> str:
        """The SDK's version."""
        return metadata.version(self.package)

    @property
    def folder(self) -> str:
        """What the engine calls the plugin's folder."""
        return f"{self.kind}-{self.name}-v{self.version}"

    @property
    def program(self) -> str:
        """What the engine starts in that folder."""
        return f"pulumi-{self.kind}-{self.name}"


PLUGINS = (
    Plugin("resource", "aws", "pulumi-aws", "sandbox.plugins.aws"),
    Plugin("resource", "eks", "pulumi-eks", "sandbox.plugins.eks"),
    Plugin("resource", "kubernetes", "pulumi-kubernetes", "sandbox.plugins.kubernetes"),
    Plugin("language", "python", "pulumi", "sandbox.plugins.language_python"),
)


def install(paths: Paths, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Fill the sandbox's plugin folder; the names of the official plugins that are used.

    The engine takes only folders, so that an official plugin's files are linked one by one into a folder of ours.
    """
    found: list[str] = []
    for plugin in PLUGINS:
        official = _official(plugin, environ)
        if official:
            found.append(plugin.program)
        wanted = {file.name: file for file in official} or {plugin.program: _launcher(paths, plugin.module)}
        _fill(paths.pulumi_home / "plugins" / plugin.folder, wanted)
    return found


def _fill(folder: Path, wanted: Mapping[str, Path | str]) -> None:
    """Have these links and scripts in the folder, by name; one that is right already is left alone, for it may run."""
    have = {file.name: file.readlink() if file.is_symlink() else file.read_text() for file in _files(folder)}
    if have == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in wanted.items():
        if isinstance(content, Path):
            (folder / name).symlink_to(content)
        else:
            (folder / name).write_text(content)
            (folder / name).chmod(0o755)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.is_symlink() or file.is_file()] if folder.is_dir() else []


def _official(plugin: Plugin, environ: Mapping[str, str]) -> list[Path]:
    """The files of the plugin on PATH, or else in the person's own plugin folder; empty where it is in neither."""
    if found := shutil.which(plugin.program, path=environ.get("PATH", os.defpath)):
        return [Path(found).absolute()]
    folder = _home(environ) / "plugins" / plugin.folder
    partial = folder.with_name(f"{folder.name}.partial").exists()
    return sorted(folder.iterdir()) if not partial and (folder / plugin.program).exists() else []


def _home(environ: Mapping[str, str]) -> Path:
    """The person's own PULUMI_HOME; where a sandbox's `env` is sourced, theirs is the usual one."""
    named = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return Path.home() / ".pulumi" if named.parts[-2:] == (".sandbox", "pulumi") else named


def _launcher(paths: Paths, module: str) -> str:
    """A script of two lines: the engine waits for a plugin to print its port, and nothing else may print."""
    python, project = shlex.quote(str(paths.venv / "bin" / "python")), shlex.quote(str(paths.project))
    return f'#!/bin/sh\nPYTHONPATH={project} exec {python} -m {module} "$@"\n'
