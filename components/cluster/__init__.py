"""EKS clusters: control planes, nodes and Fargate profiles, add-ons, and access to their APIs."""

from .access import Grant
from .addons import AddonArgs
from .cluster import RegionalCluster, RegionalClusterArgs
from .control_plane import ControlPlaneArgs
from .fargate import FargateProfileArgs
from .fleet_roles import FleetRoles, FleetRolesArgs
from .kubeconfig import SignIn, merge_kubeconfigs
from .node_groups import NodeGroupArgs
from .pod_identity import PodIdentityArgs

__all__ = [
    "AddonArgs",
    "ControlPlaneArgs",
    "FargateProfileArgs",
    "FleetRoles",
    "FleetRolesArgs",
    "Grant",
    "NodeGroupArgs",
    "PodIdentityArgs",
    "RegionalCluster",
    "RegionalClusterArgs",
    "SignIn",
    "merge_kubeconfigs",
]
