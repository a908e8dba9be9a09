"""An AWS of a test module's own, and its programs' way to it."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.session

from sandbox.aws import service_quotas
from sandbox.cloud import Cloud
from sandbox.paths import Paths
from tests.sandbox.aws.planes import PretendedPlanes

_GONE = ("deleted", "failed")
"""The states of a connection or a gateway that nobody can delete: AWS goes on showing it for an hour or two."""


@dataclass
class Aws:
    """The running AWS."""

    env: dict[str, str]
    """What a program needs to reach it."""
    planes: PretendedPlanes
    paths: Paths

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Let the fault switch have these rules of AWS; without any, it is off."""
        if rules:
            self.paths.faults.write_text(json.dumps({"aws": rules}))
        else:
            self.paths.faults.unlink(missing_ok=True)

    def injected(self) -> int:
        """The faults so far."""
        with urllib.request.urlopen(f"{self.env['AWS_ENDPOINT_URL']}/sandbox/faults") as answer:  # noqa: S310
            return sum(one["times"] for one in json.load(answer))

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """A client of one of its services."""
        return _session().create_client(
            service,
            region_name=region,
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
        )

    def left(self) -> list[str]:
        """What is left of a program's resources in both regions."""
        found: list[str] = []
        for region in ("eu-west-1", "eu-west-3"):
            ec2, iam = self.client("ec2", region), self.client("iam", region)
            groups, logs, eks = (self.client(name, region) for name in ("autoscaling", "logs", "eks"))
            found += [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]]
            found += [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]]
            found += [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]]
            outward = ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
            found += [one["EgressOnlyInternetGatewayId"] for one in outward]
            found += [one["LaunchTemplateId"] for one in ec2.describe_launch_templates()["LaunchTemplates"]]
            found += [one["FlowLogId"] for one in ec2.describe_flow_logs()["FlowLogs"]]
            found += [one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]]
            connections = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
            found += [one["VpcPeeringConnectionId"] for one in connections if one["Status"]["Code"] not in _GONE]
            nats = ec2.describe_nat_gateways()["NatGateways"]
            found += [one["NatGatewayId"] for one in nats if one["State"] not in _GONE]
            found += [one["RoleName"] for one in iam.list_roles()["Roles"] if "/aws-service-role/" not in one["Path"]]
            found += [one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]]
            found += [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
            found += [one["AutoScalingGroupName"] for one in groups.describe_auto_scaling_groups()["AutoScalingGroups"]]
            found += [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]
            found += eks.list_clusters()["clusters"]
            aliases = self.client("kms", region).list_aliases()["Aliases"]
            found += [one["AliasName"] for one in aliases if not one["AliasName"].startswith("alias/aws/")]
        return found


@contextmanager
def running(folder: Path) -> Generator[Aws]:
    """An AWS with pretended control planes and room for all tests; there is one in a process at a time."""
    paths = Paths(folder)
    paths.root.mkdir(parents=True)
    planes = PretendedPlanes()
    cloud = Cloud(paths, lambda *_: planes)
    cloud.start()
    stopped = threading.Event()
    ticking = threading.Thread(target=cloud.run, args=(stopped,))
    ticking.start()
    said = json.loads(paths.cloud.read_text())
    nothing = paths.root / "nothing"
    nothing.touch()
    roomy = dict.fromkeys((service_quotas.VPCS, service_quotas.GATEWAYS, service_quotas.ADDRESSES), 1000)
    try:
        with patch.dict(service_quotas.GRANTED, roomy):
            yield Aws(
                {
                    "AWS_ENDPOINT_URL": said["aws_endpoint"],
                    "AWS_ACCESS_KEY_ID": said["access_key_id"],
                    "AWS_SECRET_ACCESS_KEY": said["secret_access_key"],
                    "AWS_EC2_METADATA_DISABLED": "true",
                    "AWS_CONFIG_FILE": str(nothing),
                    "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
                },
                planes,
                paths,
            )
    finally:
        stopped.set()
        ticking.join()
        cloud.stop()


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
