"""Go's durations, in which the official provider takes them."""

from __future__ import annotations

import re


def seconds(duration: str) -> float | None:
    """Go's form of a duration, `1h30m` or `90s`; None if it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|m|s)", duration)
    if (duration != "0" and "".join(number + unit for number, unit in parts) != duration) or not duration:
        return None
    return sum(float(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)
