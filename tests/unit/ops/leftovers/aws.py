"""An account of moto's, called as the command calls the AWS CLI, with what the clusters' controllers leave in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from ops.aws import AwsError
from sandbox.aws import rules

REGION = "eu-west-1"


@cache
def _session() -> boto3.Session:
    """One session for all tests: it keeps the services' models."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


class Account:
    """The account: `call` is what `ops.aws.call` is, and remembers each call as an IAM action."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self.actions: list[str] = []
        self.errors: list[tuple[str, str]] = []
        """Operations that fail the next time they are called, with the code."""
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        zones = ((0, "a"), (1, "b"))
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in zones
        ]

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = _session().client(service, region_name=REGION)  # type: ignore[call-overload]  # any
        return self._clients[service]

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    def call(self, service: str, operation: str, region: str, **parameters: Any) -> Any:
        assert region == REGION
        if operation == "describe-tags":
            (asked,) = parameters.values()
            assert len(asked) <= 20, "Elastic Load Balancing refuses more (DescribeTags), moto doesn't"
        name = "".join(part.title() for part in operation.split("-"))
        prefix = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}.get(service, service)
        self.actions.append(f"{prefix}:{name}")
        for planned in self.errors:
            if planned[0] == operation:
                self.errors.remove(planned)
                raise AwsError(planned[1], "planned")
        try:
            return getattr(self.client(service), operation.replace("-", "_"))(**parameters)
        except ClientError as error:
            raise AwsError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None

    def group(self, name: str, **tags: str) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description="of a test", VpcId=self.vpc)["GroupId"]
        self.tag(made, **tags)
        return str(made)

    def tag(self, id: str, **tags: str) -> None:
        if tags:
            self.ec2.create_tags(Resources=[id], Tags=_tags(tags))

    def classic(self, name: str, group: str, **tags: str) -> None:
        listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30080}
        self.client("elb").create_load_balancer(
            LoadBalancerName=name,
            Listeners=[listener],
            Subnets=self.subnets,
            SecurityGroups=[group],
            Tags=_tags(tags),
        )

    def newer(self, name: str, **tags: str) -> tuple[str, str]:
        client = self.client("elbv2")
        made = client.create_load_balancer(Name=name, Subnets=self.subnets, Tags=_tags(tags))["LoadBalancers"][0]
        target = client.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, Tags=_tags(tags))
        return made["LoadBalancerArn"], target["TargetGroups"][0]["TargetGroupArn"]

    def volume(self, **tags: str) -> str:
        made = self.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=10)["VolumeId"]
        self.tag(made, **tags)
        return str(made)

    def snapshot(self, volume: str, **tags: str) -> str:
        made = self.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        self.tag(made, **tags)
        return str(made)

    def interface(self, description: str, *groups: str, **tags: str) -> str:
        made = self.ec2.create_network_interface(
            SubnetId=self.subnets[0], Description=description, Groups=[*groups] or [self.group(f"of {description}")]
        )
        id = made["NetworkInterface"]["NetworkInterfaceId"]
        self.tag(id, **tags)
        return str(id)

    def log_group(self, cluster: str) -> None:
        self.client("logs").create_log_group(logGroupName=f"/aws/eks/{cluster}/cluster")


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def owned(cluster: str, **more: str) -> dict[str, str]:
    """The tags of what a cluster owns."""
    return {f"kubernetes.io/cluster/{cluster}": "owned", **more}


@contextmanager
def account(monkeypatch: Any) -> Generator[Account]:
    """An empty account of moto's alone: what the sandbox adds to it, such as balancers' interfaces, is tested there."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with rules.taken_out(), mock_aws():
        yield Account()
