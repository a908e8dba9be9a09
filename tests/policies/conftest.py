"""Fleets, previewed once each: as they are, and broken in batches whose reports can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import cache

import pytest

from tests.policies.breaks import BATCHES, BREAKS, Batch
from tests.policies.fleets import Previews, Report, previews

BATCH_OF: Mapping[str, Batch] = {
    **{rule: broken.batch for rule, broken in BREAKS.items()},
    "outputs-secret": "clusters",
}
"""The batch of each rule that is broken in one; `outputs-secret` is broken by an output, not by a Break."""


@pytest.fixture(scope="session")
def engine() -> Generator[Previews]:
    with previews() as made:
        yield made


@pytest.fixture(scope="session")
def whole(engine: Previews) -> Callable[[str], Report]:
    """A fleet's preview, with nothing broken."""
    return cache(lambda fleet: engine.preview(fleet))


@pytest.fixture(scope="session")
def batch(engine: Previews) -> Callable[[Batch], Report]:
    """Return a batch's preview."""

    def preview(name: Batch) -> Report:
        config = {rule: broken.config for rule in rules(name) if (broken := BREAKS.get(rule)) and broken.config}
        return engine.preview(BATCHES[name], broken=rules(name), config=config)

    return cache(preview)


def rules(name: Batch) -> list[str]:
    """The rules of a batch."""
    return [rule for rule, batch in BATCH_OF.items() if batch == name]


def expected(rule: str) -> set[tuple[str, str]]:
    """Return the report when a rule is broken, and no other."""
    if rule == "outputs-secret":
        return {(rule, STACK)}
    one = BREAKS[rule]
    return {(rule, one.on or one.name), *((other, one.name) for other in one.with_it)}


STACK = "the stack"
"""In place of its name, which has the preview's number."""
