"""eksfedctl's order for real, on the sandbox's AWS: each thing is waited for before the next one begins.

What it does in the clusters, kubefed's release and the joins, is left out, which favours it.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.fleet.live import Fleet

EVERY = 0.5
"""Seconds between two looks; eksfedctl sleeps ten."""
LIMIT = 3600.0
"""Seconds for one thing."""


@dataclass
class Replay:
    """The clusters of a replay, in AWS."""

    fleet: Fleet
    regions: Sequence[str]
    vpcs: dict[str, str] = field(default_factory=dict[str, str])

    def create(self) -> None:
        """Create everything, one after the other."""
        for number, region in enumerate(self.regions, 1):
            self._cluster(region, number)
        host = self.regions[0]
        for region in self.regions[1:]:
            self._peer(host, region)
        for region in self.regions:
            self._private(region)

    def destroy(self) -> None:
        """Delete the node groups, one after the other, and then the clusters."""
        for region in self.regions:
            eks = self.fleet.boto("eks", region)
            eks.delete_nodegroup(clusterName=_name(region), nodegroupName="nodes")
            until_gone(lambda eks=eks, region=region: eks.list_nodegroups(clusterName=_name(region))["nodegroups"])
        for region in self.regions:
            eks = self.fleet.boto("eks", region)
            eks.delete_cluster(name=_name(region))
            until_gone(lambda eks=eks: eks.list_clusters()["clusters"])

    def _cluster(self, region: str, number: int) -> None:
        ec2, eks = self.fleet.boto("ec2", region), self.fleet.boto("eks", region)
        vpc = ec2.create_vpc(CidrBlock=f"172.{20 + number}.0.0/16")["Vpc"]["VpcId"]
        until(lambda: ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] == "available")
        self.vpcs[region] = vpc
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"172.{20 + number}.{place}.0/24", AvailabilityZone=region + zone)
            for place, zone in itertools.islice(enumerate(_zones(ec2, region)), 2)
        ]
        ids = [made["Subnet"]["SubnetId"] for made in subnets]
        eks.create_cluster(
            name=_name(region),
            roleArn=self._role("eks"),
            resourcesVpcConfig={"subnetIds": ids},
            accessConfig={"authenticationMode": "API"},
        )
        until(lambda: eks.describe_cluster(name=_name(region))["cluster"]["status"] == "ACTIVE")
        group = {"clusterName": _name(region), "nodegroupName": "nodes"}
        eks.create_nodegroup(**group, nodeRole=self._role("ec2"), subnets=ids)
        until(lambda: eks.describe_nodegroup(**group)["nodegroup"]["status"] == "ACTIVE")

    def _role(self, service: str) -> str:
        iam = self.fleet.boto("iam", "us-east-1")
        name = f"replay-{service}"
        principal = {"Service": f"{service}.amazonaws.com"}
        trust = {"Version": "2012-10-17", "Statement": [_allow(principal)]}
        if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
            for policy in _POLICIES[service]:
                iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def _peer(self, one: str, other: str) -> None:
        here, there = self.fleet.boto("ec2", one), self.fleet.boto("ec2", other)
        made = here.create_vpc_peering_connection(VpcId=self.vpcs[one], PeerVpcId=self.vpcs[other], PeerRegion=other)
        ids = [made["VpcPeeringConnection"]["VpcPeeringConnectionId"]]
        there.accept_vpc_peering_connection(VpcPeeringConnectionId=ids[0])
        until(lambda: _peering(there, ids)["Status"]["Code"] == "active")

    def _private(self, region: str) -> None:
        eks = self.fleet.boto("eks", region)
        access = {"endpointPublicAccess": False, "endpointPrivateAccess": True}
        eks.update_cluster_config(name=_name(region), resourcesVpcConfig=access)
        until(lambda: eks.describe_cluster(name=_name(region))["cluster"]["status"] == "ACTIVE")


_POLICIES = {
    "eks": ("AmazonEKSClusterPolicy",),
    "ec2": ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"),
}


def until(there: Callable[[], bool]) -> None:
    """Look until it is so. Raise TimeoutError."""
    deadline = time.monotonic() + LIMIT
    while not there():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the replay waited {LIMIT:.0f} s for one thing")
        time.sleep(EVERY)


def until_gone(listed: Callable[[], Sequence[Any]]) -> None:
    """Look until nothing is listed. Raise TimeoutError."""
    until(lambda: not listed())


def _name(region: str) -> str:
    return f"replay-{region}"


def _allow(principal: dict[str, str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}


def _peering(ec2: Any, ids: list[str]) -> Any:
    return ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=ids)["VpcPeeringConnections"][0]


def _zones(ec2: Any, region: str) -> list[str]:
    told = ec2.describe_availability_zones()["AvailabilityZones"]
    return sorted(zone["ZoneName"].removeprefix(region) for zone in told)
