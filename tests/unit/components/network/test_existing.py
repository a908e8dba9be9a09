"""A VPC that is there already: what it must be like, and what the program makes in it and around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.network.existing_rules import Subnet, Table, Vpc
from components.network.zones import Zones
from components.quotas.demand import demands
from components.quotas.known import ADDRESSES, VPCS
from settings import Settings, SettingsError
from settings.footprints import footprints
from tests.unit.engine import Engine, Held, run_program

pytestmark = pytest.mark.unit

VPC, MAIN, OWN, PUBLIC = (f"{kind}-0000000000000000{n}" for kind, n in (("vpc", 1), ("rtb", 1), ("rtb", 2), ("rtb", 3)))
A, B, C, D = (f"subnet-0000000000000000{letter}" for letter in "abcd")
BASTION, HOST, MEMBER = "bastion", "federated-eks-1", "federated-eks-2"
ROUTE, RULE = "aws:ec2/route:Route", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GIVEN: dict[str, Any] = {
    "id": VPC,
    "cidr": "10.20.0.0/16",
    "privateSubnetIds": [A, B],
    "routeTableIds": [MAIN, OWN],
    "natAddresses": ["198.51.100.9"],
}
PUBLIC_ENDPOINT = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
OUT = {IPv4Network("0.0.0.0/0"): "nat-1"}


OFFICE = Vpc(
    owner="123456789012",
    ranges=[IPv4Network("10.20.0.0/16"), IPv4Network("100.64.0.0/16")],
    attributes={"enableDnsSupport": True, "enableDnsHostnames": True},
    main_table=MAIN,
)


@dataclass(frozen=True)
class Account:
    """What AWS has: a VPC with two ranges, a private subnet by the main route table, and one by a table of its own."""

    id: str = VPC
    vpc: Vpc = OFFICE
    subnets: tuple[Subnet, ...] = (
        Subnet(id=A, cidr=IPv4Network("10.20.0.0/24"), zone="eu-west-1a", free=6),
        Subnet(id=B, cidr=IPv4Network("10.20.1.0/24"), zone="eu-west-1b", free=251),
        Subnet(id=C, cidr=IPv4Network("10.20.2.0/24"), zone="eu-west-1b", free=251),
        Subnet(id=D, cidr=IPv4Network("100.64.0.0/24"), zone="eu-west-1b", free=251),
    )
    tables: tuple[Table, ...] = (
        Table(id=MAIN, subnets=[], routes=OUT),
        Table(id=OWN, subnets=[B, D], routes=OUT),
        Table(id=PUBLIC, subnets=[C], routes={IPv4Network("0.0.0.0/0"): "igw-1"}),
    )

    def vpc_with(self, **changed: Any) -> Account:
        return replace(self, vpc=replace(self.vpc, **changed))

    def subnet_with(self, id: str, **changed: Any) -> Account:
        return replace(self, subnets=tuple(replace(s, **changed) if s.id == id else s for s in self.subnets))

    def leading(self, table: str, **destinations: str) -> Account:
        """With routes more in a table: destination, with underscores, to target."""
        more = {
            IPv4Network(name.strip("_").replace("__", "/").replace("_", ".")): to for name, to in destinations.items()
        }
        return replace(
            self, tables=tuple(replace(t, routes={**t.routes, **more}) if t.id == table else t for t in self.tables)
        )

    @property
    def answers(self) -> dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        return {
            "aws:ec2/getVpcs:getVpcs": lambda given: {"ids": [self.id] if _asked(given, "vpc-id", [self.id]) else []},
            "aws:ec2/getSubnets:getSubnets": lambda given: {
                "ids": [one.id for one in self.subnets if _asked(given, "vpc-id", [self.id])]
            },
            "aws:ec2/getRouteTables:getRouteTables": lambda given: {
                "ids": [
                    one.id
                    for one in self.tables
                    if _asked(given, "vpc-id", [self.id]) and _asked(given, "association.subnet-id", one.subnets)
                ]
            },
            "aws:ec2/getVpc:getVpc": lambda given: self._vpc(given["id"]),
            "aws:ec2/getSubnet:getSubnet": lambda given: self._subnet(given["id"]),
            "aws:ec2/getRouteTable:getRouteTable": lambda given: self._table(given["routeTableId"]),
        }

    def _vpc(self, id: str) -> dict[str, Any]:
        assert id == self.id, "asked for alone, what is not there fails"
        ranges = [{"cidrBlock": str(one), "state": "associated", "associationId": "1"} for one in self.vpc.ranges]
        gone = {"cidrBlock": "172.16.0.0/12", "state": "disassociated", "associationId": "2"}
        return {
            "id": id,
            "ownerId": self.vpc.owner,
            "cidrBlockAssociations": [*ranges, gone],
            "mainRouteTableId": self.vpc.main_table,
            **self.vpc.attributes,
        }

    def _subnet(self, id: str) -> dict[str, Any]:
        (one,) = [one for one in self.subnets if one.id == id]
        return {
            "id": id,
            "cidrBlock": str(one.cidr or ""),
            "availabilityZone": one.zone,
            "availableIpAddressCount": one.free,
        }

    def _table(self, id: str) -> dict[str, Any]:
        (one,) = [one for one in self.tables if one.id == id]
        kinds = {"nat": "natGatewayId", "igw": "gatewayId", "tgw": "transitGatewayId", "pcx": "vpcPeeringConnectionId"}
        main = [{"main": True, "subnetId": ""}] if id == self.vpc.main_table else []
        return {
            "routeTableId": id,
            "associations": [*main, *({"main": False, "subnetId": subnet} for subnet in one.subnets)],
            "routes": [
                dict.fromkeys(kinds.values(), "") | {"cidrBlock": str(to), kinds[target.split("-")[0]]: target}
                for to, target in one.routes.items()
            ],
        }


def _asked(given: Mapping[str, Any], name: str, have: Any) -> bool:
    """Whether a thing that has these values is among what the filters leave."""
    filters = {one["name"]: one["values"] for one in given.get("filters", [])} | (
        {"vpc-id": [given["vpcId"]]} if "vpcId" in given else {}
    )
    return name not in filters or bool({*filters[name]} & {*have})


def both(one: Account, other: Account) -> dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """What an account with two VPCs answers."""

    def of(token: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        if token.endswith("s"):
            return lambda given: {"ids": [*one.answers[token](given)["ids"], *other.answers[token](given)["ids"]]}
        ids = {other.id, *(each.id for each in (*other.subnets, *other.tables))}
        return lambda given: (other if ids & {*given.values()} else one).answers[token](given)

    return {token: of(token) for token in one.answers}


def settings(vpc: Mapping[str, Any] = {}, **more: Any) -> dict[str, Any]:
    """The host in the VPC, and a member in one of its own."""
    return {"clusters": [{"region": "eu-west-1", "vpc": {**GIVEN, **vpc}}, {"region": "eu-west-3"}], **more}


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(settings(endpoint=PUBLIC_ENDPOINT), Engine(answers=Account().answers))


UNFIT: list[tuple[str, dict[str, Any], Account, str]] = [
    (
        "a VPC that is not there",
        {"id": "vpc-00000000"},
        Account(),
        r"id: vpc-00000000 is not in eu-west-1; give the id of a VPC there, one of `aws ec2 describe-vpcs --region "
        r"eu-west-1`$",
    ),
    (
        "a subnet of another VPC",
        {"privateSubnetIds": [A, "subnet-00000000"]},
        Account(),
        rf"privateSubnetIds: subnet-00000000 is not in {VPC}; give subnets of that VPC, of `aws ec2 describe-subnets "
        rf"--region eu-west-1 --filters Name=vpc-id,Values={VPC}`$",
    ),
    (
        "a route table of another VPC",
        {"routeTableIds": [MAIN, OWN, "rtb-00000000"]},
        Account(),
        rf"routeTableIds: rtb-00000000 is not in {VPC}; give route tables of that VPC, of `aws ec2 "
        rf"describe-route-tables --region eu-west-1 --filters Name=vpc-id,Values={VPC}`$",
    ),
    (
        "a VPC of another account",
        {},
        Account().vpc_with(owner="210987654321"),
        rf"id: {VPC} is owned by account 210987654321 and shared with 123456789012, .*; give a VPC that the account",
    ),
    *(
        (
            f"a VPC with {attribute} off",
            {},
            Account().vpc_with(attributes={**OFFICE.attributes, attribute: False}),
            rf"id: {VPC} has {attribute} off, .*; turn it on, `aws ec2 modify-vpc-attribute --region eu-west-1 "
            rf"--vpc-id {VPC} {option}`$",
        )
        for attribute, option in (
            ("enableDnsSupport", "--enable-dns-support"),
            ("enableDnsHostnames", "--enable-dns-hostnames"),
        )
    ),
    (
        "a range that the VPC hasn't got",
        {"cidr": "10.20.0.0/20"},
        Account(),
        rf"cidr: 10.20.0.0/20 is no range of {VPC}; give the one of the subnets, of 10.20.0.0/16, "
        r"100.64.0.0/16$",
    ),
    (
        "a range more that another network has",
        {},
        Account().vpc_with(ranges=[IPv4Network("10.20.0.0/16"), IPv4Network("172.22.128.0/17")]),
        rf"id: {VPC} has the range 172.22.128.0/17 too, which overlaps 172.22.0.0/16 of {MEMBER}, .*; choose another "
        rf"range for {MEMBER}$",
    ),
    (
        "a range more that services have",
        {},
        Account().vpc_with(ranges=[IPv4Network("10.20.0.0/16"), IPv4Network("10.100.0.0/20")]),
        rf"id: {VPC} has the range 10.100.0.0/20 too, which overlaps 10.100.0.0/16 of serviceCidr, ",
    ),
    (
        "a subnet in another of the VPC's ranges",
        {"privateSubnetIds": [A, D]},
        Account(),
        rf"privateSubnetIds: {D} \(100.64.0.0/24\) is not within 10.20.0.0/16, .*; give subnets in it, or set cidr to ",
    ),
    (
        "a subnet without IPv4",
        {},
        Account().subnet_with(B, cidr=None),
        rf"privateSubnetIds: {B} \(IPv6 only\) is not within 10.20.0.0/16, ",
    ),
    (
        "a subnet in a zone without EKS",
        {},
        Account().subnet_with(B, zone="eu-west-1x"),
        rf"privateSubnetIds: {B} is in eu-west-1x, where EKS places no control plane; give one in eu-west-1a, ",
    ),
    (
        "a subnet without room",
        {},
        Account().subnet_with(A, free=5),
        rf"privateSubnetIds: {A} has 5 free addresses and EKS needs 6, .*; give a larger subnet, or free addresses in",
    ),
    (
        "subnets in one zone",
        {"privateSubnetIds": [B, C]},
        Account(),
        r"privateSubnetIds: all are in eu-west-1b and EKS needs two zones; add a subnet in another, of eu-west-1a, ",
    ),
    (
        "a subnet's table that isn't listed",
        {"routeTableIds": [MAIN]},
        Account(),
        rf"routeTableIds: {OWN} is not listed and is the table of private subnets, .*; add it$",
    ),
    (
        "the main table that isn't listed",
        {"routeTableIds": [OWN]},
        Account(),
        rf"routeTableIds: {MAIN} is not listed and is the VPC's main one, which {A} uses for lack of another; add ",
    ),
    (
        "a public subnet",
        {"privateSubnetIds": [A, C], "routeTableIds": [MAIN, PUBLIC]},
        Account(),
        rf"privateSubnetIds: {C} is public, because {PUBLIC} leads it to igw-1, .*; give subnets that use a NAT ",
    ),
    (
        "a public subnet by the main table",
        {},
        Account().leading(MAIN, _0_0_0_0__0="igw-1"),
        rf"privateSubnetIds: {A} is public, because {MAIN} leads it to igw-1, ",
    ),
    (
        "a route that takes a part of a peer's range",
        {},
        Account().leading(OWN, _172_22_4_0__24="tgw-1"),
        rf"routeTableIds: {OWN} leads 172.22.4.0/24 to tgw-1, and {MEMBER} has 172.22.0.0/16 in this fleet; choose "
        rf"another range for {MEMBER}, or delete that route$",
    ),
]


@pytest.mark.parametrize(("vpc", "account", "message"), [pytest.param(*row, id=case) for case, *row in UNFIT])
def test_a_vpc_that_a_cluster_can_t_stand_in_is_refused_before_anything_is_made(
    vpc: dict[str, Any], account: Account, message: str
) -> None:
    engine = Engine(answers=account.answers)
    with pytest.raises(pulumi.RunError, match=rf"^clusters\[0\].vpc.{message}"):
        run_program(settings(vpc), engine)
    made = {one.name for one in engine.registered if one.type.startswith(("aws:", "pulumi:", "eks:"))}
    assert made == {"aws-eu-west-1", "aws-eu-west-3"}, "the providers alone"


def crowded(table: str, count: int) -> Account:
    """With so many routes of others in a table, the default one among them, and one of the fleet's own."""
    others = {f"_100_{64 + number // 256}_{number % 256}_0__24": "tgw-1" for number in range(count - 1)}
    return Account().leading(table, _172_22_0_0__16="pcx-1", **others)


