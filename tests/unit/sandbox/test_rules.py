"""Installing the sandbox's rules in moto, and removing them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import rules

pytestmark = pytest.mark.unit


class Parent:
    def inherited(self, name: str) -> str:
        return name


class Moto(Parent):
    kind = "moto's"

    def own(self, name: str) -> str:
        return name


def says() -> tuple[str, str, str]:
    return Moto.kind, Moto().own("a"), Moto().inherited("a")


def test_moto_is_itself_while_the_rules_are_taken_out_and_strict_again_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "_WAITING", [])
    monkeypatch.setattr(rules, "_PUT", [])

    def louder(go_on: Any, _: Moto, given: rules.Given) -> str:
        return str(go_on(given)) + "!"

    for method in ("own", "inherited", "own"):
        rules.around(Moto, method)(louder)
    rules.attribute(Moto, "kind", "ours")
    rules.install()
    strict = ("ours", "a!!", "a!")
    assert says() == strict
    with rules.taken_out():
        assert says() == ("moto's", "a", "a")
        assert "inherited" not in vars(Moto)
    assert says() == strict
