"""Charts from repositories and registries, by a server of this machine."""

import json

import pytest
import yaml

from components import source
from components.software import versions
from components.software.repository import NoSuchChartError, NoSuchVersionError, load
from components.source import SourceError, is_safe, moving
from tests.unit.components.software.served import Server, files

pytestmark = pytest.mark.unit

WEB = [files("web", version) for version in ("1.0.0", "1.2.0", "1.2.1", "1.3.0", "2.0.0", "2.1.0-rc.1")]


def test_a_chart_is_read_from_a_repository_whose_index_is_read_once(server: Server) -> None:
    url = server.publish(*WEB, files("other", "v1.0.0"), at="/charts")
    assert load("web", url, "1.2.1").title == "web 1.2.1"
    assert load("other", f"{url}", "1.0.0").title == "other v1.0.0"
    assert server.asked.count("/charts/index.yaml") == 1


@pytest.mark.parametrize("form", ["as helm writes it", "as JSON", "quoted"])
def test_an_index_is_read_in_any_form(server: Server, form: str) -> None:
    url = server.publish(*WEB, files("web-more", "1.0.0"))
    index = yaml.safe_load(server.pages["/index.yaml"])
    text = {
        "as helm writes it": yaml.safe_dump(index),
        "as JSON": json.dumps(index),
        "quoted": yaml.safe_dump(index).replace("  web:", '  "web":'),
    }[form]
    assert yaml.safe_load(text) == index
    server.pages["/index.yaml"] = text.encode()
    assert load("web", url, "1.2.1").title == "web 1.2.1"


def test_a_chart_that_a_repository_lacks_is_told_with_those_that_it_has(server: Server) -> None:
    url = server.publish(*WEB)
    with pytest.raises(NoSuchChartError) as caught:
        load("wbe", url, "1.0.0")
    assert caught.value.known == ["web"]


def test_a_version_that_a_repository_lacks_is_told_with_the_nearest(server: Server) -> None:
    url = server.publish(*WEB)
    with pytest.raises(NoSuchVersionError) as caught:
        load("web", url, "1.2.2")
    assert caught.value.near == ["1.3.0", "1.2.1", "1.2.0"]


def test_an_archive_that_is_not_the_published_one_is_refused(server: Server) -> None:
    url = server.publish(*WEB)
    server.pages["/web-1.0.0.tgz"] = server.pages["/web-1.2.0.tgz"]
    with pytest.raises(SourceError, match=r"its archive has the digest .*, and not the published one"):
        load("web", url, "1.0.0")


def test_a_repository_that_does_not_answer_says_why(server: Server) -> None:
    with pytest.raises(SourceError, match=r"/none/index.yaml answers 404 Not Found$"):
        load("web", f"{server.url}/none", "1.0.0")
    with pytest.raises(SourceError, match=r"http://127.0.0.1:1/index.yaml does not answer: .*refused"):
        load("web", "http://127.0.0.1:1", "1.0.0")


@pytest.mark.parametrize("asks", [False, True])
def test_a_chart_is_read_from_a_registry_that_may_ask_for_a_token(server: Server, asks: bool) -> None:
    for version in ("1.0.0", "1.2.0+a"):
        server.push(files("web", version), "team/charts")
    server.tokens = {"for-everybody"} if asks else set()
    server.pages["/token"] = b'{"token": "for-everybody"}'
    place = f"oci://{server.host}/team/charts"
    assert load("web", place, "1.2.0+a").title == "web 1.2.0+a"
    assert [path.partition("?")[0] for path in server.asked].count("/token") == asks
    with pytest.raises(NoSuchVersionError) as caught:
        load("web", place, "1.2.9")
    assert caught.value.near == ["1.2.0+a", "1.0.0"]
    with pytest.raises(NoSuchChartError):
        load("wbe", place, "1.2.9")


def test_a_token_is_sent_to_no_other_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = source.urlopen

    def spy(request: object, **options: object) -> object:
        seen.append(str(request.headers))  # type: ignore[attr-defined]  # those that a redirect gets too
        return real(request, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(source, "urlopen", spy)
    server.pages["/it"] = b"it"
    assert source.fetch(f"{server.url}/it", {"Accept": "*/*"}, "sesame") == b"it"
    assert "sesame" not in seen[0]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a", True),
        ("http://example.org/a", False),
        ("http://localhost:8080/a", True),
        ("file:///etc/passwd", False),
        ("http://localhost.example.org/a", False),
    ],
)
def test_only_https_and_the_machine_itself_are_safe(url: str, safe: bool) -> None:
    assert is_safe(url) == safe
    if not safe:
        with pytest.raises(SourceError, match="is not https"):
            source.fetch(url)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://raw.githubusercontent.com/o/r/main/bundle.yaml", "main"),
        ("https://raw.githubusercontent.com/o/r/refs/heads/release-1/bundle.yaml", "refs/heads/release-1"),
        ("https://raw.githubusercontent.com/o/r/HEAD/bundle.yaml", "HEAD"),
        ("https://github.com/o/r/releases/latest/download/bundle.yaml", "latest"),
        ("https://example.org/bundle.yaml?ref=master", "master"),
        ("https://main.example.org/v1/bundle.yaml", None),
        ("https://github.com/main/master-data/releases/download/v1.2.3/install.yaml", "main"),
        ("https://github.com/o/mainframe/releases/download/v1.2.3/install-latest.yaml", None),
        ("https://raw.githubusercontent.com/o/r/v0.45.0/bundle.yaml", None),
    ],
)
def test_a_url_that_gives_something_else_tomorrow_is_known_by_its_parts(url: str, part: str | None) -> None:
    assert moving(url) == part


@pytest.mark.parametrize(
    ("version", "near"),
    [
        ("1.2.2", ["1.3.0", "1.2.1", "1.2.0"]),
        ("9.0.0", ["2.0.0", "1.3.0", "1.2.1"]),
        ("2.1.0-rc.2", ["2.1.0-rc.1", "2.0.0", "1.3.0"]),
    ],
)
def test_the_nearest_versions_are_those_of_the_nearest_numbers(version: str, near: list[str]) -> None:
    known = ["1.0.0", "1.2.0", "1.2.1", "1.3.0", "2.0.0", "2.1.0-rc.1", "nightly"]
    assert versions.nearest(version, known) == near
