"""Fleets, previewed once each: as they are, and broken in batches whose reports can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import cache

import pytest

from tests.policies.breaks import BREAKS
from tests.policies.fleets import Previews, Report, previews

BATCHES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "networks": (
        "one",
        ("vpc-", "subnet-", "endpoint-policy", "address-", "group-no", "group-d", "group-a", "peering-"),
    ),
    "machines": (
        "one",
        (
            "instance-",
            "disk-",
            "user-data-",
            "node-no",
            "node-p",
            "node-z",
            "group-l",
            "tags-",
            "key-",
            "log-",
            "session-",
        ),
    ),
    "identity": ("one", ("rights-", "trust-", "node-rights")),
    "clusters": ("one", ("cluster-", "addon-", "member-v", "member-h", "credentials-", "outputs-", "rbac-b")),
    "federation": ("sandbox", ("member-reachable", "kubefed-", "rbac-named")),
    "endpoints": ("none", ("endpoint-zones",)),
}
"""By name: a fleet, and what the ids of the rules begin with that are broken on it in one preview."""


@pytest.fixture(scope="session")
def engine() -> Generator[Previews]:
    with previews() as made:
        yield made


@pytest.fixture(scope="session")
def whole(engine: Previews) -> Callable[[str], Report]:
    """A fleet's preview, with nothing broken."""
    return cache(lambda fleet: engine.preview(fleet))


@pytest.fixture(scope="session")
def batch(engine: Previews) -> Callable[[str], Report]:
    """A batch's preview."""

    def preview(name: str) -> Report:
        config = {rule: one.config for rule in rules(name) if (one := BREAKS.get(rule)) and one.config}
        return engine.preview(BATCHES[name][0], broken=rules(name), config=config)

    return cache(preview)


def rules(name: str) -> list[str]:
    """The rules of a batch."""
    return [rule for rule in (*BREAKS, "outputs-secret") if rule.startswith(BATCHES[name][1])]


def batch_of(rule: str) -> str:
    """Where a rule is broken."""
    (found,) = (name for name in BATCHES if rule in rules(name))
    return found


def expected(rule: str) -> set[tuple[str, str]]:
    """What is reported when a rule is broken, and it alone."""
    if rule == "outputs-secret":
        return {(rule, STACK)}
    one = BREAKS[rule]
    return {(rule, one.on or one.name), *((other, one.name) for other in one.with_it)}


STACK = "the stack"
"""In place of its name, which has the preview's number."""
