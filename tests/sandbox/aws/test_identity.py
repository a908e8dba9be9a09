"""Signing in to a cluster with an AWS identity, as EKS judges it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.sts.models import sts_backends

from sandbox.aws.clock import stopped
from sandbox.aws.eks import access_entries
from sandbox.contract import AccessPolicy, SignInError, UserInfo
from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

OPERATOR = f"arn:aws:iam::{NUMBER}:user/operator"


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    """A cluster to sign in to."""
    return aws.cluster()


def operator(aws: Account) -> Credentials:
    account = aws.cloud.world.account
    return Credentials(account.access_key_id, account.secret_access_key)


def taken(aws: Account, role: str, session: str = "me") -> Credentials:
    """A role's credentials."""
    given = aws.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def role(aws: Account, path: str = "/") -> str:
    """The ARN of a role that anybody may take."""
    made = aws.iam.create_role(RoleName=unique("role"), Path=path, AssumeRolePolicyDocument=trust({"AWS": "*"}))
    return str(made["Role"]["Arn"])


def token(
    credentials: Credentials,
    cluster: str | None,
    action: str = "GetCallerIdentity",
    service: str = "sts",
    expires: int = 60,
) -> str:
    """A token like that of `aws eks get-token`."""
    headers = {} if cluster is None else {"x-k8s-aws-id": cluster}
    url = f"https://sts.{HOME}.amazonaws.com/?Action={action}&Version=2011-06-15"
    request = AWSRequest("GET", url, headers=headers)
    SigV4QueryAuth(credentials, service, HOME, expires=expires).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


def sign_in(aws: Account, cluster: str, made: str) -> UserInfo:
    return aws.identity.authenticate(aws.key(cluster), made)


def test_a_user_with_an_entry_is_let_in(aws: Account, cluster: str) -> None:
    user = sign_in(aws, cluster, token(operator(aws), cluster))
    assert (user.username, list(user.groups)) == (OPERATOR, [])
    assert user.uid.startswith(f"aws-iam-authenticator:{NUMBER}:")
    assert user.extra["canonicalArn"] == [OPERATOR]
    assert user.extra["accessKeyId"] == [operator(aws).access_key]


def test_the_token_of_the_aws_command_is_good(aws: Account, cluster: str, tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.cloud.server.url,
        "AWS_ACCESS_KEY_ID": str(operator(aws).access_key),
        "AWS_SECRET_ACCESS_KEY": str(operator(aws).secret_key),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }
    argv = [Path(sys.executable).parent / "aws", "eks", "get-token", "--cluster-name", cluster, "--region", HOME]
    said = subprocess.run(argv, env=environ, check=True, capture_output=True, text=True).stdout
    assert sign_in(aws, cluster, json.loads(said)["status"]["token"]).username == OPERATOR


def test_a_roles_session_is_let_in_by_the_roles_entry(aws: Account, cluster: str) -> None:
    arn = role(aws, "/deep/")
    name = arn.rsplit("/", 1)[-1]
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn, kubernetesGroups=["viewers"])
    user = sign_in(aws, cluster, token(taken(aws, arn, "a@b"), cluster))
    assert user.username == f"arn:aws:sts::{NUMBER}:assumed-role/{name}/a-b"
    assert list(user.groups) == ["viewers"]
    assert user.extra["arn"] == [f"arn:aws:sts::{NUMBER}:assumed-role/{name}/a@b"]
    assert (user.extra["canonicalArn"], user.extra["sessionName"]) == ([arn], ["a@b"])


def test_an_entrys_username_is_taken(aws: Account, cluster: str) -> None:
    arn = role(aws)
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn, username="team:{{SessionName}}")
    assert sign_in(aws, cluster, token(taken(aws, arn), cluster)).username == "team:me"


def test_a_node_has_its_instances_name(aws: Account) -> None:
    cluster, arn = aws.cluster(), role(aws)
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn, type="EC2_LINUX")
    subnet = aws.subnet(aws.vpc())
    made = aws.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    user = sign_in(aws, cluster, token(taken(aws, arn, made["InstanceId"]), cluster))
    assert user.username == f"system:node:{made['PrivateDnsName']}"
    assert list(user.groups) == ["system:nodes"]
    with pytest.raises(SignInError, match="not an instance"):
        sign_in(aws, cluster, token(taken(aws, arn, "somebody"), cluster))


def cut(made: str) -> str:
    return made[:-60]


