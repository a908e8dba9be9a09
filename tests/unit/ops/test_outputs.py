"""A stack's outputs, and the errors of a stack that has none."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from ops import outputs
from ops.errors import UserError
from tests.unit.ops.map.fleets import outputs_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("missing", ["plan", "kubeconfig", "peerings"])
def test_a_stack_without_a_fleet_is_named_with_the_fix(missing: str) -> None:
    values = outputs_of(1)
    del values[missing]
    with pytest.raises(UserError, match=rf"^--stack: dev has no output {missing}; .* pulumi up -s dev$"):
        outputs.complete("dev", values)


def test_a_stack_that_is_not_up_is_named_with_the_fix() -> None:
    with pytest.raises(UserError, match=r"--stack: dev has no output .*; bring it up first: pulumi up -s dev"):
        outputs.complete("dev", {})


def test_a_stack_from_before_the_bastion_was_told_is_brought_up_first() -> None:
    values = outputs_of(1)
    del values["plan"]["bastion"]
    with pytest.raises(UserError, match=r"has no output plan\.bastion; bring it up first"):
        outputs.complete("dev", values)


def test_a_passphrase_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "error: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or ..."

    def run(argv: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(argv, 255, "", said)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match=r"^--stack: dev: .* outputs: get stack .*; export PULUMI_CONFIG_PASSPHRASE=<"):
        outputs.read("dev")


def test_pulumi_s_own_last_word_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(argv: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(argv, 255, "", "warning: old\nerror: no stack named 'dev' found\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match=r"^--stack: dev: pulumi .* outputs: no stack named 'dev' found; use a name"):
        outputs.read("dev")
