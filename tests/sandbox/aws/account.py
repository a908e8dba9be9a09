"""An account in a running sandbox, and what most tests need in it."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Generator
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.cloud import Cloud
from sandbox.contract import ClusterKey
from sandbox.paths import Paths
from tests.sandbox.aws.planes import PretendedPlanes

HOME, AWAY = "eu-west-1", "eu-west-3"
"""The two regions that tests use."""

NUMBER = "123456789012"

_names = itertools.count(1)


def unique(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{next(_names)}"


@contextlib.contextmanager
def refused(code: str, match: str | None = None) -> Generator[None]:
    """Expect AWS's error `code`."""
    with pytest.raises(ClientError, match=match) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


def until(done: Callable[[], Any], seconds: float = 10) -> Any:
    """What `done` returns once it is true."""
    end = time.monotonic() + seconds
    while not (result := done()):
        assert time.monotonic() < end, "this takes too long"
        time.sleep(0.02)
    return result


def trust(*principals: dict[str, Any], action: str = "sts:AssumeRole") -> str:
    """A trust policy."""
    statements = [{"Effect": "Allow", "Principal": principal, "Action": action} for principal in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


class Account:
    """The operator's view of a sandbox whose control planes are pretended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.planes = PretendedPlanes()
        self.start()

    def start(self) -> None:
        """Start the sandbox's AWS, from what the folder keeps."""
        self.cloud = Cloud(Paths(self.folder), self._planes)
        self.cloud.start()
        self.stopped = threading.Event()
        self.runner = threading.Thread(target=self.cloud.run, args=(self.stopped,))
        self.runner.start()
        self.clients: dict[tuple[str, ...], Any] = {}

    def _planes(self, _: Paths, identity: Any, *__: object) -> PretendedPlanes:
        self.identity = identity
        return self.planes

    def stop(self) -> None:
        """Stop it; the control planes' data stays."""
        self.stopped.set()
        self.runner.join()
        kept = dict(self.planes.planes)
        self.cloud.stop()
        self.planes.planes = kept

    def client(
        self, service: str, region: str = HOME, key: str = "", secret: str = "", token: str | None = None
    ) -> Any:
        """A client of one of AWS's services, the operator's unless a key is given."""
        account = self.cloud.world.account
        name = (service, region, key)
        if name not in self.clients:
            self.clients[name] = _session().create_client(
                service,
                region_name=region,
                endpoint_url=self.cloud.server.url,
                aws_access_key_id=key or account.access_key_id,
                aws_secret_access_key=secret or account.secret_access_key,
                aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self.clients[name]

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    @property
    def away(self) -> Any:
        """EC2 of the other region."""
        return self.client("ec2", AWAY)

    @property
    def eks(self) -> Any:
        return self.client("eks")

    @property
    def iam(self) -> Any:
        return self.client("iam")

    @property
    def autoscaling(self) -> Any:
        return self.client("autoscaling")

    def vpc(self, cidr: str = "10.0.0.0/16", ec2: Any = None) -> str:
        """A VPC's id."""
        return str((ec2 or self.ec2).create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])

    def subnet(self, vpc: str, cidr: str = "10.0.0.0/24", zone: str = "a") -> str:
        """A subnet's id."""
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{HOME}{zone}")
        return str(made["Subnet"]["SubnetId"])

    def subnets(self, vpc: str) -> list[str]:
        """The ids of three subnets in three zones."""
        return [self.subnet(vpc, f"10.0.{place}.0/24", zone) for place, zone in enumerate("abc")]

    def gateway(self, vpc: str) -> str:
        """The id of an internet gateway attached to a VPC."""
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
        return str(made)

    def nat(self, subnet: str) -> tuple[str, str]:
        """The ids of a NAT gateway and of its address."""
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        return str(made), str(address)

    def table(self, vpc: str) -> str:
        """A route table's id."""
        return str(self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])

    def group(self, vpc: str) -> str:
        """A security group's id."""
        return str(
            self.ec2.create_security_group(GroupName=unique("group"), Description="of a test", VpcId=vpc)["GroupId"]
        )

    def role(self, service: str) -> str:
        """The ARN of a role that a service may take."""
        name = unique("role")
        made = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust({"Service": f"{service}.amazonaws.com"})
        )
        return str(made["Role"]["Arn"])

    def template(self, **data: Any) -> str:
        """A launch template's id."""
        made = self.ec2.create_launch_template(LaunchTemplateName=unique("template"), LaunchTemplateData=data)
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def cluster_settings(self, vpc: str | None = None, **changed: Any) -> dict[str, Any]:
        """What CreateCluster needs."""
        settings: dict[str, Any] = {"accessConfig": {"authenticationMode": "API"}, **changed}
        if "name" not in settings:
            settings["name"] = unique("cluster")
        if "roleArn" not in settings:
            settings["roleArn"] = self.role("eks")
        if "resourcesVpcConfig" not in settings:
            settings["resourcesVpcConfig"] = {"subnetIds": self.subnets(vpc or self.vpc())}
        return settings

    def cluster(self, **changed: Any) -> str:
        """The name of a cluster that is ACTIVE."""
        made = self.eks.create_cluster(**self.cluster_settings(**changed))["cluster"]["name"]
        self.until_status(made, "ACTIVE")
        return str(made)

    def status(self, cluster: str) -> str:
        """A cluster's status; GONE without one."""
        try:
            return str(self.eks.describe_cluster(name=cluster)["cluster"]["status"])
        except self.eks.exceptions.ResourceNotFoundException:
            return "GONE"

    def until_status(self, cluster: str, status: str) -> None:
        """Wait for a cluster's status."""
        until(lambda: self.status(cluster) == status)

    def key(self, cluster: str) -> ClusterKey:
        """The cluster's key."""
        return ClusterKey(NUMBER, HOME, cluster)
