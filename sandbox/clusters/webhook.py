"""The webhook that tells control planes the user of a token, and the permissions of EKS's access policies."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from sandbox.clusters import access, ports
from sandbox.clusters.https import Server
from sandbox.clusters.pki import Authority
from sandbox.contract import ClusterKey, Identity, SignInError

logger = logging.getLogger(__name__)


class Roles(Protocol):
    """A function that reads the rules of a cluster's own roles."""

    def __call__(self, key: ClusterKey, role: str) -> list[access.Rule]:
        """The rules of a ClusterRole."""
        ...


class Webhook:
    """HTTPS on a free loopback port, with a path for each cluster and question."""

    def __init__(self, folder: Path, identity: Identity, roles: Roles) -> None:
        """Create the authority and certificate of this run in `folder`. The server listens once started."""
        self._identity, self._roles = identity, roles
        self.authority = Authority(folder, "sandbox-webhook")
        pair = self.authority.server("webhook", "sandbox-webhook", [ports.LOOPBACK])
        self._server = _Server(_Handler, pair)
        self._server.answer = self._answer

    def start(self) -> None:
        """Start to answer."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()

    def url(self, key: ClusterKey, question: str) -> str:
        """The URL for a cluster's reviews; `question` is `authenticate` or `authorize`."""
        return f"https://{ports.LOOPBACK}:{self._server.port}/{question}/{'/'.join(key)}"

    def _answer(self, path: str, review: Mapping[str, Any]) -> dict[str, Any] | None:
        """The review with its status; None for an unknown path."""
        parts = urlsplit(path).path.strip("/").split("/")
        if len(parts) != 4:
            return None
        question, key = parts[0], ClusterKey(*parts[1:])
        if question == "authenticate":
            status = self._authenticate(key, review["spec"])
        elif question == "authorize":
            status = self._authorize(key, review["spec"])
        else:
            return None
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "status": status}

    def _authenticate(self, key: ClusterKey, spec: Mapping[str, Any]) -> dict[str, Any]:
        try:
            user = self._identity.authenticate(key, spec["token"])
        except SignInError as error:
            logger.info("%s/%s refuses a token: %s", key.region, key.name, error)
            return {"authenticated": False, "error": str(error)}
        extra = {name: list(values) for name, values in user.extra.items()}
        info = {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": extra}
        return {"authenticated": True, "user": info}

    def _authorize(self, key: ClusterKey, spec: Mapping[str, Any]) -> dict[str, Any]:
        # No request is denied, because RBAC decides on those that no policy allows.
        principal = next(iter((spec.get("extra") or {}).get("canonicalArn") or ()), "")
        if not principal:
            return {"allowed": False}
        policies = self._identity.access_policies(key, principal)
        policy = access.allowed(spec, policies, lambda role: self._roles(key, role))
        return {"allowed": True, "reason": f"EKS access policy {policy}"} if policy else {"allowed": False}


class _Server(Server):
    answer: Callable[[str, Mapping[str, Any]], dict[str, Any] | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answer a review."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            answer = self.server.answer(self.path, json.loads(body))
        except Exception as error:
            logger.exception("webhook: %s", self.path)
            self._reply(500, {"message": str(error)})
        else:
            self._reply(200 if answer else 404, answer or {"message": f"{self.path}: no such question"})

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, because every review would be a line."""

    def _reply(self, status: int, content: Mapping[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
