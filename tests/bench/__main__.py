"""`make bench`: a fleet's start and life, its previews, types, objects and policies, in seconds, memory and ratios.

All figures of a part are of one run, on tools that are built, and compared with a yardstick of the same run, so that
figures of two machines, or of a busy one, can be compared. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.bench.fleet import Life
from tests.bench.policies import Policies
from tests.bench.preview import SIZES, Previews
from tests.bench.scale import REGIONS, Scale
from tests.bench.start import Start
from tests.bench.table import machine, put


class Part(Protocol):
    """A part of the bench."""

    def run(self) -> None:
        """Measure."""
        ...

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        ...


def main(argv: Sequence[str]) -> int:
    """Run the parts asked for and print their tables; 1 if one did not get to its end."""
    asked = _parsed(argv)
    parts: dict[str, Part] = {
        "fleet": Life(),
        "scale": Scale(asked.types, asked.objects, asked.clusters),
        "policies": Policies(),
        "preview": Previews(asked.sizes),
        "start": Start(),
    }
    ended = [_measured(name, part, asked.write) for name, part in parts.items() if asked.part in (None, name)]
    return int(not all(ended))


def _measured(name: str, part: Part, document: Path | None) -> bool:
    """Whether the part got to its end; its tables are printed, of as much as there is, and written if it did."""
    ended = False
    try:
        part.run()
        ended = True
    except Exception:
        traceback.print_exc()
    finally:
        text = "\n\n".join([machine(), *(f"**{title}**\n\n{table}" for title, table in part.tables().items())])
        print(f"\n{name}{'' if ended else ', which did not get to its end'}:\n\n{text}\n", flush=True)
    if ended and document:
        put(document, name, text)
    return ended


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0])
    parts = ["fleet", "scale", "policies", "preview", "start"]
    parser.add_argument("part", nargs="?", choices=parts, help="this part alone; all unless given")
    parser.add_argument("--types", type=int, default=50, help="how many types are enabled (%(default)s)")
    parser.add_argument("--objects", type=int, default=500, help="how many objects are federated (%(default)s)")
    parser.add_argument(
        "--clusters",
        type=int,
        default=len(REGIONS),
        choices=range(1, len(REGIONS) + 1),
        help="how many clusters, the host among them (%(default)s)",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=SIZES,
        metavar="CLUSTERS",
        help="the sizes that are previewed (%(default)s)",
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the tables between the marks of FILE")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
