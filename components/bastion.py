"""The way in for people: an instance without an inbound port, reached by Session Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.identity import service_role

IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
"""Amazon Linux 2023, the newest at each launch; EC2 looks the parameter up."""


@dataclass(frozen=True, kw_only=True)
class BastionArgs:
    """What a bastion is made from."""

    region: str
    vpc_id: Input[str]
    subnet_ids: Input[Sequence[str]]
    """Private subnets; it stands in one of them."""
    egress: Sequence[pulumi.Resource]
    """The subnets' ways out, which Session Manager's agent calls through."""
    instance_type: str
    clusters: Mapping[str, str]
    """The clusters whose address its users may look up: name to region."""


class Bastion(pulumi.ComponentResource):
    """An Auto Scaling group of one instance with a role, no inbound rule, IMDSv2 and an encrypted disk."""

    role_arn: Output[str]
    session_command: Output[str]
    """Opens a shell on it, from a machine with the AWS CLI and its Session Manager plugin."""

    def __init__(self, name: str, args: BastionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Bastion", name, None, opts)
        child = ResourceOptions(parent=self)
        role, policies = self._role(name, args.clusters)
        profile = aws.iam.InstanceProfile(f"{name}-profile", role=role.name, opts=child)
        template = self._launch_template(name, args, profile, self._security_group(name, args))
        group = aws.autoscaling.Group(
            f"{name}-group",
            min_size=1,
            max_size=1,
            desired_capacity=1,
            vpc_zone_identifiers=args.subnet_ids,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            health_check_type="EC2",
            tags=[{"key": "Name", "value": name, "propagate_at_launch": True}],
            # Its agent signs in once, at boot: with its policies, and by a route out.
            opts=ResourceOptions(parent=self, depends_on=[*policies, *args.egress]),
        )
        self.role_arn = role.arn
        self.session_command = group.name.apply(lambda found: session_command(args.region, found))
        self.register_outputs({"role_arn": self.role_arn, "session_command": self.session_command})

    def _role(self, name: str, clusters: Mapping[str, str]) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role, policies = service_role(name, "ec2.amazonaws.com", ["AmazonSSMManagedInstanceCore"], parent=self)
        within = pulumi.InvokeOutputOptions(parent=self)
        account = aws.get_caller_identity_output(opts=within).account_id
        partition = aws.get_partition_output(opts=within).partition
        reader = aws.iam.RolePolicy(
            f"{name}-clusters",
            role=role.name,
            policy=Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "eks:DescribeCluster",
                            # Built from names: the clusters themselves name this role as one of their admins.
                            "Resource": [
                                Output.format("arn:{0}:eks:{1}:{2}:cluster/{3}", partition, region, account, cluster)
                                for cluster, region in sorted(clusters.items())
                            ],
                        }
                    ],
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        return role, [*policies, reader]

    def _security_group(self, name: str, args: BastionArgs) -> aws.ec2.SecurityGroup:
        child = ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-instance",
            description="Bastion: HTTPS out, nothing in",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="Session Manager, AWS and the clusters' APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        return group

    def _launch_template(
        self, name: str, args: BastionArgs, profile: aws.iam.InstanceProfile, group: aws.ec2.SecurityGroup
    ) -> aws.ec2.LaunchTemplate:
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            image_id=IMAGE,
            instance_type=args.instance_type,
            iam_instance_profile={"arn": profile.arn},
            vpc_security_group_ids=[group.id],
            block_device_mappings=[
                {"device_name": "/dev/xvda", "ebs": {"volume_size": 8, "volume_type": "gp3", "encrypted": "true"}}
            ],
            metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1, "http_endpoint": "enabled"},
            tag_specifications=[{"resource_type": "volume", "tags": {"Name": name}}],
            update_default_version=True,
            tags={"Name": name},
            opts=ResourceOptions(parent=self),
        )


def session_command(region: str, group: str) -> str:
    """The shell command that opens a session on the group's instance."""
    find = (
        f"aws ec2 describe-instances --region {region} --filters Name=tag:aws:autoscaling:groupName,Values={group} "
        "Name=instance-state-name,Values=running --query 'Reservations[0].Instances[0].InstanceId' --output text"
    )
    return f'aws ssm start-session --region {region} --target "$({find})"'
