"""Chart repositories: an index and archives over https, or a registry of OCI artifacts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from ..documents import documents, fields, items
from ..source import LOOPBACK, SourceError, fetch
from . import versions
from .archive import Archive, from_archive, from_folder

OCI = "oci://"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
"""The media type of a chart's archive (Helm's documentation, "Use OCI-based registries")."""


class NoSuchChartError(SourceError):
    """The repository has no chart of the name."""

    def __init__(self, known: list[str]) -> None:
        """`known` are the charts of the repository; empty if it doesn't list them."""
        super().__init__("has no such chart")
        self.known = known


class NoSuchVersionError(SourceError):
    """The repository has the chart, and not the version."""

    def __init__(self, near: list[str]) -> None:
        """`near` are the nearest versions in the repository."""
        super().__init__("has no such version")
        self.near = near


def load(chart: str, repository: str | None, version: str | None) -> Archive:
    """A chart from a repository, or from a folder. Raises SourceError.

    A version matches with or without a leading v.
    """
    if repository is None:
        return from_folder(chart)
    from_ = _from_registry if repository.startswith(OCI) else _from_index
    return from_archive(from_(chart, repository, version or ""))


@cache
def _index(repository: str) -> str:
    """A repository's index, which is read once for all its charts."""
    return fetch(f"{repository.rstrip('/')}/index.yaml").decode(errors="replace")


def _entries(index: str, chart: str) -> Sequence[Any]:
    """The versions of a chart in an index. Raises SourceError.

    An index has megabytes, and parsing all of it takes seconds. So only the chart's own lines are parsed, if possible.
    """
    lines = re.search(rf"^  (['\"]?){re.escape(chart)}\1:[ ]*\n((?:  [ -].*\n|[ ]*\n)+)", f"{index}\n", re.MULTILINE)
    try:
        if lines and (own := items(_first_document(lines[2]))):
            return own
        entries = fields(fields(_first_document(index)).get("entries"))
    except ValueError as error:
        raise SourceError(f"its index.yaml is not an index of charts ({error})") from None
    if chart not in entries:
        raise NoSuchChartError(sorted(entries))
    return items(entries[chart])


def _first_document(text: str) -> Any:
    return next(iter(documents(text)), None)


def _from_index(chart: str, repository: str, version: str) -> bytes:
    listed = {str(fields(entry).get("version")): fields(entry) for entry in _entries(_index(repository), chart)}
    found = versions.same(version, listed)
    if found is None:
        raise NoSuchVersionError(versions.nearest(version, listed))
    urls = items(listed[found].get("urls"))
    if not urls:
        raise SourceError(f"its index has no URL of {chart} {found}")
    content = fetch(urljoin(f"{repository.rstrip('/')}/", str(urls[0])))
    _check_digest(content, str(listed[found].get("digest") or ""))
    return content


def _from_registry(chart: str, repository: str, version: str) -> bytes:
    host, _, path = f"{repository.removeprefix(OCI).rstrip('/')}/{chart}".partition("/")
    registry = Registry(host, path)
    # A tag can't have a plus sign, so Helm writes an underscore.
    tag = version.replace("+", "_")
    try:
        manifest: Any = json.loads(registry.get(f"manifests/{tag}", MANIFEST))
    except SourceError as error:
        if error.status != 404:
            raise
        raise _missing(registry, version) from None
    for layer in manifest.get("layers") or ():
        if layer.get("mediaType") == LAYER:
            content = registry.get(f"blobs/{layer['digest']}")
            _check_digest(content, layer["digest"].removeprefix("sha256:"))
            return content
    raise SourceError(f"{chart}:{tag} is no Helm chart")


def _missing(registry: Registry, version: str) -> SourceError:
    """The error for a tag that a registry doesn't have."""
    try:
        tags: Any = json.loads(registry.get("tags/list")).get("tags") or []
    except SourceError as error:
        return NoSuchChartError([]) if error.status in (401, 403, 404) else error
    return NoSuchVersionError(versions.nearest(version, [tag.replace("_", "+") for tag in tags]))


def _check_digest(content: bytes, digest: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if digest and found != digest:
        raise SourceError(f"its archive has the digest {found}, and not the published one, {digest}")


class Registry:
    """A repository of a registry, called without an account (OCI distribution specification)."""

    def __init__(self, host: str, path: str) -> None:
        """`path` is the repository's path in the registry."""
        scheme = "http" if urlsplit(f"//{host}").hostname in LOOPBACK else "https"
        self.path = path
        self._base = f"{scheme}://{host}/v2/{path}"
        self._token = ""

    def get(self, what: str, accept: str = "*/*") -> bytes:
        """A manifest, a blob or the tags. Fetches a token if the registry requires one. Raises SourceError."""
        try:
            return fetch(f"{self._base}/{what}", {"Accept": accept}, self._token)
        except SourceError as error:
            if error.status != 401 or self._token:
                raise
            self._token = self._sign_in(error.challenge)
        return fetch(f"{self._base}/{what}", {"Accept": accept}, self._token)

    def _sign_in(self, challenge: str) -> str:
        """An anonymous token, from the place in the registry's challenge (its Token Authentication)."""
        terms = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        if "realm" not in terms:
            raise SourceError("it requires a sign-in", 401)
        scope = {"service": terms.get("service", ""), "scope": f"repository:{self.path}:pull"}
        response: Any = json.loads(fetch(f"{terms['realm']}?{urlencode(scope)}"))
        return response.get("token") or response.get("access_token") or ""
