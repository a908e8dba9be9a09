"""The principals of access keys: users, and sessions of roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An IAM identity with the secret that its requests are signed with."""

    account: str
    arn: str
    """The ARN in GetCallerIdentity's response; an STS ARN for a role's session."""
    canonical_arn: str
    """The ARN of the IAM user or role, with its path."""
    id: str
    """`AIDA…` of a user, `AROA…` of a role."""
    secret: str
    session: str = ""
    """The session's name; empty for a user."""
    session_token: str = ""
    expires: datetime | None = None


def behind(access_key: str) -> Principal | None:
    """The principal of an access key; None for an unknown or inactive key."""
    for account in list(iam_backends):
        if found := _session(account, access_key) or _user(account, access_key):
            return found
    return None


def _session(account: str, access_key: str) -> Principal | None:
    role = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key)
    if role is None:
        return None
    return Principal(
        account=account,
        arn=role.arn,
        canonical_arn=role.role_arn,
        id=role.user_id.split(":")[0],
        secret=role.secret_access_key,
        session=role.session_name,
        session_token=role.session_token,
        expires=role.expiration.replace(tzinfo=timezone.utc),
    )


def _user(account: str, access_key: str) -> Principal | None:
    for user in iam_backends[account]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key and key.status == "Active":
                return Principal(
                    account=account, arn=user.arn, canonical_arn=user.arn, id=user.id, secret=key.secret_access_key
                )
    return None
