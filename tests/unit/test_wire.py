"""The marks of Pulumi's special values, against the SDK's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pulumi.runtime import rpc

import wire

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]


def test_the_marks_are_the_sdk_s() -> None:
    assert rpc._special_sig_key == wire.SIGNATURE
    assert rpc._special_secret_sig == wire.IS_SECRET
    assert rpc._special_output_value_sig == wire.IS_OUTPUT
    assert rpc._special_resource_sig == wire.IS_REFERENCE
    assert rpc.UNKNOWN == wire.UNKNOWN
    assert wire.UNKNOWN in wire.UNKNOWNS
    assert len(wire.UNKNOWNS) == 7


def test_they_are_there_without_any_package() -> None:
    subprocess.run([sys.executable, "-S", "-c", "import wire"], cwd=PROJECT, check=True)
