"""IAM documents, and that none allows more than it has to."""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from components import iam
from components.cluster import fleet_roles
from components.key import key_policy
from tests.unit.engine import Engine, run, run_program

pytestmark = pytest.mark.unit

NAME, ROLE = "federated-eks-1", "arn:aws:iam::123456789012:role"


@pytest.fixture(scope="module")
def program() -> Engine:
    pods = {"namespace": "shop", "serviceAccount": "web", "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
    access = {"admins": [f"{ROLE}/Dev"], "users": [f"{ROLE}/Ops"], "podIdentities": [pods]}
    return run_program({"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}], "access": access})


def test_a_policy_is_its_statements_in_their_order() -> None:
    reads, writes = iam.allow("s3:GetObject", "arn:a"), iam.allow(["s3:PutObject", "s3:DeleteObject"], ["arn:b"])
    assert iam.policy(reads, writes) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:a"},
            {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": ["arn:b"]},
        ],
    }


EC2 = {"Service": "ec2.amazonaws.com"}
CONDITION = {"StringEquals": {"a": "b"}}


@pytest.mark.parametrize(
    ("document", "statement"),
    [
        pytest.param(iam.trust(EC2), {"Action": "sts:AssumeRole"}, id="one action, as AWS stores it"),
        pytest.param(
            iam.trust(EC2, actions=iam.POD_ACTIONS), {"Action": ["sts:AssumeRole", "sts:TagSession"]}, id="two actions"
        ),
        pytest.param(
            iam.trust(EC2, condition=CONDITION),
            {"Action": "sts:AssumeRole", "Condition": CONDITION},
            id="a condition",
        ),
    ],
)
def test_a_trust_policy_lets_a_principal_assume_the_role(document: iam.Document, statement: dict[str, Any]) -> None:
    assert document == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": EC2, **statement}],
    }


def test_a_service_acts_on_behalf_of_one_account() -> None:
    assert iam.of_account("123456789012") == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_eks_acts_for_one_service_account_of_one_cluster() -> None:
    assert iam.of_service_account("arn:cluster", "shop", "web") == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": "arn:cluster",
            "aws:RequestTag/kubernetes-namespace": "shop",
            "aws:RequestTag/kubernetes-service-account": "web",
        }
    }


def test_clusters_are_described_by_their_arns_in_the_order_of_their_names() -> None:
    clusters = {"two": "cn-northwest-1", "one": "cn-north-1"}
    assert iam.describe_clusters(partition="aws-cn", account="123456789012", clusters=clusters) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "eks:DescribeCluster",
                "Resource": [
                    "arn:aws-cn:eks:cn-north-1:123456789012:cluster/one",
                    "arn:aws-cn:eks:cn-northwest-1:123456789012:cluster/two",
                ],
            }
        ],
    }


def test_logs_are_written_to_one_group() -> None:
    group = "arn:aws:logs:eu-west-1:123456789012:log-group:/a/group"
    assert iam.write_logs(group) == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": [group, f"{group}:*"],
        },
        {
            "Effect": "Allow",
            "Action": "logs:DescribeLogGroups",
            "Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:*",
        },
    ]


def test_a_flow_log_s_role_writes_into_its_own_group_and_makes_none() -> None:
    writes, looks = iam.write_logs("arn:aws:logs:eu-west-1:1:log-group:flows")
    assert writes["Resource"] == [
        "arn:aws:logs:eu-west-1:1:log-group:flows",
        "arn:aws:logs:eu-west-1:1:log-group:flows:*",
    ]
    assert looks["Action"] == "logs:DescribeLogGroups", "which AWS grants on all groups of a region or none"
    assert looks["Resource"] == "arn:aws:logs:eu-west-1:1:log-group:*"
    assert "logs:CreateLogGroup" not in writes["Action"]


def test_a_service_s_role_has_aws_s_own_policies_in_its_partition() -> None:
    def declare() -> None:
        provider = aws.Provider("aws-eu-west-1", region="eu-west-1")
        parent = pulumi.ComponentResource("test:index:Parent", "parent", None, ResourceOptions(providers=[provider]))
        role, attachments = iam.service_role("nodes", "ec2.amazonaws.com", ["One", "service-role/Two"], parent=parent)
        assert (role._name, [one._name for one in attachments]) == ("nodes", ["nodes-One", "nodes-service-role/Two"])

    made = run(declare)
    assert json.loads(made["aws:iam/role:Role"]["nodes"].inputs["assumeRolePolicy"]) == iam.trust(EC2)
    attached = made["aws:iam/rolePolicyAttachment:RolePolicyAttachment"]
    assert {name: (one.inputs["role"], one.inputs["policyArn"]) for name, one in attached.items()} == {
        "nodes-One": ("nodes", "arn:aws:iam::aws:policy/One"),
        "nodes-service-role/Two": ("nodes", "arn:aws:iam::aws:policy/service-role/Two"),
    }


DOCUMENTS: dict[str, dict[str, Any]] = {
    "a role of people": fleet_roles.trust("admin", "123456789012", [f"{ROLE}/Dev"]),
    "looking clusters up": iam.describe_clusters(partition="aws", account="1", clusters={NAME: "eu-west-1"}),
    "a role of pods": iam.trust(
        {"Service": iam.PODS}, condition=iam.of_service_account("arn:aws:eks:x:1:cluster/a", "a", "b")
    ),
    "a key": key_policy(partition="aws", dns_suffix="amazonaws.com", account="1", region="eu-west-1"),
}


def too_wide(document: dict[str, Any]) -> Iterator[str]:
    """Find what a document allows to everyone, or on everything. `*` in a key's own policy is the key alone."""
    for statement in document["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        principal, resource = statement.get("Principal", {}), statement.get("Resource")
        if principal == "*" or "*" in principal.get("AWS", ()):
            yield "everyone"
        if any(action == "*" for action in actions):
            yield "every action"
        if not principal and ("*" in (resource if isinstance(resource, list) else [resource])):
            yield f"{actions} on everything"
        if not principal and any("*" in action for action in actions):
            yield f"wildcards in {actions}"


@pytest.mark.parametrize("what", DOCUMENTS)
def test_no_policy_gives_more_than_it_has_to(what: str) -> None:
    assert list(too_wide(DOCUMENTS[what])) == []


def test_no_inline_policy_or_trust_of_the_program_gives_more_than_it_has_to(program: Engine) -> None:
    inline = {name: one.inputs["policy"] for name, one in program["aws:iam/rolePolicy:RolePolicy"].items()}
    trusts = {name: one.inputs["assumeRolePolicy"] for name, one in program["aws:iam/role:Role"].items()}
    assert {f"{NAME}-shop-web-pods", "federated-eks-admin", "federated-eks-user"} <= trusts.keys()
    found = {name: list(too_wide(json.loads(text))) for name, text in {**inline, **trusts}.items()}
    # The agent of Session Manager's calls know no resource.
    assert {name for name, reasons in found.items() if reasons} <= {"federated-eks-bastion-sessions"}
