"""The API server: requests as JSON, and the resource of a kind."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.plugins.kubernetes.credentials import Credentials
from sandbox.plugins.kubernetes.kubeconfig import Connection
from sandbox.plugins.provider import ProviderError

APPLY = "application/apply-patch+yaml"
_JSON = "application/json"
Object = dict[str, Any]
"""A Kubernetes object."""


class ApiError(ProviderError):
    """The API server refused a request."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        """`reason` is Kubernetes' own, `NotFound` for instance."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class Unreachable(ProviderError):
    """The API server does not answer."""


class NoSuchKind(ProviderError):
    """The API server has no resource for a kind (yet): its CRD is not there."""


@dataclass(frozen=True)
class Kind:
    """A kind, by the API server's names."""

    path: str
    """`/apis/apps/v1`."""
    plural: str
    namespaced: bool

    def collection(self, namespace: str) -> str:
        """The path of the kind's objects."""
        return f"{self.path}/namespaces/{namespace}/{self.plural}" if self.namespaced else f"{self.path}/{self.plural}"


class Api:
    """An API server; safe for threads."""

    def __init__(self, connection: Connection) -> None:
        """Connect at the first request."""
        self.connection = connection
        self.credentials = Credentials(connection)
        self._lock = threading.Lock()
        self._pool: Any = None
        self._kinds: dict[tuple[str, str], Kind] = {}

    def kind(self, version: str, kind: str) -> Kind:
        """The resource of a kind, by its apiVersion (`v1`, `apps/v1`); raises NoSuchKind."""
        if (version, kind) not in self._kinds:
            path = f"/apis/{version}" if "/" in version else f"/api/{version}"
            try:
                listed = self.request("GET", path)["resources"]
            except ApiError as error:
                if error.status != 404:
                    raise
                listed = []
            for entry in listed:
                if "/" not in entry["name"]:
                    self._kinds[version, entry["kind"]] = Kind(path, entry["name"], entry["namespaced"])
        if (version, kind) not in self._kinds:
            raise NoSuchKind(f"the cluster has no kind {kind} in {version}: its CRD is not there")
        return self._kinds[version, kind]

    def forget(self, version: str) -> None:
        """Ask again for a group's kinds."""
        for known in [known for known in self._kinds if known[0] == version]:
            self._kinds.pop(known, None)

    def path(self, object: Mapping[str, Any]) -> str:
        """Return an object's path. One without a namespace is in the provider's own or `default`."""
        metadata = object.get("metadata") or {}
        kind = self.kind(object["apiVersion"], object["kind"])
        namespace = metadata.get("namespace") or self.connection.namespace or "default"
        return f"{kind.collection(namespace)}/{metadata['name']}"

    def get(self, object: Mapping[str, Any]) -> Object | None:
        """An object as it is; None if it is not there."""
        try:
            return self.request("GET", self.path(object))
        except NoSuchKind:
            return None
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def apply(self, object: Mapping[str, Any], manager: str, *, force: bool = False, dry_run: bool = False) -> Object:
        """Server-side apply; gives the object as it is after that."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        return self.request("PATCH", self.path(object), object, query, APPLY)

    def delete(self, object: Mapping[str, Any], propagation: str) -> bool:
        """Begin to delete an object; whether it is gone at once, or was before."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        try:
            return self.request("DELETE", self.path(object), body).get("kind") == "Status"
        except NoSuchKind:
            return True
        except ApiError as error:
            if error.status != 404:
                raise
            return True

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        content: str = _JSON,
    ) -> Any:
        """Ask the API server; raises ApiError for a refusal, Unreachable if there is no answer."""
        response = self._send(method, path, body, query, content)
        if response.status == 401 and self.connection.command is not None:
            self.credentials.forget()
            response = self._send(method, path, body, query, content)
        if response.status >= 300:
            raise _error(response, method, path)
        return json.loads(response.data) if response.data else {}

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None, content: str
    ) -> Any:
        from urllib.parse import urlencode

        import urllib3

        headers = {"Accept": _JSON, "User-Agent": "federated-eks-sandbox"}
        if token := self.credentials.token():
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = content
        url = f"{self.connection.server}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body)
        try:
            return self._connected().request(method, url, body=data, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            reason = getattr(error, "reason", None) or error
            raise Unreachable(
                f"the Kubernetes API server at {self.connection.server} does not answer: {reason}"
            ) from error

    def _connected(self) -> Any:
        with self._lock:
            if self._pool is None:
                self._pool = _pool(self.connection)
            return self._pool


def _pool(connection: Connection) -> Any:
    import urllib3

    context = ssl.create_default_context(cadata=connection.authority.decode() or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # a cluster's own CA need not have every extension
    if connection.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if connection.certificate:
        with private_file(connection.certificate + b"\n" + connection.key) as path:
            context.load_cert_chain(path)
    # An idle connection that the server has closed fails on its next use: such a request, not yet heard, is sent again.
    # A response with Retry-After, 429 above all, is asked for again as often as client-go does (rest/with_retry.go).
    retries = urllib3.Retry(
        connect=3,
        read=1,
        redirect=0,
        status=10,
        other=0,
        backoff_factor=0.2,
        allowed_methods=None,
        raise_on_status=False,
    )
    return urllib3.PoolManager(
        maxsize=32,
        ssl_context=context,
        retries=retries,
        timeout=urllib3.Timeout(connect=5, read=60),
        assert_hostname=connection.server_name or None,
    )


@contextlib.contextmanager
def private_file(content: bytes, suffix: str = "") -> Any:
    """A file that only this user can read, gone at the end."""
    handle, name = tempfile.mkstemp(suffix=suffix)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _error(response: Any, method: str, path: str) -> ApiError:
    try:
        status = json.loads(response.data)
    except ValueError:
        status = {}
    message = status.get("message") or response.data.decode(errors="replace").strip() or f"HTTP {response.status}"
    return ApiError(response.status, status.get("reason", ""), f"{message} ({method} {path})")
