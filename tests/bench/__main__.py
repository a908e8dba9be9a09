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

from tests.bench.engines import Engines
from tests.bench.fleet import Life
from tests.bench.large import Large
from tests.bench.path.part import CriticalPath
from tests.bench.path.real import Real
from tests.bench.policies import Policies
from tests.bench.preview import SIZES, Previews
from tests.bench.scale import REGIONS, Scale
from tests.bench.start import Start
from tests.bench.table import machine, put

ALONE = ("large",)
"""Parts that run only if they are named, and are written into documents of their own."""


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
        "engines": Engines(asked.types, asked.objects),
        "policies": Policies(),
        "path": CriticalPath(real=Real(asked.real, asked.factor)),
        "preview": Previews(asked.sizes),
        "start": Start(),
        "large": Large(),
    }
    wanted = [asked.part] if asked.part else [name for name in parts if name not in ALONE]
    ended = [_measured(name, parts[name], asked.write) for name in wanted]
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
    parts = ["fleet", "scale", "engines", "policies", "path", "preview", "start", *ALONE]
    unless = f"all but {', '.join(ALONE)} unless given"
    parser.add_argument("part", nargs="?", choices=parts, help=f"this part alone; {unless}")
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
        "--real",
        type=int,
        nargs="*",
        default=[],
        metavar="N",
        help="for the path: also bring fleets of so many clusters up and down, while AWS waits a share of its times",
    )
    parser.add_argument(
        "--factor", type=float, default=0.05, metavar="SHARE", help="the share of AWS's usual times (%(default)s)"
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
