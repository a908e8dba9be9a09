"""A fleet's networks on a living fleet: NAT gateways, endpoints and flow logs, and each of them changed in place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.network import endpoints
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet

REGION = "eu-west-1"
BASTION, FIRST = "federated-eks-bastion", "federated-eks-1"
OPERATOR = "198.51.100.7/32"
ECR = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/fleet"
STEPS: dict[str, dict[str, Any]] = {
    "one": {"endpoint": {"access": "public-and-private", "allowedCidrs": [OPERATOR]}},
    "zone": {"network": {"nat": "zone", "flowLogs": {"traffic": "all", "retentionDays": 30}}},
    "none": {
        "network": {"nat": "none", "flowLogs": {"traffic": "none"}},
        "endpoint": {"access": "private"},
    },
}
"""Settings, by what they make of the NAT gateways."""
KUBEFED = {"chart": ".sandbox/charts/kubefed", "registry": ECR, "hookImage": f"{ECR}/alpine/k8s:1.35.4"}
"""Its images come from where they can be had without a NAT gateway."""


class Seen:
    """What AWS had after a step."""

    def __init__(self, fleet: Fleet) -> None:
        self.ec2, logs, iam = (fleet.boto(name, REGION) for name in ("ec2", "logs", "iam"))
        vpcs = [vpc for vpc in self.ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
        self.vpcs = {name_of(vpc): vpc["VpcId"] for vpc in vpcs}
        self.subnets = {one["SubnetId"]: one for one in self.ec2.describe_subnets()["Subnets"]}
        nats = self.ec2.describe_nat_gateways()["NatGateways"]
        self.nats = {one["NatGatewayId"]: one for one in nats if one["State"] == "available"}
        self.addresses = {one["PublicIp"] for one in self.ec2.describe_addresses()["Addresses"]}
        self.tables = self.ec2.describe_route_tables()["RouteTables"]
        self.endpoints = self.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        self.interfaces = {
            one["NetworkInterfaceId"]: one for one in self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        }
        self.rules = self.ec2.describe_security_group_rules()["SecurityGroupRules"]
        self.flow_logs = {one["ResourceId"]: one for one in self.ec2.describe_flow_logs()["FlowLogs"]}
        self.log_groups = {one["arn"].removesuffix(":*"): one for one in logs.describe_log_groups()["logGroups"]}
        self.roles = {one["Arn"]: one for one in iam.list_roles()["Roles"]}
        self.writing = {
            one["Arn"]: [
                iam.get_role_policy(RoleName=one["RoleName"], PolicyName=policy)["PolicyDocument"]
                for policy in iam.list_role_policies(RoleName=one["RoleName"])["PolicyNames"]
            ]
            for one in self.roles.values()
            if "-flows-" in one["RoleName"]
        }
        self.cluster = fleet.boto("eks", REGION).describe_cluster(name=FIRST)["cluster"]
        self.ready = fleet.ready()
        self.steady = fleet.preview() == []

    def ways_out(self, name: str) -> dict[str, str]:
        """A network's private subnets' NAT gateways: zone to the zone in which its gateway stands."""
        found: dict[str, str] = {}
        for table in self.tables:
            nats = [route["NatGatewayId"] for route in table["Routes"] if route.get("NatGatewayId")]
            for subnet in (one["SubnetId"] for one in table["Associations"] if one.get("SubnetId")) if nats else ():
                if self.subnets[subnet]["VpcId"] == self.vpcs[name]:
                    stands = self.subnets[self.nats[nats[0]]["SubnetId"]]["AvailabilityZone"]
                    found[self.subnets[subnet]["AvailabilityZone"]] = stands
        return found

    def services(self, name: str, kind: str) -> dict[str, dict[str, Any]]:
        """A network's endpoints of a type, by service."""
        return {
            one["ServiceName"].removeprefix(f"com.amazonaws.{REGION}."): one
            for one in self.endpoints
            if (one["VpcId"], one["VpcEndpointType"]) == (self.vpcs[name], kind)
        }


def name_of(thing: dict[str, Any]) -> str:
    return next(tag["Value"] for tag in thing["Tags"] if tag["Key"] == "Name")


def attached(fleet: Fleet) -> str:
    """A transit gateway, as an office would have one, attached to the cluster's network."""
    ec2 = fleet.boto("ec2", REGION)
    (vpc,) = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"] and name_of(vpc) == FIRST]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    of_vpc = {"TransitGatewayId": gateway, "VpcId": vpc}
    ec2.create_transit_gateway_vpc_attachment(**of_vpc, SubnetIds=[subnets[0]["SubnetId"]])
    return gateway


