"""Networks: their ways out, their endpoints and flow logs, and what else may not depend on them."""

import json
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from components.network import endpoints
from components.network.nat import Nat
from components.network.network import Network, NetworkArgs
from components.network.zones import Zones
from tests.unit import engine
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

NAME = "fleet-1"
ACCOUNT = "123456789012"
ROUTE, NAT, EIP = "aws:ec2/route:Route", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"
ENDPOINT, FLOW_LOG, GROUP = (
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/flowLog:FlowLog",
    "aws:cloudwatch/logGroup:LogGroup",
)


ZONES = Zones(names=["eu-west-1a", "eu-west-1b", "eu-west-1c"])


def made(
    nat: Nat = "one", services: Sequence[str] = (), traffic: str = "reject", zones: Zones = ZONES
) -> tuple[Engine, Network]:
    """A network, and what was registered with it."""
    networks: list[Network] = []

    def declare() -> None:
        provider = aws.Provider("aws-eu-west-1", region="eu-west-1")
        args = NetworkArgs(
            name=NAME,
            region="eu-west-1",
            cidr=IPv4Network("172.21.0.0/16"),
            zones=zones,
            private_subnet_tags={},
            public_subnet_tags={},
            nat=nat,
            services=services,
            traffic=traffic,
            retention_days=90,
            key_arn="arn:key",
        )
        networks.append(Network(NAME, args, ResourceOptions(providers=[provider])))

    return engine.run(declare), networks[0]


def ways_out(program: Engine) -> dict[str, str]:
    """The private subnets' default routes: the table's number to the NAT gateway."""
    return {
        name.split("-")[-2]: route.inputs["natGatewayId"]
        for name, route in program[ROUTE].items()
        if "natGatewayId" in route.inputs
    }


def names(resources: Sequence[Any]) -> set[str]:
    return {resource._name for resource in resources}


def test_one_nat_gateway_serves_all_zones() -> None:
    program, network = made("one")
    assert ways_out(program) == dict.fromkeys("123", f"{NAME}-nat-id")
    assert len(program[NAT]) == len(program[EIP]) == len(network.nat_addresses) == 1


def test_a_nat_gateway_waits_for_the_internet_gateway_and_its_address_does_not() -> None:
    program, _ = made("zone")
    assert {f"{NAME}-public-default" in nat.depends_on for nat in program[NAT].values()} == {True}
    assert {address.depends_on for address in program[EIP].values()} == {frozenset()}


def test_a_nat_gateway_a_zone_stands_in_its_zone_and_serves_it() -> None:
    program, network = made("zone")
    assert ways_out(program) == {"1": f"{NAME}-nat-id", "2": f"{NAME}-nat-2-id", "3": f"{NAME}-nat-3-id"}
    assert {name: nat.inputs["subnetId"] for name, nat in program[NAT].items()} == {
        f"{NAME}-nat": f"{NAME}-public-1-id",
        f"{NAME}-nat-2": f"{NAME}-public-2-id",
        f"{NAME}-nat-3": f"{NAME}-public-3-id",
    }
    assert len(network.nat_addresses) == 3


def test_a_network_of_two_zones_has_two_of_everything_that_a_zone_has() -> None:
    two = Zones(names=["us-west-1a", "us-west-1c"])
    program, network = made("zone", endpoints.OF_NODES, zones=two)
    subnets = {name: one.inputs for name, one in program["aws:ec2/subnet:Subnet"].items()}
    assert {name: (one["availabilityZone"], one["cidrBlock"]) for name, one in subnets.items()} == {
        f"{NAME}-private-1": ("us-west-1a", "172.21.0.0/18"),
        f"{NAME}-private-2": ("us-west-1c", "172.21.64.0/18"),
        f"{NAME}-public-1": ("us-west-1a", "172.21.192.0/20"),
        f"{NAME}-public-2": ("us-west-1c", "172.21.208.0/20"),
    }
    assert ways_out(program) == {"1": f"{NAME}-nat-id", "2": f"{NAME}-nat-2-id"}
    assert list(network.route_table_ids) == ["1", "2", "3"]


def test_subnets_that_exist_stay_in_their_zones() -> None:
    for fixed, ignored in ((False, ()), (True, ("availabilityZone",))):
        program, _ = made(zones=Zones(names=ZONES.names, fixed=fixed))
        assert {one.ignored for one in program["aws:ec2/subnet:Subnet"].values()} == {ignored}


def test_without_nat_gateways_there_is_no_address_and_no_way_to_the_internet() -> None:
    program, network = made("none", endpoints.OF_NODES)
    assert (program[NAT], program[EIP], network.nat_addresses, ways_out(program)) == ({}, {}, [], {})


