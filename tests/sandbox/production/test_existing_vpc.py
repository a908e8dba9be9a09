"""A cluster in a VPC that is there already: what the fleet makes there, and that it leaves the VPC as it was."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

import pytest

from sandbox.cli import daemon
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, unchanged

pytestmark = pytest.mark.fleet

HERE, THERE = "eu-west-1", "eu-west-3"
HOST, MEMBER = "federated-eks-1", "federated-eks-2"
PEERS = {"172.20.0.0/16", "172.22.0.0/16"}
"""The bastion's range, and the member's."""
FIRST_RANGE, SECOND_RANGE = "10.20.0.0/16", "10.21.0.0/16"
OPERATOR = "198.51.100.7/32"


def tagged(kind: str, **tags: str) -> dict[str, Any]:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": listed}]}


class Office:
    """A network as somebody else has made it, without Pulumi.

    Its subnets lie in its second range; one private subnet goes by the main route table, one by a table of its own.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.ec2 = ec2 = fleet.boto("ec2", HERE)
        self.vpc = ec2.create_vpc(CidrBlock=FIRST_RANGE, **tagged("vpc", Name="office", team="network"))["Vpc"]["VpcId"]
        ec2.associate_vpc_cidr_block(VpcId=self.vpc, CidrBlock=SECOND_RANGE)
        self.name_hosts(on=True)
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=self.vpc, InternetGatewayId=self.gateway)
        self.public = self._subnet("10.21.16.0/24", "a")
        self.private = [self._subnet(f"10.21.{number}.0/24", zone) for number, zone in enumerate("ab")]
        self.main, self.own, self.public_table = self._main(), self._table(self.private[1]), self._table(self.public)
        address = ec2.allocate_address(Domain="vpc")
        self.address, self.allocation = address["PublicIp"], address["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=self.public, AllocationId=self.allocation)
        self.nat = nat["NatGateway"]["NatGatewayId"]
        ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[self.nat])
        for table in (self.main, self.own):
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=self.nat)
        ec2.create_route(RouteTableId=self.public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)

    def _subnet(self, cidr: str, zone: str) -> str:
        tags = tagged("subnet", Name=f"office-{zone}", **{"kubernetes.io/role/internal-elb": "1"})
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"{HERE}{zone}", **tags)
        return made["Subnet"]["SubnetId"]

    def _main(self) -> str:
        (table,) = self.ec2.describe_route_tables(Filters=self._of_vpc())["RouteTables"]
        return table["RouteTableId"]

    def _table(self, subnet: str) -> str:
        made = self.ec2.create_route_table(VpcId=self.vpc, **tagged("route-table", Name=f"office-{subnet}"))
        table = made["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def _of_vpc(self, name: str = "vpc-id") -> list[dict[str, Any]]:
        return [{"Name": name, "Values": [self.vpc]}]

    @property
    def tables(self) -> list[str]:
        return [self.main, self.own, self.public_table]

    def name_hosts(self, *, on: bool) -> None:
        """Turn DNS host names on or off."""
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": on})

    def clusters(self, **changed: Any) -> list[dict[str, Any]]:
        """The host in it, and a member in a VPC of its own."""
        return [{"region": HERE, "vpc": self.setting(**changed)}, {"region": THERE}]

    def setting(self, **changed: Any) -> dict[str, Any]:
        """What a stack says of it."""
        said = {
            "id": self.vpc,
            "cidr": SECOND_RANGE,
            "privateSubnetIds": self.private,
            "routeTableIds": [self.main, self.own],
            "natAddresses": [self.address],
        }
        return said | changed

    def described(self) -> dict[str, list[dict[str, Any]]]:
        """All that AWS tells of it, in the order in which it does."""
        ec2, here = self.ec2, self._of_vpc()
        groups = ec2.describe_security_groups(Filters=here)["SecurityGroups"]
        (vpc,) = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"]
        for name in ("enableDnsSupport", "enableDnsHostnames"):
            vpc[name] = ec2.describe_vpc_attribute(VpcId=self.vpc, Attribute=name)[name[0].upper() + name[1:]]["Value"]
        return {
            "vpc": [vpc],
            "subnets": ec2.describe_subnets(Filters=here)["Subnets"],
            "tables": ec2.describe_route_tables(Filters=here)["RouteTables"],
            "groups": groups,
            "rules": ec2.describe_security_group_rules(
                Filters=[{"Name": "group-id", "Values": [one["GroupId"] for one in groups]}]
            )["SecurityGroupRules"],
            "acls": ec2.describe_network_acls(Filters=here)["NetworkAcls"],
            "gateways": ec2.describe_internet_gateways(Filters=self._of_vpc("attachment.vpc-id"))["InternetGateways"],
            "nats": ec2.describe_nat_gateways(Filters=here)["NatGateways"],
            "addresses": ec2.describe_addresses(AllocationIds=[self.allocation])["Addresses"],
            "endpoints": ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"],
            "flow logs": ec2.describe_flow_logs(Filters=self._of_vpc("resource-id"))["FlowLogs"],
            "interfaces": ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"],
            "peerings": [
                one
                for one in ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
                if self.vpc in (one["RequesterVpcInfo"]["VpcId"], one["AccepterVpcInfo"]["VpcId"])
                and one["Status"]["Code"] != "deleted"  # AWS shows it for a while yet
            ],
        }

    def remove(self) -> None:
        """Take it away, by those who have made it."""
        self.ec2.delete_nat_gateway(NatGatewayId=self.nat)
        self.ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[self.nat])
        self.ec2.release_address(AllocationId=self.allocation)
        for subnet in (*self.private, self.public):
            self.ec2.delete_subnet(SubnetId=subnet)
        for table in (self.own, self.public_table):
            self.ec2.delete_route_table(RouteTableId=table)
        self.ec2.detach_internet_gateway(VpcId=self.vpc, InternetGatewayId=self.gateway)
        self.ec2.delete_internet_gateway(InternetGatewayId=self.gateway)
        self.ec2.delete_vpc(VpcId=self.vpc)


