"""The account and the partition: one question a provider, whoever needs the answer."""

from __future__ import annotations

from collections import Counter

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Output, ResourceOptions

from components import account
from tests.unit import engine
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

PARTITION = "aws:index/getPartition:getPartition"
FLEET = {
    "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}],
    "bastion": {"instanceType": "t3.micro"},
    "access": {"boundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
}


def asked(of: Engine) -> Counter[str]:
    """How often each of the two functions was called."""
    return Counter(one.token for one in of.asked if one.token in (account.CALLER, PARTITION))


def responses(*providers: str) -> tuple[Engine, list[str]]:
    """The answers that two components get, which share these providers, or the default one."""
    known: list[str] = []

    def declare() -> None:
        options = ResourceOptions(providers=[aws.Provider(name, region="eu-west-1") for name in providers])
        for name in ("one", "other"):
            component = pulumi.ComponentResource("test:index:Component", name, None, options)
            both = Output.all(account.identity(component).account_id, account.partition(component).partition)
            pulumi.export(name, both.apply(known.extend))

    return engine.run(declare), known


@pytest.mark.parametrize(("providers", "each"), [(("aws-eu-west-1",), 1), ((), 2)], ids=["a provider", "the default"])
def test_components_of_one_provider_share_its_response(providers: tuple[str, ...], each: int) -> None:
    ran, known = responses(*providers)
    assert known == ["123456789012", "aws"] * 2
    assert asked(ran) == {account.CALLER: each, PARTITION: each}


def test_providers_are_asked_one_by_one() -> None:
    def declare() -> None:
        for region in ("eu-west-1", "cn-north-1"):
            provider = aws.Provider(f"aws-{region}", region=region)
            pulumi.export(region, account.partition(provider).partition)

    assert asked(engine.run(declare)) == {PARTITION: 2}


def test_a_fleet_asks_once_a_region_and_the_sign_in_is_that_question() -> None:
    ran = run_program(FLEET)
    assert asked(ran) == {account.CALLER: 2, PARTITION: 2}
