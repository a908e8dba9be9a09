"""docs/architecture.md: its pictures are those of the program, and each file that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture import PROJECT, join, order, pictures, put, settings
from tests.unit.engine import run_program

pytestmark = pytest.mark.unit

PAGE = PROJECT / "docs" / "architecture.md"
TEXT = PAGE.read_text()


def test_the_pictures_are_up_to_date() -> None:
    assert put(TEXT, pictures()) == TEXT, "run `python -m tests.architecture docs/architecture.md`"


def test_the_pictures_are_the_same_in_whatever_order_things_register() -> None:
    registered = run_program(settings()).registered
    backwards = registered[::-1]
    assert (join(backwards), order(backwards)) == (join(registered), order(registered))


def test_a_picture_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="the page has 0 places for the picture fleet"):
        put("no picture", {"fleet": "flowchart LR"})


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(\w+(?:/[\w.]+)+|\w+\.(?:py|yaml))`", TEXT))))
def test_a_file_that_the_page_names_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", TEXT))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (PAGE.parent / Path(link)).exists()
