"""Files for their owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sandbox import files

pytestmark = pytest.mark.unit


def test_a_file_becomes_its_owner_s_alone_whatever_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "key"
    files.write(path, "first")
    path.chmod(0o644)
    files.write(path, b"second")
    assert path.read_text() == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*path.parent.iterdir()] == [path]


def test_a_file_that_can_t_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    files.write(path, "first")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        files.write(path, "second")
    assert path.read_text() == "first"
    assert [*tmp_path.iterdir()] == [path]
