"""The roles of pods, and S3 as they call it: which objects they put and get, and what a restart keeps of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws import buckets
from sandbox.contract import ClusterKey
from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, until

pytestmark = pytest.mark.aws

BUCKET, NAMESPACE, SERVICE_ACCOUNT = "snapshots", "karmada-system", "karmada-snapshots"
PUT_OWN = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/fleet/*"}


@pytest.fixture(scope="module")
def cluster(aws: Account) -> ClusterKey:
    """A cluster with the agent, where a service account's role puts objects below a folder of a bucket."""
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOME})
    name = aws.cluster()
    aws.eks.create_addon(clusterName=name, addonName="eks-pod-identity-agent")
    role = aws.role("pods.eks")
    document = json.dumps({"Version": "2012-10-17", "Statement": [PUT_OWN]})
    aws.iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=document)
    aws.eks.create_pod_identity_association(
        clusterName=name, namespace=NAMESPACE, serviceAccount=SERVICE_ACCOUNT, roleArn=role
    )
    return ClusterKey(NUMBER, HOME, name)


def pod(aws: Account, cluster: ClusterKey) -> Any:
    """S3 as the pods of the service account call it."""
    found = aws.identity.pod_environment(cluster, NAMESPACE, SERVICE_ACCOUNT)
    assert (found["AWS_REGION"], found["AWS_ENDPOINT_URL"]) == (HOME, aws.cloud.server.url)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return aws.client("s3", HOME, *(found[name] for name in names))


def test_a_pod_puts_objects_where_its_role_lets_it_and_nowhere_else(aws: Account, cluster: ClusterKey) -> None:
    s3 = pod(aws, cluster)
    s3.put_object(Bucket=BUCKET, Key="fleet/stack/one.db", Body=b"first\x00\xff")
    with refused("AccessDenied", r"not authorized to perform: s3:PutObject on resource: arn:aws:s3:::snapshots/other"):
        s3.put_object(Bucket=BUCKET, Key="other/one.db", Body=b"")
    with refused("AccessDenied", r"not authorized to perform: s3:GetObject on resource: \S+/fleet/stack/one.db"):
        s3.get_object(Bucket=BUCKET, Key="fleet/stack/one.db")
    with refused("AccessDenied", r"not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::snapshots "):
        s3.list_objects_v2(Bucket=BUCKET)
    with refused("AccessDenied", "s3:DeleteObject"):
        s3.delete_object(Bucket=BUCKET, Key="fleet/stack/one.db")


def test_an_object_outlives_a_restart_as_it_was_put(aws: Account, cluster: ClusterKey) -> None:
    pod(aws, cluster).put_object(Bucket=BUCKET, Key="fleet/kept.db", Body=b"kept\x00\r\n\xff")
    aws.stop()
    aws.start()
    assert aws.client("s3").get_object(Bucket=BUCKET, Key="fleet/kept.db")["Body"].read() == b"kept\x00\r\n\xff"
    pod(aws, cluster).put_object(Bucket=BUCKET, Key="fleet/after.db", Body=b"")


def test_an_object_s_length_is_told_without_the_object(aws: Account, cluster: ClusterKey) -> None:
    pod(aws, cluster).put_object(Bucket=BUCKET, Key="fleet/long.db", Body=b"x" * 1000)
    assert aws.client("s3").head_object(Bucket=BUCKET, Key="fleet/long.db")["ContentLength"] == 1000


def test_a_pod_without_an_association_has_no_credentials(aws: Account, cluster: ClusterKey) -> None:
    pods = aws.identity.pod_environment
    assert pods(cluster, NAMESPACE, SERVICE_ACCOUNT)
    assert pods(cluster, NAMESPACE, "default") == {}
    assert pods(cluster, "default", SERVICE_ACCOUNT) == {}
    assert pods(cluster._replace(name="none"), NAMESPACE, SERVICE_ACCOUNT) == {}


def test_a_pod_without_the_agent_has_no_credentials(aws: Account, cluster: ClusterKey) -> None:
    aws.eks.delete_addon(clusterName=cluster.name, addonName="eks-pod-identity-agent")
    until(lambda: aws.identity.pod_environment(cluster, NAMESPACE, SERVICE_ACCOUNT) == {})


@pytest.mark.parametrize(
    ("request_line", "headers", "operation"),
    [
        ("PUT /bucket", (), "CreateBucket"),
        ("PUT /bucket?versioning", (), "PutBucketVersioning"),
        ("PUT /bucket/a/b.db", (), "PutObject"),
        ("PUT /bucket/a/b.db?x-id=PutObject", (), "PutObject"),
        ("PUT /bucket/a/b.db", ("x-amz-copy-source",), "CopyObject"),
        ("PUT /bucket/a/b.db?partNumber=1&uploadId=2", (), "UploadPart"),
        ("GET /bucket?list-type=2&prefix=a", (), "ListObjectsV2"),
        ("GET /bucket?prefix=a", (), "ListObjects"),
        ("GET /bucket/a/b.db", (), "GetObject"),
        ("HEAD /bucket/a/b.db", (), "HeadObject"),
        ("HEAD /bucket/", (), "HeadBucket"),
        ("POST /bucket?delete", (), "DeleteObjects"),
        ("DELETE /bucket/a", (), "DeleteObject"),
        ("GET /", (), "ListBuckets"),
        ("PATCH /bucket", (), ""),
    ],
)
def test_an_operation_of_s3_is_known_by_its_query_and_headers(
    request_line: str, headers: tuple[str, ...], operation: str
) -> None:
    method, _, url = request_line.partition(" ")
    path, _, query = url.partition("?")
    assert buckets.operation(method, path, query, dict.fromkeys(headers, "x")) == operation
