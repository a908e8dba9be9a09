"""Charts and manifests, as a web server and a registry of this machine have them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from components.software.repository import LAYER


def crd(plural: str, kind: str, *, group: str = "example.org", scope: str = "Namespaced", **fields: str) -> Any:
    """A CRD whose objects have these fields in their spec: name to type."""
    spec = {"type": "object", "properties": {name: {"type": type_} for name, type_ in fields.items()}}
    schema = {"type": "object", "description": f"A {kind}.", "properties": {"spec": spec}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "creationTimestamp": None},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": scope,
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def files(
    name: str,
    version: str,
    *,
    values: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
    more: Mapping[str, str] | None = None,
    **about: Any,
) -> dict[str, str]:
    """The files of a chart; `more` are further ones by path, `about` further keys of Chart.yaml."""
    return {
        "Chart.yaml": yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version, **about}),
        "values.yaml": yaml.safe_dump(dict(values or {})),
        **({"values.schema.json": json.dumps(schema)} if schema else {}),
        **(more or {}),
    }


def archive(name: str, files: Mapping[str, str]) -> bytes:
    """The files in a tgz, in a folder of the chart's name."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as packed:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(text.encode())
            packed.addfile(entry, io.BytesIO(text.encode()))
    return whole.getvalue()


@dataclass
class Server:
    """A web server whose pages can be changed; requests are kept."""

    url: str
    pages: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By path."""
    asked: list[str] = field(default_factory=list[str])
    tokens: set[str] = field(default_factory=set[str])
    """Those that a registry asks for; empty: everybody is let in."""

    @property
    def host(self) -> str:
        """The server's address and port."""
        return self.url.removeprefix("http://")

    def publish(self, *charts: Mapping[str, str], at: str = "") -> str:
        """Put charts into a repository, whose URL is returned."""
        entries: dict[str, list[Any]] = {}
        for chart in charts:
            about = yaml.safe_load(chart["Chart.yaml"])
            packed = archive(about["name"], chart)
            path = f"{at}/{about['name']}-{about['version']}.tgz"
            self.pages[path] = packed
            digest = hashlib.sha256(packed).hexdigest()
            entries.setdefault(about["name"], []).append({**about, "urls": [path.rpartition("/")[2]], "digest": digest})
        self.pages[f"{at}/index.yaml"] = yaml.safe_dump({"apiVersion": "v1", "entries": entries}).encode()
        return f"{self.url}{at}"

    def push(self, chart: Mapping[str, str], repository: str) -> None:
        """Put a chart into the registry, under `<repository>/<name>:<version>`."""
        about = yaml.safe_load(chart["Chart.yaml"])
        packed = archive(about["name"], chart)
        digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
        base = f"/v2/{repository}/{about['name']}"
        tag = about["version"].replace("+", "_")
        layers = [{"mediaType": "application/vnd.other", "digest": "sha256:0"}, {"mediaType": LAYER, "digest": digest}]
        self.pages[f"{base}/manifests/{tag}"] = json.dumps({"layers": layers}).encode()
        self.pages[f"{base}/blobs/{digest}"] = packed
        tags = json.loads(self.pages.get(f"{base}/tags/list", b'{"tags": []}'))["tags"]
        self.pages[f"{base}/tags/list"] = json.dumps({"tags": [*tags, tag]}).encode()


@contextmanager
def serving() -> Generator[Server]:
    """A server of this machine, until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            page = made.pages.get(self.path.partition("?")[0])
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if self.path.startswith("/v2/") and made.tokens and token not in made.tokens:
                self.send_response(401)
                self.send_header("WWW-Authenticate", f'Bearer realm="{made.url}/token",service="registry"')
                page = b""
            else:
                self.send_response(200 if page is not None else 404)
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Server(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
