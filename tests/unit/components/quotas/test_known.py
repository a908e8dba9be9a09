"""Instance types that count against the quotas of standard instances."""

from __future__ import annotations

import pytest

from components.quotas.known import standard

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        *((name, True) for name in ("t3.micro", "m7g.large", "im4gn.large", "is4gen.medium", "z1d.large", "a1.medium")),
        *((name, False) for name in ("g5.xlarge", "inf1.xlarge", "trn1.2xlarge", "mac1.metal", "dl1.24xlarge")),
        *((name, False) for name in ("hpc6a.48xlarge", "p4d.24xlarge", "x2gd.large", "u-6tb1.metal", "vt1.3xlarge")),
    ],
)
def test_families_of_special_machines_count_elsewhere(name: str, counts: bool) -> None:
    assert standard(name) is counts
