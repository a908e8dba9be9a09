"""A kubeconfig's cluster, and the way to sign in to it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.plugins.provider import ProviderError

_USER_KEYS = {
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "exec",
}
_CLUSTER_KEYS = {
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
    "tls-server-name",
}


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A cluster's API server, and a user of it."""

    server: str
    """`https://<host>:<port>`."""
    authority: bytes = b""
    """The CA certificate, PEM."""
    insecure: bool = False
    server_name: str = ""
    """The name expected in the server's certificate, where it is not the host's."""
    certificate: bytes = b""
    """The client's certificate, PEM."""
    key: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    token_file: str = ""
    command: Mapping[str, Any] | None = None
    """The `exec` section of the user."""
    namespace: str = ""
    """The context's."""


def load(kubeconfig: str, context: str = "", cluster: str = "") -> Connection:
    """Read a kubeconfig: its text, or the path of its file.

    `context` and `cluster` override the current context and its cluster. Raises ProviderError for what is missing in
    it, or not in the stand-in.
    """
    import yaml

    text, folder = kubeconfig, Path()
    if "\n" not in kubeconfig and not kubeconfig.lstrip().startswith("{"):
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise ProviderError(f"kubeconfig: {kubeconfig} does not exist; name an existing file")
        text, folder = path.read_text(), path.parent
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ProviderError(f"kubeconfig: the value is neither YAML nor JSON: {error}") from error
    if not isinstance(config, dict):
        raise ProviderError("kubeconfig: the value is neither a kubeconfig nor the path of one")
    chosen = _named(config, "contexts", "context", context or config.get("current-context", ""))
    server = _named(config, "clusters", "cluster", cluster or chosen.get("cluster", ""))
    user = _named(config, "users", "user", chosen["user"]) if chosen.get("user") else {}
    return _connection(server, user, chosen.get("namespace", ""), folder)


def _connection(server: Mapping[str, Any], user: Mapping[str, Any], namespace: str, folder: Path) -> Connection:
    for section, keys, known in (("cluster", server, _CLUSTER_KEYS), ("user", user, _USER_KEYS)):
        for unknown in sorted(keys.keys() - known):
            raise ProviderError(f"kubeconfig: {section}.{unknown} is not in the sandbox's stand-in")
    return Connection(
        server=server["server"].rstrip("/"),
        authority=_bytes(server, "certificate-authority", folder),
        insecure=bool(server.get("insecure-skip-tls-verify")),
        server_name=server.get("tls-server-name", ""),
        certificate=_bytes(user, "client-certificate", folder),
        key=_bytes(user, "client-key", folder),
        token=user.get("token", ""),
        token_file=str(folder / user["tokenFile"]) if user.get("tokenFile") else "",
        command=user.get("exec"),
        namespace=namespace,
    )


def _named(config: Mapping[str, Any], section: str, kind: str, name: str) -> Mapping[str, Any]:
    for entry in config.get(section) or ():
        if entry.get("name") == name:
            return entry[kind]
    raise ProviderError(f"kubeconfig: it has no {kind} {name!r}")


def _bytes(section: Mapping[str, Any], key: str, folder: Path) -> bytes:
    """The value of `<key>-data`, or what the file that `<key>` names holds."""
    if data := section.get(f"{key}-data"):
        return base64.b64decode(data)
    return (folder / section[key]).read_bytes() if section.get(key) else b""
