"""Settings of an existing VPC."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    VPC,
    Invalid,
    check_message,
    check_nothing_registered,
    in_vpc,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "a VPC without a range",
        {"clusters": [{"region": "eu-west-1", "vpc": {name: given for name, given in VPC.items() if name != "cidr"}}]},
        r"clusters\[0\].vpc.cidr: is not set; set it$",
    ),
    ("a VPC by its name", in_vpc(id="main"), r"clusters\[0\].vpc.id: main is no VPC's id; give one, vpc-0123456789ab"),
    (
        "a VPC's range that none has",
        in_vpc(cidr="10.0.0.0/8"),
        r"clusters\[0\].vpc.cidr: 10.0.0.0/8 can't be a VPC's range; give the one that the VPC has, from /16 to /28$",
    ),
    (
        "a subnet that is none",
        in_vpc(privateSubnetIds=["subnet-1", "subnet-01234567"]),
        r"clusters\[0\].vpc.privateSubnetIds\[0\]: subnet-1 is no subnet's id; give one, subnet-0123456789abcdef0 for ",
    ),
    (
        "one subnet",
        in_vpc(privateSubnetIds=["subnet-01234567"]),
        r'clusters\[0\].vpc.privateSubnetIds: \["subnet-01234567"\] are fewer than the two .*; list two or more, in ',
    ),
    (
        "a subnet twice",
        in_vpc(privateSubnetIds=["subnet-01234567"] * 2),
        r"clusters\[0\].vpc.privateSubnetIds: \[.*\] has subnet-01234567 2 times; list it once$",
    ),
    (
        "no route table",
        in_vpc(routeTableIds=[]),
        r"clusters\[0\].vpc.routeTableIds: \[\] is empty, and no route would lead to .*; list the subnets' tables$",
    ),
    (
        "a route table that is none",
        in_vpc(routeTableIds=["main"]),
        r"clusters\[0\].vpc.routeTableIds\[0\]: main is no route table's id; give one, rtb-0123456789abcdef0 for ",
    ),
    (
        "a route table twice",
        in_vpc(routeTableIds=["rtb-01234567"] * 2),
        r"clusters\[0\].vpc.routeTableIds: \[.*\] has rtb-01234567 2 times; list it once$",
    ),
    (
        "a NAT gateway's range",
        in_vpc(natAddresses=["198.51.100.0/24"]),
        r"clusters\[0\].vpc.natAddresses\[0\]: 198.51.100.0/24 is not an IPv4 address; use one like 198.51.100.7$",
    ),
    (
        "a NAT gateway's private address",
        in_vpc(natAddresses=["10.20.0.7"]),
        r"clusters\[0\].vpc.natAddresses\[0\]: 10.20.0.7 is a private address, .*; give the NAT gateway's public one$",
    ),
    (
        "a VPC's key that isn't known",
        in_vpc(subnets=[]),
        r"clusters\[0\].vpc.subnets: is not a setting; the known keys there are cidr, id, natAddresses, ",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_cluster_in_a_vpc_that_is_there_takes_nothing_of_the_supernet_or_of_the_network_settings() -> None:
    more = {"supernet": "172.16.0.0/14", "bastion": {"enabled": False}, "network": {"nat": "none"}}
    settings = parse({**in_vpc(cidr="10.20.0.0/28"), **more})
    assert [(one.name, str(one.cidr), one.vpc) for one in settings.plan.clusters] == [
        ("federated-eks-1", "10.20.0.0/28", "vpc-0123456789abcdef0")
    ]
    ((cluster, setting, vpc),) = settings.in_existing_vpcs(settings.plan)
    assert (cluster.name, setting, vpc.nat_addresses) == ("federated-eks-1", "clusters[0].vpc", ())


def test_a_host_in_a_vpc_needs_no_addresses_where_no_other_endpoint_is_public() -> None:
    public = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    assert parse({**in_vpc(), "endpoint": public}).plan.host.vpc
    assert parse(in_vpc({"region": "eu-west-3"})).plan.host.vpc
