"""The security group of a cluster's API server, for the networks that call it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions


def api_security_group(
    name: str,
    *,
    cluster_name: str,
    vpc_id: Input[str],
    clients: Mapping[str, IPv4Network],
    parent: pulumi.Resource,
) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
    """Create a group on the control plane's addresses that admits HTTPS from the API's clients, by name."""
    child = ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-api",
        description=f"API server of {cluster_name}",
        vpc_id=vpc_id,
        tags={"Name": f"{name}-api"},
        opts=child,
    )
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-api-from-{client}",
            security_group_id=group.id,
            description=f"HTTPS from the network of {client}",
            cidr_ipv4=str(cidr),
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        for client, cidr in clients.items()
    ]
    return group, rules