UNFIT = (
    "another region's VPC",
    "the VPC's other range",
    "a route table too few",
    "a public subnet",
    "DNS host names off",
)


def unfit(office: Office, case: str) -> tuple[list[dict[str, Any]], str]:
    """Clusters that can't be, and what is said of them."""
    private, public = office.private[0], office.public
    clusters, said = {
        "another region's VPC": (
            [{"region": HERE}, {"region": THERE, "vpc": office.setting()}],
            f"clusters[1].vpc.id: {office.vpc} is not in {THERE}; give the id of a VPC there",
        ),
        "the VPC's other range": (
            office.clusters(cidr=FIRST_RANGE),
            f"clusters[0].vpc.privateSubnetIds: {private} (10.21.0.0/24) is not within {FIRST_RANGE}",
        ),
        "a route table too few": (
            office.clusters(routeTableIds=[office.own]),
            f"clusters[0].vpc.routeTableIds: {office.main} is not listed and is the VPC's main one, which {private}",
        ),
        "a public subnet": (
            office.clusters(privateSubnetIds=[*office.private, public], routeTableIds=office.tables),
            f"clusters[0].vpc.privateSubnetIds: {public} is public, because {office.public_table} leads it to",
        ),
        "DNS host names off": (office.clusters(), f"clusters[0].vpc.id: {office.vpc} has enableDnsHostnames off"),
    }[case]
    return clusters, said


class Standing(NamedTuple):
    """The fleet while it stands, and what was before it."""

    fleet: Fleet
    office: Office
    before: dict[str, list[dict[str, Any]]]
    refused: Mapping[str, tuple[str, list[str]]]
    """What was said of what can't be, and what it left in the account."""


def refused(fleet: Fleet, office: Office, case: str) -> tuple[str, list[str]]:
    """What is said of a case, and what it leaves in the account."""
    before = daemon.leftovers(fleet.checkout.paths) or []
    clusters, _ = unfit(office, case)
    office.name_hosts(on=case != "DNS host names off")
    fleet.configure(clusters=clusters)
    done = fleet.pulumi("up", "--yes", "--skip-preview", check=False)
    office.name_hosts(on=True)
    assert done.returncode != 0, done.stdout
    return " ".join(done.stdout.split()), [
        one for one in daemon.leftovers(fleet.checkout.paths) or [] if one not in before
    ]


@pytest.fixture(scope="module")
def standing() -> Generator[Standing, None, None]:
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        office = Office(fleet)
        before = office.described()
        fleet.configure(types=[], manifests=[], endpoint={"access": "public-and-private", "allowedCidrs": [OPERATOR]})
        told = {case: refused(fleet, office, case) for case in UNFIT}
        fleet.configure(clusters=office.clusters())
        checkout.sandbox("up")
        yield Standing(fleet, office, before, told)


@pytest.mark.parametrize("case", UNFIT)
def test_a_vpc_that_isn_t_fit_is_refused_and_nothing_is_made(standing: Standing, case: str) -> None:
    said, left = standing.refused[case]
    assert unfit(standing.office, case)[1] in said
    assert left == []


def test_both_clusters_are_joined_and_ready(standing: Standing) -> None:
    assert standing.fleet.ready() == {HOST: "True", MEMBER: "True"}


def test_the_cluster_and_its_nodes_stand_in_the_given_subnets_in_the_vpc_s_second_range(standing: Standing) -> None:
    fleet, office = standing.fleet, standing.office
    network = fleet.boto("eks", HERE).describe_cluster(name=HOST)["cluster"]["resourcesVpcConfig"]
    assert (network["vpcId"], sorted(network["subnetIds"])) == (office.vpc, sorted(office.private))
    nodes = json.loads(fleet.kubectl(HOST, "get", "nodes", "-o", "json").stdout)["items"]
    addresses = [one["address"] for node in nodes for one in node["status"]["addresses"] if one["type"] == "InternalIP"]
    assert addresses
    assert all(address.startswith("10.21.") for address in addresses)


