"""The content of charts and manifests, and checks of the settings against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pulumi
from pulumi import Output

from components import source
from components.documents import fields
from components.federation.kubefed.crd_rules import problems
from components.software import ChartArgs, ManifestArgs, repository, values
from components.software.archive import Archive
from components.software.objects import Object, parse
from components.software.repository import NoSuchChartError, NoSuchVersionError
from components.software.software import Entry as EntryArgs
from components.source import SourceError
from settings.base import PROJECT
from settings.charts import Chart
from settings.entries import Entry
from settings.manifests import Manifest
from settings.near import near
from settings.wording import shown

Arguments = Callable[[str], EntryArgs]
"""An entry's arguments by the cluster's name. Raises ValueError for values that the chart refuses."""


def read(key: str, entry: Entry) -> Arguments:
    """Read an entry, and return its arguments. Raises ValueError, beginning with `key`."""
    return _chart(key, entry) if isinstance(entry, Chart) else _manifest(key, entry)


def _manifest(key: str, entry: Any) -> Arguments:
    manifest: Manifest = entry
    key = f"{key}.{'file' if manifest.file else 'url'}"
    objects = _objects(key, manifest)
    arguments = ManifestArgs(
        name=manifest.name,
        source=manifest.source,
        objects=objects,
        keep_crds=manifest.crds == "keep",
        after=manifest.after,
    )
    return lambda _: arguments


def _objects(key: str, manifest: Manifest) -> list[Object]:
    place = manifest.source
    try:
        text = source.text(place)
    except SourceError as error:
        raise ValueError(f"{key}: {place} can't be read ({error}); give a manifest that can") from None
    try:
        objects = parse(text)
    except ValueError as error:
        raise ValueError(f"{key}: {place} is no manifest ({error}); correct it") from None
    if not objects:
        raise ValueError(f"{key}: {place} has no objects; give a manifest that has")
    _check_crds(key, place, objects)
    return objects


def _check_crds(key: str, title: str, objects: Iterable[Object]) -> None:
    for crd in [object for object in objects if object.is_crd]:
        problem = next(problems(crd.body), None)
        if problem:
            raise ValueError(
                f"{key}: {title} has the CustomResourceDefinition {crd.key.name}, which Kubernetes refuses "
                f"({problem}); use another version, or correct it"
            )


def _chart(key: str, chart: Chart) -> Arguments:
    archive = _archive(key, chart)

    # Clusters without values of their own share the arguments, because a schema's check takes a tenth of a second.
    @cache
    def arguments(cluster: str) -> ChartArgs:
        own = chart.values_by_cluster.get(cluster, {})
        given = values.merged(chart.values, own)
        _check_values(key, chart, archive, cluster, given)
        crds = archive.crds(given)
        _check_crds(f"{key}.chart", archive.title, crds)
        return ChartArgs(
            name=chart.name,
            chart=chart.chart,
            repository=chart.repository,
            version=chart.version,
            namespace=chart.namespace,
            values=Output.secret(given) if _is_secret() else given,
            crds=crds,
            keep_crds=chart.crds == "keep",
            after=chart.after,
        )

    return lambda cluster: arguments(cluster if cluster in chart.values_by_cluster else "")


def _is_secret() -> bool:
    """Whether the charts' settings have a secret in them. Pulumi knows that only of a whole key."""
    return pulumi.runtime.is_config_secret(f"{PROJECT}:charts")


def _archive(key: str, chart: Chart) -> Archive:
    place = chart.repository
    try:
        return repository.load(chart.chart, place, chart.version)
    except NoSuchChartError as error:
        meant = near(chart.chart, error.known)
        fix = f"did you mean {meant}?" if meant else "check the name, and the rights to read it"
        raise ValueError(f"{key}.chart: {chart.chart} is not in {place}; {fix}") from None
    except NoSuchVersionError as error:
        fix = f"the nearest are {', '.join(error.near)}" if error.near else "it has none"
        raise ValueError(f"{key}.version: {chart.version} of {chart.chart} is not in {place}; {fix}") from None
    except SourceError as error:
        if place is None:
            raise ValueError(f"{key}.chart: {chart.chart} is no chart ({error}); give a chart's folder") from None
        raise ValueError(
            f"{key}.repository: {place} doesn't give {chart.chart} {chart.version} ({error}); check the URL, and that "
            "this machine reaches it"
        ) from None


def _check_values(key: str, chart: Chart, archive: Archive, cluster: str, given: Mapping[str, Any]) -> None:
    """Raise ValueError for values that the chart doesn't know, or that its schema refuses."""
    own = chart.values_by_cluster.get(cluster, {})

    def place(*path: str | int) -> str:
        """The key of a value, in the cluster's own values if they have it."""
        within = f"valuesByCluster.{cluster}" if _has(own, path) else "values"
        return ".".join([key, within, *map(str, path)])

    for name in values.unknown(archive, given):
        meant = near(name, archive.keys or ())
        raise ValueError(
            f"{place(name)}: is no value of {archive.title}; "
            + (f"did you mean {meant}?" if meant else f"the known ones are {', '.join(sorted(archive.values))}")
        )
    for path, value, rule in values.refused(archive, given):
        what = "[secret]" if _is_secret() else shown(value)
        raise ValueError(
            f"{place(*path)}: {what} is refused by the schema of {archive.title} ({rule}); set a value that it takes"
        )


def _has(given: Mapping[str, Any], path: Sequence[str | int]) -> bool:
    """Whether values have an entry at a path, followed as far as there are maps."""
    found: Any = given
    for part in path:
        if part not in fields(found):
            return not isinstance(found, Mapping)
        found = fields(found)[str(part)]
    return bool(path)
