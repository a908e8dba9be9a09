"""Peering connections, as AWS has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.account import AWAY, HOME, Account, refused

pytestmark = pytest.mark.aws

DNS = {"AllowDnsResolutionFromRemoteVpc": True}


class Peering:
    """A peering from a VPC of the one region to one of the other."""

    def __init__(self, aws: Account, dns: bool = True, away_range: str = "10.1.0.0/16") -> None:
        self.vpc, self.away_vpc = aws.vpc(), aws.vpc(away_range, aws.away)
        if dns:
            aws.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
            aws.away.modify_vpc_attribute(VpcId=self.away_vpc, EnableDnsHostnames={"Value": True})
        made = self.ask(aws)
        self.status = made["Status"]["Code"]
        self.id = made["VpcPeeringConnectionId"]

    def ask(self, aws: Account, **tags: str) -> Any:
        made = [{"Key": key, "Value": value} for key, value in tags.items()]
        return aws.ec2.create_vpc_peering_connection(
            VpcId=self.vpc,
            PeerVpcId=self.away_vpc,
            PeerRegion=AWAY,
            TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": made}] if made else [],
        )["VpcPeeringConnection"]


def shown(ec2: Any, peering: Peering) -> Any:
    """The peering as a region shows it."""
    return ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering.id])["VpcPeeringConnections"][0]


def accepted(aws: Account) -> Peering:
    """A peering that is active."""
    peering = Peering(aws)
    aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    return peering


def test_a_peering_waits_to_be_accepted_in_both_regions(aws: Account) -> None:
    peering = Peering(aws)
    assert peering.status == "initiating-request"
    for ec2 in (aws.ec2, aws.away):
        assert shown(ec2, peering)["Status"]["Code"] == "pending-acceptance"


def test_a_peering_is_accepted_in_the_accepters_region(aws: Account) -> None:
    peering = Peering(aws)
    with refused("OperationNotPermitted"):
        aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    for ec2 in (aws.ec2, aws.away):
        assert shown(ec2, peering)["Status"]["Code"] == "active"


def test_a_peering_is_accepted_once(aws: Account) -> None:
    with refused("InvalidStateTransition"):
        aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=accepted(aws).id)


def test_a_peering_of_overlapping_vpcs_fails(aws: Account) -> None:
    peering = Peering(aws, away_range="10.0.128.0/20")
    assert shown(aws.ec2, peering)["Status"]["Code"] == "failed"
    with refused("InvalidStateTransition"):
        aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)


def test_a_pair_asked_for_again_gives_the_peering_there_is(aws: Account) -> None:
    peering = Peering(aws)
    assert peering.ask(aws)["VpcPeeringConnectionId"] == peering.id


def test_a_pair_asked_for_from_the_other_side_is_refused(aws: Account) -> None:
    peering = Peering(aws)
    with refused("VpcPeeringConnectionAlreadyExists"):
        aws.away.create_vpc_peering_connection(VpcId=peering.away_vpc, PeerVpcId=peering.vpc, PeerRegion=HOME)


def test_a_deleted_pair_can_be_asked_for_again(aws: Account) -> None:
    peering = accepted(aws)
    aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    assert peering.ask(aws)["VpcPeeringConnectionId"] != peering.id


def test_a_peering_to_an_unknown_vpc_is_refused(aws: Account) -> None:
    with refused("InvalidVpcID.NotFound"):
        aws.ec2.create_vpc_peering_connection(VpcId=aws.vpc(), PeerVpcId="vpc-0123456789abcdef0", PeerRegion=AWAY)


def test_options_need_an_active_peering(aws: Account) -> None:
    peering = Peering(aws)
    with refused("OperationNotPermitted", "not active"):
        aws.ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=peering.id, RequesterPeeringConnectionOptions=DNS
        )


def test_each_side_sets_its_own_options(aws: Account) -> None:
    peering = accepted(aws)
    for ec2, other in ((aws.ec2, "Accepter"), (aws.away, "Requester")):
        with refused("OperationNotPermitted", "can be modified only in"):
            ec2.modify_vpc_peering_connection_options(
                VpcPeeringConnectionId=peering.id, **{f"{other}PeeringConnectionOptions": DNS}
            )
    for ec2, mine in ((aws.ec2, "Requester"), (aws.away, "Accepter")):
        ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=peering.id, **{f"{mine}PeeringConnectionOptions": DNS}
        )
    for ec2 in (aws.ec2, aws.away):
        for side in ("Requester", "Accepter"):
            assert shown(ec2, peering)[f"{side}VpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"]


def test_names_are_resolved_only_where_the_vpc_has_dns_hostnames(aws: Account) -> None:
    peering = Peering(aws, dns=False)
    aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    with refused("OperationNotPermitted", "DNS hostnames"):
        aws.ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=peering.id, RequesterPeeringConnectionOptions=DNS
        )


def test_each_region_has_its_own_tags_of_a_peering(aws: Account) -> None:
    peering = accepted(aws)
    aws.ec2.create_tags(Resources=[peering.id], Tags=[{"Key": "side", "Value": "requester"}])
    aws.away.create_tags(Resources=[peering.id], Tags=[{"Key": "side", "Value": "accepter"}])
    assert shown(aws.ec2, peering)["Tags"] == [{"Key": "side", "Value": "requester"}]
    assert shown(aws.away, peering)["Tags"] == [{"Key": "side", "Value": "accepter"}]


def test_a_peering_shows_all_ranges_of_its_vpcs(aws: Account) -> None:
    peering = Peering(aws)
    aws.ec2.associate_vpc_cidr_block(VpcId=peering.vpc, CidrBlock="10.7.0.0/16")
    info = shown(aws.away, peering)["RequesterVpcInfo"]
    assert info["CidrBlockSet"] == [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.7.0.0/16"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requester-vpc-info.vpc-id", "vpc"),
        ("accepter-vpc-info.vpc-id", "away_vpc"),
        ("vpc-peering-connection-id", "id"),
    ],
)
def test_peerings_are_filtered(aws: Account, name: str, value: str) -> None:
    Peering(aws)
    peering = Peering(aws)
    found = aws.ec2.describe_vpc_peering_connections(Filters=[{"Name": name, "Values": [getattr(peering, value)]}])
    assert [one["VpcPeeringConnectionId"] for one in found["VpcPeeringConnections"]] == [peering.id]


def test_peerings_are_filtered_by_status_and_tag(aws: Account) -> None:
    peering = accepted(aws)
    aws.ec2.create_tags(Resources=[peering.id], Tags=[{"Key": "only", "Value": peering.id}])
    filters = [{"Name": "tag:only", "Values": [peering.id]}, {"Name": "status-code", "Values": ["active"]}]
    assert len(aws.ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]) == 1
    filters[1]["Values"] = ["deleted"]
    assert not aws.ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]


def test_an_unknown_filter_is_refused(aws: Account) -> None:
    Peering(aws)
    with refused("InvalidParameterValue", "colour"):
        aws.ec2.describe_vpc_peering_connections(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_an_unknown_peering_is_not_found(aws: Account) -> None:
    with refused("InvalidVpcPeeringConnectionId.NotFound"):
        aws.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=["pcx-0123456789abcdef0"])


def test_a_peering_is_deleted_once(aws: Account) -> None:
    peering = accepted(aws)
    aws.away.delete_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    assert shown(aws.ec2, peering)["Status"]["Code"] == "deleted"
    with refused("InvalidStateTransition"):
        aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering.id)


def test_a_route_over_a_peering_is_a_blackhole_until_it_is_active_and_after(aws: Account) -> None:
    peering = Peering(aws)
    table = aws.table(peering.vpc)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=peering.id)

    def state() -> str:
        routes = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return str(next(route["State"] for route in routes if route.get("VpcPeeringConnectionId") == peering.id))

    assert state() == "blackhole"
    aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    assert state() == "active"
    aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    assert state() == "blackhole"


def test_a_route_over_a_rejected_peering_is_refused(aws: Account) -> None:
    peering = Peering(aws)
    aws.away.reject_vpc_peering_connection(VpcPeeringConnectionId=peering.id)
    with refused("InvalidVpcPeeringConnectionID.NotFound"):
        aws.ec2.create_route(
            RouteTableId=aws.table(peering.vpc),
            DestinationCidrBlock="10.1.0.0/16",
            VpcPeeringConnectionId=peering.id,
        )
