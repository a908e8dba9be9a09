"""The bastion: an instance without an inbound port, which people reach by Session Manager."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import iam
from . import first_boot, fleet_list
from .first_boot import FirstBoot
from .sessions import Sessions, SessionsArgs

IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
"""The newest Amazon Linux 2023 at each launch; EC2 resolves the parameter."""

DAY = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class BastionArgs:
    """The arguments of a bastion."""

    fleet: str
    """The fleet's name in the message of the day."""
    region: str
    vpc_id: Input[str]
    subnet_ids: Input[Sequence[str]]
    """Private subnets; the instance is in one of them."""
    egress: Sequence[pulumi.Resource]
    """The subnets' routes or endpoints, through which Session Manager's agent calls."""
    internet: bool = True
    """Whether the egress leads to the internet, where the tools come from."""
    further_ports: Mapping[int, str] = field(default_factory=dict[int, str])
    """Ports that its users call beside 443, each with the range that it leads to."""
    instance_type: str
    volume_gib: int
    max_age_days: int | None
    """The age at which Auto Scaling replaces the instance, at a time of its own choice; None: never."""
    key_arn: Input[str]
    """The KMS key of the sessions and their logs."""
    session_log_days: int
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tags for the group, its instance and the instance's disk, which the provider's default tags do not reach."""
    clusters: Mapping[str, str]
    """The clusters with contexts, whose addresses its users may look up: name to region, the host first."""
    kubernetes: str
    """The minor version of kubectl."""


class Bastion(pulumi.ComponentResource):
    """An Auto Scaling group of one instance with a role, no inbound rule, IMDSv2 and an encrypted disk; its sessions.

    The group replaces an unhealthy instance, and one past the maximum age if there is one. A new version of the launch
    template waits for the next instance, because somebody may be updating the fleet from this one. The clusters are in
    a parameter that the instance reads every minute, so that they don't change the template.
    """

    role_arn: Output[str]
    group_name: Output[str]
    """The name of the Auto Scaling group."""
    session_document: Output[str]
    """The name of the SSM document for sessions."""
    log_group: Output[str]
    """The log group of sessions, and of the first boot's errors."""
    description: dict[str, Input[str]]
    """The region, the group, the session document and the log group, for tools that open sessions."""
    session_command: Output[str]
    """The command that opens a shell, on a machine with the AWS CLI and its Session Manager plugin."""
    replace_command: Output[str]
    """The command that replaces the instance, with the newest image and launch template version."""

    def __init__(self, name: str, args: BastionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Bastion", name, None, opts)
        child = ResourceOptions(parent=self)
        sessions = Sessions(name, SessionsArgs(key_arn=args.key_arn, log_days=args.session_log_days), opts=child)
        parameter = fleet_list.fleet_list(
            name, fleet=args.fleet, clusters=args.clusters, kubernetes=args.kubernetes, parent=self
        )
        role, policies = self._role(name, args, sessions, parameter)
        profile = aws.iam.InstanceProfile(f"{name}-profile", role=role.name, opts=child)
        user_data = sessions.log_group.apply(lambda log_group: _user_data(args, log_group))
        template = self._launch_template(name, args, profile, self._security_group(name, args), user_data)
        group = aws.autoscaling.Group(
            f"{name}-group",
            min_size=1,
            max_size=1,
            desired_capacity=1,
            vpc_zone_identifiers=args.subnet_ids,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            health_check_type="EC2",
            max_instance_lifetime=args.max_age_days * DAY if args.max_age_days else None,
            # No instance_refresh, with which every change of the launch template ends the instance
            # (terraform-provider-aws, internal/service/autoscaling/group.go).
            tags=[
                {"key": key, "value": value, "propagate_at_launch": True}
                for key, value in {**args.tags, "Name": name}.items()
            ],
            # Session Manager's agent registers once, at boot, and needs its policies and a route by then.
            opts=ResourceOptions(parent=self, depends_on=[*policies, *args.egress]),
        )
        self.role_arn = role.arn
        self.group_name = group.name
        self.session_document = sessions.document
        self.log_group = sessions.log_group
        self.description = {
            "region": args.region,
            "group": self.group_name,
            "sessionDocument": self.session_document,
            "logGroup": self.log_group,
        }
        self.session_command = Output.all(group.name, sessions.document).apply(
            lambda names: session_command(args.region, *names)
        )
        self.replace_command = group.name.apply(lambda group_name: replace_command(args.region, group_name))
        self.register_outputs(
            {
                "role_arn": self.role_arn,
                "group_name": self.group_name,
                "session_document": self.session_document,
                "log_group": self.log_group,
                "session_command": self.session_command,
                "replace_command": self.replace_command,
            }
        )

    def _role(
        self, name: str, args: BastionArgs, sessions: Sessions, parameter: aws.ssm.Parameter
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """Return a role that may only look up the fleet's clusters, read their list and serve sessions.

        AWS's own policy for Session Manager would allow it to read every parameter of the account.
        """
        role, _ = iam.service_role(name, "ec2.amazonaws.com", [], parent=self)
        documents = {
            "clusters": iam.describe_clusters_output(args.clusters, parent=self),
            "fleet": parameter.arn.apply(lambda arn: iam.policy(iam.allow("ssm:GetParameter", arn))),
            "sessions": sessions.instance_policy,
        }
        return role, [
            aws.iam.RolePolicy(
                f"{name}-{subject}",
                role=role.name,
                policy=Output.json_dumps(document),
                opts=ResourceOptions(parent=self),
            )
            for subject, document in documents.items()
        ]

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
            description="Session Manager, AWS and the API servers of the clusters",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        for port, cidr in args.further_ports.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-port-{port}",
                security_group_id=group.id,
                description="To the API of the engine",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=child,
            )
        return group

    def _launch_template(
        self,
        name: str,
        args: BastionArgs,
        profile: aws.iam.InstanceProfile,
        group: aws.ec2.SecurityGroup,
        user_data: Output[str],
    ) -> aws.ec2.LaunchTemplate:
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            image_id=IMAGE,
            instance_type=args.instance_type,
            iam_instance_profile={"arn": profile.arn},
            network_interfaces=[
                {
                    "associate_public_ip_address": "false",
                    "security_groups": [group.id],
                    "delete_on_termination": "true",
                }
            ],
            block_device_mappings=[
                {
                    "device_name": "/dev/xvda",
                    "ebs": {"volume_size": args.volume_gib, "volume_type": "gp3", "encrypted": "true"},
                }
            ],
            metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1, "http_endpoint": "enabled"},
            # T3's default, unlimited, bills the use beyond the credits.
            credit_specification={"cpu_credits": "standard"},
            user_data=user_data,
            tag_specifications=[{"resource_type": "volume", "tags": {**args.tags, "Name": name}}],
            update_default_version=True,
            tags={"Name": name},
            # The group depends on the egress itself. The engine destroys in waves, by the depth of dependencies. This
            # dependency moves the group into the wave of node groups, which takes as long anyway.
            opts=ResourceOptions(parent=self, depends_on=[*args.egress]),
        )


def _user_data(args: BastionArgs, log_group: str) -> str:
    boot = FirstBoot(
        fleet=args.fleet,
        region=args.region,
        log_group=log_group,
        parameter=fleet_list.name(args.fleet),
        internet=args.internet,
    )
    return base64.b64encode(first_boot.script(boot).encode()).decode()


def session_command(region: str, group: str, document: str) -> str:
    """Return the shell command that opens a session on the group's instance."""
    find = (
        f"aws ec2 describe-instances --region {region} --filters Name=tag:aws:autoscaling:groupName,Values={group} "
        "Name=instance-state-name,Values=running --query 'Reservations[0].Instances[0].InstanceId' --output text"
    )
    return f'aws ssm start-session --region {region} --document-name {document} --target "$({find})"'


def replace_command(region: str, group: str) -> str:
    """Return the shell command that replaces the group's instance, first ending it, because the group's size is one."""
    preferences = '{"MinHealthyPercentage": 0}'
    return (
        f"aws autoscaling start-instance-refresh --region {region} --auto-scaling-group-name {group} "
        f"--preferences '{preferences}'"
    )
