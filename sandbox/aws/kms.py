"""KMS's rule that moto leaves out: a key behind `alias/aws/...` is AWS's own, and no one else's to delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend

from sandbox.aws.rules import Given, around


@around(KmsBackend, "create_alias")
def a_key_of_a_reserved_alias_is_managed_by_aws(go_on: Callable[[Given], Any], kms: Any, given: Given) -> Any:
    """AWS makes such a key by itself when a service first encrypts without another; it stays in the account."""
    made = go_on(given)
    if given["alias_name"].startswith("alias/aws/"):
        kms.keys[kms.get_key_id(given["target_key_id"])].key_manager = "AWS"
    return made
