"""AWS's regions, from the data that boto3 carries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SHAPE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@cache
def known_regions() -> Mapping[str, tuple[str, str]]:
    """Return each region of all partitions: its description and the suffix of its hosts."""
    return {
        name: (region.get("description", name), partition["outputs"]["dnsSuffix"])
        for partition in _data()["partitions"]
        for name, region in partition["regions"].items()
        if _SHAPE.fullmatch(name)
    }


def require_region(region: str) -> str:
    """Why a region is refused; empty for one that exists."""
    return "" if region in known_regions() else f"invalid AWS Region: {region}; name one like eu-west-1"


def description(region: str) -> str:
    """`Europe (Ireland)`; raises KeyError for a region that doesn't exist."""
    return known_regions()[region][0]


def dns_suffix(region: str) -> str:
    """`amazonaws.com`; raises KeyError for a region that doesn't exist."""
    return known_regions()[region][1]


def _data() -> dict[str, Any]:
    spec = find_spec("botocore")
    assert spec is not None and spec.origin is not None  # noqa: S101 - the sandbox requires it
    return json.loads((Path(spec.origin).parent / "data" / "partitions.json").read_text())
