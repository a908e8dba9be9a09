"""AWS's usual times, of which the sandbox waits the share that FEDERATED_EKS_AWS_TIMES names."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.usual import USUAL, VARIABLE
from tests.sandbox.aws.account import HOME, Account, unique, until
from tests.sandbox.aws.test_eks_fargate import Profile
from tests.sandbox.aws.test_eks_nodegroups import Group

pytestmark = pytest.mark.aws

SHARE = 0.004


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(SHARE))


class Watch:
    """The states that a thing has until it has the one that is waited for, and how long that takes."""

    def __init__(self, state: Callable[[], str], last: str) -> None:
        began = time.monotonic()
        self.states: list[str] = []

        def there() -> bool:
            now = state()
            self.states += [] if self.states[-1:] == [now] else [now]
            return now == last

        until(there)
        self.seconds = time.monotonic() - began

    def check(self, kind: str, verb: str, *states: str, share: float = SHARE) -> None:
        """The states, and at least the usual time; it is not told how much later a busy machine is."""
        assert self.states == [*states]
        # The call was made a little before the thing was first looked at.
        assert self.seconds >= getattr(USUAL[kind], verb) * share - 0.15


def nat_state(aws: Account, nat: str) -> str:
    return str(aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"])


def test_a_nat_gateway_is_pending_and_keeps_its_address_until_it_is_deleted(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, address = aws.nat(aws.subnet(vpc))
    Watch(lambda: nat_state(aws, nat), "available").check("AWS::EC2::NatGateway", "create", "pending", "available")
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert "AssociationId" in aws.ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    Watch(lambda: nat_state(aws, nat), "deleted").check("AWS::EC2::NatGateway", "delete", "deleting", "deleted")
    aws.ec2.release_address(AllocationId=address)


def test_a_vpc_is_pending_at_first(aws: Account) -> None:
    vpc = aws.vpc()
    state = lambda: str(aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"])  # noqa: E731
    assert Watch(state, "available").states[-1] == "available"


def test_an_interface_endpoint_is_pending_and_one_for_a_route_is_not(aws: Account) -> None:
    vpc = aws.vpc()
    settings = {"VpcEndpointType": "Interface", "SubnetIds": [aws.subnet(vpc)], "PrivateDnsEnabled": False}
    service = f"com.amazonaws.{HOME}"
    made = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"{service}.sts", **settings)["VpcEndpoint"]
    route = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"{service}.s3", RouteTableIds=[aws.table(vpc)])

    def state(endpoint: Any = made) -> str:
        told = aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
        return {one["VpcEndpointId"]: str(one["State"]) for one in told}.get(endpoint["VpcEndpointId"], "gone")

    assert state(route["VpcEndpoint"]) == "available"
    Watch(state, "available").check("AWS::EC2::VPCEndpoint", "create", "pending", "available")
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"], route["VpcEndpoint"]["VpcEndpointId"]])
    assert state(route["VpcEndpoint"]) == "gone"
    Watch(state, "gone").check("AWS::EC2::VPCEndpoint", "delete", "deleting", "gone")


def test_a_peering_is_provisioned_before_it_is_active(aws: Account) -> None:
    one, other = aws.vpc("10.1.0.0/16"), aws.vpc("10.2.0.0/16")
    peering = aws.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    id_ = peering["VpcPeeringConnectionId"]
    aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=id_)

    def state() -> str:
        told = aws.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[id_])
        return str(told["VpcPeeringConnections"][0]["Status"]["Code"])

    assert Watch(state, "active").states[-1] == "active"


def test_a_group_s_instances_are_pending_and_it_goes_after_a_while(aws: Account) -> None:
    name, template = unique("group"), aws.template(ImageId="ami-12c6146b", InstanceType="t3.micro")
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=aws.subnet(aws.vpc()),
    )

    def shown() -> list[Any]:
        told = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return list(told["AutoScalingGroups"])

    def instance() -> str:
        return str(shown()[0]["Instances"][0]["LifecycleState"])

    assert Watch(instance, "InService").states[-1] == "InService"
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)

    def group() -> str:
        return next((str(told["Status"]) for told in shown()), "gone")

    Watch(group, "gone").check("AWS::AutoScaling::AutoScalingGroup", "delete", "Delete in progress", "gone")


def test_a_cluster_and_what_belongs_to_it_take_their_time(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    cluster = aws.cluster()
    assert time.monotonic() - began >= USUAL["AWS::EKS::Cluster"].create * SHARE
    began = time.monotonic()
    aws.eks.update_cluster_config(name=cluster, resourcesVpcConfig={"endpointPrivateAccess": True})
    aws.until_status(cluster, "ACTIVE")
    assert time.monotonic() - began >= USUAL["AWS::EKS::Cluster"].update * SHARE
    aws.eks.create_addon(clusterName=cluster, addonName="vpc-cni")

    addon = listed(lambda: str(aws.eks.describe_addon(clusterName=cluster, addonName="vpc-cni")["addon"]["status"]))
    Watch(addon, "ACTIVE").check("AWS::EKS::Addon", "create", "CREATING", "ACTIVE")
    # The sandbox takes half a second for each of these even if it waits for nothing.
    monkeypatch.setenv(VARIABLE, "0.2")
    aws.eks.delete_addon(clusterName=cluster, addonName="vpc-cni")
    Watch(addon, "gone").check("AWS::EKS::Addon", "delete", "DELETING", "gone", share=0.2)
    monkeypatch.setenv(VARIABLE, "0.013")
    aws.eks.delete_cluster(name=cluster)
    Watch(lambda: aws.status(cluster), "GONE").check("AWS::EKS::Cluster", "delete", "DELETING", "GONE", share=0.013)


def listed(state: Callable[[], str]) -> Callable[[], str]:
    """The state of a thing of EKS's, `gone` once it isn't there."""

    def now() -> str:
        try:
            return state()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFoundException"
            return "gone"

    return now


def test_nodes_and_fargate_profiles_take_their_time(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    cluster = aws.cluster()
    monkeypatch.setenv(VARIABLE, "0.01")
    group, profile = Group(aws, cluster), Profile(aws, cluster)
    of_group, of_profile = listed(lambda: group.shown["status"]), listed(lambda: profile.status)
    Watch(of_profile, "ACTIVE").check("AWS::EKS::FargateProfile", "create", "CREATING", "ACTIVE", share=0.007)
    assert of_group() == "CREATING"
    Watch(of_group, "ACTIVE")
    group.delete()
    aws.eks.delete_fargate_profile(**profile.of)
    Watch(of_profile, "gone").check("AWS::EKS::FargateProfile", "delete", "DELETING", "gone", share=0.01)
    Watch(of_group, "gone").check("AWS::EKS::Nodegroup", "delete", "DELETING", "gone", share=0.001)


def test_what_waits_when_the_sandbox_stops_goes_on_where_it_was(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    aws.stop()
    aws.start()
    assert Watch(lambda: nat_state(aws, nat), "available").states[-1] == "available"
