"""The marks of a name on the host, one for each cluster: they set the order in which records and objects change.

Pulumi deletes what has left a program last, and would take an object out of a cluster before the cluster's record. A
mark is replaced when its cluster's role changes, and deleted before it is replaced. A record is replaced with its mark,
so Pulumi deletes it together with the mark, and the object waits for all marks.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster

OUT = "out"
"""The role of a cluster that the name does not lead to."""

LABEL = "federated-eks/global-name"
"""The label of every mark; its value is the role."""

DNS_NAME = "federated-eks/dns-name"
CLUSTER = "federated-eks/cluster"
"""The annotations that say which name and cluster a mark is for."""


def marks(
    name: str,
    dns_name: str,
    roles: Mapping[str, str],
    *,
    object: str,
    namespace: Input[str] | None,
    host: HostCluster,
    deleted_with: pulumi.Resource | None,
    parent: pulumi.Resource,
) -> dict[str, kubernetes.core.v1.ConfigMap]:
    """A ConfigMap for each cluster of the fleet by its role; `object` names them, unique in the namespace."""
    return {
        cluster: kubernetes.core.v1.ConfigMap(
            f"{name}-{cluster}",
            metadata=metadata(
                f"{object}.{cluster}.global-name",
                namespace=namespace,
                labels={LABEL: role},
                annotations={DNS_NAME: dns_name, CLUSTER: cluster},
            ),
            opts=ResourceOptions.merge(
                host.options(parent, deleted_with=deleted_with),
                ResourceOptions(replacement_trigger=role, delete_before_replace=True),
            ),
        )
        for cluster, role in sorted(roles.items())
    }
