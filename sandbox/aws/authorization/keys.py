"""KMS's checks of a call: keys by their tags, aliases by their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.kms.models import kms_backends

from sandbox.aws.authorization.call import Call, tags_of
from sandbox.aws.authorization.policies import Check


def checks(call: Call) -> Iterator[Check]:
    """The checks on keys by their tags, and on aliases by their names."""
    params, requested = call.params, tags_of(call.params.get("Tags"))
    if call.operation == "CreateKey":
        yield call.check("*", requested=requested)
        if requested:
            yield call.check("*", action="kms:TagResource", requested=requested)
        return
    if alias := params.get("AliasName"):
        yield call.check(call.arn(alias))
    key = params.get("TargetKeyId") or params.get("KeyId") or (_alias_target(call, alias) if alias else "")
    if key or not alias:
        yield call.check(call.arn(f"key/{_key_id(key)}") if key else "*", tags=key_tags(call, key), requested=requested)


def _key_id(key: str) -> str:
    return key.rpartition("/")[2]


def _alias_target(call: Call, alias: str) -> str:
    backend: Any = kms_backends[call.principal.account][call.region]
    return next((key.id for key in backend.keys.values() if alias in key.aliases), "")


def key_tags(call: Call, key: str) -> dict[str, str]:
    """The tags of a key by its id or ARN, in the call's region; empty for a missing key."""
    backend: Any = kms_backends[call.principal.account][call.region]
    return dict(backend.tagger.get_tag_dict_for_resource(_key_id(key)))
