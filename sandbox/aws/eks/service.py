"""EKS as one service: a request in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.eks import (
    access_entries,
    access_policies,
    addons,
    cluster_updates,
    clusters,
    model,
    moves,
    nodegroups,
    nodes,
    pod_identity,
    tags,
    updates,
    versions,
)
from sandbox.aws.eks.errors import EksError, InvalidParameterException, InvalidRequestException
from sandbox.aws.eks.operations import HANDLERS, Call, Estate, operation
from sandbox.aws.principals import Principal
from sandbox.aws.request import Answer, Request
from sandbox.contract import ClusterKey, ControlPlanes

NOUNS = (
    access_entries,
    access_policies,
    addons,
    cluster_updates,
    clusters,
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
        """Answer a call; what it orders of the control planes waits for `carry_out`."""
        try:
            asked, params = model.read(request)
            handler = HANDLERS.get(asked.name)
            if handler is None:
                raise InvalidRequestException(f"{asked.name} is not supported by the sandbox yet")
            output = handler(Call(self.estate, caller.account, request.region, caller, params))
            return model.write(asked, _page(asked, params, output))
        except EksError as error:
            return model.write_error(error)

    def carry_out(self) -> None:
        """Tell the control planes what the changes since the last time ordered."""
        orders, self.estate.orders = self.estate.orders, []
        for order in orders:
            order(self.planes)

    def forget_orders(self) -> None:
        """Tell the control planes nothing of the changes since the last time."""
        self.estate.orders = []

    def due(self) -> list[moves.Move]:
        """The moves that clusters could make now; each is made with `move`."""
        return list(moves.due(self.estate, self.planes))

    def move(self, move: moves.Move) -> None:
        """Make a move."""
        moves.make(self.estate, move)

    def announce(self) -> None:
        """Tell the control planes of nodes that came or went with their instances."""
        for cluster in self.estate.clusters.values():
            if cluster.status not in ("CREATING", "DELETING"):
                for nodegroup in cluster.nodegroups.values():
                    nodes.announce(cluster, nodegroup, self.planes)

    def living(self) -> list[ClusterKey]:
        """The clusters that have, or are to have, a control plane."""
        return [key for key, cluster in self.estate.clusters.items() if cluster.status != "DELETING"]

    def resume(self) -> None:
        """Have the control planes of a world that was brought back started; those of the others are gone by now."""
        for key in self.living():
            clusters.start(self.estate.clusters[key], self.planes)
        self.announce()


@operation("ListFargateProfiles")
def list_fargate_profiles(call: Call) -> Mapping[str, Any]:
    """None: the sandbox has no Fargate."""
    return {"fargateProfileNames": []} if call.cluster else {}


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
