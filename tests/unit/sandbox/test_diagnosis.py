from pathlib import Path

import pytest

from sandbox.setup.diagnosis import explain

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("write /x: no space left on device", "the disk is full; free some space"),
        ("OSError: [Errno 28] No space left on device: '/x'", "the disk is full; free some space"),
        ('go: x@v1: Get "https://h": dial tcp: lookup h: no such host', "the package registries can't be reached"),
        (
            "NewConnectionError('<...>: Failed to establish a new connection')",
            "the package registries can't be reached",
        ),
        ("go: x: link: signal: killed", "out of memory"),
        ("main.go:3:1: undefined: y\n", "main.go:3:1: undefined: y"),
        ("ERROR: No matching distribution found for x==9\nhint", "ERROR: No matching distribution found for x==9"),
        ("", "it failed without a word"),
    ],
)
def test_a_failed_program_is_explained_in_one_line(tmp_path: Path, said: str, told: str) -> None:
    log = tmp_path / "log"
    log.write_text(said)
    line = explain("building x", log)
    assert line.startswith(f"building x: {told}")
    assert line.endswith(f"(all of it: {log})")
    assert "\n" not in line
