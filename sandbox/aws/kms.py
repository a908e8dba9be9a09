"""KMS's rule that moto lacks: a key with an alias `alias/aws/...` is AWS's own, and only AWS deletes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend

from sandbox.aws.rules import Given, around


@around(KmsBackend, "create_alias")
def a_key_of_a_reserved_alias_is_managed_by_aws(proceed: Callable[[Given], Any], kms: Any, given: Given) -> Any:
    """AWS creates such a key when a service first encrypts without another key. It stays in the account."""
    alias = proceed(given)
    if given["alias_name"].startswith("alias/aws/"):
        kms.keys[kms.get_key_id(given["target_key_id"])].key_manager = "AWS"
    return alias
