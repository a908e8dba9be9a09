"""What made a program like pip or go fail, in one line with the fix, from what it wrote."""

from __future__ import annotations

import re
from pathlib import Path

FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)

OFFLINE = re.compile(
    r"dial tcp|no such host|i/o timeout|proxyconnect|TLS handshake timeout|network is unreachable"
    r"|failed to establish a new connection|temporary failure in name resolution|name or service not known"
    r"|connection (?:refused|reset|timed out)|read timed out|max retries exceeded|newconnectionerror",
    re.IGNORECASE,
)

KILLED = re.compile(r"signal: killed|cannot allocate memory|out of memory", re.IGNORECASE)

WORTHWHILE = re.compile(r"\berror\b|\bfailed\b|\bcannot\b|\bmissing\b|:\d+:\d+: ", re.IGNORECASE)


def explain(what: str, log: Path) -> str:
    """One line: what failed, why, what to do, and where the whole output is."""
    text = log.read_text(errors="replace") if log.exists() else ""
    if FULL.search(text):
        return f"{what}: the disk is full; free some space and run the command again (all of it: {log})"
    if OFFLINE.search(text):
        return (
            f"{what}: the package registries can't be reached; check the network, or a proxy's settings "
            f"(HTTPS_PROXY, GOPROXY, PIP_INDEX_URL), and run the command again (all of it: {log})"
        )
    if KILLED.search(text):
        return f"{what}: out of memory; close other programs and run the command again (all of it: {log})"
    return f"{what}: {_telling(text) or 'it failed without a word'} (all of it: {log})"


def _telling(text: str) -> str:
    """The last line that speaks of an error, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if WORTHWHILE.search(line)]
    return (telling or lines or [""])[-1]
