"""What a resource's tags may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

CHARACTERS = r"[\w .:/=+@-]"
"""What AWS lets every service's tags be made of (Tagging AWS Resources user guide, "Tag naming limits")."""
OWN = {
    "Name": None,
    "fleet": "name",
    "stack": None,
    "owner": "owner",
    "environment": "environment",
    "cost-centre": "costCentre",
}
"""The tags that the fleet sets, and the setting each comes from, if any."""
MOST = 40
"""How many more there may be: AWS takes 50 on a resource, the fleet's own and Kubernetes' among them."""


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


TagKey = Annotated[str, AfterValidator(_key)]
TagValue = Annotated[str, AfterValidator(_value)]


def check(keys: Iterable[str]) -> None:
    """Raise ValueError for more tags than AWS takes, or for one that the fleet sets."""
    listed = list(keys)
    for key in listed:
        if key in OWN:
            fix = f"set {OWN[key]}" if OWN[key] else "take another key"
            raise ValueError(f"tags: {key} is a tag that the fleet sets on everything; {fix}")
    if len(listed) > MOST:
        raise ValueError(
            f"tags: {len(listed)} tags are more than the {MOST} that AWS takes on a resource beside the fleet's; "
            "list fewer"
        )
