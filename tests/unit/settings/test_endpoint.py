"""Settings of the API endpoints."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.settings.parse import (
    TWO,
    VPC,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

TGW = "tgw-0123456789abcdef0"
BAD: list[Invalid] = [
    (
        "a public endpoint for nobody",
        {"clusters": TWO, "endpoint": {"access": "public-and-private"}},
        r"endpoint.allowedCidrs is empty and access is public-and-private.*list who may call",
    ),
    (
        "callers of a private endpoint",
        {"clusters": TWO, "endpoint": {"allowedCidrs": ["198.51.100.7/32"]}},
        r"endpoint.allowedCidrs is for a public endpoint and access is private; drop allowedCidrs",
    ),
    (
        "an endpoint open to all",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["0.0.0.0/0"]}},
        r"endpoint.allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call",
    ),
    *(
        (
            f"{cidr} among the callers",
            {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32", cidr]}},
            rf"endpoint.allowedCidrs: {cidr} {relation} {block}, .*, from which no call reaches a public endpoint, and "
            r"EKS refuses it; list the public addresses .*$",
        )
        for cidr, relation, block in (
            ("10.0.0.0/8", "lies within", "10.0.0.0/8"),
            ("10.20.0.0/16", "lies within", "10.0.0.0/8"),
            ("8.0.0.0/5", "contains", "10.0.0.0/8"),
            ("100.64.0.0/10", "lies within", "100.64.0.0/10"),
            ("100.0.0.0/8", "contains", "100.64.0.0/10"),
            ("172.20.0.0/16", "lies within", "172.16.0.0/12"),
            ("192.168.1.1/32", "lies within", "192.168.0.0/16"),
            ("192.0.0.0/8", "contains", "192.168.0.0/16"),
            ("169.254.169.254/32", "lies within", "169.254.0.0/16"),
            ("127.0.0.1/32", "lies within", "127.0.0.0/8"),
            ("0.0.0.0/32", "lies within", "0.0.0.0/8"),
            ("224.0.0.0/4", "lies within", "224.0.0.0/4"),
            ("255.255.255.255/32", "lies within", "240.0.0.0/4"),
            ("128.0.0.0/1", "contains", "172.16.0.0/12"),
        )
    ),
    (
        "a caller twice",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"] * 2}},
        r"endpoint.allowedCidrs: 198.51.100.7/32 is listed 2 times; list it once$",
    ),
    (
        "a caller within another",
        {
            "clusters": TWO,
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32", "198.51.100.0/24"]},
        },
        r"endpoint.allowedCidrs: 198.51.100.7/32 lies within 198.51.100.0/24; list the larger one alone$",
    ),
    (
        "more callers than EKS takes",
        {
            "clusters": TWO,
            "endpoint": {"access": "public-and-private", "allowedCidrs": [f"52.0.{n}.0/24" for n in range(41)]},
        },
        r"endpoint.allowedCidrs: 41 ranges are more than the 40 that EKS takes.*list fewer",
    ),
    (
        "a private fleet that nobody can call",
        {"clusters": TWO, "bastion": {"enabled": False}},
        r"endpoint.access: private leaves nobody who can call federated-eks-1 in eu-west-1, because the fleet has no "
        r"bastion .*; set bastion.enabled: true, list endpoint.clients, or set endpoint.access: public-and-private$",
    ),
    (
        "a private host beside a member in a VPC of its own",
        {"bastion": {"enabled": False}, "clusters": [TWO[0], {"region": "eu-west-3", "vpc": VPC}]},
        r"endpoint.access: private leaves nobody who can call federated-eks-1 in eu-west-1",
    ),
    (
        "a client with a name of the fleet's",
        {"clusters": TWO, "endpoint": {"clients": {"bastion": "10.1.0.0/16"}}},
        r"endpoint.clients: bastion can't name a client; use 1 to 40 lower-case letters.*neither bastion nor",
    ),
    (
        "a client with a cluster's name",
        {"clusters": TWO, "endpoint": {"clients": {"federated-eks-2": "10.1.0.0/16"}}},
        r"endpoint.clients.federated-eks-2: federated-eks-2 is a cluster's own name; give the client another one",
    ),
    (
        "a client whose name EC2 would not take in a description",
        {"clusters": TWO, "endpoint": {"clients": {"anna's office": "10.1.0.0/16"}}},
        r"endpoint.clients: anna's office can't name a client; use 1 to 40",
    ),
    (
        "a client on the internet",
        {"clusters": TWO, "endpoint": {"clients": {"office": "198.51.100.0/24"}}},
        r"endpoint.clients.office.cidr: 198.51.100.0/24 is not a private range, within 10.0.0.0/8, .*; use the range "
        r"of a network .* endpoint.allowedCidrs$",
    ),
    (
        "a client that is everybody",
        {"clusters": TWO, "endpoint": {"clients": {"office": "0.0.0.0/0"}}},
        r"endpoint.clients.office.cidr: 0.0.0.0/0 is not a private range",
    ),
    (
        "a client that is no range",
        {"clusters": TWO, "endpoint": {"clients": {"office": "10.1.0.1/16"}}},
        r"endpoint.clients.office.cidr: 10.1.0.1/16 has bits set beyond its prefix; use 10.1.0.0/16$",
    ),
    (
        "a client in a network of the fleet",
        {"clusters": TWO, "endpoint": {"clients": {"office": "172.22.8.0/24"}}},
        r"endpoint.clients.office: 172.22.8.0/24 overlaps 172.22.0.0/16 of federated-eks-2, and answers would not find "
        r"their way back; choose another range for one of them$",
    ),
    (
        "a client among the services",
        {"clusters": TWO, "endpoint": {"clients": {"office": "10.0.0.0/8"}}},
        r"endpoint.clients.office: 10.0.0.0/8 overlaps 10.100.0.0/16 of serviceCidr",
    ),
    (
        "two clients with one range",
        {"clusters": TWO, "endpoint": {"clients": {"office": "10.1.0.0/16", "vpn": "10.1.2.0/24"}}},
        r"endpoint.clients.vpn: 10.1.2.0/24 overlaps 10.1.0.0/16 of endpoint.clients.office",
    ),
    (
        "a client of one cluster in a network of the fleet",
        {"clusters": [TWO[0], {**TWO[1], "endpoint": {"clients": {"office": "172.20.0.0/16"}}}]},
        r"clusters\[1\].endpoint.clients.office: 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion",
    ),
    (
        "a way to a client that is no gateway",
        {"clusters": TWO, "endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-1": "igw-1"}}}}},
        r"endpoint.clients.office.via.eu-west-1: igw-1 is not the id of a peering connection, a transit gateway or a "
        r"virtual private gateway; give one, pcx-",
    ),
    (
        "a way to a client from a cluster that isn't there",
        {"clusters": TWO, "endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-2": TGW}}}}},
        r"endpoint.clients.office.via: eu-west-2 is no cluster that it may call; use one of eu-west-1, "
        r"federated-eks-1, eu-west-3, federated-eks-2$",
    ),
    (
        "a way to a client from a cluster that has clients of its own",
        {
            "clusters": [TWO[0], {**TWO[1], "endpoint": {"access": "private"}}],
            "endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-3": TGW}}}},
        },
        r"endpoint.clients.office.via: eu-west-3 is no cluster that it may call; use one of eu-west-1, "
        r"federated-eks-1$",
    ),
    (
        "a way to a client from an existing VPC",
        {
            "clusters": [TWO[0], {"region": "eu-west-3", "vpc": VPC}],
            "endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-3": TGW}}}},
        },
        r"endpoint.clients.office.via: eu-west-3 is in vpc-0123456789abcdef0, whose route tables are not the fleet's; "
        r"add the route there, and take it out here$",
    ),
    (
        "two ways to a client from one cluster",
        {
            "clusters": TWO,
            "endpoint": {
                "clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-1": TGW, "federated-eks-1": TGW}}}
            },
        },
        r"endpoint.clients.office.via: federated-eks-1 is federated-eks-1 in eu-west-1 again; name each cluster once$",
    ),
    (
        "more clients than a security group has room for",
        {"clusters": TWO, "endpoint": {"clients": {f"c{n}": f"10.1.{n}.0/24" for n in range(51)}}},
        r"endpoint.clients: 51 networks are more than the 50 that fit into a security group .*; list fewer, larger",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24", "100.128.0.0/9", "11.0.0.0/8"])
def test_public_ranges_may_call(cidr: str) -> None:
    endpoint = {"access": "public-and-private", "allowedCidrs": [cidr]}
    assert [str(one) for one in parse({"clusters": TWO, "endpoint": endpoint}).endpoint.allowed_cidrs] == [cidr]


@pytest.mark.parametrize(
    "values",
    [
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}},
        {"clusters": TWO, "endpoint": {"clients": {"office": "10.1.0.0/16"}}},
        {"clusters": [{"region": "eu-west-1", "vpc": VPC}]},
        {"clusters": [{"region": "eu-west-1", "vpc": VPC}, TWO[1]]},
    ],
    ids=["public", "clients", "in an existing VPC", "a member that the host's VPC calls"],
)
def test_a_fleet_without_a_bastion_that_somebody_can_call_is_one(values: dict[str, Any]) -> None:
    assert parse({**values, "bastion": {"enabled": False}}).plan.bastion is None


def test_the_page_about_private_clusters_prints_settings_that_are_accepted() -> None:
    page = (Path(__file__).parents[3] / "docs" / "private-clusters.md").read_text()
    blocks = [yaml.safe_load(textwrap.dedent(text)) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    assert len(blocks) == 2
    for block in blocks:
        parse({"clusters": TWO, "endpoint": block["federated-eks:endpoint"]})
