"""How long the engine's steps usually take: AWS's waits by the sandbox's table, and those of clusters and kubefed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.aws.usual import CALL, USUAL, Usual
from tests.bench.path.graph import Graph, Node

AWS = {
    "aws:eks/cluster:Cluster": "AWS::EKS::Cluster",
    "aws:eks/nodeGroup:NodeGroup": "AWS::EKS::Nodegroup",
    "aws:eks/fargateProfile:FargateProfile": "AWS::EKS::FargateProfile",
    "aws:eks/addon:Addon": "AWS::EKS::Addon",
    "aws:ec2/natGateway:NatGateway": "AWS::EC2::NatGateway",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:ec2/vpc:Vpc": "AWS::EC2::VPC",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": "AWS::EC2::VPCPeeringConnection",
    "aws:autoscaling/group:Group": "AWS::AutoScaling::AutoScalingGroup",
}
"""The table's names of the engine's types."""

GATEWAY = "-s3"
"""The end of a gateway endpoint's name, which is a route and no interface."""

CLUSTERS: Mapping[str, Usual] = {
    "kubernetes:helm.sh/v3:Release": Usual(create=60, delete=30, source="kubefed's images, its pods and its webhook"),
    "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster": Usual(
        create=20, delete=10, source="kubefed looks at its clusters every ten seconds"
    ),
    "kubernetes:core.kubefed.io/v1beta1:FederatedTypeConfig": Usual(create=5, delete=5, source="estimate"),
}
"""The times of what clusters and kubefed do, by the engine's types."""


@dataclass(frozen=True)
class Times:
    """The seconds of each step, AWS's waits times `factor`."""

    factor: float = 1.0
    clusters: bool = True
    """Whether what the clusters do takes its time; the sandbox's do it at once, or as fast as the machine can."""

    def creating(self, node: Node) -> float:
        """Seconds of the engine's step that creates a resource."""
        usual = self._usual(node)
        return usual.create if usual else self._call(node)

    def deleting(self, node: Node, graph: Graph) -> float:
        """Seconds of the engine's step that deletes a resource; none if it goes with another."""
        if node.deleted_with in graph.nodes:
            return 0.0
        usual = self._usual(node)
        return usual.delete if usual else self._call(node)

    def _usual(self, node: Node) -> Usual | None:
        if node.type in AWS and not (node.type.endswith("VpcEndpoint") and node.name.endswith(GATEWAY)):
            told = USUAL[AWS[node.type]]
            return Usual(create=told.create * self.factor, delete=told.delete * self.factor, source=told.source)
        return CLUSTERS.get(node.type) if self.clusters else None

    def _call(self, node: Node) -> float:
        if not node.custom or node.type.startswith("pulumi:"):
            return 0.0
        return CALL * self.factor if self.clusters or node.type.startswith("aws:") else 0.0
