"""A program with every resource type of the stand-in for AWS, in three phases.

The phase is the setting `tiny:phase`: 2 changes whatever can be changed in place, 3 what needs a new resource.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import InvokeOutputOptions, ResourceOptions

HERE, THERE = "eu-west-1", "eu-west-3"
phase = pulumi.Config().require_int("phase")
changed, replaced = phase >= 2, phase >= 3
more = {"Phase": "2"} if changed else {}

here = aws.Provider("here", region=HERE, default_tags={"tags": {"fleet": "one" if not changed else "two"}})
there = aws.Provider("there", region=THERE, default_tags={"tags": {"fleet": "one"}})
within = InvokeOutputOptions(provider=here)


def opts(*after: pulumi.Resource, provider: aws.Provider = here) -> ResourceOptions:
    """Options of a resource that comes after others."""
    return ResourceOptions(provider=provider, depends_on=after)


def trust(service: str) -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def network() -> tuple[aws.ec2.Vpc, list[aws.ec2.Subnet], Sequence[pulumi.Resource]]:
    """Two VPCs, peered, one of them with subnets and ways out."""
    zones = aws.get_availability_zones_output(state="available", opts=within)
    vpc = aws.ec2.Vpc(
        "vpc",
        cidr_block="172.21.0.0/16",
        enable_dns_hostnames=True,
        enable_network_address_usage_metrics=changed,
        tags={"Name": "vpc", **more},
        opts=opts(),
    )
    away = aws.ec2.Vpc(
        "away",
        cidr_block="172.23.0.0/16" if replaced else "172.22.0.0/16",
        enable_dns_hostnames=True,
        tags={"Name": "away"},
        opts=opts(provider=there),
    )
    aws.ec2.DefaultSecurityGroup(
        "closed", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": "closed", **more}, opts=opts()
    )
    subnets = [
        aws.ec2.Subnet(
            f"subnet-{index}",
            vpc_id=vpc.id,
            cidr_block=f"172.21.{index}.0/24",
            availability_zone=zones.names[index],
            map_public_ip_on_launch=changed and index == 0,
            tags={"Name": f"subnet-{index}"},
            opts=opts(),
        )
        for index in range(2)
    ]
    gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, tags={"Name": "gateway"}, opts=opts())
    aws.ec2.EgressOnlyInternetGateway("outwards", vpc_id=vpc.id, tags=more, opts=opts())
    address = aws.ec2.Eip("address", domain="vpc", tags={"Name": "address", **more}, opts=opts(gateway))
    nat = aws.ec2.NatGateway("nat", allocation_id=address.id, subnet_id=subnets[0].id, tags=more, opts=opts(gateway))
    tables = [
        aws.ec2.RouteTable(f"table-{index}", vpc_id=vpc.id, tags={"Name": f"table-{index}", **more}, opts=opts())
        for index in range(2)
    ]
    out: dict[str, Any] = {"nat_gateway_id": nat.id} if changed else {"gateway_id": gateway.id}
    ways = [
        aws.ec2.Route("out", route_table_id=tables[0].id, destination_cidr_block="0.0.0.0/0", **out, opts=opts()),
        aws.ec2.RouteTableAssociation(
            "uses", route_table_id=tables[int(changed)].id, subnet_id=subnets[0].id, opts=opts()
        ),
    ]
    peer(vpc, away, tables[0])
    reach(vpc, subnets, tables)
    return vpc, subnets, ways


def reach(vpc: aws.ec2.Vpc, subnets: list[aws.ec2.Subnet], tables: list[aws.ec2.RouteTable]) -> None:
    """Endpoints of both types."""
    groups = [
        aws.ec2.SecurityGroup(f"callers-{index}", vpc_id=vpc.id, description="callers", opts=opts())
        for index in range(2)
    ]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*" if changed else "s3:*", "Resource": "*"}
    aws.ec2.VpcEndpoint(
        "storage",
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{HERE}.s3",
        route_table_ids=[table.id for table in tables[int(changed) :]],
        policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        tags=more,
        opts=opts(),
    )
    aws.ec2.VpcEndpoint(
        "tokens",
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{HERE}.{'ssm' if replaced else 'sts'}",
        vpc_endpoint_type="Interface",
        subnet_ids=[subnet.id for subnet in subnets[: 2 if changed else 1]],
        security_group_ids=[groups[int(changed)].id],
        private_dns_enabled=changed,
        opts=opts(),
    )


def peer(vpc: aws.ec2.Vpc, away: aws.ec2.Vpc, table: aws.ec2.RouteTable) -> None:
    """A peering across two regions, by one provider."""
    asked = aws.ec2.VpcPeeringConnection(
        "asked", vpc_id=vpc.id, peer_vpc_id=away.id, peer_region=THERE, tags={"Name": "peering", **more}, opts=opts()
    )
    accepted = aws.ec2.VpcPeeringConnectionAccepter(
        "accepted",
        vpc_peering_connection_id=asked.id,
        auto_accept=True,
        region=THERE,
        tags={"Name": "accepted", "Side": "far", **more},
        opts=opts(),
    )
    aws.ec2.PeeringConnectionOptions(
        "asker's",
        vpc_peering_connection_id=accepted.id,
        requester={"allow_remote_vpc_dns_resolution": not changed},
        region=HERE,
        opts=opts(),
    )
    aws.ec2.PeeringConnectionOptions(
        "accepter's",
        vpc_peering_connection_id=accepted.id,
        accepter={"allow_remote_vpc_dns_resolution": True},
        region=THERE,
        opts=opts(),
    )
    far = aws.ec2.RouteTable("table-away", vpc_id=away.id, opts=opts(provider=there))
    for name, region, of, to in (("to", HERE, table, away), ("fro", THERE, far, vpc)):
        aws.ec2.Route(
            name,
            route_table_id=of.id,
            destination_cidr_block=to.cidr_block,
            vpc_peering_connection_id=accepted.id,
            region=region,
            opts=opts(),
        )


def guard(vpc: aws.ec2.Vpc) -> aws.ec2.SecurityGroup:
    """A security group with rules both ways, and another that no instance uses."""
    group = aws.ec2.SecurityGroup(
        "group", vpc_id=vpc.id, description="machines", tags={"Name": "group", **more}, opts=opts()
    )
    aws.ec2.SecurityGroup("spare", vpc_id=vpc.id, description="after" if replaced else "before", opts=opts())
    aws.vpc.SecurityGroupIngressRule(
        "https",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="10.1.0.0/16" if changed else "10.0.0.0/16",
        description="calls, again" if changed else "calls",
        opts=opts(),
    )
    aws.vpc.SecurityGroupIngressRule(
        "own", security_group_id=group.id, ip_protocol="-1", referenced_security_group_id=group.id, opts=opts()
    )
    aws.vpc.SecurityGroupEgressRule(
        "anywhere", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0", tags=more, opts=opts()
    )
    return group


def identities() -> tuple[aws.iam.Role, aws.iam.Role, list[pulumi.Resource]]:
    """A cluster's role, its nodes' role, and their policies."""
    account = aws.get_caller_identity_output(opts=within).account_id
    partition = aws.get_partition_output(opts=within).partition
    master = aws.iam.Role(
        "master",
        assume_role_policy=trust("eks.amazonaws.com"),
        description="the cluster, again" if changed else "the cluster",
        max_session_duration=7200 if changed else 3600,
        tags=more,
        opts=opts(),
    )
    node = aws.iam.Role(
        "node", assume_role_policy=trust("ec2.amazonaws.com"), path="/3/" if replaced else "/", opts=opts()
    )
    actions = ["eks:DescribeCluster", "eks:ListClusters"] if changed else "eks:DescribeCluster"
    resource = pulumi.Output.format("arn:{}:eks:*:{}:cluster/*", partition, account)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}
    aws.iam.RolePolicy("reader", role=node.name, policy=pulumi.Output.json_dumps(document), opts=opts())
    policies: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=partition.apply(lambda it, name=name: f"arn:{it}:iam::aws:policy/{name}"),
            opts=opts(),
        )
        for role, name in (
            (master, "AmazonEKSClusterPolicy"),
            (node, "AmazonEKSWorkerNodePolicy"),
            (node, "AmazonEKS_CNI_Policy"),
            (node, "AmazonEC2ContainerRegistryReadOnly"),
        )
    ]
    return master, node, policies


def machines(
    role: aws.iam.Role, group: aws.ec2.SecurityGroup, subnets: list[aws.ec2.Subnet], ways: Sequence[pulumi.Resource]
) -> None:
    """An Auto Scaling group and what it launches from."""
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    profile = aws.iam.InstanceProfile("profile", role=role.name, tags=more, opts=opts())
    template = aws.ec2.LaunchTemplate(
        "template",
        image_id=aws.ssm.get_parameter_output(name=image, opts=within).value,
        instance_type="t3.small" if changed else "t3.micro",
        update_default_version=True,
        iam_instance_profile={"arn": profile.arn},
        metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1, "http_endpoint": "enabled"},
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {"volume_size": 20, "volume_type": "gp3", "encrypted": "true", "delete_on_termination": "true"},
            }
        ],
        monitoring={"enabled": True},
        network_interfaces=[
            {"associate_public_ip_address": "false", "security_groups": [group.id], "delete_on_termination": "true"}
        ],
        tag_specifications=[{"resource_type": "instance", "tags": {"Name": "machine"}}],
        tags={"Name": "template", **more},
        opts=opts(),
    )
    aws.autoscaling.Group(
        "machines",
        min_size=1,
        max_size=2,
        desired_capacity=2 if changed else 1,
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        vpc_zone_identifiers=[subnet.id for subnet in subnets],
        health_check_type="EC2",
        max_instance_lifetime=172800 if changed else 86400,
        instance_refresh={"strategy": "Rolling", "preferences": {"min_healthy_percentage": 0}},
        tags=[
            aws.autoscaling.GroupTagArgs(key=key, value="2", propagate_at_launch=key == "Name")
            for key in (["Name", "Phase"] if changed else ["Name"])
        ],
        opts=opts(*ways),
    )


def cluster(
    master: aws.iam.Role, node: aws.iam.Role, policies: list[pulumi.Resource], subnets: list[aws.ec2.Subnet]
) -> aws.eks.Cluster:
    """An EKS cluster with nodes, access, an add-on and an identity provider."""
    made = aws.eks.Cluster(
        "cluster",
        name="one",
        role_arn=master.arn,
        version="1.37",
        access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
        kubernetes_network_config={"service_ipv4_cidr": "10.101.0.0/16" if replaced else "10.100.0.0/16"},
        vpc_config={
            "subnet_ids": [subnet.id for subnet in subnets],
            "endpoint_private_access": True,
            "endpoint_public_access": True,
            "public_access_cidrs": ["203.0.113.0/24"] if changed else ["198.51.100.0/24"],
        },
        enabled_cluster_log_types=["audit", "api"] if changed else [],
        tags=more,
        opts=opts(*policies),
    )
    template = aws.ec2.LaunchTemplate(
        "nodes' template",
        name="nodes",
        block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"volume_size": 20, "volume_type": "gp3"}}],
        opts=opts(),
    )
    nodes = aws.eks.NodeGroup(
        "nodes",
        cluster_name=made.name,
        node_role_arn=node.arn,
        subnet_ids=[subnet.id for subnet in subnets],
        scaling_config={"desired_size": 2 if changed else 1, "min_size": 1, "max_size": 3},
        instance_types=["t3.medium"],
        labels={"kept": "yes", **({"new": "yes"} if changed else {"old": "yes"})},
        taints=[{"key": "only", "value": "2" if changed else "1", "effect": "NO_SCHEDULE"}],
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        tags=more,
        opts=opts(*policies),
    )
    # Not the nodes' role: EKS itself makes the entry of that one.
    viewer = aws.iam.Role("viewer", assume_role_policy=trust("ec2.amazonaws.com"), opts=opts())
    entry = aws.eks.AccessEntry(
        "entry",
        cluster_name=made.name,
        principal_arn=viewer.arn,
        kubernetes_groups=["viewers", "readers"] if changed else ["viewers"],
        tags=more,
        opts=opts(),
    )
    aws.eks.AccessPolicyAssociation(
        "view",
        cluster_name=made.name,
        principal_arn=entry.principal_arn,
        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        access_scope={"type": "namespace", "namespaces": ["one"]},
        opts=opts(),
    )
    aws.eks.Addon(
        "network",
        cluster_name=made.name,
        addon_name="vpc-cni",
        resolve_conflicts_on_create="OVERWRITE",
        configuration_values=json.dumps({"env": {"A": "2" if changed else "1"}}),
        opts=opts(),
    )
    takers = [
        aws.iam.Role(f"pods-{index}", assume_role_policy=trust("pods.eks.amazonaws.com"), opts=opts())
        for index in range(2)
    ]
    aws.eks.PodIdentityAssociation(
        "pods",
        cluster_name=made.name,
        namespace="two" if replaced else "one",
        service_account="app",
        role_arn=takers[int(changed)].arn,
        tags=more,
        opts=opts(),
    )
    drivers = [
        aws.iam.Role(f"driver-{index}", assume_role_policy=trust("pods.eks.amazonaws.com"), opts=opts())
        for index in range(2)
    ]
    aws.eks.Addon(
        "disks",
        cluster_name=made.name,
        addon_name="aws-ebs-csi-driver",
        pod_identity_associations=[{"role_arn": drivers[int(changed)].arn, "service_account": "ebs-csi-controller-sa"}],
        opts=opts(nodes),
    )
    fargate = aws.iam.Role("fargate", assume_role_policy=trust("eks-fargate-pods.amazonaws.com"), opts=opts())
    for name in ("jobs", "more"):
        aws.eks.FargateProfile(
            name,
            cluster_name=made.name,
            pod_execution_role_arn=fargate.arn,
            # The first subnet's way out is an internet gateway.
            subnet_ids=[subnets[1].id],
            selectors=[
                {"namespace": name, "labels": {"on": "fargate"}},
                {"namespace": "again" if replaced else "once"},
            ],
            tags=more,
            opts=opts(),
        )
    issuer = made.identities[0].oidcs[0].issuer
    aws.iam.OpenIdConnectProvider("issuer", url=issuer, client_id_lists=["sts.amazonaws.com"], tags=more, opts=opts())
    return made


def records(vpc: aws.ec2.Vpc) -> None:
    """Flow logs, and a key."""
    groups = [
        aws.cloudwatch.LogGroup(f"flows-{index}", retention_in_days=30 if changed else 7, tags=more, opts=opts())
        for index in range(2)
    ]
    writer = aws.iam.Role("writer", assume_role_policy=trust("vpc-flow-logs.amazonaws.com"), opts=opts())
    aws.ec2.FlowLog(
        "flows",
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination=groups[int(replaced)].arn,
        iam_role_arn=writer.arn,
        tags=more,
        opts=opts(),
    )
    key = aws.kms.Key(
        "key",
        description="again" if changed else "once",
        enable_key_rotation=changed,
        deletion_window_in_days=7,
        tags=more,
        opts=opts(),
    )
    aws.kms.Alias("alias", target_key_id=key.id, opts=opts())


def sessions() -> None:
    """A document that Session Manager's sessions are opened by."""
    inputs = {"idleSessionTimeout": "30" if changed else "20", "runAsEnabled": False}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    aws.ssm.Document(
        "session",
        name="session-2" if replaced else "session",
        document_type="Session",
        content=json.dumps(content),
        tags=more,
        opts=opts(),
    )
    aws.ssm.Parameter(
        "parameter",
        name="/one/parameter-2" if replaced else "/one/parameter",
        type="String",
        insecure_value="changed" if changed else "made",
        description="A text",
        tags=more,
        opts=opts(),
    )


