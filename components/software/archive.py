"""A chart's files: its values, their schema, its CRDs, and the charts within."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..documents import documents, fields, items
from ..source import SourceError
from .objects import Object, parse
from .values import merged

USED = re.compile(r"""\.Values\.(\w+)|\.Values\s+"([^"]+)\"""")
"""A value that a template reads: `.Values.image`, or `index .Values "image"`."""
WHOLE = re.compile(r"""\.Values(?![.\w])(?!\s+")""")
"""A template's use of all values at once. It may then read any value."""

Files = Mapping[str, bytes]
"""A chart's files by their paths in its folder."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A published chart."""

    name: str
    version: str
    values: Mapping[str, Any]
    """The default values."""
    schema: Mapping[str, Any] | None
    """The JSON schema of its values; None if it has none."""
    own_crds: Sequence[Object]
    """The CRDs of its folder `crds`, which Helm installs and never upgrades."""
    texts: str
    """The text of its templates."""
    library: bool = False
    """Whether it only provides templates to the chart that contains it."""
    dependencies: Sequence[Mapping[str, Any]] = ()
    """The entries of `dependencies` in Chart.yaml."""
    charts: Sequence[Archive] = ()
    """The charts within it."""

    @property
    def title(self) -> str:
        """The chart's name and version."""
        return f"{self.name} {self.version}"

    @property
    def keys(self) -> set[str] | None:
        """The valid top-level keys of its values; None if any is valid, because a template reads all values at once."""
        texts = "\n".join(self._texts())
        if WHOLE.search(texts):
            return None
        used = {dotted or indexed for dotted, indexed in USED.findall(texts)}
        within = {self.alias(chart) for chart in self.charts} | {
            name for dependency in self.dependencies for name in _names(dependency)
        }
        properties = fields(self.schema).get("properties")
        conditions = {path.partition(".")[0] for entry in self.dependencies for path in _conditions(entry)}
        return {"global", "tags", *self.values, *used, *within, *fields(properties), *conditions}

    def alias(self, chart: Archive) -> str:
        """The key of a contained chart in the values."""
        known = [entry for entry in self.dependencies if entry.get("name") == chart.name]
        return str(known[0].get("alias") or chart.name) if known else chart.name

    def crds(self, values: Mapping[str, Any]) -> list[Object]:
        """The CRDs of the chart and of the charts within that these values enable."""
        whole = merged(self.values, values)
        within = [crd for chart in self.enabled(whole) for crd in chart.crds(fields(whole.get(self.alias(chart))))]
        return [*self.own_crds, *within]

    def enabled(self, values: Mapping[str, Any]) -> Iterator[Archive]:
        """The charts within that the values enable (Helm's documentation, "Tags and Condition Fields")."""
        rows = {entry.get("name"): entry for entry in self.dependencies}
        for chart in self.charts:
            if _is_enabled(rows.get(chart.name, {}), values):
                yield chart

    def _texts(self) -> Iterator[str]:
        """The templates that read the chart's own values."""
        yield self.texts
        for chart in self.charts:
            if chart.library:
                yield from chart._texts()


def _names(dependency: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(dependency[key]) for key in ("name", "alias") if dependency.get(key))


def _conditions(dependency: Mapping[str, Any]) -> list[str]:
    return [path.strip() for path in str(dependency.get("condition") or "").split(",") if path.strip()]


def _is_enabled(dependency: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether values enable a dependency, by its first condition that they have, or else by any tag that is on."""
    for path in _conditions(dependency):
        value: Any = values
        for part in path.split("."):
            value = fields(value).get(part)
        if isinstance(value, bool):
            return value
    switches = [fields(values.get("tags")).get(tag) for tag in items(dependency.get("tags"))]
    known = [switch for switch in switches if isinstance(switch, bool)]
    return any(known) if known else True


def from_folder(folder: str) -> Archive:
    """The chart in a folder. Raises SourceError."""
    root = Path(folder)
    if not root.is_dir():
        raise SourceError(f"there is no folder {folder}")
    return _chart({path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()})


def from_archive(content: bytes) -> Archive:
    """The chart in a tgz. Raises SourceError."""
    return _chart(_unpacked(content))


def _unpacked(content: bytes) -> Files:
    """An archive's files, without their common folder."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            read = {member.name: archive.extractfile(member) for member in members}
            return {
                "/".join(PurePosixPath(name).parts[1:]): file.read() for name, file in read.items() if file is not None
            }
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise SourceError(f"it is no chart archive ({error})") from None


def _chart(files: Files) -> Archive:
    about = _yaml(files, "Chart.yaml")
    if not about.get("name") or not about.get("version"):
        raise SourceError("it has no Chart.yaml with a name and a version, so it is no chart")
    requirements = about if "dependencies" in about else _yaml(files, "requirements.yaml")
    return Archive(
        name=str(about["name"]),
        version=str(about["version"]),
        values=_yaml(files, "values.yaml"),
        schema=_schema(files),
        own_crds=[crd for path in sorted(files) if path.startswith("crds/") for crd in _objects(files, path)],
        texts="\n".join(_text(files, path) for path in files if path.startswith("templates/")),
        library=about.get("type") == "library",
        dependencies=[fields(entry) for entry in items(requirements.get("dependencies"))],
        charts=[*_within(files)],
    )


def _within(files: Files) -> Iterator[Archive]:
    """The charts in the folder `charts`: folders, or archives."""
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        parts = PurePosixPath(path).parts
        if parts[0] == "charts" and len(parts) == 2 and path.endswith(".tgz"):
            yield from_archive(content)
        elif parts[0] == "charts" and len(parts) > 2:
            folders.setdefault(parts[1], {})["/".join(parts[2:])] = content
    yield from (_chart(files) for files in folders.values() if "Chart.yaml" in files)


def _text(files: Files, path: str) -> str:
    return files.get(path, b"").decode(errors="replace")


def _yaml(files: Files, path: str) -> Mapping[str, Any]:
    """The mapping in a file; empty if there is no file. Raises SourceError."""
    try:
        found = documents(_text(files, path))
    except ValueError as error:
        raise SourceError(f"its {path} is not YAML ({error})") from None
    return fields(found[0]) if found else {}


def _schema(files: Files) -> Mapping[str, Any] | None:
    if "values.schema.json" not in files:
        return None
    try:
        return fields(json.loads(files["values.schema.json"]))
    except ValueError as error:
        raise SourceError(f"its values.schema.json is not JSON ({error})") from None


def _objects(files: Files, path: str) -> list[Object]:
    """The CRDs of a file in `crds`. Helm doesn't render it, and installs its other objects too."""
    if not path.endswith((".yaml", ".yml", ".json")):
        return []
    try:
        return [object for object in parse(_text(files, path)) if object.is_crd]
    except ValueError as error:
        raise SourceError(f"its {path} can't be read ({error})") from None
