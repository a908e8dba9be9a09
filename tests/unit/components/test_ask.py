"""Functions of AWS's that fail: each ends the program in one message, or in what it does without the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.unit.components.network.test_existing import Account, settings
from tests.unit.components.test_provider import Failure
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]
SETTINGS = {**settings(), "kubernetesVersion": "1.36"}
SIGN_IN = "aws:index/getCallerIdentity:getCallerIdentity"
UNFAILING = (SIGN_IN, "aws:index/getPartition:getPartition")
"""The sign-in has a message of its own, and nobody can deny it; the provider knows its partition by itself."""
DONE_WITHOUT = (
    "aws:ec2/getEips:getEips",
    "aws:ec2/getInstanceType:getInstanceType",
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
    "aws:ec2/getInstances:getInstances",
    "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections",
    "aws:iam/getPolicy:getPolicy",
    "aws:s3/getBucket:getBucket",
    "aws:servicequotas/getServiceQuota:getServiceQuota",
)
"""What may be denied with a warning."""
GROUP = "/aws/eks/federated-eks-1/cluster"
DENIAL = (
    "operation error {service}: {operation}, https response error StatusCode: 403, RequestID: 1, api error "
    "{code}: User: arn:aws:iam::123456789012:user/operator is not authorized to perform: it"
)
OPERATIONS = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": ("EC2", "DescribeAvailabilityZones"),
    "aws:ec2/getVpcs:getVpcs": ("EC2", "DescribeVpcs"),
    "aws:ec2/getVpc:getVpc": ("EC2", "DescribeVpcs"),
    "aws:ec2/getSubnets:getSubnets": ("EC2", "DescribeSubnets"),
    "aws:ec2/getSubnet:getSubnet": ("EC2", "DescribeSubnets"),
    "aws:ec2/getRouteTables:getRouteTables": ("EC2", "DescribeRouteTables"),
    "aws:ec2/getRouteTable:getRouteTable": ("EC2", "DescribeRouteTables"),
    "aws:cloudwatch/getLogGroups:getLogGroups": ("CloudWatch Logs", "DescribeLogGroups"),
    "aws:cloudwatch/getLogGroup:getLogGroup": ("CloudWatch Logs", "ListTagsForResource"),
    "aws:eks/getClusterVersions:getClusterVersions": ("EKS", "DescribeClusterVersions"),
    "aws:eks/getAddonVersion:getAddonVersion": ("EKS", "DescribeAddonVersions"),
}
"""The service and operation, as AWS's SDK names them, that each function calls."""


def failing(token: str, reason: str) -> Engine:
    """An account in which a function fails, as the provider says it."""

    def fail(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Failure(f"invocation of {token} returned an error: invoking {token}: {reason}")

    answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {**Account().answers, token: fail}
    return Engine(answers=answers, log_groups={GROUP: {}} if "getLogGroup:" in token else {})


def message(engine: Engine) -> str:
    """What a person sees of a program that fails."""
    with pytest.raises(pulumi.RunError) as caught:
        run_program(SETTINGS, engine)
    return str(caught.value).replace("eu-west-3", "eu-west-1")  # Of two regions, either may be the first to answer.


@pytest.mark.parametrize("token", OPERATIONS)
def test_a_function_that_is_denied_is_one_message_with_the_action_and_the_fix(token: str) -> None:
    service, operation = OPERATIONS[token]
    code = "UnauthorizedOperation" if service == "EC2" else "AccessDeniedException"
    denial = DENIAL.format(service=service, operation=operation, code=code)
    assert message(failing(token, f"1 error occurred:\n\t* reading: {denial}\n\n")) == (
        f"aws: {operation} of {service} ({token.rpartition(':')[2]}) failed in eu-west-1: 1 error occurred: * reading: "
        f"{denial}; allow it to whoever runs pulumi: docs/permissions.md, `python -m ops permissions --stack test`"
    )


def test_another_failure_is_one_message_too() -> None:
    token = "aws:eks/getClusterVersions:getClusterVersions"
    assert message(failing(token, "dial tcp: i/o timeout")) == (
        "aws: getClusterVersions failed in eu-west-1: dial tcp: i/o timeout; run pulumi again, and if it fails again, "
        "see what AWS says of it"
    )


def test_each_function_that_the_program_needs_an_answer_of_is_among_them() -> None:
    engine = Engine(
        answers=Account().answers,
        log_groups={GROUP: {"fleet": "federated-eks", "stack": "test"}},
        living={"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}},
    )
    further = {"engine": "karmada", "karmada": {"snapshots": {"bucket": "acme"}}}
    run_program({**SETTINGS, **further, "access": {"boundary": "arn:aws:iam::aws:policy/PowerUserAccess"}}, engine)
    assert {one.token for one in engine.asked} - {*OPERATIONS} == {*UNFAILING, *DONE_WITHOUT}


def test_no_function_is_asked_but_by_the_mechanism_that_has_the_message() -> None:
    text = "".join(file.read_text() for room in ("components", "settings") for file in (PROJECT / room).rglob("*.py"))
    assert {*re.findall(r"aws\.[\w.]*get_\w+", text)} == {
        "aws.get_caller_identity_output",
        "aws.get_partition_output",
    }
    assert text.count("invoke_async(") == 1