def dns(vpc: aws.ec2.Vpc) -> None:
    """A set of records in a zone that exists, with a health check, and a VPC with a private zone that exists."""
    settings = pulumi.Config()
    zone, private = settings.get("zone"), settings.get("privateZone")
    if not zone or not private:
        return
    found = aws.route53.get_zone_output(zone_id=zone, opts=within)
    check = aws.route53.HealthCheck(
        "check",
        type="TCP" if replaced else "HTTP",
        fqdn="two.example.org" if changed else "one.example.org",
        port=8080 if changed else 80,
        request_interval=30,
        failure_threshold=5 if changed else 3,
        resource_path=None if replaced else "/",
        tags=more,
        opts=opts(),
    )
    aws.route53.Record(
        "record",
        zone_id=found.zone_id,
        name="moved.example.org" if replaced else "shop.example.org",
        type="A",
        ttl=30 if changed else 60,
        records=["192.0.2.2" if changed else "192.0.2.1"],
        set_identifier="one",
        weighted_routing_policies=[{"weight": 2 if changed else 1}],
        health_check_id=check.id,
        opts=opts(),
    )
    aws.route53.Record(
        "other-record",
        zone_id=zone,
        name="www.example.org",
        type="CNAME",
        ttl=60,
        records=["shop.example.org"],
        set_identifier="one",
        latency_routing_policies=[{"region": THERE if changed else HERE}],
        opts=opts(),
    )
    aws.route53.ZoneAssociation("associated", zone_id=private, vpc_id=vpc.id, vpc_region=HERE, opts=opts())


def main() -> None:
    """Everything."""
    vpc, subnets, ways = network()
    group = guard(vpc)
    master, node, policies = identities()
    machines(node, group, subnets, ways)
    made = cluster(master, node, policies, subnets)
    records(vpc)
    sessions()
    dns(vpc)
    pulumi.export("region", aws.get_region_output(opts=within).region)
    pulumi.export("endpoint", made.endpoint)


main()
