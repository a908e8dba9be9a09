"""What a cluster's own controllers make on AWS: load balancers of Services, volumes of claims, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.contract import BalancerSpec, Grants, VolumeSpec, Wishes
from tests.sandbox.aws.account import HOME, Account, refused, unique, until

pytestmark = pytest.mark.aws

UID = "6f1a2b3c-0000-4000-8000-00000000000a"
NAME = "a6f1a2b3c000040008000000000000000"[:32]
WEB = BalancerSpec(namespace="shop", service="web", ports=[(80, 30080)])
DATA = VolumeSpec(namespace="shop", claim="data", zone=f"{HOME}a", gib=10)


class Running:
    """A cluster in a VPC with public subnets, whose objects can ask for things."""

    def __init__(self, aws: Account) -> None:
        self.aws, self.vpc = aws, aws.vpc()
        self.subnets = aws.subnets(self.vpc)
        self.gateway = aws.gateway(self.vpc)
        self.name = aws.cluster(resourcesVpcConfig={"subnetIds": self.subnets})
        table = aws.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"][0]
        aws.ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway
        )

    @property
    def plane(self) -> Any:
        return self.aws.planes.planes[self.aws.key(self.name)]

    def wish(self, **wishes: Any) -> None:
        self.plane.wishes = Wishes(**wishes)

    def granted(self, done: Callable[[Grants], Any]) -> Any:
        return until(lambda: done(self.plane.grants))

    def interfaces(self) -> list[Any]:
        found = self.aws.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        return [one for one in found["NetworkInterfaces"] if one["Description"].startswith("ELB ")]

    def delete(self) -> None:
        self.aws.eks.delete_cluster(name=self.name)
        self.aws.until_status(self.name, "GONE")


@pytest.fixture
def running(aws: Account) -> Running:
    return Running(aws)


def balancers(aws: Account) -> dict[str, Any]:
    found = aws.client("elb").describe_load_balancers()["LoadBalancerDescriptions"]
    return {one["LoadBalancerName"]: one for one in found}


def test_a_service_gets_a_classic_load_balancer_with_its_tags_and_a_group_of_its_own(
    aws: Account, running: Running
) -> None:
    running.wish(balancers={UID: WEB})
    host = running.granted(lambda grants: grants.balancers.get(UID))
    made = balancers(aws)[NAME]
    assert made["DNSName"] == host
    assert host.startswith(f"{NAME}-") and host.endswith(f".{HOME}.elb.amazonaws.com")
    assert made["CanonicalHostedZoneNameID"] == "Z32O12XQLNTSW2"
    assert (made["Scheme"], sorted(made["Subnets"])) == ("internet-facing", sorted(running.subnets))
    told = aws.client("elb").describe_tags(LoadBalancerNames=[NAME])["TagDescriptions"][0]["Tags"]
    owned = {f"kubernetes.io/cluster/{running.name}": "owned"}
    assert {tag["Key"]: tag["Value"] for tag in told} == {"kubernetes.io/service-name": "shop/web", **owned}
    (group,) = aws.ec2.describe_security_groups(GroupIds=made["SecurityGroups"])["SecurityGroups"]
    assert group["GroupName"] == f"k8s-elb-{NAME}"
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == owned
    running.wish()
    until(lambda: NAME not in balancers(aws))


def test_an_internal_one_says_so_in_its_name(aws: Account, running: Running) -> None:
    running.wish(balancers={UID: replace(WEB, internal=True)})
    host = running.granted(lambda grants: grants.balancers.get(UID))
    assert host.startswith(f"internal-{NAME}-")
    running.wish()
    until(lambda: NAME not in balancers(aws))


def test_a_load_balancer_holds_subnets_groups_and_gateway_until_it_has_been_gone_for_a_while(
    aws: Account, running: Running
) -> None:
    running.wish(balancers={UID: WEB})
    running.granted(lambda grants: UID in grants.balancers)
    assert {one["RequesterId"] for one in running.interfaces()} == {"amazon-elb"}
    (group,) = balancers(aws)[NAME]["SecurityGroups"]
    with refused("DependencyViolation"):
        aws.ec2.delete_subnet(SubnetId=running.subnets[0])
    with refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=group)
    with refused("DependencyViolation", match="mapped public address"):
        aws.ec2.detach_internet_gateway(InternetGatewayId=running.gateway, VpcId=running.vpc)
    with refused("OperationNotPermitted"):
        aws.ec2.delete_network_interface(NetworkInterfaceId=running.interfaces()[0]["NetworkInterfaceId"])

    running.wish(balancers={UID: replace(WEB, leaving=True)})
    until(lambda: NAME not in balancers(aws))
    assert UID in running.plane.grants.balancers, "its group waits for the interfaces"
    running.granted(lambda grants: UID not in grants.balancers)
    assert running.interfaces() == []
    assert aws.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroups"] == []


def test_a_cluster_that_goes_orphans_what_its_controllers_made(aws: Account, running: Running) -> None:
    addon = "aws-ebs-csi-driver"
    aws.eks.create_addon(clusterName=running.name, addonName=addon)
    running.wish(balancers={UID: WEB}, volumes={UID: DATA})
    aws.eks.create_nodegroup(
        clusterName=running.name, nodegroupName="nodes", subnets=running.subnets, nodeRole=aws.role("ec2")
    )
    volume = running.granted(lambda grants: UID in grants.balancers and grants.volumes.get(UID))
    aws.eks.delete_nodegroup(clusterName=running.name, nodegroupName="nodes")
    until(lambda: not aws.eks.list_nodegroups(clusterName=running.name)["nodegroups"])
    running.delete()
    assert NAME in balancers(aws)
    assert aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "available"
    aws.client("elb").delete_load_balancer(LoadBalancerName=NAME)
    until(lambda: running.interfaces() == [])
    groups = aws.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"k8s-elb-{NAME}"]}])
    aws.ec2.delete_security_group(GroupId=groups["SecurityGroups"][0]["GroupId"])
    aws.ec2.delete_volume(VolumeId=volume)


def test_a_claim_gets_a_volume_with_the_driver_s_tags_once_the_driver_runs(aws: Account, running: Running) -> None:
    running.wish(volumes={UID: DATA})
    assert running.plane.grants.volumes == {}
    aws.eks.create_nodegroup(
        clusterName=running.name, nodegroupName="nodes", subnets=running.subnets, nodeRole=aws.role("ec2")
    )
    aws.eks.create_addon(clusterName=running.name, addonName="aws-ebs-csi-driver")
    volume = running.granted(lambda grants: grants.volumes.get(UID))
    (told,) = aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert (told["Size"], told["AvailabilityZone"], told["VolumeType"]) == (10, f"{HOME}a", "gp3")
    assert {tag["Key"]: tag["Value"] for tag in told["Tags"]} == {
        "CSIVolumeName": f"pvc-{UID}",
        "KubernetesCluster": running.name,
        "Name": f"{running.name}-dynamic-pvc-{UID}",
        "ebs.csi.aws.com/cluster": "true",
        f"kubernetes.io/cluster/{running.name}": "owned",
        "kubernetes.io/created-for/pv/name": f"pvc-{UID}",
        "kubernetes.io/created-for/pvc/name": "data",
        "kubernetes.io/created-for/pvc/namespace": "shop",
    }
    running.wish(unwanted=frozenset({UID}))
    running.granted(lambda grants: UID not in grants.volumes)
    assert volume not in {one["VolumeId"] for one in aws.ec2.describe_volumes()["Volumes"]}


def test_a_newer_load_balancer_holds_its_subnets_too(aws: Account) -> None:
    vpc = aws.vpc()
    subnets = aws.subnets(vpc)
    client = aws.client("elbv2")
    made = client.create_load_balancer(Name=unique("alb"), Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
    with refused("DependencyViolation"):
        aws.ec2.delete_subnet(SubnetId=subnets[0])
    client.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    until(
        lambda: (
            not aws.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkInterfaces"]
        )
    )
    for subnet in subnets:
        aws.ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.parametrize(
    ("of", "form"),
    [
        ({"Type": "application"}, r"{name}-\d{{10}}\.eu-west-1\.elb\.amazonaws\.com"),
        ({"Type": "application", "Scheme": "internal"}, r"internal-{name}-\d{{10}}\.eu-west-1\.elb\.amazonaws\.com"),
        ({"Type": "network", "Scheme": "internal"}, r"{name}-[0-9a-f]{{16}}\.elb\.eu-west-1\.amazonaws\.com"),
    ],
)
def test_a_newer_load_balancer_s_name_is_of_its_family(aws: Account, of: dict[str, Any], form: str) -> None:
    name, client = unique("lb"), aws.client("elbv2")
    made = client.create_load_balancer(Name=name, Subnets=aws.subnets(aws.vpc()), **of)["LoadBalancers"][0]
    assert re.fullmatch(form.format(name=name), made["DNSName"])
    assert client.describe_load_balancers(Names=[name])["LoadBalancers"][0]["DNSName"] == made["DNSName"]


def test_a_sandbox_that_is_started_again_has_the_same_load_balancers(aws: Account, running: Running) -> None:
    running.wish(balancers={UID: WEB})
    host = running.granted(lambda grants: grants.balancers.get(UID))
    before = balancers(aws), running.interfaces()
    aws.stop()
    aws.start()
    assert (balancers(aws), running.interfaces()) == before
    assert running.plane.grants.balancers == {UID: host}