def detach(fleet: Fleet) -> None:
    """Take the transit gateway away, as its owner has to before a destroy."""
    ec2 = fleet.boto("ec2", REGION)
    for one in ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]:
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=one["TransitGatewayAttachmentId"])
    for one in ec2.describe_transit_gateways()["TransitGateways"]:
        ec2.delete_transit_gateway(TransitGatewayId=one["TransitGatewayId"])
    # AWS deletes these with their gateway, and moto keeps them.
    for one in ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]:
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=one["TransitGatewayRouteTableId"])


class Life:
    """The fleet's steps, and its end."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.planned: dict[str, set[tuple[str, str]]] = {}
        with fresh(state_once=True) as checkout:
            checkout.sandbox("start")
            fleet = Fleet(checkout)
            fleet.configure(clusters=[{"region": REGION}], types=[], manifests=[], kubefed=KUBEFED)
            # Two networks with an address in each of three zones are one more than an account has by default.
            fleet.boto("service-quotas", REGION).request_service_quota_increase(
                ServiceCode="ec2", QuotaCode="L-0263D0A3", DesiredValue=6
            )
            for step, settings in STEPS.items():
                fleet.configure(**settings)
                if step == "none":
                    gateway = attached(fleet)
                    office = {"cidr": "10.1.0.0/16", "via": {FIRST: gateway}}
                    fleet.configure(endpoint={"access": "private", "clients": {"office": office}})
                if step != "one":
                    self.planned[step] = {(one.op, one.type) for one in fleet.preview()}
                    fleet.pulumi("up", "--yes", "--skip-preview")
                else:
                    checkout.sandbox("up")
                self.seen[step] = Seen(fleet)
            detach(fleet)
            self.end = checkout.sandbox("down").stdout


@pytest.fixture(scope="module")
def life() -> Life:
    return Life()


@pytest.mark.parametrize("name", [BASTION, FIRST])
def test_all_zones_share_a_nat_gateway_by_default(life: Life, name: str) -> None:
    assert life.seen["one"].ways_out(name) == {f"{REGION}{zone}": f"{REGION}a" for zone in "abc"}
    assert len(life.seen["one"].nats) == 2


@pytest.mark.parametrize("name", [BASTION, FIRST])
def test_each_zone_goes_out_by_its_own_nat_gateway_then(life: Life, name: str) -> None:
    assert life.seen["zone"].ways_out(name) == {f"{REGION}{zone}": f"{REGION}{zone}" for zone in "abc"}
    assert life.seen["one"].nats.keys() < life.seen["zone"].nats.keys(), "those that stood stand"


def test_without_nat_gateways_no_address_is_left_and_no_route_leads_out_of_private_subnets(life: Life) -> None:
    seen = life.seen["none"]
    assert (seen.nats, seen.addresses) == ({}, set())
    assert seen.ways_out(FIRST) == seen.ways_out(BASTION) == {}


@pytest.mark.parametrize("step", ["one", "zone"])
def test_the_endpoint_admits_the_operator_and_every_nat_address(life: Life, step: str) -> None:
    seen = life.seen[step]
    admitted = set(seen.cluster["resourcesVpcConfig"]["publicAccessCidrs"])
    assert admitted == {OPERATOR, *(f"{address}/32" for address in seen.addresses)}
    assert len(seen.addresses) == {"one": 2, "zone": 6}[step]


def test_no_change_touches_a_vpc_a_subnet_or_a_cluster_s_being(life: Life) -> None:
    kept = {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"}
    for step, planned in life.planned.items():
        assert not [type_ for _, type_ in planned if type_ in kept], step
        assert not [type_ for op, type_ in planned if "replace" in op and "eks" in type_], step
    one, none = life.seen["one"], life.seen["none"]
    assert (one.vpcs, one.subnets.keys()) == (none.vpcs, none.subnets.keys())
    assert one.cluster["createdAt"] == none.cluster["createdAt"]


@pytest.mark.parametrize("step", STEPS)
def test_the_fleet_is_joined_and_settled_after_each_step(life: Life, step: str) -> None:
    assert life.seen[step].ready == {FIRST: "True"}
    assert life.seen[step].steady


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", [BASTION, FIRST])
def test_every_table_of_a_network_leads_to_s3(life: Life, name: str, step: str) -> None:
    seen = life.seen[step]
    (storage,) = seen.services(name, "Gateway").values()
    ours = [table for table in seen.tables if table["VpcId"] == seen.vpcs[name] and not main(table)]
    assert len(ours) == 4
    for table in ours:
        assert storage["VpcEndpointId"] in [route.get("GatewayId") for route in table["Routes"]]


def main(table: dict[str, Any]) -> bool:
    return any(one["Main"] for one in table["Associations"])


@pytest.mark.parametrize(("name", "services"), [(BASTION, endpoints.OF_BASTION), (FIRST, endpoints.OF_NODES)])
def test_interface_endpoints_are_there_without_nat_gateways_alone(
    life: Life, name: str, services: tuple[str, ...]
) -> None:
    assert life.seen["one"].services(name, "Interface") == {}
    assert life.seen["none"].services(name, "Interface").keys() == {*services}


def test_an_interface_endpoint_has_an_address_in_every_zone_and_admits_https_from_its_vpc(life: Life) -> None:
    seen = life.seen["none"]
    for one in seen.services(FIRST, "Interface").values():
        assert (one["State"], one["PrivateDnsEnabled"]) == ("available", True)
        zones = [seen.interfaces[id]["AvailabilityZone"] for id in one["NetworkInterfaceIds"]]
        assert sorted(zones) == [f"{REGION}{zone}" for zone in "abc"]
        ((group,),) = {tuple(group["GroupId"] for group in one["Groups"])}
        rules = [rule for rule in seen.rules if rule["GroupId"] == group]
        assert [(r["IsEgress"], r["CidrIpv4"], r["FromPort"], r["ToPort"]) for r in rules] == [
            (False, "172.21.0.0/16", 443, 443)
        ]


@pytest.mark.parametrize("step", STEPS)
def test_an_endpoint_lets_the_account_s_own_principals_through(life: Life, step: str) -> None:
    for service, one in (
        life.seen[step].services(FIRST, "Gateway") | life.seen[step].services(FIRST, "Interface")
    ).items():
        if service in endpoints.WITHOUT_POLICY:
            continue
        assert json.loads(one["PolicyDocument"]) == endpoints.policy(service, "123456789012")


@pytest.mark.parametrize(("step", "traffic", "days"), [("one", "REJECT", 90), ("zone", "ALL", 30)])
@pytest.mark.parametrize("name", [BASTION, FIRST])
def test_a_flow_log_goes_encrypted_into_a_group_of_its_own(
    life: Life, name: str, step: str, traffic: str, days: int
) -> None:
    seen = life.seen[step]
    log = seen.flow_logs[seen.vpcs[name]]
    group = seen.log_groups[log["LogDestination"]]
    assert (log["TrafficType"], log["FlowLogStatus"], group["retentionInDays"]) == (traffic, "ACTIVE", days)
    assert group["kmsKeyId"].startswith(f"arn:aws:kms:{REGION}:123456789012:key/")
    assert group["logGroupName"].startswith(f"{name}-flows-")


def test_a_flow_log_s_role_writes_there_alone_and_for_this_account_alone(life: Life) -> None:
    seen = life.seen["one"]
    for log in seen.flow_logs.values():
        role = seen.roles[log["DeliverLogsPermissionArn"]]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        ((writes, _),) = [policy["Statement"] for policy in seen.writing[role["Arn"]]]
        assert writes["Resource"] == [log["LogDestination"], f"{log['LogDestination']}:*"]


def test_a_client_network_is_admitted_to_the_api_and_every_table_leads_back_to_it(life: Life) -> None:
    seen = life.seen["none"]
    (group,) = seen.cluster["resourcesVpcConfig"]["securityGroupIds"]
    admitted = {rule["CidrIpv4"] for rule in seen.rules if rule["GroupId"] == group and not rule["IsEgress"]}
    assert admitted == {"10.1.0.0/16", "172.20.0.0/16", "172.21.0.0/16"}
    ours = [table for table in seen.tables if table["VpcId"] == seen.vpcs[FIRST] and not main(table)]
    back = {route["DestinationCidrBlock"] for t in ours for route in t["Routes"] if route.get("TransitGatewayId")}
    assert (len(ours), back) == (4, {"10.1.0.0/16"})


def test_a_changed_retention_keeps_the_records(life: Life) -> None:
    one, zone = life.seen["one"], life.seen["zone"]
    assert {log["LogDestination"] for log in one.flow_logs.values()} == {
        log["LogDestination"] for log in zone.flow_logs.values()
    }


def test_no_traffic_is_no_flow_log_no_group_and_no_role(life: Life) -> None:
    seen = life.seen["none"]
    assert (seen.flow_logs, seen.writing) == ({}, {})
    assert not [arn for arn in seen.log_groups if "-flows-" in arn]


def test_nothing_is_left_after_the_end(life: Life) -> None:
    assert "Nothing is left." in life.end
