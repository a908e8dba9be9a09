"""EKS as one service: a request in, an answer out."""

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
"""The modules whose functions answer operations; importing them has registered these."""


class Eks:
    """EKS of every region of the account, on the control planes it is given."""

    def __init__(self, planes: ControlPlanes) -> None:
        """Begin without clusters."""
        self.planes = planes
        self.estate = Estate()

    def answer(self, request: Request, caller: Principal) -> Answer:
        """Answer a call; what it means for the control planes waits for `attend`."""
        try:
            asked, params = model.read(request)
            handler = HANDLERS.get(asked.name)
            if handler is None:
                raise InvalidRequestException(f"{asked.name} is not supported by the sandbox yet")
            output = handler(Call(self.estate, caller.account, request.region, caller, params))
            return model.write(asked, _page(asked, params, output))
        except EksError as error:
            return model.write_error(error)

    def living(self) -> list[ClusterKey]:
        """The clusters that have, or are to have, a control plane."""
        return [key for key, cluster in self.estate.clusters.items() if cluster.status != "DELETING"]

    def attend(self) -> None:
        """Have the control planes started, ended and told of their nodes as the clusters want it; nothing waits.

        What was told once in this process isn't told again; a process that has taken over tells everything.
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


def _page(asked: model.Operation, params: Mapping[str, Any], output: Mapping[str, Any]) -> Mapping[str, Any]:
    """One page of an operation that answers in pages."""
    size, token = params.get("maxResults"), params.get("nextToken", "0")
    if asked.output_shape is None or "nextToken" not in asked.output_shape.members:
        return output
    if not token.isdigit():
        raise InvalidParameterException(f"nextToken {token!r} is not one of {asked.name}'s")
    name = next(name for name, value in output.items() if isinstance(value, list))
    rest = output[name][int(token) :]
    if size is None or len(rest) <= size:
        return {**output, name: rest}
    return {**output, name: rest[:size], "nextToken": str(int(token) + size)}
