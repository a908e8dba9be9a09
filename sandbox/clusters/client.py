"""A small client of a Kubernetes API server, for the sandbox's own use."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from sandbox.clusters.pki import Pair

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


class ApiError(Exception):
    """A response that is no success."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        """`status` is HTTP's, or 0 without a response; `message` and `reason` are the server's."""
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.message, self.reason = status, message, reason


class Api:
    """An API server, called with a client certificate. Threads may share it."""

    def __init__(self, server: str, authority: Path, certificate: Pair | None = None) -> None:
        """`server` is `https://127.0.0.1:<port>`."""
        pair: dict[str, Any] = {}
        if certificate:
            pair = {"cert_file": str(certificate.certificate), "key_file": str(certificate.key)}
        self._server = server
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, ca_certs=str(authority), **pair)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Get an object or a list."""
        return self.call("GET", path, query=query)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST to a collection or a subresource."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any], kind: str = MERGE) -> dict[str, Any]:
        """Merge into an object; `kind` is the patch's media type."""
        return self.call("PATCH", path, body, kind)

    def delete(self, path: str, body: Mapping[str, Any] | None = None) -> None:
        """Delete an object, if it exists."""
        try:
            self.call("DELETE", path, body)
        except ApiError as error:
            if error.status != 404:
                raise

    def ready(self) -> bool:
        """Whether the server reports that all its parts have started."""
        try:
            return self._send("GET", "/readyz", None, "", {}, timeout=2).status == 200
        except ApiError:
            return False

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        media: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a request. Raises ApiError for any response that is no success."""
        response = self._send(method, path, body, media, query or {}, timeout=30)
        return _decoded(response.status, response.data)

    def watch(self, path: str, version: str, seconds: int, **query: str) -> Watch:
        """Watch a collection from a resource version on. Raises ApiError."""
        query = {**query, "watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        query["allowWatchBookmarks"] = "true"
        response = self._send("GET", path, None, "", query, timeout=seconds + 30, stream=True)
        if response.status != 200:
            _decoded(response.status, response.data)
        return Watch(response)

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        media: str,
        query: Mapping[str, str],
        timeout: float,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = media
            data = json.dumps(body).encode()
        if query:
            path += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        try:
            return self._pool.request(
                method, self._server + path, body=data, headers=headers, timeout=timeout, preload_content=not stream
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiError(0, str(error)) from error


class Watch:
    """A running watch."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        """Events come from the response's body."""
        self._response = response

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield events until the server ends the watch or it is closed. Raises ApiError if a new list is needed."""
        rest = b""
        try:
            for piece in self._response.stream(65536, decode_content=True):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield _checked(json.loads(line))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiError(0, str(error)) from error
        finally:
            self._response.close()

    def close(self) -> None:
        """End the watch from any thread, because an API server does not end while a client watches it."""
        with contextlib.suppress(OSError, ValueError, urllib3.exceptions.HTTPError):
            self._response.shutdown()


def _checked(event: dict[str, Any]) -> dict[str, Any]:
    if event["type"] == "ERROR":
        status = event["object"]
        raise ApiError(status.get("code", 0), status.get("message", ""), status.get("reason", ""))
    return event


def _decoded(status: int, data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except ValueError:
        content = {"message": data.decode(errors="replace")[:500]}
    if status >= 300:
        raise ApiError(status, content.get("message", ""), content.get("reason", ""))
    return content
