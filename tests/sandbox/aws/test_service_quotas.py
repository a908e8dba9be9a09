"""Service Quotas: defaults, increases, and what is refused once a quota is used up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws import service_quotas
from sandbox.aws.service_quotas import ADDRESSES, GATEWAYS, GRANTED, ON_DEMAND, PEERINGS, VPCS
from tests.sandbox.aws.account import AWAY, HOME, NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws


@pytest.fixture
def as_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of networks is granted but what everyone has."""
    for code in (VPCS, GATEWAYS, ADDRESSES):
        monkeypatch.delitem(GRANTED, code)


def asked(code: str) -> dict[str, str]:
    return {"ServiceCode": service_quotas.QUOTAS[code].service, "QuotaCode": code}


@pytest.mark.parametrize("code", service_quotas.QUOTAS)
def test_everyone_has_a_default(aws: Account, code: str) -> None:
    told = aws.client("service-quotas").get_aws_default_service_quota(**asked(code))["Quota"]
    assert (told["Value"], told["QuotaName"]) == service_quotas.QUOTAS[code][:0:-1]


def test_an_account_that_is_used_has_more_machines_than_a_new_one(aws: Account) -> None:
    assert aws.client("service-quotas").get_service_quota(**asked(ON_DEMAND))["Quota"]["Value"] == 64


def test_what_was_never_raised_has_no_value_of_the_account_s_own(aws: Account) -> None:
    with refused("NoSuchResourceException"):
        aws.client("service-quotas").get_service_quota(**asked(PEERINGS))


@pytest.mark.parametrize("named", [{"ServiceCode": "vpc", "QuotaCode": "L-0"}, {**asked(VPCS), "ServiceCode": "ec2"}])
def test_a_quota_that_is_not_there_is_not_found(aws: Account, named: dict[str, str]) -> None:
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        with refused("NoSuchResourceException"):
            getattr(aws.client("service-quotas"), operation)(**named)


def test_an_increase_is_granted_in_its_region_alone_and_outlives_a_restart(aws: Account, as_by_default: None) -> None:
    quotas = aws.client("service-quotas")
    answer = quotas.request_service_quota_increase(**asked(VPCS), DesiredValue=8)["RequestedQuota"]
    assert (answer["DesiredValue"], answer["QuotaCode"]) == (8, VPCS)
    aws.vpc()  # an account that is empty when it stops begins anew
    aws.stop()
    aws.start()
    quotas = aws.client("service-quotas")
    assert quotas.get_service_quota(**asked(VPCS))["Quota"]["Value"] == 8
    assert quotas.get_service_quota(**asked(GATEWAYS))["Quota"]["Value"] == 8, "they are raised together"
    with refused("NoSuchResourceException"):
        aws.client("service-quotas", AWAY).get_service_quota(**asked(VPCS))


@pytest.mark.parametrize("wanted", [63, 64])
def test_an_increase_is_more_than_there_is(aws: Account, wanted: int) -> None:
    with refused("IllegalArgumentException"):
        aws.client("service-quotas").request_service_quota_increase(**asked(ON_DEMAND), DesiredValue=wanted)


def test_quotas_are_nothing_that_is_left_behind(aws: Account) -> None:
    aws.client("service-quotas", "us-east-1").request_service_quota_increase(**asked(ON_DEMAND), DesiredValue=65)
    assert not [line for line in aws.cloud.world.leftovers() if "us-east-1" in line]


MAKES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    VPCS: ("ap-south-1", lambda ec2: ec2.create_vpc(CidrBlock="10.0.0.0/16"), "VpcLimitExceeded"),
    GATEWAYS: ("ap-south-2", lambda ec2: ec2.create_internet_gateway(), "InternetGatewayLimitExceeded"),
    ADDRESSES: ("ca-central-1", lambda ec2: ec2.allocate_address(Domain="vpc"), "AddressLimitExceeded"),
}
"""A region for each, for what is raised is never lowered, how to make one, and what AWS says to one too many."""


@pytest.mark.parametrize("code", MAKES)
def test_a_region_has_no_more_than_the_quota(aws: Account, as_by_default: None, code: str) -> None:
    region, make, error = MAKES[code]
    ec2 = aws.client("ec2", region)
    there = {
        VPCS: len(ec2.describe_vpcs()["Vpcs"]),
        GATEWAYS: len(ec2.describe_internet_gateways()["InternetGateways"]),
        ADDRESSES: len(ec2.describe_addresses()["Addresses"]),
    }[code]
    for _ in range(5 - there):
        make(ec2)
    with refused(error):
        make(ec2)
    aws.client("service-quotas", region).request_service_quota_increase(**asked(code), DesiredValue=6)
    make(ec2)


