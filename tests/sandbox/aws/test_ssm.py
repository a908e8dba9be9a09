"""Systems Manager's parameters, as AWS has them."""

from __future__ import annotations

import pytest

from sandbox.aws.ssm import LARGEST
from tests.sandbox.aws.account import Account, refused, unique

pytestmark = pytest.mark.aws


def test_a_standard_parameter_has_four_kibibytes(aws: Account) -> None:
    ssm, name = aws.client("ssm"), unique("parameter")
    with refused("ValidationException", "maximum parameter value of 4096"):
        ssm.put_parameter(Name=name, Type="String", Value="x" * (LARGEST + 1))
    ssm.put_parameter(Name=name, Type="String", Value="x" * LARGEST)
