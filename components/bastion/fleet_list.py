"""The list of the fleet's clusters for the bastion, a parameter of Systems Manager."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions


def name(fleet: str) -> str:
    """Return the parameter's name, `/<fleet>/bastion/fleet`."""
    return f"/{fleet}/bastion/fleet"


def text(clusters: Mapping[str, str], kubernetes: str) -> str:
    """Return the parameter's value: kubectl's version, then each cluster with its region, in the mapping's order.

    A standard parameter has 4,096 bytes, which is more than a cluster in each of AWS's regions needs.
    """
    # The first release of a minor version always exists, and its kubectl is as compatible as a later one.
    return "\n".join([f"kubectl {kubernetes}.0", *(f"cluster {each} {region}" for each, region in clusters.items())])


def fleet_list(
    component: str, *, fleet: str, clusters: Mapping[str, str], kubernetes: str, parent: pulumi.Resource
) -> aws.ssm.Parameter:
    """Return the parameter, which changes with the fleet, so that the bastion's user data doesn't.

    The parameter is a plain String: it contains no secret, a preview shows its changes, and readers need no KMS key.
    """
    return aws.ssm.Parameter(
        f"{component}-fleet",
        name=name(fleet),
        type="String",
        insecure_value=text(clusters, kubernetes),
        description="Clusters and kubectl version, which the bastion reads every minute",
        tags={"Name": f"{component}-fleet"},
        opts=ResourceOptions(parent=parent),
    )
