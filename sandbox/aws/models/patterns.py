"""The patterns of AWS's models, translated from Java's dialect to Python's.

The dialects agree on nearly all of them: a match is of the whole text, and `\\w`, `\\d` and `\\s` are ASCII. Three
constructs that Python refuses are translated. A pattern with any other such construct raises re.error at its
first use; a test compiles every pattern of the services that the sandbox checks.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache, lru_cache
from itertools import groupby

_CATEGORY = re.compile(r"\\p\{([LMNPZ])\}")
_PAIR = re.compile(r"\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_HYPHEN = re.compile(r"(\\[wdsWDS])-(?!\])")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, for `fullmatch`. Raises re.error if it can't be translated."""
    return re.compile(translated(pattern), re.ASCII)


def translated(pattern: str) -> str:
    """The pattern in Python's dialect.

    - `\\p{L}`, a category of Unicode: its ranges. The models have it in brackets only.
    - `\\p{ASCII}`, outside of brackets: its range.
    - A surrogate pair: the character that it encodes.
    - `[\\w-/]`, in which Java takes the hyphen literally: an escaped hyphen.
    """
    pattern = _PAIR.sub(_character, pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]"))
    pattern = _HYPHEN.sub(r"\1\\-", pattern)
    return _CATEGORY.sub(lambda found: _categories()[found[1]], pattern)


def _character(found: re.Match[str]) -> str:
    high, low = int(found[1], 16), int(found[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


@lru_cache(maxsize=1)
def _categories() -> dict[str, str]:
    """Unicode's major categories, each as the content of a bracket, from one pass over all characters."""
    ranges: dict[str, list[str]] = {}
    first = 0
    for major, run in groupby(map(unicodedata.category, map(chr, range(sys.maxunicode + 1))), lambda name: name[0]):
        last = first + sum(1 for _ in run) - 1
        ranges.setdefault(major, []).append(f"\\U{first:08x}-\\U{last:08x}")
        first = last + 1
    return {major: "".join(all_of) for major, all_of in ranges.items()}
