"""The comments of the recordings, current and approved: `python -m tests.unit.ops.preview.golden` approves them."""

from __future__ import annotations

from pathlib import Path

from ops.preview import comment, events
from ops.preview.comment import DRIFT, PREVIEW, About

RECORDINGS = Path(__file__).parent / "recordings"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(file.stem for file in RECORDINGS.glob("*.jsonl"))


def text(name: str) -> str:
    """Return the current comment of a recording."""
    about = About(
        stack="sandbox",
        kind=DRIFT if name == "drift" else PREVIEW,
        commit="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        page="https://github.com/example/fleet/actions/runs/1",
    )
    with (RECORDINGS / f"{name}.jsonl").open() as log:
        return comment.comment(events.preview(events.read(log)), about)


def write() -> None:
    """Replace the approved comments by the current ones."""
    for name in NAMES:
        (GOLDEN / f"{name}.md").write_text(text(name) + "\n")


if __name__ == "__main__":
    write()
