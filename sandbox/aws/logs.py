"""CloudWatch Logs' rules that moto lacks: the valid retentions, and the keys that may encrypt records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.kms.models import kms_backends
from moto.logs.exceptions import InvalidParameterException, LogsClientError
from moto.logs.models import LogsBackend

from sandbox.aws.rules import Given, before

RETENTION = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The valid retentions in days (API reference, PutRetentionPolicy)."""


@before(LogsBackend, "put_retention_policy")
def limit_retention_to_the_documented_days(_: Any, given: Given) -> None:
    """Raise InvalidParameterException."""
    if int(given["retention_in_days"]) not in RETENTION:
        raise InvalidParameterException(
            constraint=f"Member must satisfy enum value set: {list(RETENTION)}",
            parameter="retentionInDays",
            value=given["retention_in_days"],
        )


@before(LogsBackend, "create_log_group")
def a_group_s_key_admits_the_service(logs: Any, given: Given) -> None:
    """Raise AccessDeniedException for a missing key, or if its policy does not admit the service for the group."""
    key = given["kwargs"].get("kmsKeyId")
    group = f"arn:aws:logs:{logs.region_name}:{logs.account_id}:log-group:{given['log_group_name']}"
    if key and not _usable(logs, key, group):
        raise LogsClientError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{group}'",
        )


def _usable(logs: Any, arn: str, group: str) -> bool:
    key = kms_backends[logs.account_id][logs.region_name].keys.get(arn.rpartition("/")[2])
    if key is None or key.key_state != "Enabled" or key.arn != arn:
        return False
    return any(
        _admits(statement, f"logs.{logs.region_name}.amazonaws.com", group) for statement in _statements(key.policy)
    )


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    statements = json.loads(policy)["Statement"]
    yield from statements if isinstance(statements, list) else [statements]


def _admits(statement: dict[str, Any], service: str, group: str) -> bool:
    principal = statement.get("Principal")
    services = _list(principal.get("Service")) if isinstance(principal, dict) else []
    actions = _list(statement.get("Action"))
    needed = all(
        any(fnmatchcase(action, allowed) for allowed in actions)
        for action in ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")
    )
    conditions = [
        _list(patterns)
        for operator, keys in statement.get("Condition", {}).items()
        for key, patterns in keys.items()
        if operator in ("ArnLike", "ArnEquals", "StringEquals", "StringLike")
        and key == "kms:EncryptionContext:aws:logs:arn"
    ]
    fits = all(any(fnmatchcase(group, pattern) for pattern in patterns) for patterns in conditions)
    return statement["Effect"] == "Allow" and service in services and needed and fits


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
