"""What AWS could not make, through the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.engine import Stack

pytestmark = pytest.mark.aws

PROGRAM = """
    import pulumi, pulumi_aws as aws

    opts = pulumi.ResourceOptions(provider=aws.Provider("here", region="eu-west-1"))
    one = aws.ec2.Vpc("one", cidr_block="10.0.0.0/16", opts=opts)
    other = aws.ec2.Vpc("other", cidr_block="{other}", opts=opts)
    peering = aws.ec2.VpcPeeringConnection("peering", vpc_id=one.id, peer_vpc_id=other.id, auto_accept=True, opts=opts)
    pulumi.export("status", peering.accept_status)
"""


def test_a_peering_that_failed_is_made_anew(stacks: Callable[..., Stack], tmp_path: Path) -> None:
    """As long as the ranges overlap it fails with AWS's reason, however often; then it comes and the failed ones go."""
    with aws_cloud.running(tmp_path / "aws") as aws:
        stack = stacks(aws.env).program(PROGRAM.format(other="10.0.0.0/16"))
        for _ in range(2):
            failed = stack.up()
            assert not failed.ok
            assert "overlapping CIDR range" in failed.text
        done = stack.program(PROGRAM.format(other="10.1.0.0/16")).up()
        assert done.ok, done.text
        assert stack.outputs()["status"] == "active"
        assert stack.up().changes == {}
        assert stack.destroy().ok
