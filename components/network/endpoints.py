"""A network's endpoints of AWS's own services, which need no internet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Literal

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account, iam

Choice = Literal["auto", "all", "gateway-only"]
"""The interface endpoints of a network: those that it needs without a NAT gateway, always, or none."""

OF_BASTION = ("eks", "kms", "logs", "ssm", "ssmmessages", "sts")
"""The services that the bastion calls: Session Manager, the log group and key of its sessions, and EKS for contexts.

Session Manager's agent uses `ssmmessages` instead of `ec2messages`, which regions newer than 2024 don't have (Systems
Manager user guide, "Reference: ec2messages, ssmmessages").
"""

OF_NODES = ("autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "sts")
"""The services that nodes and their add-ons call: images, pods' roles, load balancers.

EKS user guide, "Deploy private clusters with limited internet access". Nodes have no agent of Session Manager, and
their role has no right to use it.
"""

WITHOUT_POLICY = ("eks-auth",)
"""The services whose endpoints keep AWS's own policy, full access.

No page of AWS says that EKS Auth supports endpoint policies, and EC2 refuses them for services that don't. To check on
AWS: `aws ec2 describe-vpc-endpoint-services --query 'ServiceDetails[].[ServiceName,VpcEndpointPolicySupported]'`.
"""

REGIONS_WITHOUT = ("ap-southeast-5", "ap-southeast-7", "mx-central-1")
"""The regions without an interface endpoint for EKS's own API.

EKS user guide, "Access Amazon EKS using AWS PrivateLink".
"""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """The arguments of a network's endpoints."""

    region: str
    vpc_id: Input[str]
    cidr: IPv4Network
    """The VPC's range, from which the interface endpoints may be called."""
    subnet_ids: Sequence[Input[str]]
    """A subnet in each zone; each interface endpoint has an address in every one."""
    route_table_ids: Sequence[Input[str]]
    """Every route table that gets the route to S3."""
    services: Sequence[str]
    """The services with an interface endpoint, `ecr.api` say; each costs about 7 dollars a month in each zone."""


class Endpoints(pulumi.ComponentResource):
    """A gateway endpoint for S3, which is free, and interface endpoints with private names behind a security group.

    Each allows the account's own principals, and the exceptions in OTHERS. Those of WITHOUT_POLICY allow everything.
    """

    ways: list[pulumi.Resource]
    """The resources that must exist while an instance has no other route to AWS."""

    def __init__(self, name: str, args: EndpointsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Endpoints", name, None, opts)
        self._name = name
        self._args = args
        self._account = account.identity(self).account_id
        storage = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=self._policy("s3"),
            tags={"Name": f"{name}-s3"},
            opts=ResourceOptions(parent=self),
        )
        self.ways = [storage, *(self._interfaces() if args.services else [])]
        self.register_outputs({})

    def _interfaces(self) -> list[pulumi.Resource]:
        child = ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            description="Interface endpoints: HTTPS from the VPC",
            vpc_id=self._args.vpc_id,
            tags={"Name": f"{self._name}-endpoints"},
            opts=child,
        )
        admitted = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoints-https",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=str(self._args.cidr),
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        return [admitted, *(self._interface(service, group) for service in self._args.services)]

    def _interface(self, service: str, group: aws.ec2.SecurityGroup) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{service}",
            vpc_id=self._args.vpc_id,
            service_name=f"com.amazonaws.{self._args.region}.{service}",
            vpc_endpoint_type="Interface",
            subnet_ids=self._args.subnet_ids,
            security_group_ids=[group.id],
            private_dns_enabled=True,
            policy=None if service in WITHOUT_POLICY else self._policy(service),
            tags={"Name": f"{self._name}-{service}"},
            opts=ResourceOptions(parent=self),
        )

    def _policy(self, service: str) -> Output[str]:
        return Output.json_dumps(self._account.apply(lambda account: policy(service, account)))


def services(choice: Choice, *, nat: bool, needed: Sequence[str]) -> tuple[str, ...]:
    """Return the services with an interface endpoint, sorted. With a NAT gateway, `auto` needs none."""
    return tuple(sorted(needed)) if choice == "all" or (choice == "auto" and not nat) else ()


def check_offered(region: str) -> None:
    """Raise ValueError for a region that lacks interface endpoints that nodes need."""
    if region in REGIONS_WITHOUT or region.startswith("cn-"):
        raise ValueError(
            f"network.endpoints: {region} lacks interface endpoints that nodes need, or has other names for "
            "them; set nat: one and endpoints: auto"
        )


def policy(service: str, account: str) -> iam.Document:
    """Return an endpoint's policy, which allows the account's own principals, so that others' keys don't work here.

    The statements in OTHERS allow calls that no principal of the account signs.
    """
    own = {
        "Sid": "OwnPrincipals",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }
    return iam.policy(own, *OTHERS.get(service, lambda _: [])(account))


def _reads(_: str) -> list[dict[str, Any]]:
    """Image layers are in buckets of others: ECR's by links that ECR has signed, registry.k8s.io's unsigned."""
    return [{"Sid": "Reads", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]


def _web_identities(account: str) -> list[dict[str, Any]]:
    """Pods that assume a role by a service account's token call STS unsigned."""
    return [
        {
            "Sid": "OwnRolesByWebIdentity",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": account}},
        }
    ]


OTHERS = {"s3": _reads, "sts": _web_identities}
"""The statements beside the account's own principals, by service."""
