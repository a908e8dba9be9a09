"""The order in which AWS's own tool for federated clusters works: everything after everything else.

The sequence is that of eksfedctl 1.0.5, which knows two clusters and is continued here for more: a VPC, a control plane
and nodes for one cluster and then the next, the peerings, the endpoints, kubefed, the joins
(github.com/awslabs/federated-amazon-eks-clusters-on-aws: source/eksfedctl/create_script.py,
source/eks-cluster-setup/eks-cluster-destroy.sh). CloudFormation's own time is left out, which favours it.
"""

from __future__ import annotations

from sandbox.aws.usual import CALL, USUAL
from tests.bench.path.times import CLUSTERS

CLUSTER, NODES = USUAL["AWS::EKS::Cluster"], USUAL["AWS::EKS::Nodegroup"]
VPC, PEERING = USUAL["AWS::EC2::VPC"], USUAL["AWS::EC2::VPCPeeringConnection"]
RELEASE = CLUSTERS["kubernetes:helm.sh/v3:Release"]
JOIN = CLUSTERS["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"]


def create(clusters: int) -> float:
    """Seconds until so many clusters are joined; the bastion and the host are peered with each."""
    return in_aws(clusters, peerings=2 * clusters - 1) + RELEASE.create + clusters * JOIN.create


def in_aws(clusters: int, peerings: int) -> float:
    """Seconds until so many clusters have nodes, are peered and are private."""
    each = VPC.create + CLUSTER.create + NODES.create + CLUSTER.update
    return clusters * each + peerings * (PEERING.create + 2 * CALL)


def destroy(clusters: int) -> float:
    """Seconds until the node groups are gone, one after the other, and then the clusters."""
    return clusters * (NODES.delete + CLUSTER.delete)
