"""Files and URLs: their text or bytes, and whether a URL's content can change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

TIMEOUT = 20
"""Seconds for a server's response."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The hosts of the machine itself, which nobody on the network can impersonate."""

MOVING = re.compile(r"(?:^|[/=@])(?:refs/heads/[^/?]+|main|master|HEAD|trunk|develop|latest|nightly)(?:[/?&]|$)")
"""Parts of a URL that name a branch, or the newest version."""


class SourceError(ValueError):
    """A source that can't be read; the message has only the reason."""

    def __init__(self, reason: str, status: int | None = None, challenge: str = "") -> None:
        """Take the reason, the HTTP `status` of a refusal, and its `challenge`, the header WWW-Authenticate."""
        super().__init__(reason)
        self.status = status
        self.challenge = challenge


def is_safe(url: str) -> bool:
    """Whether nobody on the network can change a URL's content: it is https, or of the machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def moving(url: str) -> str | None:
    """Return the part of a URL that makes its content change, a branch or `latest`; None if it never changes."""
    found = MOVING.search(urlsplit(url)._replace(scheme="", netloc="").geturl())
    return found[0].strip("/=@?&") if found else None


def fetch(url: str, headers: Mapping[str, str] | None = None, token: str = "") -> bytes:
    """Return a URL's content. Raise SourceError.

    Only the URL's own server gets `token`, and not the server of a redirect.
    """
    request = Request(url, headers=dict(headers or {}))  # noqa: S310  # the scheme is checked next
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    if not is_safe(url):
        raise SourceError(f"{url} is not https")
    try:
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            if not is_safe(response.url):
                raise SourceError(f"it leads to {response.url}, which is not https")
            return response.read()
    except HTTPError as error:
        with error:
            challenge = error.headers.get("WWW-Authenticate") or ""
            raise SourceError(f"{url} answers {error.code} {error.reason}", error.code, challenge) from None
    except (OSError, HTTPException) as error:
        raise SourceError(f"{url} does not answer: {getattr(error, 'reason', None) or error}") from None


def text(place: str) -> str:
    """Return the text at a URL or in a file. Raise SourceError."""
    try:
        return (fetch(place) if "://" in place else Path(place).read_bytes()).decode()
    except UnicodeDecodeError:
        raise SourceError("it is no text") from None
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from None
