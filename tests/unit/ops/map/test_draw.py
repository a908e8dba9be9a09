"""The picture of the networks, as SVG."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.map.draw import draw, shortened
from tests.unit.ops.map.fleets import fleet_of, outputs_of
from tests.unit.ops.map.markup import parsed

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("count", "full_mesh", "lines"), [(1, False, 1), (2, False, 3), (10, False, 19), (10, True, 55)]
)
def test_every_peering_is_drawn_once(count: int, full_mesh: bool, lines: int) -> None:
    outputs = outputs_of(count, full_mesh=full_mesh)
    picture = parsed(draw(fleet_of(outputs)))
    drawn = [path.findtext(f"{SVG}title") for path in picture.iter(f"{SVG}path")]
    assert len(drawn) == len(set(drawn)) == lines
    assert {(title or "").rsplit(": ", 1)[1] for title in drawn} == set(outputs["peerings"].values())


@given(st.text(max_size=40), st.integers(2, 30))
def test_a_shortened_text_fits_and_keeps_its_ends(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    assert short == text or (short[0] == text[0] and len(text) > most)
