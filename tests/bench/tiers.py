"""How long `make test` takes, by tier, by group, and its slowest tests, from the file that it writes.

python -m tests.bench.tiers .sandbox/tests.xml [--write docs/bench.md]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.bench.table import machine, markdown, number, put

PART = "tests"
SLOWEST = 20
"""How many tests are named."""


@dataclass(frozen=True)
class Case:
    """A test that ran."""

    name: str
    tier: str
    group: str
    """Its tests run one after the other, on one worker (tests/conftest.py)."""
    seconds: float
    """With what it set up and took down: the fleet of a group counts for the group's first test."""


def read(file: Path) -> list[Case]:
    """The tests of a file that pytest's --junitxml wrote. Raises ValueError for one without tiers."""
    cases: list[Case] = []
    for test in ElementTree.parse(file).iter("testcase"):  # noqa: S314  # pytest's own file
        said = {one.get("name", ""): one.get("value", "") for one in test.iter("property")}
        if "tier" not in said:
            raise ValueError(f"{file}: {test.get('name')} has no property tier; write it by `make test`")
        name = f"{test.get('classname', '').removeprefix('tests.')}: {test.get('name')}"
        cases.append(Case(name, said["tier"], said["group"], float(test.get("time", 0))))
    return cases


def tables(cases: Sequence[Case]) -> Mapping[str, str]:
    """The tables, by title."""
    slowest = sorted(cases, key=lambda case: -case.seconds)[:SLOWEST]
    return {
        "By tier": _summed("tier", ((case.tier, case.seconds) for case in cases)),
        "By group, each on one worker": _summed("group", ((case.group, case.seconds) for case in cases)),
        "The slowest tests": markdown(("test", "s"), [(case.name, number(case.seconds, 1)) for case in slowest], 1),
    }


def _summed(what: str, times: Iterable[tuple[str, float]]) -> str:
    of: dict[str, list[float]] = {}
    for name, seconds in times:
        of.setdefault(name, []).append(seconds)
    everything = sum(map(sum, of.values())) or 1
    rows = [
        (name, str(len(each)), number(sum(each), 1), number(100 * sum(each) / everything))
        for name, each in sorted(of.items(), key=lambda item: -sum(item[1]))
    ]
    return markdown((what, "tests", "s", "% of all"), rows, 1)


def main(argv: Sequence[str]) -> int:
    """Print the tables of a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tiers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="what `make test` wrote: .sandbox/tests.xml")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the tables between the marks of FILE")
    asked = parser.parse_args(argv)
    found = tables(read(asked.file))
    text = "\n\n".join([machine(), *(f"**{title}**\n\n{table}" for title, table in found.items())])
    print(text)
    if asked.write:
        put(asked.write, PART, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
