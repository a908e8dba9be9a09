"""Signing in to a cluster with an AWS identity, as EKS does it.

The token of `aws eks get-token` is a presigned URL of STS's GetCallerIdentity with the cluster's name in a
signed header. EKS lets STS check it. Here the signature is computed again with the secret of the access
key. The signer must have an access entry in the cluster.
(https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

from moto.core.exceptions import ServiceException

from sandbox.aws import clock, pod_credentials, principals
from sandbox.aws.eks import access_entries, network
from sandbox.aws.eks.access_policies import PREFIX
from sandbox.aws.eks.state import AccessEntry, Cluster
from sandbox.aws.principals import Principal
from sandbox.aws.world import World
from sandbox.contract import AccessPolicy, ClusterKey, SignInError, UserInfo

TOKEN = "k8s-aws-v1."  # noqa: S105  how every token begins
HEADER = "x-k8s-aws-id"
LIFETIME = timedelta(minutes=15)
"""The lifetime of a token, whatever X-Amz-Expires says (aws-iam-authenticator's rule)."""

SKEW = timedelta(minutes=5)
"""The most by which a signer's clock may be ahead."""


class EksIdentity:
    """AWS's part of signing in: `sandbox.contract.Identity` on a world that may come later."""

    def __init__(self) -> None:
        """Begin without a world, so that nobody can sign in yet."""
        self._world: World | None = None
        self._url = ""

    def attach(self, world: World, url: str) -> None:
        """Use this world from now on, which answers calls at the URL."""
        self._world, self._url = world, url

    def authenticate(self, key: ClusterKey, token: str) -> UserInfo:
        """The user of a token. Raises SignInError."""
        signed = _Signed(token)
        world = self._ready()
        with world.lock:
            principal = signed.by(key.name)
            cluster = world.eks.estate.clusters.get(key)
            entry = cluster.access_entries.get(principal.canonical_arn) if cluster else None
            if cluster is None or entry is None:
                raise SignInError(f"{principal.canonical_arn} has no access entry in cluster {key.name}")
            if clock.now() - entry.shape["createdAt"] < access_entries.COUNTS_AFTER:
                raise SignInError(f"the access entry of {principal.canonical_arn} in {key.name} does not count yet")
            return _user(cluster, entry, principal, signed.access_key)

    def access_policies(self, key: ClusterKey, principal_arn: str) -> Sequence[AccessPolicy]:
        """The policies associated with the principal's access entry; empty without one."""
        world = self._ready()
        with world.lock:
            cluster = world.eks.estate.clusters.get(key)
            entry = cluster.access_entries.get(principal_arn) if cluster else None
            associated = entry.policies if entry else {}
            return [
                AccessPolicy(name=arn.removeprefix(PREFIX), namespaces=tuple(policy["accessScope"]["namespaces"]))
                for arn, policy in associated.items()
            ]

    def pod_environment(self, key: ClusterKey, namespace: str, service_account: str) -> Mapping[str, str]:
        """The variables by which a service account's pods call AWS with their role; empty without one."""
        world = self._ready()
        with world.lock:
            cluster = world.eks.estate.clusters.get(key)
            session = pod_credentials.assume(cluster, namespace, service_account) if cluster else None
        if session is None:
            return {}
        return {
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
            "AWS_REGION": key.region,
            "AWS_DEFAULT_REGION": key.region,
            "AWS_ENDPOINT_URL": self._url,
            # A person's own files don't count.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def _ready(self) -> World:
        if self._world is None:
            raise SignInError("The sandbox's AWS is still starting")
        return self._world


class _Signed:
    """The URL in a token."""

    def __init__(self, token: str) -> None:
        if not token.startswith(TOKEN):
            raise SignInError(f"the token does not begin with {TOKEN}")
        raw = token.removeprefix(TOKEN)
        try:
            self._url = urlsplit(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode())
        except (binascii.Error, ValueError) as error:
            raise SignInError("the token holds no URL") from error
        pairs = parse_qsl(self._url.query, keep_blank_values=True)
        self._query = {name.lower(): value for name, value in pairs}
        if len(self._query) != len(pairs):
            raise SignInError("the token's URL has a parameter twice")
        self._check_form()

    def _check_form(self) -> None:
        if self._query.get("action") != "GetCallerIdentity":
            raise SignInError("the token is not a GetCallerIdentity call")
        if self._query.get("x-amz-algorithm") != "AWS4-HMAC-SHA256":
            raise SignInError("the token is not signed with AWS4-HMAC-SHA256")
        if HEADER not in self._headers:
            raise SignInError(f"the token does not sign {HEADER}, the cluster's name")
        scope = self._scope
        if len(scope) != 4 or scope[2:] != ["sts", "aws4_request"] or scope[0] != self._date[:8]:
            raise SignInError("the token is not signed for STS")

    @property
    def _headers(self) -> list[str]:
        return self._query.get("x-amz-signedheaders", "").split(";")

    @property
    def access_key(self) -> str:
        return self._query.get("x-amz-credential", "").split("/")[0]

    @property
    def _scope(self) -> list[str]:
        return self._query.get("x-amz-credential", "").split("/")[1:]

    @property
    def _date(self) -> str:
        return self._query.get("x-amz-date", "")

    def by(self, cluster: str) -> Principal:
        """The principal that signed it for the cluster. Raises SignInError unless it is valid now."""
        self._check_time()
        principal = principals.behind(self.access_key)
        if principal is None:
            raise SignInError(f"there is no access key {self.access_key}")
        if principal.expires and principal.expires < clock.now():
            raise SignInError("the session's credentials have expired")
        if principal.session_token != self._query.get("x-amz-security-token", ""):
            raise SignInError("the session token is not the access key's")
        if not hmac.compare_digest(self._signature(principal.secret, cluster), self._query.get("x-amz-signature", "")):
            raise SignInError(f"the signature does not match, for cluster {cluster} and access key {self.access_key}")
        return principal

    def _check_time(self) -> None:
        try:
            at = datetime.strptime(self._date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        except ValueError as error:
            raise SignInError("the token's date can't be read") from error
        if at > clock.now() + SKEW:
            raise SignInError("the token is of the future")
        if clock.now() >= at + LIFETIME:
            raise SignInError("the token has expired")

    def _signature(self, secret: str, cluster: str) -> str:
        """Signature Version 4 of the URL (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)."""
        query = "&".join(sorted(pair for pair in self._url.query.split("&") if not pair.startswith("X-Amz-Signature=")))
        values: Mapping[str, str] = {"host": self._url.netloc, HEADER: cluster}
        unknown = [name for name in self._headers if name not in values]
        if unknown:
            raise SignInError(f"the token signs headers that are not known here: {', '.join(unknown)}")
        headers = [f"{name}:{values[name]}" for name in self._headers]
        empty = hashlib.sha256(b"").hexdigest()
        canonical = "\n".join(["GET", self._url.path or "/", query, *headers, "", ";".join(self._headers), empty])
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self._date, "/".join(self._scope), digest])
        key = f"AWS4{secret}".encode()
        for part in self._scope:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _user(cluster: Cluster, entry: AccessEntry, principal: Principal, access_key: str) -> UserInfo:
    extra = {
        "accessKeyId": [access_key],
        "arn": [principal.arn],
        "canonicalArn": [principal.canonical_arn],
        "principalId": [principal.id],
        "sessionName": [principal.session],
    }
    return UserInfo(
        username=_username(cluster, entry, principal),
        uid=f"aws-iam-authenticator:{principal.account}:{principal.id}",
        groups=list(entry.shape["kubernetesGroups"]),
        extra=extra,
    )


def _username(cluster: Cluster, entry: AccessEntry, principal: Principal) -> str:
    username = str(entry.shape["username"])
    if "{{EC2PrivateDNSName}}" in username:
        username = username.replace("{{EC2PrivateDNSName}}", _private_dns_name(cluster, principal))
    # An @ in a session's name becomes -, as in aws-iam-authenticator.
    session = principal.session.replace("@", "-")
    return (
        username.replace("{{SessionNameRaw}}", principal.session)
        .replace("{{SessionName}}", session)
        .replace("{{AccountID}}", principal.account)
        .replace("{{AccessKeyID}}", "")
    )


def _private_dns_name(cluster: Cluster, principal: Principal) -> str:
    try:
        return str(network.ec2(cluster.key).get_instance(principal.session).private_dns_name)
    except ServiceException as error:
        raise SignInError(f"the session {principal.session} is not an instance of {cluster.key.region}") from error