def peered(*own: bool, side: str = "requester") -> dict[str, list[Held]]:
    """Active peerings of the VPC, each the fleet's own or not."""
    of_vpc = {"status-code": "active", f"{side}-vpc-info.vpc-id": VPC}
    tags = {"tag:fleet": "federated-eks", "tag:stack": "test"}
    function = "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections"
    return {function: [("eu-west-1", of_vpc | (tags if one else {})) for one in own]}


@pytest.mark.parametrize("side", ["requester", "accepter"])
def test_a_vpc_with_no_room_for_more_peerings_is_refused(side: str) -> None:
    message = (
        rf"^peering.topology: peerings of a VPC in eu-west-1 would be 51 \({HOST} in {VPC} 2, others 49\), "
        r"more than the account's quota of 50 \(Active .*, L-7E9ECCDB\); .* --desired-value 51$"
    )
    engine = Engine(answers=Account().answers, held=peered(*[False] * 49, True, side=side))
    with pytest.raises(pulumi.RunError, match=message):
        run_program(settings(), engine)
    assert not [one for one in engine.registered if one.type.startswith("aws:")]


def test_a_route_table_with_no_room_for_more_routes_is_refused() -> None:
    message = (
        rf"^peering.topology: routes in a table in eu-west-1 would be 501 \({HOST} in {OWN} 2, others 499\), "
        r"more than the account's quota of 500 \(Routes per route table, L-93826ACB\); "
    )
    with pytest.raises(pulumi.RunError, match=message):
        run_program(settings(), Engine(answers=crowded(OWN, 499).answers))


