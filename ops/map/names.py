"""The global names of a fleet, from their marks on the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, cast

from kubernetes import client

from ops.map.model import GlobalName

LABEL, DNS_NAME, CLUSTER = "federated-eks/global-name", "federated-eks/dns-name", "federated-eks/cluster"
"""The label of a mark, with the cluster's role; the annotations with the name and the cluster."""

OUT = "out"
"""The role of a cluster that the name does not lead to."""

TIMEOUT = 10
"""Seconds for a response of the host."""


def list_marks(host: client.ApiClient) -> list[Mapping[str, Any]]:
    """Return the metadata of every mark on the host. Raise any error of the Kubernetes client."""
    api: Any = client.CoreV1Api(host)
    found = api.list_config_map_for_all_namespaces(label_selector=LABEL, _request_timeout=TIMEOUT)
    return [cast(Any, host).sanitize_for_serialization(mark.metadata) for mark in found.items]


def names(marks: Iterable[Mapping[str, Any]]) -> tuple[GlobalName, ...]:
    """Return the names of the marks, sorted."""
    ordered = sorted(marks, key=_key)
    return tuple(
        GlobalName(
            dns_name=dns_name,
            object=object,
            roles={_note(mark, CLUSTER): role for mark in group if (role := mark["labels"][LABEL]) != OUT},
        )
        for (dns_name, object), group in groupby(ordered, _key)
    )


def _key(mark: Mapping[str, Any]) -> tuple[str, str]:
    """Return a mark's DNS name and object. The mark's own name is the object, followed by the cluster."""
    object = str(mark["name"]).partition(f".{_note(mark, CLUSTER)}.")[0]
    return _note(mark, DNS_NAME), f"{mark['namespace']}/{object}"


def _note(mark: Mapping[str, Any], key: str) -> str:
    annotations: Any = mark.get("annotations") or {}
    return str(annotations.get(key, ""))
