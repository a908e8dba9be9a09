"""AWS's usual times to create and to delete things, in seconds, and the sandbox's share of them.

The table has the operations that take longer than the response to a call. Names are CloudFormation's. AWS publishes
few of these times, so most are from published logs, which `source` names. A time without a report is marked as an
estimate.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sandbox.errors import UserError

VARIABLE = "FEDERATED_EKS_AWS_TIMES"
"""The share of the usual times that the sandbox's AWS waits: 0.05, say. Unset or 0: none."""

CALL = 1.0
"""Seconds for an operation that a call completes: the call, and the lookup of its result."""


@dataclass(frozen=True, kw_only=True)
class Usual:
    """A type's times."""

    create: float
    """Seconds until it is active or available."""
    delete: float
    """Seconds until it is gone."""
    source: str
    update: float = 0.0
    """Seconds until a change of a cluster's endpoint access is done."""


USUAL: Mapping[str, Usual] = {
    "AWS::EKS::Cluster": Usual(
        create=540,
        delete=150,
        source="8 min 33 s, 9 min 43 s and 10 min 6 s to create: "
        "github.com/DevopsArtFactory/terraform-provisioning/pull/46, "
        "github.com/terraform-aws-modules/terraform-aws-eks/issues/2203 and /pull/3218. More than 3 min 32 s for its "
        "endpoints: github.com/eksctl-io/eksctl/issues/4545. To delete: estimate",
        update=210,
    ),
    "AWS::EKS::Nodegroup": Usual(
        create=150,
        delete=180,
        source="1 min 48 s and 1 min 59 s for the group alone, whose nodes may still start: "
        "github.com/DevopsArtFactory/terraform-provisioning/pull/46. More than 2 min 20 s to delete: "
        "github.com/terraform-aws-modules/terraform-aws-eks/issues/285",
    ),
    "AWS::EKS::FargateProfile": Usual(create=90, delete=120, source="estimate"),
    "AWS::EKS::Addon": Usual(
        create=30,
        delete=10,
        source="some seconds once nodes are there, 15 minutes where there are none: "
        "github.com/aws-ia/terraform-aws-eks-blueprints/issues/642, github.com/upbound/configuration-aws-eks/pull/11",
    ),
    "AWS::EC2::NatGateway": Usual(
        create=100,
        delete=60,
        source="more than 1 min 10 s to create: "
        "github.com/hashicorp-education/learn-terraform-provision-eks-cluster/issues/22. To delete: estimate",
    ),
    "AWS::EC2::VPCEndpoint": Usual(create=60, delete=60, source="estimate, of an interface endpoint"),
    "AWS::EC2::VPC": Usual(
        create=20,
        delete=1,
        source="21 s and 22 s: github.com/DevopsArtFactory/terraform-provisioning/pull/4 and pull/7",
    ),
    "AWS::EC2::VPCPeeringConnection": Usual(create=10, delete=1, source="estimate, from request to acceptance"),
    "AWS::AutoScaling::AutoScalingGroup": Usual(create=40, delete=90, source="estimate, with one instance"),
}
"""The times by CloudFormation's type."""


def factor(environ: Mapping[str, str] = os.environ) -> float:
    """The share of the usual times that the sandbox waits. Raise UserError."""
    text = environ.get(VARIABLE) or "0"
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UserError(f"{VARIABLE}: {text} is not a number from 0 to 1; write 0.05 for a twentieth of AWS's times")
    return share


def creation(kind: str) -> timedelta:
    """The sandbox's wait until a thing of CloudFormation's type `kind` is active."""
    return timedelta(seconds=USUAL[kind].create * factor())


def deletion(kind: str) -> timedelta:
    """The sandbox's wait until a thing of CloudFormation's type `kind` is deleted."""
    return timedelta(seconds=USUAL[kind].delete * factor())


def update(kind: str) -> timedelta:
    """The sandbox's wait until a change of endpoint access of CloudFormation's type `kind` is done."""
    return timedelta(seconds=USUAL[kind].update * factor())
