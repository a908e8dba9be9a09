"""The marks of special values in Pulumi's wire format and in a stack's state.

This module imports nothing, because a preview's comment is written on a Python without packages. The SDK has most of
the marks under private names only.
"""

from __future__ import annotations

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of a special object, whose value is one of the next three (sdk/go/common/resource/sig)."""

IS_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # a mark, no secret
IS_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
IS_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A text, or a value of no type, that is only known after the update (sdk/go/common/resource/plugin/rpc.go)."""

UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    }
)
"""Unknown values of every type (the same file)."""
