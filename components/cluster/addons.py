"""EKS add-ons: the software that a cluster needs, in versions that EKS keeps compatible."""

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
"""The add-ons that a node's first pods need. They run on every node, and are ACTIVE without any."""

KEPT = ("vpc-cni", "kube-proxy", "coredns")
"""The add-ons whose software stays in the cluster when they leave the settings, because nothing works without it."""

NETWORK_POLICY = {"enableNetworkPolicy": "true"}
"""A value in vpc-cni's own schema."""

EBS_DRIVER = "aws-ebs-csi-driver"
EBS_ACCOUNT = "ebs-csi-controller-sa"
EBS_POLICIES = ("AmazonEBSCSIDriverPolicyV2",)


@dataclass(frozen=True, kw_only=True)
class AddonArgs:
    """An add-on of a cluster."""

    name: str
    """The name in `aws eks describe-addon-versions`."""
    version: str
    """A version, or `default`, EKS's for the Kubernetes version, or `latest`, the newest compatible one."""
    configuration: Mapping[str, Any]
    """Values in the add-on's own schema (`aws eks describe-addon-configuration`)."""


def addons(
    name: str,
    requested: Sequence[AddonArgs],
    *,
    cluster_name: Output[str],
    cluster_arn: Output[str],
    kubernetes_version: Output[str],
    after: Sequence[pulumi.Resource],
    control_plane: pulumi.Resource,
    parent: pulumi.Resource,
) -> list[aws.eks.Addon]:
    """Create a cluster's add-ons, and the EBS driver's role; `after` are the nodes of their pods.

    `kubernetes_version` is the control plane's current version, so that add-ons are upgraded after it.
    """
    created: list[aws.eks.Addon] = []
    for addon in requested:
        identities, policies = _identities(name, addon.name, cluster_arn, parent)
        created.append(
            aws.eks.Addon(
                f"{name}-{addon.name}",
                cluster_name=cluster_name,
                addon_name=addon.name,
                addon_version=_version(addon, kubernetes_version, parent),
                configuration_values=configuration(addon),
                pod_identity_associations=identities,
                # A new cluster has unmanaged network and DNS software, which the add-ons adopt. Later, updates preserve
                # the cluster's own changes.
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
    return created


def configuration(addon: AddonArgs) -> str:
    """Return an add-on's configuration as JSON. By default vpc-cni enforces network policies.

    An empty configuration is `{}`: the input is Optional and Computed (the provider's addon.go), so that EKS would keep
    an omitted one.
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
    """Return the EBS driver's service account with its own role, for this cluster only."""
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
