"""aws:kms Key and Alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, AwsResource, found
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.aws.table import Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import Call
from sandbox.plugins.provider.values import Properties

_GONE = "NotFoundException"
_PREFIX = "alias/"
_PROPAGATION = 120.0
"""Seconds until KMS's responses show a change."""


class Key(AwsResource):
    """A key; deleting it schedules its end after the deletion window."""

    kind = "aws:kms/key:Key"
    knows = (
        "customerMasterKeySpec",
        "description",
        "enableKeyRotation",
        "isEnabled",
        "keyUsage",
        "multiRegion",
        "policy",
        "rotationPeriodInDays",
    )
    unread = ("bypassPolicyLockoutSafetyCheck", "deletionWindowInDays")
    defaults = {
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "enableKeyRotation": False,
    }
    documents = ("policy",)
    computed = ("description", "multiRegion", "policy", "rotationPeriodInDays")
    replace_on = ("customerMasterKeySpec", "keyUsage", "multiRegion")

    def make(self, api: Api) -> str:
        """Create it; a principal that was just made may not be known yet."""
        made = api.retry(
            lambda: api.request(
                "kms",
                "CreateKey",
                BypassPolicyLockoutSafetyCheck=api.get("bypassPolicyLockoutSafetyCheck"),
                Description=api.get("description"),
                KeySpec=api.get("customerMasterKeySpec"),
                KeyUsage=api.get("keyUsage"),
                MultiRegion=api.get("multiRegion"),
                Policy=api.get("policy"),
                Tags=tags.to_list(api.tags, "TagKey", "TagValue") or None,
            ),
            ["MalformedPolicyDocumentException"],
            timeout=120,
            says=["invalid principals"],
        )
        id = api.created(made["KeyMetadata"]["KeyId"])
        if api.get("enableKeyRotation"):
            self._rotate(api)
        if not api.get("isEnabled"):
            api.request("kms", "DisableKey", KeyId=id)
        if api.tags:
            api.wait(f"tags of key {id}", lambda: _tags(api) == api.tags, _PROPAGATION)
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The key, its policy and its rotation."""
        key = _key(api)
        if key is None:
            return None
        rotation = api.request("kms", "GetKeyRotationStatus", KeyId=api.id)
        period = rotation.get("RotationPeriodInDays") or known.get("rotationPeriodInDays")
        return {
            "arn": key["Arn"],
            "customerMasterKeySpec": key.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "description": key.get("Description", ""),
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            "isEnabled": key["Enabled"],
            "keyId": key["KeyId"],
            "keyUsage": key["KeyUsage"],
            "multiRegion": bool(key.get("MultiRegion")),
            "policy": api.request("kms", "GetKeyPolicy", KeyId=api.id, PolicyName="default")["Policy"],
            "rotationPeriodInDays": period if rotation["KeyRotationEnabled"] else None,
            "tagsAll": _tags(api),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change what differs; a key is enabled before anything else is done to it."""
        if "isEnabled" in changed and api.get("isEnabled"):
            api.request("kms", "EnableKey", KeyId=api.id)
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            self._rotate(api)
        if "description" in changed:
            api.request("kms", "UpdateKeyDescription", KeyId=api.id, Description=api.get("description") or "")
        if "policy" in changed and api.get("policy"):
            bypass = api.get("bypassPolicyLockoutSafetyCheck")
            policy = {"PolicyName": "default", "Policy": api.get("policy"), "BypassPolicyLockoutSafetyCheck": bypass}
            api.request("kms", "PutKeyPolicy", KeyId=api.id, **policy)
        if "isEnabled" in changed and not api.get("isEnabled"):
            api.request("kms", "DisableKey", KeyId=api.id)

    def remove(self, api: Api) -> None:
        """Schedule the key's deletion, and check that KMS accepted it."""
        days = api.state.get("deletionWindowInDays")
        response = found(
            lambda: api.request("kms", "ScheduleKeyDeletion", KeyId=api.id, PendingWindowInDays=days),
            _GONE,
            "KMSInvalidStateException",
        )
        if response is not None:
            api.wait(f"key {api.id} to be pending deletion", lambda: _key(api) is None, _PROPAGATION)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop:
            api.request("kms", "UntagResource", KeyId=api.id, TagKeys=drop)
        if add:
            api.request("kms", "TagResource", KeyId=api.id, Tags=tags.to_list(add, "TagKey", "TagValue"))
        api.wait(f"tags of key {api.id}", lambda: _tags(api) == api.tags, _PROPAGATION)

    def _rotate(self, api: Api) -> None:
        if api.get("enableKeyRotation"):
            days = api.get("rotationPeriodInDays")
            api.request("kms", "EnableKeyRotation", KeyId=api.id, RotationPeriodInDays=days)
        else:
            api.request("kms", "DisableKeyRotation", KeyId=api.id)


def _key(api: Api) -> dict[str, Any] | None:
    """The key; None for one that is gone, or will be after its window."""
    answer = found(lambda: api.request("kms", "DescribeKey", KeyId=api.id), _GONE)
    if answer is None or answer["KeyMetadata"]["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
        return None
    return answer["KeyMetadata"]


def _tags(api: Api) -> dict[str, str]:
    return tags.from_list(api.request("kms", "ListResourceTags", KeyId=api.id)["Tags"], "TagKey", "TagValue")


class Alias(Plain):
    """A key's alias; its id is its name, `alias/…`."""

    kind = "aws:kms/alias:Alias"
    row = Row(
        service="kms",
        calls=Calls(create="CreateAlias", read="ListAliases", update="UpdateAlias", delete="DeleteAlias"),
        id="{name}",
        item="Aliases",
        match="AliasName",
        missing=[_GONE],
        spelled={"name": "AliasName", "arn": "AliasArn"},
        outputs=("arn", "namePrefix"),
    )
    taggable = False
    knows = ("name", "targetKeyId")
    replace_on = ("name",)
    named = "name"
    longest_name = 238
    names = Names(longest=256, pattern=r"alias/[a-zA-Z0-9/_-]+")

    def autoname(self, call: Call[Aws]) -> str:
        """A name of its own making begins as an alias must."""
        name = super().autoname(call)
        return name if name.startswith(_PREFIX) else _PREFIX + name

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Names begin with alias/."""
        name = inputs.get("name")
        if isinstance(name, str) and not name.startswith(_PREFIX):
            yield Problem("name", f"{name!r} must begin with 'alias/'; write {_PREFIX + name}")

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """Return the alias; None for an alias without a key, which is AWS's own."""
        alias = super().look(api, known)
        return alias if alias and alias.get("TargetKeyId") else None

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Return the outputs with the key as it was declared, by id or by ARN."""
        arn = item["AliasArn"].rsplit(":", 1)[0] + f":key/{item['TargetKeyId']}"
        declared = known.get("targetKeyId")
        key = {"targetKeyArn": arn, "targetKeyId": declared if declared == arn else item["TargetKeyId"]}
        return super().outputs(api, item, known) | key