def peered(fleet: Fleet, region: str, vpc: str) -> dict[str, dict[str, str]]:
    """The routes to peers, by route table: destination to state."""
    tables = fleet.boto("ec2", region).describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    return {
        table["RouteTableId"]: {
            route["DestinationCidrBlock"]: route["State"]
            for route in table["Routes"]
            if route.get("VpcPeeringConnectionId")
        }
        for table in tables["RouteTables"]
    }


def test_the_listed_tables_lead_to_bastion_and_member_and_theirs_to_the_given_range(standing: Standing) -> None:
    fleet, office = standing.fleet, standing.office
    there = dict.fromkeys(PEERS, "active")
    assert peered(fleet, HERE, office.vpc) == {office.main: there, office.own: there, office.public_table: {}}
    for region, name in ((HERE, "federated-eks-bastion"), (THERE, MEMBER)):
        own = [{"Name": "tag:Name", "Values": [name]}]
        (vpc,) = fleet.boto("ec2", region).describe_vpcs(Filters=own)["Vpcs"]
        leading = [routes for routes in peered(fleet, region, vpc["VpcId"]).values() if routes]
        assert len(leading) == 4
        assert all(routes[SECOND_RANGE] == "active" for routes in leading)


def test_the_member_admits_its_own_range_the_host_s_and_the_office_s_nat_address(standing: Standing) -> None:
    cluster = standing.fleet.boto("eks", THERE).describe_cluster(name=MEMBER)["cluster"]["resourcesVpcConfig"]
    assert {OPERATOR, f"{standing.office.address}/32"} < set(cluster["publicAccessCidrs"])
    rules = standing.fleet.boto("ec2", THERE).describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": cluster["securityGroupIds"]}]
    )["SecurityGroupRules"]
    assert {(one["CidrIpv4"], one["FromPort"], one["ToPort"]) for one in rules if not one["IsEgress"]} == {
        ("172.20.0.0/16", 443, 443),
        ("172.22.0.0/16", 443, 443),
        (SECOND_RANGE, 443, 443),
    }


def test_nothing_else_is_in_the_vpc_than_the_cluster_s_groups_interfaces_and_peerings(standing: Standing) -> None:
    before, now = standing.before, standing.office.described()
    same = ("vpc", "acls", "gateways", "nats", "addresses", "endpoints", "flow logs")
    assert {part: now[part] for part in same} == {part: before[part] for part in same}
    assert now["groups"][:1] == before["groups"], "the default security group"
    assert sorted(group["GroupName"].rpartition("-")[0] for group in now["groups"][1:]) == [
        f"eks-cluster-sg-{HOST}",
        f"{HOST}-api",
    ]
    for was, became in zip(before["subnets"], now["subnets"], strict=True):
        assert became | {"AvailableIpAddressCount": was["AvailableIpAddressCount"]} == was, "no tag more"
    for was, became in zip(before["tables"], now["tables"], strict=True):
        own = [route for route in became["Routes"] if not route.get("VpcPeeringConnectionId")]
        assert became | {"Routes": own} == was
    assert len(now["peerings"]) == 2


def test_an_update_more_changes_nothing(standing: Standing) -> None:
    assert unchanged(standing.fleet.pulumi("up", "--yes", "--skip-preview").stdout)


def test_a_table_more_is_two_routes_more(standing: Standing) -> None:
    fleet, office = standing.fleet, standing.office
    fleet.configure(clusters=office.clusters(routeTableIds=[office.public_table, office.own, office.main]))
    steps = fleet.preview()
    fleet.configure(clusters=office.clusters())
    assert [(step.op, step.type) for step in steps] == [("create", "aws:ec2/route:Route")] * 2


def test_a_cluster_that_stands_in_it_does_not_move_out(standing: Standing) -> None:
    fleet, office = standing.fleet, standing.office
    before = fleet.resources()
    fleet.configure(clusters=[{"region": HERE, "cidr": SECOND_RANGE}, {"region": THERE}])
    done = fleet.pulumi("up", "--yes", "--skip-preview", check=False)
    fleet.configure(clusters=office.clusters())
    assert done.returncode != 0
    moved = f"{HOST} ({SECOND_RANGE} in {office.vpc}) in {HERE} would become {HOST} ({SECOND_RANGE}), which replaces it"
    assert moved in " ".join(done.stdout.split()), done.stdout
    assert fleet.resources() == before


def test_the_vpc_is_what_it_was_when_the_fleet_is_gone(standing: Standing) -> None:
    """Last: the fleet is gone afterwards."""
    standing.fleet.pulumi("destroy", "--yes", "--skip-preview")
    before, after = (json.dumps(one, indent=1, default=str) for one in (standing.before, standing.office.described()))
    assert after == before
    standing.office.remove()
    assert "Nothing is left." in standing.fleet.checkout.sandbox("down").stdout
