"""What must lie in place before anything starts: tools, charts, CRDs and plugins."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.cli import debug_log, engine, plugins, stack
from sandbox.errors import UserError
from sandbox.paths import Paths, cache
from sandbox.setup import build
from sandbox.setup.build import Family

NEEDED = {"bash": "the kubefed chart's hook job runs in it"}
"""Programs that are not ours to install, and what for."""


def prepare(paths: Paths) -> None:
    """Build what isn't built, and link, copy and install it into `.sandbox`; raises UserError."""
    for name, reason in NEEDED.items():
        if not shutil.which(name):
            raise UserError(f"{name}: not on PATH, and {reason}; install it (apt-get install {name}, for instance)")
    families = build.families(engine.current(paths), engine.beside(paths))
    folders = build.build(cache(), paths.log, families)
    _link(paths, folders, families)
    _copy_files(paths, folders, families)
    debug_log.prevent(paths.pulumi_home)
    for name in plugins.install(paths, standing=stack.resources(paths) > 0):
        print(f"Using the {name} that is installed on this machine.", flush=True)


def _link(paths: Paths, folders: Mapping[str, Path], families: Sequence[Family]) -> None:
    """`.sandbox/bin`: a link for each name of each binary, and no other."""
    paths.bin.mkdir(parents=True, exist_ok=True)
    links = {
        name: folders[family.name] / binary.name
        for family in families
        for binary in family.binaries
        for name in (binary.name, *binary.links)
    }
    for old in paths.bin.iterdir():
        if old.name not in links or not old.is_symlink() or old.readlink() != links[old.name]:
            old.unlink()
    for name, binary in links.items():
        if not (paths.bin / name).is_symlink():
            (paths.bin / name).symlink_to(binary)


def _copy_files(paths: Paths, folders: Mapping[str, Path], families: Sequence[Family]) -> None:
    """Copy what a family keeps besides its binaries; again when it was built anew."""
    for family in families:
        for files in family.files:
            target = paths.root / files.target
            origin = target.with_name(f".{target.name}.origin")
            source = folders[family.name] / files.path
            if not target.exists() or not origin.exists() or origin.read_text() != str(source):
                shutil.rmtree(target, ignore_errors=True)
                build.copy(source, target)
                origin.write_text(str(source))
