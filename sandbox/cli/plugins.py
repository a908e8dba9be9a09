"""The plugins behind Pulumi's SDKs: the official one if it is installed, else the project's stand-in."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sandbox import files
from sandbox.errors import UserError
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
        """The name of the plugin's folder, by the engine's rule."""
        return f"{self.kind}-{self.name}-v{self.version}"

    @property
    def program(self) -> str:
        """The name of the program that the engine starts in that folder."""
        return f"pulumi-{self.kind}-{self.name}"


PLUGINS = (
    Plugin("resource", "aws", "pulumi-aws", "sandbox.plugins.aws"),
    Plugin("resource", "eks", "pulumi-eks", "sandbox.plugins.eks"),
    Plugin("resource", "kubernetes", "pulumi-kubernetes", "sandbox.plugins.kubernetes"),
    Plugin("language", "python", "pulumi", "sandbox.plugins.language_python"),
)


def install(paths: Paths, environ: Mapping[str, str] = os.environ, *, standing: bool = False) -> list[str]:
    """Fill the sandbox's plugin folder; the names of the official plugins that are used.

    The engine takes only folders, so that an official plugin's files are linked one by one into a folder of ours. A
    standing stack keeps the kind of plugin that made its resources, because an official one can't go on from a
    stand-in's state. Raises UserError if that is an official plugin which is gone.
    """
    officials = {plugin: _official(plugin, environ) for plugin in PLUGINS}
    if standing:
        officials = {plugin: _kept(paths, plugin, found) for plugin, found in officials.items()}
    for plugin, official in officials.items():
        wanted = {file.name: file for file in official} or {plugin.program: _launcher(paths, plugin.module)}
        _fill(_folder(paths, plugin), wanted)
    used = [plugin.program for plugin, official in officials.items() if official]
    files.write_json(_note(paths), used)
    return used


def _kept(paths: Paths, plugin: Plugin, found: list[Path]) -> list[Path]:
    """The files of the official plugin that a standing stack uses; empty for the stand-in. Raises UserError."""
    if plugin.kind != "resource" or bool(found) == _was_official(paths, plugin):
        return found
    if found:
        print(
            f"The {plugin.program} that is installed on this machine is not used: the stand-in made the fleet. "
            "To use it, run `make down` first.",
            flush=True,
        )
        return []
    raise UserError(
        f"{plugin.program}: the official plugin made the fleet and is gone; install it again, or forget the fleet by "
        "make clean"
    )


def _was_official(paths: Paths, plugin: Plugin) -> bool:
    """Whether the official plugin was used before, by the note of it, else by what is installed."""
    try:
        return plugin.program in json.loads(_note(paths).read_text())
    except (OSError, ValueError):
        return (_folder(paths, plugin) / plugin.program).is_symlink()


def _note(paths: Paths) -> Path:
    """The official plugins that the last command used, a list of names as JSON."""
    return paths.pulumi_home / "plugins.json"


def _folder(paths: Paths, plugin: Plugin) -> Path:
    return paths.pulumi_home / "plugins" / plugin.folder


def _fill(folder: Path, wanted: Mapping[str, Path | str]) -> None:
    """Have these links and scripts in the folder, by name. A correct one is left alone, because it may be running."""
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
    """Return the files of the plugin on PATH, or else in the person's own plugin folder; empty if it is in neither."""
    if found := shutil.which(plugin.program, path=environ.get("PATH", os.defpath)):
        return [Path(found).absolute()]
    folder = _home(environ) / "plugins" / plugin.folder
    partial = folder.with_name(f"{folder.name}.partial").exists()
    return sorted(folder.iterdir()) if not partial and (folder / plugin.program).exists() else []


def _home(environ: Mapping[str, str]) -> Path:
    """Return the person's own PULUMI_HOME. If a sandbox's `env` is sourced, it is the default one."""
    named = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return Path.home() / ".pulumi" if named.parts[-2:] == (".sandbox", "pulumi") else named


def _launcher(paths: Paths, module: str) -> str:
    """A script of two lines: the engine waits for a plugin to print its port, and nothing else may print."""
    python, project = shlex.quote(str(paths.venv / "bin" / "python")), shlex.quote(str(paths.project))
    return f'#!/bin/sh\nPYTHONPATH={project} exec {python} -m {module} "$@"\n'