def test_a_vpc_has_no_more_active_peerings_than_the_quota(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GRANTED, PEERINGS, 1)
    hub, *spokes = (aws.vpc(f"10.{place}.0.0/16") for place in range(3))
    made = [
        aws.ec2.create_vpc_peering_connection(VpcId=hub, PeerVpcId=spoke)["VpcPeeringConnection"] for spoke in spokes
    ]
    first, second = (one["VpcPeeringConnectionId"] for one in made)
    aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=first)
    with refused("ActiveVpcPeeringConnectionPerVpcLimitExceeded"):
        aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=second)
    aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=first)
    aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=second)


def test_instances_are_found_by_part_of_their_type_and_by_how_they_were_bought(aws: Account) -> None:
    subnet = aws.subnet(aws.vpc())
    image = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    large = aws.ec2.run_instances(**image, InstanceType="m5.large")["Instances"][0]["InstanceId"]
    spot = aws.ec2.run_instances(**image, InstanceType="t3.micro", InstanceMarketOptions={"MarketType": "spot"})
    spot = spot["Instances"][0]["InstanceId"]

    def found(**filters: str) -> set[str]:
        given = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        there = aws.ec2.describe_instances(Filters=[*given, {"Name": "subnet-id", "Values": [subnet]}])["Reservations"]
        return {one["InstanceId"] for reservation in there for one in reservation["Instances"]}

    assert found(instance_type="m5*") == found(instance_type="m5.large") == {large}
    assert found(instance_type="g5*") == set()
    assert found(instance_lifecycle="spot") == {spot}


@pytest.mark.parametrize(
    ("statement", "denied"),
    [
        pytest.param({"Action": "servicequotas:GetServiceQuota"}, True, id="by name"),
        pytest.param({"Action": ["ec2:*", "servicequotas:Get*"]}, True, id="by part of it"),
        pytest.param({"Action": "servicequotas:RequestServiceQuotaIncrease"}, False, id="another"),
        pytest.param({"Action": "*", "Resource": "arn:aws:s3:::bucket"}, False, id="of another thing"),
        pytest.param({"Action": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, False, id="if"),
        pytest.param({"Action": "servicequotas:*", "Effect": "Allow"}, False, id="allowed"),
    ],
)
def test_what_a_policy_denies_is_denied(aws: Account, statement: dict[str, Any], denied: bool) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Resource": "*", **statement}}
    named = {"UserName": "operator", "PolicyName": "denied"}
    aws.iam.put_user_policy(**named, PolicyDocument=json.dumps(document))
    try:
        if denied:
            with refused("AccessDeniedException", "not authorized to perform: servicequotas:GetServiceQuota"):
                aws.client("service-quotas").get_service_quota(**asked(ON_DEMAND))
        else:
            assert aws.client("service-quotas").get_service_quota(**asked(ON_DEMAND))
    finally:
        aws.iam.delete_user_policy(**named)


def test_each_service_denies_in_its_own_words(aws: Account) -> None:
    deny = {"Effect": "Deny", "Resource": "*", "Action": ["ec2:DescribeVpcs", "iam:ListRoles", "sts:GetCallerIdentity"]}
    named = {"UserName": "operator", "PolicyName": "denied"}
    aws.iam.put_user_policy(**named, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    try:
        with refused("UnauthorizedOperation"):
            aws.ec2.describe_vpcs()
        with refused("AccessDenied"):
            aws.iam.list_roles()
        assert aws.client("sts").get_caller_identity(), "STS answers it in any case"
    finally:
        aws.iam.delete_user_policy(**named)


def test_a_role_s_own_denial_is_no_one_else_s(aws: Account) -> None:
    name = unique("role")
    role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": NUMBER}))["Role"]["Arn"]
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Resource": "*", "Action": "ec2:*"}]}
    aws.iam.put_role_policy(RoleName=name, PolicyName="denied", PolicyDocument=json.dumps(deny))
    taken = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    keys = taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]
    with refused("UnauthorizedOperation"):
        aws.client("ec2", HOME, *keys).describe_vpcs()
    assert aws.ec2.describe_vpcs()["Vpcs"]
