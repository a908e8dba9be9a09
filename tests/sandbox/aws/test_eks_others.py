"""EKS's add-ons, pod identities and tags, and what it says to calls it doesn't know."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, unique, until

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    """A cluster without nodes."""
    return aws.cluster()


def addon(aws: Account, cluster: str, name: str) -> Any:
    """An add-on."""
    return aws.eks.describe_addon(clusterName=cluster, addonName=name)["addon"]


def with_nodes(aws: Account) -> str:
    """Another cluster, and a node group that is on its way."""
    cluster = aws.cluster()
    subnets = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    aws.eks.create_nodegroup(clusterName=cluster, nodegroupName="nodes", subnets=subnets, nodeRole=aws.role("ec2"))
    return cluster


def test_an_add_on_is_active_soon(aws: Account, cluster: str) -> None:
    made = aws.eks.create_addon(clusterName=cluster, addonName="vpc-cni", configurationValues='{"env": {}}')["addon"]
    assert made["status"] == "CREATING"
    until(lambda: addon(aws, cluster, "vpc-cni")["status"] == "ACTIVE")
    assert addon(aws, cluster, "vpc-cni")["configurationValues"] == '{"env": {}}'
    with refused("ResourceInUseException", "Addon already exists"):
        aws.eks.create_addon(clusterName=cluster, addonName="vpc-cni")


def test_an_add_on_that_needs_nodes_waits_for_them(aws: Account) -> None:
    cluster = aws.cluster()
    aws.eks.create_addon(clusterName=cluster, addonName="coredns")
    aws.eks.create_addon(clusterName=cluster, addonName="kube-proxy")
    until(lambda: addon(aws, cluster, "kube-proxy")["status"] == "ACTIVE")
    assert addon(aws, cluster, "coredns")["status"] == "CREATING"
    subnets = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    aws.eks.create_nodegroup(clusterName=cluster, nodegroupName="nodes", subnets=subnets, nodeRole=aws.role("ec2"))
    until(lambda: addon(aws, cluster, "coredns")["status"] == "ACTIVE")


def test_an_add_on_is_changed_and_deleted(aws: Account, cluster: str) -> None:
    name = "eks-pod-identity-agent"
    named = {"clusterName": cluster, "addonName": name}
    aws.eks.create_addon(**named)
    until(lambda: addon(aws, cluster, name)["status"] == "ACTIVE")
    update = aws.eks.update_addon(**named, configurationValues="{}")["update"]
    assert addon(aws, cluster, name)["status"] == "UPDATING"
    until(lambda: addon(aws, cluster, name)["status"] == "ACTIVE")
    shown = aws.eks.describe_update(name=cluster, addonName=name, updateId=update["id"])["update"]
    assert (shown["status"], shown["type"]) == ("Successful", "AddonUpdate")
    aws.eks.delete_addon(**named)
    assert addon(aws, cluster, name)["status"] == "DELETING"
    until(lambda: name not in aws.eks.list_addons(clusterName=cluster)["addons"])
    with refused("ResourceNotFoundException", f"No addon: {name} found in cluster: {cluster}"):
        addon(aws, cluster, name)


def test_an_add_on_s_service_account_takes_a_role_and_loses_it_with_the_add_on(aws: Account) -> None:
    cluster = with_nodes(aws)
    named = {"clusterName": cluster, "addonName": "aws-ebs-csi-driver"}
    first, second = aws.role("pods.eks"), aws.role("pods.eks")
    account = "ebs-csi-controller-sa"
    with refused("InvalidParameterException", "does not trust pods.eks.amazonaws.com"):
        aws.eks.create_addon(**named, podIdentityAssociations=[{"serviceAccount": account, "roleArn": aws.role("ec2")}])
    with refused("InvalidParameterException", "does not support pod identity"):
        aws.eks.create_addon(
            clusterName=cluster,
            addonName="eks-pod-identity-agent",
            podIdentityAssociations=[{"serviceAccount": account, "roleArn": first}],
        )
    aws.eks.create_addon(**named, podIdentityAssociations=[{"serviceAccount": account, "roleArn": first}])

    def roles() -> dict[str, str]:
        listed = aws.eks.list_pod_identity_associations(clusterName=cluster, namespace="kube-system")["associations"]
        told = [
            aws.eks.describe_pod_identity_association(clusterName=cluster, associationId=one["associationId"])
            for one in listed
        ]
        return {one["association"]["serviceAccount"]: one["association"]["roleArn"] for one in told}

    assert roles() == {account: first}
    until(lambda: addon(aws, cluster, "aws-ebs-csi-driver")["status"] == "ACTIVE")
    aws.eks.update_addon(**named, podIdentityAssociations=[{"serviceAccount": account, "roleArn": second}])
    assert roles() == {account: second}
    until(lambda: addon(aws, cluster, "aws-ebs-csi-driver")["status"] == "ACTIVE")
    aws.eks.update_addon(**named, configurationValues="{}")
    assert roles() == {account: second}, "what is not told stays as it is"
    until(lambda: addon(aws, cluster, "aws-ebs-csi-driver")["status"] == "ACTIVE")
    aws.eks.delete_addon(**named)
    until(lambda: "aws-ebs-csi-driver" not in aws.eks.list_addons(clusterName=cluster)["addons"])
    assert roles() == {}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"addonName": "my-own"}, "my-own specified is not supported"),
        ({"addonVersion": "v0.0.1-eksbuild.1"}, "version specified is not supported"),
        ({"configurationValues": "{"}, "not JSON"),
        ({"configurationValues": "[]"}, "not an object"),
        ({"serviceAccountRoleArn": f"arn:aws:iam::{NUMBER}:role/nobody"}, "does not exist"),
        ({"resolveConflicts": "MAYBE"}, "MAYBE"),
    ],
)
def test_a_bad_add_on_is_refused(aws: Account, cluster: str, changes: dict[str, Any], match: str) -> None:
    with refused("InvalidParameterException", match):
        aws.eks.create_addon(**{"clusterName": cluster, "addonName": "metrics-server", **changes})


def test_the_versions_of_add_ons_are_shown(aws: Account) -> None:
    shown = aws.eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.37")["addons"]
    assert [one["addonName"] for one in shown] == ["coredns"]
    defaults = [
        version["addonVersion"]
        for version in shown[0]["addonVersions"]
        if version["compatibilities"][0]["defaultVersion"]
    ]
    assert len(defaults) == 1
    assert aws.eks.describe_addon_versions(kubernetesVersion="1.20")["addons"][0]["addonVersions"] == []


def test_a_service_account_takes_a_role(aws: Account, cluster: str) -> None:
    named = {"clusterName": cluster, "namespace": "apps", "serviceAccount": "web"}
    first, second = aws.role("pods.eks"), aws.role("pods.eks")
    made = aws.eks.create_pod_identity_association(**named, roleArn=first)["association"]
    with refused("ResourceInUseException", "already exists"):
        aws.eks.create_pod_identity_association(**named, roleArn=second)
    one = {"clusterName": cluster, "associationId": made["associationId"]}
    aws.eks.update_pod_identity_association(**one, roleArn=second)
    assert aws.eks.describe_pod_identity_association(**one)["association"]["roleArn"] == second
    listed = aws.eks.list_pod_identity_associations(clusterName=cluster, namespace="apps")["associations"]
    assert [association["associationId"] for association in listed] == [made["associationId"]]
    assert aws.eks.list_pod_identity_associations(clusterName=cluster, namespace="other")["associations"] == []
    aws.eks.delete_pod_identity_association(**one)
    with refused("ResourceNotFoundException", "No association found"):
        aws.eks.describe_pod_identity_association(**one)


def test_a_service_accounts_role_trusts_pods(aws: Account, cluster: str) -> None:
    with refused("InvalidParameterException", "pods.eks.amazonaws.com"):
        aws.eks.create_pod_identity_association(
            clusterName=cluster, namespace="apps", serviceAccount="bad", roleArn=aws.role("ec2")
        )


def arns(aws: Account, cluster: str) -> dict[str, str]:
    """The ARN of one thing of each kind in a cluster."""
    role, name = aws.role("ec2"), unique("tagged")
    subnets = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    group = {"clusterName": cluster, "nodegroupName": name, "subnets": subnets, "nodeRole": role}
    pods = {"clusterName": cluster, "namespace": name, "serviceAccount": "a", "roleArn": aws.role("pods.eks")}
    return {
        "cluster": aws.eks.describe_cluster(name=cluster)["cluster"]["arn"],
        "node group": aws.eks.create_nodegroup(**group)["nodegroup"]["nodegroupArn"],
        "access entry": aws.eks.describe_access_entry(clusterName=cluster, principalArn=role)["accessEntry"][
            "accessEntryArn"
        ],
        "add-on": aws.eks.create_addon(clusterName=cluster, addonName="metrics-server")["addon"]["addonArn"],
        "association": aws.eks.create_pod_identity_association(**pods)["association"]["associationArn"],
    }


def test_everything_has_tags(aws: Account, cluster: str) -> None:
    for what, arn in arns(aws, cluster).items():
        aws.eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        aws.eks.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert aws.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}, what


def test_tags_have_their_limits(aws: Account, cluster: str) -> None:
    arn = aws.eks.describe_cluster(name=cluster)["cluster"]["arn"]
    with refused("InvalidParameterException", "reserved"):
        aws.eks.tag_resource(resourceArn=arn, tags={"aws:mine": "1"})
    aws.eks.tag_resource(resourceArn=arn, tags={str(number): "" for number in range(25)})
    with refused("InvalidParameterException", "At most 50"):
        aws.eks.tag_resource(resourceArn=arn, tags={str(number): "" for number in range(25, 55)})


def test_tags_of_nothing_are_not_found(aws: Account) -> None:
    with refused("ResourceNotFoundException"):
        aws.eks.list_tags_for_resource(resourceArn=f"arn:aws:eks:{HOME}:{NUMBER}:cluster/nothing")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("list_insights", {}),
        ("list_identity_provider_configs", {}),
    ],
)
def test_an_operation_that_is_not_there_is_refused_by_name(
    aws: Account, cluster: str, operation: str, params: dict[str, Any]
) -> None:
    name = "".join(part.capitalize() for part in operation.split("_"))
    with refused("InvalidRequestException", f"{name} is not supported by the sandbox yet"):
        getattr(aws.eks, operation)(clusterName=cluster, **params)


def signed(aws: Account, method: str, path: str, body: Any = None) -> tuple[int, str, Any]:
    """Status, error and body of a call that botocore wouldn't make."""
    account = aws.cloud.world.account
    request = AWSRequest(method, f"{aws.cloud.server.url}{path}", data=json.dumps(body) if body is not None else None)
    SigV4Auth(Credentials(account.access_key_id, account.secret_access_key), "eks", HOME).add_auth(request)
    ready = request.prepare()
    data = ready.body.encode() if isinstance(ready.body, str) else ready.body
    call = urllib.request.Request(ready.url, data, dict(ready.headers), method=method)  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(call) as answer:  # noqa: S310
            return answer.status, "", json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-amzn-ErrorType"], json.load(error)


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "match"),
    [
        ("POST", "/clusters", {"name": "a", "colour": "red"}, "InvalidParameterException", "has no parameter colour"),
        (
            "POST",
            "/clusters",
            {"name": "a", "resourcesVpcConfig": {"subnets": []}},
            "InvalidParameterException",
            "CreateCluster.resourcesVpcConfig has no parameter subnets",
        ),
        ("GET", "/clusters?colour=red", None, "InvalidParameterException", "ListClusters has no parameter colour"),
        ("POST", "/clusters", {"name": 1}, "InvalidParameterException", "name"),
        (
            "POST",
            "/clusters",
            {},
            "InvalidParameterException",
            "at 'name' failed to satisfy constraint: Member must not be null",
        ),
        ("POST", "/clusters", [], "InvalidRequestException", "not a JSON object"),
        ("GET", "/castles", None, "InvalidRequestException", "EKS has no operation GET /castles"),
        ("PUT", "/clusters", {}, "InvalidRequestException", "EKS has no operation PUT /clusters"),
    ],
)
def test_what_awss_model_of_eks_does_not_know_is_refused_by_name(
    aws: Account, method: str, path: str, body: Any, code: str, match: str
) -> None:
    status, error, answer = signed(aws, method, path, body)
    assert (status, error) == (400, code)
    assert match in answer["message"]


def test_an_error_names_its_cluster(aws: Account) -> None:
    status, error, answer = signed(aws, "GET", "/clusters/nothing")
    assert (status, error, answer["clusterName"]) == (404, "ResourceNotFoundException", "nothing")
