"""Following the log of an update that a test has begun."""

import subprocess
import sys

import pytest

from sandbox.cli import update
from sandbox.paths import Paths
from tests.sandbox.checkout import Checkout

pytestmark = pytest.mark.unit

WRITES = """
import pathlib, sys, time
log = pathlib.Path(sys.argv[1])
time.sleep(0.2)
log.parent.mkdir(parents=True)
with log.open("w") as out:
    for text in ("one\\ntw", "o\\n", "three\\n"):
        out.write(text)
        out.flush()
        time.sleep(0.2)
"""


def test_each_line_comes_once_it_is_whole_and_none_after_the_end(paths: Paths) -> None:
    argv = [sys.executable, "-c", WRITES, str(update.log(paths, "up"))]
    with subprocess.Popen(argv, text=True) as process:
        assert [*Checkout(paths).lines(process)] == ["one", "two", "three"]


def test_an_update_without_a_log_has_no_lines(paths: Paths) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], text=True) as process:
        assert [*Checkout(paths).lines(process)] == []
