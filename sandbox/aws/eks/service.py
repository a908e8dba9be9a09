"""EKS as a service, which answers requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.eks import (
    access_entries,
    access_policies,
    addons,
    cloud_controller,
    cluster_updates,
    clusters,
    fargate,
    model,
    nodegroups,
    nodes,
    pod_identity,
    tags,
    updates,
    versions,
)
from sandbox.aws.eks.errors import EksError, InvalidParameterException, InvalidRequestException
from sandbox.aws.eks.operations import HANDLERS, Call, Estate
from sandbox.aws.eks.state import Cluster
from sandbox.aws.principals import Principal
from sandbox.aws.request import Answer, Request
from sandbox.contract import ClusterKey, ControlPlanes

NOUNS = (
    access_entries,
    access_policies,
    addons,
    cluster_updates,
    clusters,
    fargate,
    nodegroups,
    pod_identity,
    tags,
    updates,
    versions,
)
"""The modules whose functions answer operations. Their import registers these functions."""


class Eks:
    """EKS of every region of the account, on these control planes."""

    def __init__(self, planes: ControlPlanes) -> None:
        """Begin without clusters."""
        self.planes = planes
        self.estate = Estate()

    def answer(self, request: Request, caller: Principal) -> Answer:
        """Answer a call. Its effects on the control planes wait for `attend`."""
        try:
            operation, params = model.read(request)
            handler = HANDLERS.get(operation.name)
            if handler is None:
                raise InvalidRequestException(f"{operation.name} is not supported by the sandbox yet")
            output = handler(Call(self.estate, caller.account, request.region, caller, params))
            return model.write(operation, _page(operation, params, output))
        except EksError as error:
            return model.write_error(error)

    def living(self) -> list[ClusterKey]:
        """The clusters that have, or will have, a control plane."""
        return [key for key, cluster in self.estate.clusters.items() if cluster.status != "DELETING"]

    def attend(self) -> None:
        """Start and end control planes, and pass them their nodes, as the clusters require. Nothing waits.

        Each fact is passed once in a process. A new process passes all of them.
        """
        for cluster in self.estate.clusters.values():
            if cluster.status == "DELETING":
                self._end(cluster)
            elif cluster.status != "FAILED":
                self._start(cluster)
                for nodegroup in cluster.nodegroups.values():
                    nodes.announce(cluster, nodegroup, self.planes)
                cloud_controller.tell(cluster, self.planes)

    def _start(self, cluster: Cluster) -> None:
        version = cluster.shape["version"]
        if cluster.started != version:
            service_cidr = cluster.shape["kubernetesNetworkConfig"]["serviceIpv4Cidr"]
            self.planes.create(cluster.key, version=version, service_cidr=service_cidr, issuer=cluster.issuer)
            cluster.started = version

    def _end(self, cluster: Cluster) -> None:
        if not cluster.ended:
            self.planes.delete(cluster.key)
            cluster.ended = True


def _page(operation: model.Operation, params: Mapping[str, Any], output: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the output of an operation with pages."""
    size, token = params.get("maxResults"), params.get("nextToken", "0")
    if operation.output_shape is None or "nextToken" not in operation.output_shape.members:
        return output
    if not token.isdigit():
        raise InvalidParameterException(f"nextToken {token!r} is not one of {operation.name}'s")
    name = next(name for name, value in output.items() if isinstance(value, list))
    rest = output[name][int(token) :]
    if size is None or len(rest) <= size:
        return {**output, name: rest}
    return {**output, name: rest[:size], "nextToken": str(int(token) + size)}