@pytest.mark.parametrize(
    ("account", "held", "quotas"),
    [
        pytest.param(crowded(OWN, 498), peered(*[False] * 48, True, True), {}, id="just enough room"),
        pytest.param(crowded(OWN, 549), {}, {"L-93826ACB": 551}, id="a quota of routes that was raised"),
        pytest.param(Account(), peered(*[False] * 60), {"L-7E9ECCDB": 62}, id="a quota of peerings that was raised"),
    ],
)
def test_what_has_room_is_taken(account: Account, held: dict[str, list[Held]], quotas: dict[str, int]) -> None:
    engine = Engine(answers=account.answers, held=held)
    engine.quotas |= quotas
    assert run_program(settings(), engine)["eks:index:Cluster"]


def test_a_vpc_that_is_there_takes_neither_a_vpc_nor_an_address_of_the_account() -> None:
    fleet = Settings.model_validate(settings())
    spanned = {site.name: Zones(names=["a", "b", "c"]) for site in fleet.plan.sites}
    found = demands(footprints(fleet, spanned), {})
    here = {one.quota: one.of for one in found if one.region == "eu-west-1"}
    assert (here[VPCS], here[ADDRESSES]) == ({BASTION: 1}, {BASTION: 1})


FIT = {
    "a route that is wider than a peer's range": Account().leading(OWN, _172_16_0_0__12="tgw-1"),
    "a route of the fleet's own, of an update before": Account().leading(OWN, _172_22_0_0__16="pcx-1"),
    "a route to a member's range in a table of no subnet of ours": Account().leading(PUBLIC, _172_22_0_0__16="tgw-1"),
}


