"""The sandbox's AWS account, its operator, and the secret from which its identifiers are drawn."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sandbox import files
from sandbox.aws import clock, seeded_random
from sandbox.errors import UserError

OPERATOR = "operator"
"""The IAM user of the person at this machine."""


@dataclass(frozen=True)
class Account:
    """The account and its operator's access key."""

    salt: str
    number: str = DEFAULT_ACCOUNT_ID
    access_key_id: str = ""
    secret_access_key: str = ""


def salt(folder: Path) -> str:
    """The account's secret, created on first use and kept in `account.json` of `folder`, readable by its owner only."""
    kept = folder / "account.json"
    if kept.exists():
        try:
            return str(json.loads(kept.read_text())["salt"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{kept} is damaged ({error}); remove the folder .sandbox and begin again") from error
    secret = secrets.token_hex(16)
    files.write_json(kept, {"salt": secret})
    return secret


def open_account(secret: str) -> Account:
    """Create the account's operator in an empty AWS. The same secret gives the same access key."""
    with seeded_random.drawn("account"), clock.stopped(clock.now()):
        iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
        iam.create_user("us-east-1", OPERATOR)
        iam.attach_user_policy("arn:aws:iam::aws:policy/AdministratorAccess", OPERATOR)
        key = iam.create_access_key(OPERATOR)
    return Account(secret, DEFAULT_ACCOUNT_ID, key.access_key_id, key.secret_access_key)