@pytest.mark.parametrize("after", ["zone", "none"])
def test_another_number_of_nat_gateways_changes_routes_alone(after: Nat) -> None:
    before, then = ({(r.type, r.name): r.inputs for r in made(nat)[0].registered} for nat in ("one", after))
    changed = {key for key in before if before[key] != then.get(key)}
    if after == "zone":
        assert changed == {(ROUTE, f"{NAME}-private-2-default"), (ROUTE, f"{NAME}-private-3-default")}
    else:
        assert {type_ for type_, _ in changed} == {ROUTE, NAT, EIP}
        assert not changed & then.keys(), "what leaves goes, and nothing that stays is touched"


def test_nodes_lean_on_the_routes_where_there_are_nat_gateways() -> None:
    _, network = made("zone", endpoints.OF_NODES)
    assert names(network.egress) == {f"{NAME}-private-{number}-default" for number in (1, 2, 3)}


def test_nodes_lean_on_the_endpoints_where_there_is_no_nat_gateway() -> None:
    _, network = made("none", endpoints.OF_NODES)
    ways = {f"{NAME}-{service}" for service in ("s3", *endpoints.OF_NODES)}
    assert names(network.egress) == ways | {f"{NAME}-endpoints-https"}, "their calls are admitted too"


def test_every_route_table_leads_to_s3() -> None:
    program, _ = made()
    (storage,) = program[ENDPOINT].values()
    assert (storage.inputs["vpcEndpointType"], storage.inputs["serviceName"]) == (
        "Gateway",
        "com.amazonaws.eu-west-1.s3",
    )
    assert storage.inputs["routeTableIds"] == [
        f"{NAME}-{table}-id" for table in ("public", "private-1", "private-2", "private-3")
    ]


def test_an_interface_endpoint_has_private_names_in_every_zone_and_is_called_from_the_vpc_alone() -> None:
    program, _ = made("none", endpoints.OF_NODES)
    interfaces = {name: one.inputs for name, one in program[ENDPOINT].items() if name != f"{NAME}-s3"}
    assert {one["serviceName"] for one in interfaces.values()} == {
        f"com.amazonaws.eu-west-1.{service}" for service in endpoints.OF_NODES
    }
    for one in interfaces.values():
        assert one["privateDnsEnabled"] is True
        assert one["subnetIds"] == [f"{NAME}-private-{number}-id" for number in (1, 2, 3)]
        assert one["securityGroupIds"] == [f"{NAME}-endpoints-id"]
    (rule,) = program["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"].values()
    assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("172.21.0.0/16", 443, 443)
    assert not program["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"], "an endpoint calls nobody"


@pytest.mark.parametrize(
    ("choice", "nat", "wanted"),
    [
        ("auto", True, ()),
        ("auto", False, ("ec2", "sts")),
        ("all", True, ("ec2", "sts")),
        ("all", False, ("ec2", "sts")),
        ("gateway-only", True, ()),
        ("gateway-only", False, ()),
    ],
)
def test_interface_endpoints_are_there_where_they_are_needed_or_wanted(
    choice: endpoints.Choice, nat: bool, wanted: tuple[str, ...]
) -> None:
    assert endpoints.services(choice, nat=nat, needed=("sts", "ec2")) == wanted


@pytest.mark.parametrize("service", ["s3", *endpoints.OF_NODES])
def test_an_endpoint_lets_nobody_else_s_principals_do_as_they_like(service: str) -> None:
    everything, *others = endpoints.policy(service, ACCOUNT)["Statement"]
    assert everything["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert {one["Action"] for one in others} == {
        "s3": {"s3:GetObject"},
        "sts": {"sts:AssumeRoleWithWebIdentity"},
    }.get(service, set())


def test_nodes_pay_for_no_endpoint_of_session_manager_and_nobody_for_the_old_agents() -> None:
    assert not {"ssm", "ssmmessages"} & {*endpoints.OF_NODES}
    assert "ec2messages" not in {*endpoints.OF_NODES, *endpoints.OF_BASTION}


def test_a_service_that_may_not_support_policies_gets_none() -> None:
    program, _ = made("none", endpoints.OF_NODES)
    assert [name for name, one in program[ENDPOINT].items() if "policy" not in one.inputs] == [f"{NAME}-eks-auth"]


