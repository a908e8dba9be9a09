"""The rules for a resource's tags."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import AfterValidator

from settings.form import Form

CHARACTERS = r"[\w .:/=+@-]"
"""The characters that every AWS service takes in tags (Tagging AWS Resources user guide, "Tag naming limits")."""
OWN = {
    "Name": None,
    "fleet": "name",
    "stack": None,
    "owner": "owner",
    "environment": "environment",
    "cost-centre": "costCentre",
}
"""The tags that the fleet sets, each with its setting, if there is one."""
MOST = 40
"""The most further tags: AWS takes 50 on a resource, the fleet's own and Kubernetes' among them."""


def _key(value: str) -> str:
    if not re.fullmatch(rf"{CHARACTERS}{{1,128}}", value) or value.lower().startswith("aws:"):
        raise ValueError(
            "can't be a tag's key in AWS; use 1 to 128 letters, digits, spaces and _ . : / = + - @, and not aws: first"
        )
    return value


def _value(value: str) -> str:
    if not re.fullmatch(rf"{CHARACTERS}{{0,256}}", value):
        raise ValueError("can't be a tag's value in AWS; use up to 256 letters, digits, spaces and _ . : / = + - @")
    return value


TagKey = Annotated[
    str,
    AfterValidator(_key),
    Form(
        "A tag's key: 1 to 128 letters, digits, spaces and `_ . : / = + - @`; not `aws:` first.",
        f"{CHARACTERS}{{1,128}}",
    ),
]
TagValue = Annotated[
    str,
    AfterValidator(_value),
    Form("A tag's value: up to 256 letters, digits, spaces and `_ . : / = + - @`.", f"{CHARACTERS}{{0,256}}"),
]


def check(keys: Iterable[str], own: Collection[str]) -> None:
    """Raise ValueError for more tags than AWS takes, or for one that the fleet sets.

    `own` are the keys that this fleet sets. IAM compares keys without case (IAM user guide, "Tags for IAM resources").
    """
    listed = list(keys)
    for key in listed:
        if key in OWN:
            fix = f"set {OWN[key]}" if OWN[key] else "take another key"
            raise ValueError(f"tags: {key} is a tag that the fleet sets on everything; {fix}")
    lowered = {key.lower(): key for key in own}
    for key in listed:
        if twin := lowered.get(key.lower()):
            raise ValueError(
                f"tags: {key} differs from {twin}, which the fleet sets, by case alone, and IAM takes only one of "
                "them; take another key" + (f", or set {OWN[twin]}" if OWN[twin] else "")
            )
    folded: dict[str, str] = {}
    for key in listed:
        if (twin := folded.setdefault(key.lower(), key)) != key:
            raise ValueError(f"tags: {twin} and {key} differ by case alone, and IAM takes only one of them; keep one")
    if len(listed) > MOST:
        raise ValueError(
            f"tags: {len(listed)} tags are more than the {MOST} that AWS takes on a resource beside the fleet's; "
            "list fewer"
        )
