"""The readable text and the tags of a page or picture."""

from __future__ import annotations

from datetime import datetime, timezone
from html.parser import HTMLParser
from xml.etree import ElementTree

from ops.map.model import Fleet
from ops.map.page import page

NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


class Words(HTMLParser):
    """What a person reads of a page, and what its tags name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        # A word may be broken in its midst; every other tag parts words.
        self.text.append("" if tag == "wbr" else " ")

    def handle_endtag(self, tag: str) -> None:
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.text.append(data)

    def __str__(self) -> str:
        return " ".join("".join(self.text).split())


def words(fleet: Fleet) -> str:
    return str(Words(page(fleet, NOON)))


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314
