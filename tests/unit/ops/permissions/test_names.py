"""The document of global names: every call that they make, in the zones given alone."""

from __future__ import annotations

import json

import pytest

from ops.permissions import names
from ops.permissions.documents import documents, of_role
from sandbox.aws.authorization.policies import Check, judge
from tests.unit.ops.permissions.test_documents import TWO, granted, of

pytestmark = pytest.mark.unit

ZONE, OTHER = "Z0123456789ABC", "Z9876543210XYZ"


def test_without_a_zone_there_is_no_document() -> None:
    assert "names" not in documents(of(TWO))


def test_it_allows_every_call_of_its_types_and_functions_and_no_other() -> None:
    made = of_role("names", documents(of(TWO), zones=[ZONE]))
    every = {action for its in names.TYPES.values() for action in its.changes | its.read | its.checked}
    every |= {action for its in names.FUNCTIONS.values() for action in its}
    assert granted(made.values()) == every | {"route53:ListHealthChecks"}, "python -m ops recover lists them"


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("route53:ChangeResourceRecordSets", f"hostedzone/{ZONE}", "allowed"),
        ("route53:ChangeResourceRecordSets", f"hostedzone/{OTHER}", "unmentioned"),
        ("route53:AssociateVPCWithHostedZone", f"hostedzone/{OTHER}", "unmentioned"),
        ("route53:ListTagsForResource", f"hostedzone/{ZONE}", "allowed"),
        ("route53:ChangeTagsForResource", f"hostedzone/{ZONE}", "unmentioned"),
        ("route53:ChangeTagsForResource", "healthcheck/1", "allowed"),
        ("route53:GetChange", "change/C1", "allowed"),
        ("route53:DeleteHostedZone", f"hostedzone/{ZONE}", "unmentioned"),
    ],
)
def test_other_zones_are_out_of_reach(action: str, resource: str, verdict: str) -> None:
    made = documents(of(TWO), zones=[ZONE])["names"]
    assert judge([made], Check(action, f"arn:aws:route53:::{resource}")) == verdict


def test_china_has_arns_of_its_own() -> None:
    made = documents(of({**TWO, "clusters": [{"region": "cn-north-1"}]}), zones=[ZONE])["names"]
    assert f"arn:aws-cn:route53:::hostedzone/{ZONE}" in json.dumps(made)
