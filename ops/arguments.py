"""The commands' parsers, whose --help ends with the exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]
"""The type that add_subparsers() returns; argparse has no public name for it."""

EXIT_CODES = {"0": "success", "1": "a problem that you can fix; the error says how", "2": "invalid usage"}
"""The exit codes that mean the same for every command."""


def add_parser(
    subparsers: Subparsers, name: str, summary: str, *, exit_codes: Mapping[str, str], usage: str | None = None
) -> argparse.ArgumentParser:
    """Add a command; `exit_codes` are its own, and take precedence over EXIT_CODES."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary}.",
        usage=usage,
        epilog=exit_code_list(exit_codes),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def exit_code_list(exit_codes: Mapping[str, str]) -> str:
    """Return the end of a --help."""
    lines = (f"  {code:<8}{meaning}" for code, meaning in {**EXIT_CODES, **exit_codes}.items())
    return "\n".join(["exit codes:", *lines])
