"""The list of the fleet's clusters that the bastion reads, as a parameter of Systems Manager."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions


def name(fleet: str) -> str:
    """The parameter's name, `/<fleet>/bastion/fleet`."""
    return f"/{fleet}/bastion/fleet"


def text(clusters: Mapping[str, str], kubernetes: str) -> str:
    """The parameter's value: kubectl's version, then each cluster with its region, in the mapping's order.

    A standard parameter has 4,096 bytes, which is more than a cluster in each of AWS's regions needs.
    """
    # A minor's first release certainly exists, and its kubectl serves as well as a later one's.
    return "\n".join([f"kubectl {kubernetes}.0", *(f"cluster {one} {region}" for one, region in clusters.items())])


def fleet_list(
    component: str, *, fleet: str, clusters: Mapping[str, str], kubernetes: str, parent: pulumi.Resource
) -> aws.ssm.Parameter:
    """The parameter, which changes with the fleet so that the bastion's user data doesn't.

    It is a plain String: it holds no secret, a preview shows how it changes, and nobody needs a right to a KMS key.
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