@pytest.mark.parametrize("account", FIT.values(), ids=FIT)
def test_what_takes_nothing_from_the_fleet_is_let_be(account: Account) -> None:
    assert run_program(settings(), Engine(answers=account.answers))["eks:index:Cluster"]


def test_a_member_s_table_may_lead_to_another_member_as_it_likes() -> None:
    clusters = [{"region": "eu-west-3"}, {"region": "eu-west-1", "vpc": GIVEN}, {"region": "us-east-1"}]
    account = Account().leading(OWN, _172_23_0_0__16="tgw-1")
    assert run_program({"clusters": clusters}, Engine(answers=account.answers))["eks:index:Cluster"]
    with pytest.raises(
        pulumi.RunError, match=r"^clusters\[1\].vpc.routeTableIds: .* federated-eks-3 has 172.23.0.0/16"
    ):
        mesh = {"clusters": clusters, "peering": {"topology": "full-mesh"}}
        run_program(mesh, Engine(answers=account.answers))


OTHER = Account(
    id="vpc-00000002",
    vpc=replace(
        OFFICE, ranges=[IPv4Network("10.30.0.0/16"), IPv4Network("100.64.128.0/17")], main_table="rtb-00000002"
    ),
    subnets=tuple(
        Subnet(id=f"subnet-0000002{zone}", cidr=IPv4Network("10.30.0.0/20"), zone=f"eu-west-3{zone}", free=99)
        for zone in "ab"
    ),
    tables=(Table(id="rtb-00000002", subnets=[], routes=OUT),),
)


