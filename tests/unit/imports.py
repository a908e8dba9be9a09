"""A project's imports, read from its source without running it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

INSTALLED_AS = {"federated_eks": "components"}
"""Names that packages have where they are installed, and the folders that they are here."""


class Import(NamedTuple):
    """A module's import of another; both are of the project."""

    importer: str
    imported: str
    line: int
    written: str
    """The imported name as the source has it, dots of a relative import included."""
    at_start: bool
    """Whether it runs when the importer is loaded: it is in no function, and not for type checkers alone."""

    def __str__(self) -> str:
        """Return the text of a violation."""
        return f"{self.importer}:{self.line} imports {self.imported}"


def within(module: str, *places: str) -> bool:
    """Whether a module is, or is inside of, any of the places."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def modules(root: Path) -> dict[str, Path]:
    """The project's modules by their dotted names; a package's name is that of its `__init__`."""
    found: dict[str, Path] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and not _foreign(Path(folder, name))]
        for file in files:
            if file.endswith(".py"):
                path = Path(folder, file)
                parts = path.relative_to(root).with_suffix("").parts
                found[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path) -> list[Import]:
    """The imports of all modules among each other."""
    every = modules(root)
    found: list[Import] = []
    for importer, path in sorted(every.items()):
        package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
        for node, at_start in _statements(ast.parse(path.read_text(encoding="utf-8")), at_start=True):
            for target, written in _targets(node, package):
                imported = _known(target, every)
                if imported and imported != importer:
                    found.append(Import(importer, imported, node.lineno, written, at_start))
    return found


def circle(found: list[Import]) -> list[str]:
    """The modules of a circle of imports that run when modules are loaded, in order; empty if there is none.

    To import a module loads its packages first, except those that the importer itself is in.
    """
    everything = {edge.imported for edge in found} | {edge.importer for edge in found}
    graph: dict[str, set[str]] = {}
    for edge in found:
        if edge.at_start:
            parts = edge.imported.split(".")
            packages = [".".join(parts[:length]) for length in range(1, len(parts))]
            loaded = [package for package in packages if package in everything and not within(edge.importer, package)]
            graph.setdefault(edge.importer, set()).update((edge.imported, *loaded))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _foreign(folder: Path) -> bool:
    """Whether a folder is a virtual environment, or Python's cache."""
    return folder.name == "__pycache__" or (folder / "pyvenv.cfg").exists()


def _statements(node: ast.AST, *, at_start: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_start
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _statements(child, at_start=False)
        elif isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from _statements(ast.Module(child.body, []), at_start=False)
            yield from _statements(ast.Module(child.orelse, []), at_start=at_start)
        else:
            yield from _statements(child, at_start=at_start)


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """The full name of all that a statement imports, and the name as it is written."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.name) for alias in node.names)
        return
    parents = package.split(".")
    base = [*parents[: len(parents) - node.level + 1], *filter(None, [node.module])] if node.level else [node.module]
    for alias in node.names:
        yield ".".join(filter(None, [*base, alias.name])), f"{'.' * node.level}{node.module or ''}"


def _known(target: str, every: dict[str, Path]) -> str:
    """The module that a name is, or is something of; empty if it is none of the project's."""
    first, *rest = target.split(".")
    parts = [INSTALLED_AS.get(first, first), *rest]
    lengths = range(len(parts), 0, -1)
    return next((name for length in lengths if (name := ".".join(parts[:length])) in every), "")