def test_pods_take_roles_of_the_account_alone() -> None:
    _, statement = endpoints.policy("sts", ACCOUNT)["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}


def test_endpoints_have_the_account_s_policy() -> None:
    program, _ = made("none", ["sts"])
    told = {name: json.loads(one.inputs["policy"]) for name, one in program[ENDPOINT].items()}
    assert told == {f"{NAME}-{service}": endpoints.policy(service, ACCOUNT) for service in ("s3", "sts")}


def test_a_flow_log_writes_into_an_encrypted_group_that_forgets() -> None:
    program, _ = made(traffic="all")
    (log,) = program[FLOW_LOG].values()
    (group,) = program[GROUP].values()
    assert (log.inputs["trafficType"], log.inputs["logDestination"]) == ("ALL", f"arn:{NAME}-flows")
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("arn:key", 90)


def test_a_flow_log_starts_once_its_role_may_write() -> None:
    program, _ = made()
    (log,) = program[FLOW_LOG].values()
    (policy,) = program["aws:iam/rolePolicy:RolePolicy"].values()
    assert policy.name in log.depends_on


def test_no_traffic_is_no_flow_log_no_group_and_no_role() -> None:
    program, _ = made(traffic="none")
    assert not program[FLOW_LOG]
    assert not program[GROUP]
    assert not program["aws:iam/role:Role"]


def test_a_flow_log_s_role_is_taken_for_this_account_alone() -> None:
    program, _ = made()
    (role,) = program["aws:iam/role:Role"].values()
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_bastion_s_network_is_as_the_fleet_s_and_a_cluster_s_its_own() -> None:
    own = {"nat": "zone", "flowLogs": {"traffic": "all", "retentionDays": 7}}
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "network": own}]
    program = run_program({"clusters": clusters, "network": {"flowLogs": {"retentionDays": 30}}})
    kept = {name: group.inputs["retentionInDays"] for name, group in program[GROUP].items() if name.endswith("-flows")}
    assert kept == {"federated-eks-bastion-flows": 30, "federated-eks-1-flows": 30, "federated-eks-2-flows": 7}
    assert {name.partition("-nat")[0]: name for name in program[NAT]}.keys() == {
        "federated-eks-bastion",
        "federated-eks-1",
        "federated-eks-2",
    }
    assert len(program[NAT]) == 5


def test_a_flow_log_s_records_are_encrypted_with_their_region_s_key() -> None:
    program = run_program({"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]})
    assert {name: group.inputs["kmsKeyId"] for name, group in program[GROUP].items() if name.endswith("-flows")} == {
        "federated-eks-bastion-flows": "arn:federated-eks-eu-west-1-key",
        "federated-eks-1-flows": "arn:federated-eks-eu-west-1-key",
        "federated-eks-2-flows": "arn:federated-eks-eu-west-3-key",
    }


def test_a_public_endpoint_admits_all_nat_addresses_of_host_and_bastion() -> None:
    public = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    config = {"clusters": [{"region": "eu-west-1"}], "endpoint": public, "network": {"nat": "zone"}}
    program = run_program({**config, "quotas": {"L-0263D0A3": 6}})
    (cluster,) = program["eks:index:Cluster"].values()
    assert len(cluster.inputs["publicAccessCidrs"]) == 1 + 3 + 3
    assert {f"federated-eks-{name}-nat{zone}" for name in ("bastion", "1") for zone in ("", "-2", "-3")} <= (
        cluster.depends_on
    )
    assert {urn.split("::")[2].rpartition("$")[2] for urn in cluster.waits if "-nat" in urn} == {EIP}, (
        "they take minutes"
    )


def test_a_bastion_without_a_nat_gateway_reaches_session_manager() -> None:
    clusters = [{"region": "eu-west-1", "network": {}}]
    program = run_program({"clusters": clusters, "network": {"nat": "none"}})
    services = {one.inputs["serviceName"].partition("eu-west-1.")[2] for one in program[ENDPOINT].values()}
    assert services == {"s3", *endpoints.OF_BASTION}
    assert {"kms", "ssm", "ssmmessages"} <= services
    group = program["aws:autoscaling/group:Group"]["federated-eks-bastion-group"]
    assert {"federated-eks-bastion-ssmmessages", "federated-eks-bastion-endpoints-https"} <= group.depends_on


def test_a_fleet_without_nat_gateways_takes_kubefed_s_images_from_ecr() -> None:
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"
    kubefed = {"registry": registry, "hookImage": f"{registry}/k8s:1.35.4"}
    config = {"clusters": [{"region": "eu-west-1"}], "network": {"nat": "none"}, "kubefed": kubefed}
    (release,) = run_program(config)["kubernetes:helm.sh/v3:Release"].values()
    manager = release.inputs["values"]["controllermanager"]
    assert manager["controller"]["repository"] == manager["webhook"]["repository"] == registry
    assert manager["postInstallJob"] == {"repository": registry, "image": "k8s", "tag": "1.35.4"}


def test_a_member_without_nat_gateways_needs_no_image_of_kubefed_s() -> None:
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "network": {"nat": "none"}}]
    program = run_program({"clusters": clusters})
    assert f"{ENDPOINT}federated-eks-2-ecr.dkr" in {r.type + r.name for r in program.registered}