def other_vpc(*more: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """A cluster, and one in another VPC that has a part of the first VPC's second range, too; and more clusters."""
    ids = {"id": OTHER.id, "routeTableIds": ["rtb-00000002"], "privateSubnetIds": [one.id for one in OTHER.subnets]}
    return {"clusters": [first, {"region": "eu-west-3", "vpc": {**ids, "cidr": "10.30.0.0/16"}}, *more]}


def test_two_vpcs_whose_ranges_overlap_are_not_peered() -> None:
    engine = Engine(answers=both(Account(), OTHER))
    message = (
        rf"^clusters: {HOST}'s VPC has 100.64.0.0/16 and {MEMBER}'s has 100.64.128.0/17, which overlap, and AWS "
        r"doesn't peer them; give another VPC to one of them$"
    )
    with pytest.raises(pulumi.RunError, match=message):
        run_program(other_vpc(first={"region": "eu-west-1", "vpc": GIVEN}), engine)
    assert not [one for one in engine.registered if one.type.startswith("aws:")]


def test_ranges_of_members_may_overlap_where_these_are_not_peered() -> None:
    config = other_vpc({"region": "us-east-1"}, first={"region": "eu-west-1", "vpc": GIVEN}) | {"host": "us-east-1"}
    assert run_program(config, Engine(answers=both(Account(), OTHER)))["eks:index:Cluster"]


def test_a_cluster_that_stands_may_fill_its_subnets(program: Engine) -> None:
    engine = Engine(standing=program.outputs, answers=Account().subnet_with(A, free=0).answers)
    assert run_program(settings(endpoint=PUBLIC_ENDPOINT), engine)["eks:index:Cluster"]


def test_a_cluster_that_stands_outlives_a_zone_that_aws_calls_impaired(program: Engine) -> None:
    account = Account().subnet_with(B, zone="eu-west-1x")
    assert run_program(settings(endpoint=PUBLIC_ENDPOINT), Engine(standing=program.outputs, answers=account.answers))


def test_nothing_of_a_network_is_made_for_it(program: Engine) -> None:
    of_network = ("ec2/vpc:", "subnet:", "natGateway:", "eip:", "internetGateway:", "routeTable", "flowLog:")
    of_network += ("vpcEndpoint:", "ec2/tag:", "defaultSecurityGroup:")
    made = [one.name for one in program.registered if any(f"{part}" in one.type for part in of_network)]
    assert made
    assert not [name for name in made if name.startswith(f"{HOST}-")]


def test_a_cluster_and_its_nodes_stand_in_the_given_subnets(program: Engine) -> None:
    cluster = program["eks:index:Cluster"][HOST]
    assert (cluster.inputs["vpcId"], cluster.inputs["privateSubnetIds"]) == (VPC, [A, B])
    assert program["aws:eks/nodeGroup:NodeGroup"][f"{HOST}-nodes"].inputs["subnetIds"] == [A, B]
    assert program["aws:ec2/securityGroup:SecurityGroup"][f"{HOST}-api"].inputs["vpcId"] == VPC


def test_the_given_tables_lead_to_the_peers_and_theirs_back(program: Engine) -> None:
    routes = [one.inputs for one in program[ROUTE].values() if "vpcPeeringConnectionId" in one.inputs]
    there = {
        (one["routeTableId"], one["destinationCidrBlock"]) for one in routes if one["routeTableId"].startswith("rtb")
    }
    assert there == {(table, cidr) for table in (MAIN, OWN) for cidr in ("172.20.0.0/16", "172.22.0.0/16")}
    back = {one["routeTableId"] for one in routes if one["destinationCidrBlock"] == "10.20.0.0/16"}
    assert back == {
        f"{name}-{table}-id"
        for name in ("federated-eks-bastion", MEMBER)
        for table in ("public", "private-1", "private-2", "private-3")
    }


def test_a_table_less_or_another_order_moves_no_other_s_route(program: Engine) -> None:
    account = replace(Account(), tables=(*Account().tables, Table(id="rtb-00000000", subnets=[], routes={})))
    more = settings({"routeTableIds": [OWN, "rtb-00000000", MAIN]}, endpoint=PUBLIC_ENDPOINT)
    then = run_program(more, Engine(answers=account.answers))[ROUTE]
    before = program[ROUTE]
    assert {name: then[name].inputs for name in before} == {name: one.inputs for name, one in before.items()}
    assert {then[name].inputs["routeTableId"] for name in then.keys() - before.keys()} == {"rtb-00000000"}


def test_the_member_admits_the_host_by_the_given_range_and_addresses(program: Engine) -> None:
    assert program[RULE][f"{MEMBER}-api-from-host"].inputs["cidrIpv4"] == "10.20.0.0/16"
    member = program["eks:index:Cluster"][MEMBER]
    assert member.inputs["publicAccessCidrs"] == ["198.51.100.7/32", "192.0.2.1/32", "198.51.100.9/32"]


def test_the_plan_says_where_each_cluster_stands(program: Engine) -> None:
    assert [(one["name"], one["cidr"], one.get("vpc")) for one in program.outputs["plan"]["clusters"]] == [
        (HOST, "10.20.0.0/16", VPC),
        (MEMBER, "172.22.0.0/16", None),
    ]


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        pytest.param(
            {"region": "eu-west-1", "cidr": "10.20.0.0/16"},
            rf"{HOST} \(10.20.0.0/16 in {VPC}\) in eu-west-1 would become {HOST} \(10.20.0.0/16\), which replaces it",
            id="into a VPC of its own",
        ),
        pytest.param(
            {"region": "eu-west-1", "vpc": {**GIVEN, "id": "vpc-00000000"}},
            rf"{HOST} \(10.20.0.0/16 in {VPC}\) in eu-west-1 would become {HOST} \(10.20.0.0/16 in vpc-00000000\), .* "
            r"set number: 1 on eu-west-1, with name, cidr and vpc as they were$",
            id="into another VPC",
        ),
    ],
)
def test_a_cluster_that_stands_does_not_move(program: Engine, moved: dict[str, Any], message: str) -> None:
    engine = Engine(standing=program.outputs, answers=Account().answers)
    with pytest.raises(SettingsError, match=rf"^federated-eks:clusters: {message}"):
        run_program({"clusters": [moved, {"region": "eu-west-3"}]}, engine)


def test_the_fleet_s_own_network_settings_go_on_for_the_others() -> None:
    config = settings(network={"nat": "zone"})
    program = run_program(config, Engine(answers=Account().answers))
    assert len(program["aws:ec2/natGateway:NatGateway"]) == 3 + 3, (
        "with a host that had three, too, they would be too many"
    )


def test_a_cluster_joins_karmada_with_the_zones_of_its_subnets() -> None:
    living = {"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}
    program = run_program(settings(engine="karmada"), Engine(answers=Account().answers, living=living))
    joined = program["kubernetes:cluster.karmada.io/v1alpha1:Cluster"][f"{HOST}-member-cluster"]
    assert joined.inputs["spec"]["zones"] == ["eu-west-1a", "eu-west-1b"]