REFUSED: dict[str, tuple[Callable[[Account, str], str], str]] = {
    "another cluster's": (lambda aws, _: token(operator(aws), "another"), "signature does not match, for cluster"),
    "no cluster's": (lambda aws, _: token(operator(aws), None), "does not sign x-k8s-aws-id"),
    "a forged secret's": (
        lambda aws, cluster: token(Credentials(operator(aws).access_key, "forged"), cluster),
        "signature does not match",
    ),
    "an unknown key's": (
        lambda _, cluster: token(Credentials("AKIAIOSFODNN7EXAMPLE", "secret"), cluster),
        "no access key AKIAIOSFODNN7EXAMPLE",
    ),
    "one without an entry": (lambda aws, cluster: token(taken(aws, role(aws)), cluster), "no access entry in cluster"),
    "another call's": (
        lambda aws, cluster: token(operator(aws), cluster, action="GetSessionToken"),
        "not a GetCallerIdentity call",
    ),
    "another service's": (lambda aws, cluster: token(operator(aws), cluster, service="s3"), "not signed for STS"),
    "cut off": (lambda aws, cluster: cut(token(operator(aws), cluster)), ""),
    "of another kind": (lambda *_: "eyJhbGciOiJSUzI1NiJ9", "does not begin with k8s-aws-v1."),
    "no URL": (lambda *_: "k8s-aws-v1.!!!", ""),
    "of a session without its token": (
        lambda aws, cluster: token(Credentials((given := taken(aws, role(aws))).access_key, given.secret_key), cluster),
        "session token is not",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_token_is_refused_with_its_reason(aws: Account, cluster: str, what: str) -> None:
    make, match = REFUSED[what]
    with pytest.raises(SignInError, match=match or None):
        sign_in(aws, cluster, make(aws, cluster))


def changed(made: str, old: str, new: str) -> str:
    """A token whose URL says something else."""
    raw = made.removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
    assert old in url
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.replace(old, new).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("X-Amz-Expires=60", "X-Amz-Expires=900", "signature does not match"),
        ("amazonaws.com", "example.com", "signature does not match"),
        ("Version=2011-06-15", "Version=2011-06-15&Version=2", "twice"),
        ("&X-Amz-Signature=", "&X-Amz-Signature=0", "signature does not match"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5", "not signed with"),
    ],
)
def test_a_changed_token_is_refused(aws: Account, cluster: str, old: str, new: str, match: str) -> None:
    with pytest.raises(SignInError, match=match):
        sign_in(aws, cluster, changed(token(operator(aws), cluster), old, new))


@pytest.mark.parametrize(
    ("minutes", "match"), [(14, None), (15, "expired"), (60, "expired"), (-4, None), (-6, "of the future")]
)
def test_a_token_holds_for_a_quarter_of_an_hour(aws: Account, cluster: str, minutes: int, match: str | None) -> None:
    made = token(operator(aws), cluster)
    later = datetime.now(timezone.utc) + timedelta(minutes=minutes, seconds=5)
    with aws.cloud.world.lock, stopped(later):
        if match is None:
            assert sign_in(aws, cluster, made)
            return
        with pytest.raises(SignInError, match=match):
            sign_in(aws, cluster, made)


def test_a_session_that_has_ended_lets_nobody_in(aws: Account, cluster: str) -> None:
    arn = role(aws)
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn)
    credentials = taken(aws, arn)
    session = sts_backends[NUMBER]["aws"].get_assumed_role_from_access_key(str(credentials.access_key))
    assert session is not None
    session.expiration = datetime(2020, 1, 1)
    with pytest.raises(SignInError, match="session's credentials have expired"):
        sign_in(aws, cluster, token(credentials, cluster))
    ended = aws.client("sts", HOME, str(credentials.access_key), str(credentials.secret_key), credentials.token)
    with refused("ExpiredToken"):
        ended.get_caller_identity()


def test_a_deleted_entry_lets_nobody_in(aws: Account, cluster: str) -> None:
    arn = role(aws)
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn)
    made = token(taken(aws, arn), cluster)
    sign_in(aws, cluster, made)
    aws.eks.delete_access_entry(clusterName=cluster, principalArn=arn)
    with pytest.raises(SignInError, match="no access entry"):
        sign_in(aws, cluster, made)


def test_a_new_entry_lets_nobody_in_at_first(aws: Account, cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_entries, "COUNTS_AFTER", timedelta(seconds=1))
    arn = role(aws)
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn)
    made = token(taken(aws, arn), cluster)
    with pytest.raises(SignInError, match=f"{arn} in {cluster} does not count yet"):
        sign_in(aws, cluster, made)
    with stopped(datetime.now(timezone.utc) + timedelta(seconds=1)):
        assert sign_in(aws, cluster, made)


def test_an_inactive_key_lets_nobody_in(aws: Account, cluster: str) -> None:
    user = aws.iam.create_user(UserName=unique("user"))["User"]
    key = aws.iam.create_access_key(UserName=user["UserName"])["AccessKey"]
    aws.eks.create_access_entry(clusterName=cluster, principalArn=user["Arn"])
    made = token(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), cluster)
    assert sign_in(aws, cluster, made).username == user["Arn"]
    aws.iam.update_access_key(UserName=user["UserName"], AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(SignInError, match="no access key"):
        sign_in(aws, cluster, made)


def test_a_principals_policies_are_those_associated_with_it(aws: Account, cluster: str) -> None:
    arn = role(aws)
    assert aws.identity.access_policies(aws.key(cluster), arn) == []
    aws.eks.create_access_entry(clusterName=cluster, principalArn=arn)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope: Any = {"type": "namespace", "namespaces": ["a"]}
    aws.eks.associate_access_policy(clusterName=cluster, principalArn=arn, policyArn=policy, accessScope=scope)
    assert aws.identity.access_policies(aws.key(cluster), arn) == [
        AccessPolicy(name="AmazonEKSViewPolicy", namespaces=("a",))
    ]
    assert aws.identity.access_policies(aws.key("nothing"), arn) == []
