"""A cluster's API server, called by the person who runs the command."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, cast

import yaml
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from urllib3.util import Retry

from ops.errors import UserError, one_line
from ops.leftovers.clusters import Cluster

TIMEOUT = 15
"""Seconds for a response of an API server."""

RETRIES = Retry(
    connect=0, read=0, redirect=0, status=10, status_forcelist=(429,), allowed_methods=None, raise_on_status=False
)
"""Retries for the responses 429 of an API server under load, which name the wait: a call is tried eleven times.

An unreachable API server is not tried again, because more tries would only multiply the wait.
"""

Object = Mapping[str, Any]


def part(object: Object, key: str) -> Object:
    """Return the object under a key; an empty one if the key is missing or null."""
    return object.get(key) or {}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An object in a cluster."""

    cluster: str
    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str = ""

    def __str__(self) -> str:
        """The object's kind, namespace and name."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def anyone(self) -> Reference:
        """The reference without the uid, for any object of this name."""
        return replace(self, uid="")


class Api(Protocol):
    """The calls of an API server."""

    def list(self, api_version: str, kind: str) -> list[dict[str, Any]]:
        """Return a type's objects in all namespaces; none if the cluster has no such type."""
        ...

    def get(self, reference: Reference) -> dict[str, Any] | None:
        """Return an object; None if it doesn't exist."""
        ...

    def delete(self, reference: Reference) -> None:
        """Begin to delete an object and its dependents. A missing object is no error."""
        ...


class Connection:
    """A cluster's API server."""

    def __init__(self, cluster: Cluster, stack: str, access: Mapping[str, Any] | None = None) -> None:
        """Sign in, by the kubeconfig `access` if the cluster is none of EKS's.

        Raise UserError if the API server doesn't answer.
        """
        settings = client.Configuration()
        cast(Any, settings).retries = RETRIES
        try:
            context = kubeconfig(cluster, os.environ, access)
            cast(Any, config).load_kube_config_from_dict(context, client_configuration=settings, persist_config=False)
            api = client.ApiClient(settings)
            cast(Any, client.VersionApi(api)).get_code(_request_timeout=TIMEOUT)
            self._client: Any = DynamicClient(api)
            self._cluster = cluster.name
        except Exception as error:  # of sign-in, network or TLS, with the same fix
            raise UserError(
                f"{cluster.name}: its API server doesn't answer ({_reason(error)}), and its controllers would create "
                "load balancers again; run this where it is reachable, for example through the bastion: "
                f"python -m ops tunnel --stack {stack} -- python -m ops leftovers --stack {stack} --delete"
            ) from None

    def list(self, api_version: str, kind: str) -> list[dict[str, Any]]:
        """Return a type's objects in all namespaces; none if the cluster has no such type. Raise UserError."""
        with self._known():
            resource = self._client.resources.get(api_version=api_version, kind=kind)
            return resource.get(_request_timeout=TIMEOUT).to_dict()["items"]
        return []

    def get(self, reference: Reference) -> dict[str, Any] | None:
        """Return an object; None if it doesn't exist. Raise UserError."""
        with self._known():
            resource = self._client.resources.get(api_version=reference.api_version, kind=reference.kind)
            namespace = reference.namespace or None
            return resource.get(name=reference.name, namespace=namespace, _request_timeout=TIMEOUT).to_dict()
        return None

    def delete(self, reference: Reference) -> None:
        """Begin to delete an object and its dependents. A missing object is no error. Raise UserError."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        with self._known():
            resource = self._client.resources.get(api_version=reference.api_version, kind=reference.kind)
            namespace = reference.namespace or None
            resource.delete(name=reference.name, namespace=namespace, body=options, _request_timeout=TIMEOUT)

    @contextmanager
    def _known(self) -> Generator[None]:
        """Ignore objects and types that the cluster doesn't have; raise a UserError for every other error."""
        try:
            yield
        except (NotFoundError, ResourceNotFoundError):
            return
        except Exception as error:  # of rights or network, with the same fix
            raise UserError(
                f"{self._cluster}: its API server refuses a call: {_reason(error)}; get the rights of a "
                "cluster administrator (access.admins), and run it again"
            ) from None


def kubeconfig(cluster: Cluster, environ: Mapping[str, str], access: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a kubeconfig for a single cluster.

    It is the context of $KUBECONFIG with the cluster's name and certificate authority, which `ops tunnel` sets. Without
    such a context it is `access`, or the endpoint that EKS names. Both of EKS's sign in by the AWS CLI.
    """
    if found := _from_environment(cluster, environ):
        return found
    if access is not None:
        return dict(access)
    server = {"server": cluster.endpoint, "certificate-authority-data": cluster.authority}
    sign_in = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", cluster.region, "eks", "get-token", "--cluster-name", cluster.name, "--output", "json"],
        "interactiveMode": "Never",
    }
    return _single(cluster.name, server, {"exec": sign_in})


def _from_environment(cluster: Cluster, environ: Mapping[str, str]) -> dict[str, Any] | None:
    for file in filter(None, environ.get("KUBECONFIG", "").split(os.pathsep)):
        try:
            known: Any = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
            clusters = {entry["name"]: entry["cluster"] for entry in known.get("clusters") or ()}
            users = {entry["name"]: entry["user"] for entry in known.get("users") or ()}
            context = next(entry["context"] for entry in known["contexts"] if entry["name"] == cluster.name)
            server, user = clusters[context["cluster"]], users[context["user"]]
        except (OSError, yaml.YAMLError, AttributeError, LookupError, TypeError, StopIteration):
            continue
        if server.get("certificate-authority-data") == cluster.authority:
            return _single(cluster.name, server, user)
    return None


def _single(name: str, server: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": dict(server)}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def _reason(error: Exception) -> str:
    if isinstance(error, client.ApiException):
        response = cast(Any, error)
        return f"{response.status} {response.reason}"
    text = one_line(error)
    return text if len(text) < 200 else f"{text[:200]}..."
