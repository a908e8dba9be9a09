"""The sandbox's one AWS account: who owns it, and the secret that all its identifiers are drawn from."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sandbox import files
from sandbox.aws import chance, clock
from sandbox.errors import UserError

OPERATOR = "operator"
"""The IAM user that a person at this machine is."""


@dataclass(frozen=True)
class Account:
    """The account and its operator's access key."""

    salt: str
    number: str = DEFAULT_ACCOUNT_ID
    access_key_id: str = ""
    secret_access_key: str = ""


def salt(folder: Path) -> str:
    """The account's secret, made on first use and kept in `account.json` of `folder`, for its owner's eyes only."""
    kept = folder / "account.json"
    if kept.exists():
        try:
            return str(json.loads(kept.read_text())["salt"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{kept} is damaged ({error}); remove the folder .sandbox and begin again") from error
    made = secrets.token_hex(16)
    files.write_json(kept, {"salt": made})
    return made


def open_account(made: str) -> Account:
    """Make the account's operator in an empty AWS; the same salt gives the same access key."""
    with chance.drawn("account"), clock.stopped(clock.now()):
        iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
        iam.create_user("us-east-1", OPERATOR)
        iam.attach_user_policy("arn:aws:iam::aws:policy/AdministratorAccess", OPERATOR)
        key = iam.create_access_key(OPERATOR)
    return Account(made, DEFAULT_ACCOUNT_ID, key.access_key_id, key.secret_access_key)
