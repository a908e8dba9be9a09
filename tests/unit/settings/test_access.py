"""Settings of access: principals, and the roles of pods."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

ROLE = "arn:aws:iam::123456789012:role"
AWS, ALL = "arn:aws:iam::aws:policy", "AdministratorAccess"

BAD: list[Invalid] = [
    (
        "a boundary that is a name",
        {"clusters": TWO, "access": {"boundary": "FleetBoundary"}},
        r"access.boundary: FleetBoundary is not the ARN of an IAM policy; give one, arn:aws:iam::123456789012:policy/",
    ),
    (
        "a boundary that is a role",
        {"clusters": TWO, "access": {"boundary": f"{ROLE}/Fleet"}},
        rf"access.boundary: {ROLE}/Fleet is not the ARN of an IAM policy; give one",
    ),
    (
        "a boundary of another partition",
        {"clusters": TWO, "access": {"boundary": "arn:aws-cn:iam::aws:policy/PowerUserAccess"}},
        r"access.boundary: arn:aws-cn:iam::aws:policy/PowerUserAccess is of the partition aws-cn, and the fleet is in "
        r"aws; name one of aws$",
    ),
    (
        "an admin that is everyone",
        {"clusters": TWO, "access": {"admins": ["*"]}},
        r"access.admins\[0\]: \* is no IAM role's or user's ARN; name one principal",
    ),
    (
        "an admin that is an account",
        {"clusters": TWO, "access": {"admins": ["arn:aws:iam::123456789012:root"]}},
        r"access.admins\[0\]: arn:aws:iam::123456789012:root is no IAM role's or user's ARN; name one",
    ),
    (
        "a user that is a session",
        {"clusters": TWO, "access": {"users": ["arn:aws:sts::123456789012:assumed-role/Dev/me"]}},
        r"access.users\[0\]: arn:aws:sts::123456789012:assumed-role/Dev/me is a session.*give its role",
    ),
    (
        "a principal that is AWS's",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/aws-service-role/x/Y", "policy": "view"}]}},
        r"access.principals\[0\].arn: .* is a service-linked role of AWS.*leave it out",
    ),
    (
        "a principal that may do nothing",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev"}]}},
        r"access.principals\[0\].policy and groups are not set, so .*Dev may do nothing; set one",
    ),
    (
        "a cluster's admin of a namespace",
        {
            "clusters": TWO,
            "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "cluster-admin", "namespaces": ["a"]}]},
        },
        r"access.principals\[0\].namespaces: a are set and policy is cluster-admin.*set policy: admin",
    ),
    (
        "a namespace in capitals",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "edit", "namespaces": ["A"]}]}},
        r"access.principals\[0\].namespaces\[0\]: A can't be a namespace; use",
    ),
    (
        "a group that is Kubernetes' own",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "groups": ["system:masters"]}]}},
        r"access.principals\[0\].groups\[0\]: system:masters can't be an access entry's group.*bind a group of your",
    ),
    (
        "a principal twice",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "view"}] * 2}},
        r"access.principals: .*Dev is listed 2 times.*list it once",
    ),
    (
        "no administrator",
        {"clusters": TWO, "access": {"creatorAdmin": False}},
        r"access.creatorAdmin: false leaves the clusters without an administrator; add {arn: <whoever runs pulumi>",
    ),
    (
        "pods without rights",
        {"clusters": TWO, "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b"}]}},
        r"access.podIdentities\[0\].roleArn and policies are not set for a/b; set roleArn",
    ),
    (
        "pods with every right",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "policies": [f"{AWS}/{ALL}"]}]},
        },
        r"access.podIdentities\[0\].policies\[0\]: .*AdministratorAccess gives pods the whole account; give",
    ),
    (
        "pods with a policy that is none",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "policies": ["S3"]}]},
        },
        r"access.podIdentities\[0\].policies\[0\]: S3 is no IAM policy's ARN; give one",
    ),
    (
        "pods with a role that is a policy",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "roleArn": f"{AWS}/b"}]},
        },
        r"access.podIdentities\[0\].roleArn: .*policy/b is no IAM role's ARN; give one",
    ),
    (
        "a service account with a slash",
        {"clusters": TWO, "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b/c", "policies": []}]}},
        r"access.podIdentities\[0\].serviceAccount: b/c can't be a service account's name; use",
    ),
    (
        "a service account twice",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "roleArn": f"{ROLE}/b"}] * 2},
        },
        r"access.podIdentities: a/b is listed 2 times, and has one role; list it once",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_boundary_is_a_policy_of_aws_s_or_of_an_account_and_there_is_none_by_default() -> None:
    for arn in ("arn:aws:iam::123456789012:policy/fleet/Boundary", "arn:aws:iam::aws:policy/PowerUserAccess"):
        assert parse({"clusters": TWO, "access": {"boundary": arn}}).access.boundary == arn
    assert parse({"clusters": TWO}).access.boundary is None
