"""EKS add-ons: what runs in a cluster to make it one, in versions that EKS keeps compatible."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import InvokeOptions, Output, ResourceOptions

from .. import creation, iam
from ..ask import ask_output

BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""What a node's first pods lean on; they run on every node, and need none to be ACTIVE."""

KEPT = ("vpc-cni", "kube-proxy", "coredns")
"""What keeps running when its add-on leaves the settings, as it ran before there was one: nothing works without it."""

NETWORK_POLICY = {"enableNetworkPolicy": "true"}
"""Of vpc-cni, in its own schema's words."""

EBS_DRIVER = "aws-ebs-csi-driver"
EBS_ACCOUNT = "ebs-csi-controller-sa"
EBS_POLICIES = ("AmazonEBSCSIDriverPolicyV2",)


@dataclass(frozen=True, kw_only=True)
class AddonArgs:
    """One add-on of a cluster's."""

    name: str
    """As `aws eks describe-addon-versions` has it."""
    version: str
    """A version; or `default`, EKS's for the Kubernetes version; or `latest`, the newest compatible one."""
    configuration: Mapping[str, Any]
    """In the add-on's own schema (`aws eks describe-addon-configuration`)."""


def addons(
    name: str,
    wanted: Sequence[AddonArgs],
    *,
    cluster_name: Output[str],
    cluster_arn: Output[str],
    kubernetes_version: Output[str],
    after: Sequence[pulumi.Resource],
    control_plane: pulumi.Resource,
    parent: pulumi.Resource,
) -> list[aws.eks.Addon]:
    """A cluster's add-ons, the EBS driver's role with it; `after` is what their pods run on.

    `kubernetes_version` is the control plane's as it stands, so that an add-on is upgraded once it has been.
    """
    made: list[aws.eks.Addon] = []
    for addon in wanted:
        identities, policies = _identities(name, addon.name, cluster_arn, parent)
        made.append(
            aws.eks.Addon(
                f"{name}-{addon.name}",
                cluster_name=cluster_name,
                addon_name=addon.name,
                addon_version=_version(addon, kubernetes_version, parent),
                configuration_values=configuration(addon),
                pod_identity_associations=identities,
                # A new cluster has a network and a DNS that nobody manages: the add-ons take them over. Later on,
                # what somebody has changed in the cluster stays.
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="PRESERVE",
                preserve=addon.name in KEPT,
                opts=ResourceOptions(
                    parent=parent,
                    depends_on=[*policies, *after],
                    deleted_with=control_plane,
                    hooks=creation.binding(parent),
                ),
            )
        )
    return made


def configuration(addon: AddonArgs) -> str:
    """An add-on's configuration as JSON; vpc-cni enforces network policies unless it says otherwise.

    An empty one is `{}`: the input is Optional and Computed (the provider's addon.go), so that EKS would keep a
    configuration that is left out.
    """
    values = {**(NETWORK_POLICY if addon.name == "vpc-cni" else {}), **addon.configuration}
    return json.dumps(values, sort_keys=True)


def _version(addon: AddonArgs, kubernetes_version: Output[str], parent: pulumi.Resource) -> str | Output[str]:
    if addon.version not in ("default", "latest"):
        return addon.version
    offered = ask_output(
        "aws:eks/getAddonVersion:getAddonVersion",
        {
            "addonName": addon.name,
            "kubernetesVersion": kubernetes_version,
            "mostRecent": addon.version == "latest",
        },
        InvokeOptions(parent=parent),
        aws.eks.GetAddonVersionResult,
    )
    return offered.version


def _identities(
    name: str, addon: str, cluster_arn: Output[str], parent: pulumi.Resource
) -> tuple[list[aws.eks.AddonPodIdentityAssociationArgs] | None, list[pulumi.Resource]]:
    """The EBS driver's service account and the role that it alone takes, of this cluster alone."""
    if addon != EBS_DRIVER:
        return None, []
    role, policies = iam.service_role(
        f"{name}-ebs",
        iam.PODS,
        EBS_POLICIES,
        actions=iam.POD_ACTIONS,
        condition=cluster_arn.apply(lambda arn: iam.of_service_account(arn, "kube-system", EBS_ACCOUNT)),
        parent=parent,
    )
    return [aws.eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account=EBS_ACCOUNT)], policies
