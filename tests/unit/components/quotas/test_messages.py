"""Messages about a quota: what does not fit, and the increase to request."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.quotas.demand import Demand
from components.quotas.known import ADDRESSES, ON_DEMAND, PEERINGS, SPOT, VPCS, Quota
from components.quotas.messages import Measure, refusal

pytestmark = pytest.mark.unit


def measure(quota: Quota, count: int, value: int, held: int = 0, maximum: int | None = None) -> Measure:
    demand = Demand(
        quota=quota, region="eu-west-1", of={"bastion": count}, maximum=count if maximum is None else maximum
    )
    return Measure(demand=demand, value=value, source="aws", in_use=held)


@example(VPCS, 0, 5, 9)
@given(st.sampled_from([VPCS, ADDRESSES, ON_DEMAND, SPOT]), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_what_is_to_be_asked_for_is_just_enough(quota: Quota, count: int, value: int, held: int) -> None:
    told = refusal(measure(quota, count, value, held))
    assert (told is None) == (count == 0 or count + held <= value)
    if told is not None:
        (wanted,) = re.findall(r"--desired-value (\d+)$", told)
        assert refusal(measure(quota, count, int(wanted), held)) is None
        assert refusal(measure(quota, count, int(wanted) - 1, held)) is not None


def test_no_more_is_asked_for_than_aws_grants() -> None:
    told = refusal(measure(PEERINGS, 60, 50, held=70))
    assert told == (
        "peering.topology: peerings of a VPC in eu-west-1 would be 130 (bastion 60, others 70), more than the "
        "account's quota of 50 (Active VPC peering connections per VPC, L-7E9ECCDB); set "
        "hub-and-spoke, or list fewer clusters (AWS grants 125 at most)"
    )
