"""What the clusters hold, asked of their API servers without a command's start-up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.pki import Pair
from tests.sandbox.checkout import Checkout
from tests.sandbox.fleet.live import NAMESPACE

HOST = "federated-eks-1"


class Clusters:
    """The API servers of a sandbox that is up."""

    def __init__(self, checkout: Checkout) -> None:
        self.apis: Mapping[str, Api] = {
            record.parent.name: Api(
                f"https://127.0.0.1:{json.loads(record.read_text())['port']}",
                record.parent / "ca.crt",
                Pair(record.parent / "admin.crt", record.parent / "admin.key"),
            )
            for record in sorted(checkout.paths.clusters.glob("*/*/cluster.json"))
        }

    def have(self, namespace: str) -> bool:
        """Whether every cluster has a namespace."""
        return all(
            any(item["metadata"]["name"] == namespace for item in _items(api, "/api/v1/namespaces"))
            for api in self.apis.values()
        )

    def placed(self, namespace: str) -> int:
        """How many of the bench's ConfigMaps there are in a namespace, in all clusters together."""
        return sum(
            item["metadata"]["name"].startswith("object-")
            for api in self.apis.values()
            for item in _items(api, f"/api/v1/namespaces/{namespace}/configmaps")
        )

    def running(self, group: str) -> int:
        """How many of a group's types kubefed propagates."""
        configs = _items(self.apis[HOST], f"/apis/core.kubefed.io/v1beta1/namespaces/{NAMESPACE}/federatedtypeconfigs")
        return sum(
            config["spec"]["targetType"].get("group") == group
            and (config.get("status") or {}).get("propagationController") == "Running"
            for config in configs
        )

    def defined(self, group: str) -> int:
        """How many CRDs of a group, and of its types federated, there are in all clusters together."""
        return sum(
            crd["spec"]["group"] in (group, f"fleet.{group}")
            for api in self.apis.values()
            for crd in _items(api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        )


def _items(api: Api, path: str) -> list[dict[str, Any]]:
    try:
        return api.get(path)["items"]
    except ApiError as error:
        if error.status == 404:
            return []
        raise
