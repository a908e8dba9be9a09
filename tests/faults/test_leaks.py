"""The search for secret values."""

import base64
import json

import pytest

from tests.faults.leaks import leaks

pytestmark = pytest.mark.unit

SECRET = 'tr"ub4dor & 3'


@pytest.mark.parametrize(
    "text",
    [
        f"password: {SECRET}",
        json.dumps({"password": SECRET}),
        base64.b64encode(SECRET.encode()).decode(),
        *(base64.b64encode(f"{'x' * before}{SECRET}{'y' * before}".encode()).decode() for before in range(1, 7)),
    ],
)
def test_a_value_is_found_as_it_is_in_json_and_in_base64(text: str) -> None:
    assert leaks({SECRET: "the token"}, {"a log": text, "another": "nothing"}) == ["the token in a log"]


def test_a_value_that_is_nowhere_is_not_found() -> None:
    assert leaks({SECRET: "the token"}, {"a log": "trub4dor", "state": base64.b64encode(b"other").decode()}) == []
