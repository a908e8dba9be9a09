"""The file of the fault switch."""

import pytest

from sandbox.aws import faults
from sandbox.errors import UserError
from sandbox.faults.model import CREATES, AwsRule, ClusterRule, Rules, read

pytestmark = pytest.mark.unit

WHOLE = """
seed: 7
aws:
  - {call: "ec2:*", probability: 0.2, fault: throttle}
  - {call: "eks:CreateNodegroup", region: eu-west-3, first: 1, fault: fail, reason: "AsgInstanceLaunchFailures: none"}
  - {call: "*", fault: latency, seconds: 1.5}
clusters:
  - {cluster: fleet-2, method: POST, path: "/apis/core.kubefed.io/*", fault: error}
"""


def test_every_kind_of_rule() -> None:
    rules = read(WHOLE)
    assert rules.seed == 7
    throttle, fail, late = rules.aws
    assert throttle == AwsRule(call="ec2:*", probability=0.2, fault="throttle")
    assert (fail.region, fail.first, fail.reason) == ("eu-west-3", 1, "AsgInstanceLaunchFailures: none")
    assert late.seconds == 1.5
    assert rules.clusters == (
        ClusterRule(cluster="fleet-2", method="POST", path="/apis/core.kubefed.io/*", fault="error"),
    )


def test_a_file_without_rules_is_no_mistake() -> None:
    assert read("# nothing yet\n") == Rules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aws: [", "not YAML"),
        ("- aws", r"faults.yaml: \['aws'\] is no mapping; use the keys seed, aws, clusters"),
        ("speed: 1", "faults.yaml: speed is no key here; use seed, aws, clusters"),
        ("seed: x", "seed: x is out of bounds; use a whole number, 0 or more"),
        ("aws: {}", r"aws: {} is no list; write each rule as an item"),
        ("aws: [{fault: error}]", r"aws\[0\].call: nothing is missing; add it"),
        ("aws: [{call: 5, fault: error}]", r"aws\[0\].call: 5 is no text; write it in quotes"),
        ("aws: [{call: x, fault: flood}]", r"aws\[0\].fault: flood is no fault; use one of throttle, error"),
        (
            "aws: [{call: x, fault: error, probability: 2}]",
            r"aws\[0\].probability: 2 is out of bounds; use a number, 0",
        ),
        ("aws: [{call: x, fault: error, first: 0.5}]", r"aws\[0\].first: 0.5 is out of bounds; use a whole number"),
        ("aws: [{call: x, fault: error, first: true}]", r"aws\[0\].first: true is out of bounds"),
        ("aws: [{call: x, fault: latency}]", r"aws\[0\].seconds: nothing belongs to fault: latency, which needs it"),
        ("aws: [{call: x, fault: error, reason: y}]", r"aws\[0\].reason: y belongs to fault: fail, which needs it"),
        (
            "aws: [{call: 'ec2:*', fault: fail, reason: y}]",
            r"aws\[0\].call: ec2:\* can't end failed; use one of ec2:CreateNatGateway",
        ),
        ("clusters: [{cluster: x, fault: fail}]", r"clusters\[0\].fault: fail is no fault; use one of"),
        ("clusters: [{cluster: x, verb: get, fault: error}]", r"clusters\[0\]: verb is no key here"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(text)


def test_every_create_that_may_fail_has_its_failure() -> None:
    assert set(CREATES) == set(faults._FAIL)
