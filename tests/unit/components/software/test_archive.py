"""Charts' files: folders and archives, and the CRDs of the charts within."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.software.archive import Archive, from_archive, from_folder
from components.source import SourceError
from tests.unit.components.software.served import archive, crd, files

pytestmark = pytest.mark.unit


def crds(*plurals: str) -> str:
    return yaml.safe_dump_all([crd(plural, plural.capitalize()) for plural in plurals])


def names(chart: Archive, values: Any = None) -> list[str]:
    return [found.key.name for found in chart.crds(values or {})]


def test_a_folder_and_an_archive_are_the_same_chart(tmp_path: Path) -> None:
    whole = files(
        "web", "1.2.3", values={"a": 1}, schema={"type": "object"}, more={"crds/all.yaml": crds("ones", "twos")}
    )
    for path, text in whole.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    packed = from_archive(archive("web", whole))
    assert from_folder(str(tmp_path)) == packed
    assert (packed.title, packed.values, packed.schema) == ("web 1.2.3", {"a": 1}, {"type": "object"})
    assert names(packed) == ["ones.example.org", "twos.example.org"]


@pytest.mark.parametrize(
    ("dependency", "values", "on"),
    [
        ({}, {}, True),
        ({"condition": "db.enabled"}, {}, True),
        ({"condition": "db.enabled"}, {"db": {"enabled": False}}, False),
        ({"condition": "none.there, db.enabled"}, {"db": {"enabled": False}}, False),
        ({"tags": ["data"]}, {"tags": {"data": False}}, False),
        ({"tags": ["data", "all"]}, {"tags": {"data": False, "all": True}}, True),
        ({"condition": "db.enabled", "tags": ["data"]}, {"db": {"enabled": True}, "tags": {"data": False}}, True),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_chart_within_brings_its_crds_if_the_values_enable_it(
    dependency: Any, values: Any, on: bool, packed: bool, tmp_path: Path
) -> None:
    inner = files("db", "1.0.0", more={"crds/own.yaml": crds("stores")})
    more: dict[str, Any] = {f"charts/db/{path}": text for path, text in inner.items()}
    whole = files("web", "1.0.0", more={} if packed else more, dependencies=[{"name": "db", **dependency}])
    for path, text in whole.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    if packed:
        (tmp_path / "charts").mkdir()
        (tmp_path / "charts" / "db-1.0.0.tgz").write_bytes(archive("db", inner))
    assert names(from_folder(str(tmp_path)), values) == (["stores.example.org"] if on else [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no archive", "it is no chart archive"),
        (archive("web", {"values.yaml": ""}), "it has no Chart.yaml with a name and a version, so it is no chart"),
        (archive("web", files("web", "1.0.0") | {"values.yaml": "a: ["}), "its values.yaml is not YAML .line 2"),
        (archive("web", files("web", "1.0.0") | {"values.schema.json": "{"}), "its values.schema.json is not JSON"),
        (archive("web", files("web", "1.0.0") | {"crds/a.yaml": "a: ["}), "its crds/a.yaml can't be read"),
    ],
    ids=["no archive", "no Chart.yaml", "bad values", "bad schema", "bad CRDs"],
)
def test_what_is_no_chart_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        from_archive(content)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no folder"):
        from_folder(str(tmp_path / "none"))
