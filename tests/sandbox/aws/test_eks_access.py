"""EKS access entries and policies, as AWS has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.account import NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

OPERATOR = f"arn:aws:iam::{NUMBER}:user/operator"
POLICIES = "arn:aws:eks::aws:cluster-access-policy"


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    """A cluster into which tests let people."""
    return aws.cluster()


def entry(aws: Account, cluster: str, principal: str) -> Any:
    """A principal's access entry."""
    return aws.eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]


def test_who_makes_a_cluster_administers_it(aws: Account) -> None:
    cluster = aws.cluster()
    policies = aws.eks.list_associated_access_policies(clusterName=cluster, principalArn=OPERATOR)
    assert [one["policyArn"] for one in policies["associatedAccessPolicies"]] == [
        f"{POLICIES}/AmazonEKSClusterAdminPolicy"
    ]


def test_who_makes_a_cluster_can_stay_out_of_it(aws: Account) -> None:
    settings = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    cluster = aws.cluster(accessConfig=settings)
    assert aws.eks.list_access_entries(clusterName=cluster)["accessEntries"] == []


def test_a_role_that_makes_a_cluster_gets_the_entry_itself(aws: Account) -> None:
    role = aws.iam.create_role(RoleName=unique("maker"), Path="/deep/", AssumeRolePolicyDocument=trust({"AWS": "*"}))[
        "Role"
    ]
    given = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    eks = aws.client("eks", "eu-west-1", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    name = eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    assert aws.eks.list_access_entries(clusterName=name)["accessEntries"] == [role["Arn"]]
    aws.until_status(name, "ACTIVE")


def test_a_roles_entry_names_its_sessions(aws: Account, cluster: str) -> None:
    role = aws.role("ec2")
    made = aws.eks.create_access_entry(clusterName=cluster, principalArn=role, tags={"a": "b"})["accessEntry"]
    name = role.rsplit("/", 1)[-1]
    assert made["username"] == f"arn:aws:sts::{NUMBER}:assumed-role/{name}/{{{{SessionName}}}}"
    assert (made["type"], made["kubernetesGroups"], made["tags"]) == ("STANDARD", [], {"a": "b"})
    assert made["accessEntryArn"].startswith(
        f"arn:aws:eks:eu-west-1:{NUMBER}:access-entry/{cluster}/role/{NUMBER}/{name}/"
    )


def test_an_entry_is_made_once(aws: Account, cluster: str) -> None:
    role = aws.role("ec2")
    aws.eks.create_access_entry(clusterName=cluster, principalArn=role)
    with refused("ResourceInUseException", "already in use on this cluster"):
        aws.eks.create_access_entry(clusterName=cluster, principalArn=role)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"principalArn": f"arn:aws:iam::{NUMBER}:role/nobody"}, "invalid principal"),
    "no principal": ({"principalArn": "me"}, "format is not valid"),
    "Kubernetes' own group": ({"kubernetesGroups": ["system:masters"]}, "cannot start with"),
    "a reserved username": ({"username": "eks:me"}, "cannot start with"),
    "a session without a colon": ({"username": "me-{{SessionName}}"}, "colon"),
    "an unknown type": ({"type": "PERSON"}, "is not valid"),
    "a node in a group": ({"type": "EC2_LINUX", "kubernetesGroups": ["mine"]}, "takes no kubernetesGroups"),
    "AWS's own tag": ({"tags": {"aws:mine": "1"}}, "reserved"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_entry_is_refused(aws: Account, cluster: str, what: str) -> None:
    changes, match = BAD[what]
    before = aws.eks.list_access_entries(clusterName=cluster)["accessEntries"]
    with refused("InvalidParameterException", match):
        aws.eks.create_access_entry(**{"clusterName": cluster, "principalArn": aws.role("ec2"), **changes})
    assert aws.eks.list_access_entries(clusterName=cluster)["accessEntries"] == before


def test_a_cluster_that_is_being_made_takes_no_entries(aws: Account) -> None:
    aws.planes.held = True
    made = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    with refused("InvalidRequestException", "CREATING"):
        aws.eks.create_access_entry(clusterName=made, principalArn=aws.role("ec2"))
    aws.planes.held = False
    aws.until_status(made, "ACTIVE")


def test_an_entry_is_changed(aws: Account, cluster: str) -> None:
    role = aws.role("ec2")
    aws.eks.create_access_entry(clusterName=cluster, principalArn=role)
    aws.eks.update_access_entry(clusterName=cluster, principalArn=role, kubernetesGroups=["viewers"], username="viewer")
    shown = entry(aws, cluster, role)
    assert (shown["kubernetesGroups"], shown["username"]) == (["viewers"], "viewer")


def test_a_nodes_entry_is_not_changed(aws: Account, cluster: str) -> None:
    role = aws.role("ec2")
    aws.eks.create_access_entry(clusterName=cluster, principalArn=role, type="EC2_LINUX")
    with refused("InvalidRequestException"):
        aws.eks.update_access_entry(clusterName=cluster, principalArn=role, kubernetesGroups=["viewers"])
    with refused("InvalidRequestException", "STANDARD"):
        aws.eks.associate_access_policy(
            clusterName=cluster,
            principalArn=role,
            policyArn=f"{POLICIES}/AmazonEKSViewPolicy",
            accessScope={"type": "cluster"},
        )


def test_a_deleted_entry_is_not_found(aws: Account, cluster: str) -> None:
    role = aws.role("ec2")
    aws.eks.create_access_entry(clusterName=cluster, principalArn=role)
    aws.eks.delete_access_entry(clusterName=cluster, principalArn=role)
    with refused("ResourceNotFoundException", "principalArn could not be found"):
        entry(aws, cluster, role)
    with refused("ResourceNotFoundException"):
        aws.eks.delete_access_entry(clusterName=cluster, principalArn=role)


def test_a_policy_is_associated_in_the_cluster_or_in_namespaces(aws: Account, cluster: str) -> None:
    role, policy = aws.role("ec2"), f"{POLICIES}/AmazonEKSViewPolicy"
    aws.eks.create_access_entry(clusterName=cluster, principalArn=role)
    named = {"clusterName": cluster, "principalArn": role}
    for scope in ({"type": "cluster", "namespaces": []}, {"type": "namespace", "namespaces": ["a", "b-*"]}):
        aws.eks.associate_access_policy(**named, policyArn=policy, accessScope=scope)
        shown = aws.eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        assert [(one["policyArn"], one["accessScope"]) for one in shown] == [(policy, scope)]
    assert role in aws.eks.list_access_entries(clusterName=cluster, associatedPolicyArn=policy)["accessEntries"]
    aws.eks.disassociate_access_policy(**named, policyArn=policy)
    assert aws.eks.list_associated_access_policies(**named)["associatedAccessPolicies"] == []
    with refused("ResourceNotFoundException", "association"):
        aws.eks.disassociate_access_policy(**named, policyArn=policy)


@pytest.mark.parametrize(
    ("policy", "scope", "match"),
    [
        (f"{POLICIES}/AmazonEKSKingPolicy", {"type": "cluster"}, "AmazonEKSKingPolicy is not one of"),
        (f"{POLICIES}/AmazonEKSViewPolicy", {"type": "cluster", "namespaces": ["a"]}, "namespaces belong"),
        (f"{POLICIES}/AmazonEKSViewPolicy", {"type": "namespace"}, "namespaces belong"),
        (f"{POLICIES}/AmazonEKSViewPolicy", {"type": "namespace", "namespaces": ["A_B"]}, "not a namespace's name"),
    ],
)
def test_a_bad_association_is_refused(aws: Account, cluster: str, policy: str, scope: Any, match: str) -> None:
    with refused("InvalidParameterException", match):
        aws.eks.associate_access_policy(clusterName=cluster, principalArn=OPERATOR, policyArn=policy, accessScope=scope)


def test_a_policy_needs_an_entry(aws: Account, cluster: str) -> None:
    with refused("ResourceNotFoundException", "principalArn could not be found"):
        aws.eks.associate_access_policy(
            clusterName=cluster,
            principalArn=aws.role("ec2"),
            policyArn=f"{POLICIES}/AmazonEKSViewPolicy",
            accessScope={"type": "cluster"},
        )


def test_the_policies_are_listed(aws: Account) -> None:
    assert "AmazonEKSAdminViewPolicy" in [one["name"] for one in aws.eks.list_access_policies()["accessPolicies"]]
