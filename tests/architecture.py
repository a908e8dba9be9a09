"""The pictures of docs/architecture.md that the program draws: `python -m tests.architecture docs/architecture.md`.

The fleet is drawn from the plan of Pulumi.dev.yaml. The order of the components and the join are drawn from what the
program registers under the mock engine: who waits for whom, without what follows from the rest.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.unit.engine import Registered, run_program
from tests.unit.settings.parse import parse

PROJECT = Path(__file__).parents[1]
COMPONENT = "federated-eks:index:"
Edges = Mapping[str, set[str]]
"""By name: the names that it waits for."""


def settings() -> dict[str, Any]:
    """The settings of Pulumi.dev.yaml, with somebody who may call the API servers."""
    values = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]
    found = {key.removeprefix("federated-eks:"): value for key, value in values.items()}
    return found | {"endpoint": {**found["endpoint"], "allowedCidrs": ["198.51.100.7/32"]}}


def pictures() -> dict[str, str]:
    """Each picture in Mermaid, by the name of its place in the page."""
    registered = run_program(settings()).registered
    return {"fleet": fleet(), "order": order(registered), "join": join(registered)}


def fleet() -> str:
    """Regions, networks and peerings of the plan."""
    plan = parse(settings()).plan
    lines = ["flowchart LR"]
    for number, region in enumerate(plan.regions):
        sites = [site for site in plan.sites if site.region == region]
        lines += [
            f"  subgraph r{number}[{region}]",
            *(f'    {site.name}["{site.name}<br/>{site.cidr}"]' for site in sites),
        ]
        lines.append("  end")
    lines += [f"  {one} <-- peering --> {other}" for one, other in plan.links]
    joined = [member.name for member in plan.members]
    return "\n".join([*lines, *(f"  {plan.host.name} -. joins .-> {name}" for name in joined)])


def order(registered: Sequence[Registered]) -> str:
    """The components by their types: which waits for which."""
    kinds = {each.urn: kind for each, kind in _top(registered)}
    edges: defaultdict[str, set[str]] = defaultdict(set)
    for each, kind in _top(registered):
        edges[kind] |= {kinds[other] for other in each.waits if other in kinds} - {kind}
    return "\n".join(["flowchart LR", *(f"  {one} --> {other}" for one, other in _arrows(edges))])


def join(registered: Sequence[Registered]) -> str:
    """The resources of the second cluster's membership, by the cluster that they are in.

    Sorted, for what does not wait for each other is registered in any order.
    """
    name = "federated-eks-2-member"
    own = sorted((each for each in registered if each.parent == name), key=lambda each: each.name)
    names = {each.urn: each.name.removeprefix(f"{name}-") for each in own}
    lines = ["flowchart LR"]
    for provider in sorted({each.provider for each in own}):
        inside = [each for each in own if each.provider == provider]
        lines += [
            f"  subgraph {provider}",
            *(f'    {names[each.urn]}["{_kind(each)}: {names[each.urn]}"]' for each in inside),
            "  end",
        ]
    edges = {names[each.urn]: {names[other] for other in each.waits if other in names} for each in own}
    return "\n".join([*lines, *(f"  {one} --> {other}" for one, other in _arrows(edges))])


def _kind(resource: Registered) -> str:
    return str(resource.inputs.get("kind") or resource.type.rpartition(":")[2])


def _top(registered: Sequence[Registered]) -> Iterator[tuple[Registered, str]]:
    """The resources that are in components of the program, each with the type of the outermost one."""
    by_urn = {each.urn: each for each in registered}
    for each in registered:
        top = each
        while top.parent_urn in by_urn:
            top = by_urn[top.parent_urn]
        if top.type.startswith(COMPONENT):
            yield each, top.type.removeprefix(COMPONENT)


def _arrows(edges: Edges) -> list[tuple[str, str]]:
    """Yield the arrows from each name to those that wait for it, without arrows that follow from others."""
    return sorted(
        (first, then)
        for then, firsts in edges.items()
        for first in firsts
        if not any(first in _before(other, edges) for other in firsts - {first})
    )


def _before(name: str, edges: Edges) -> set[str]:
    """Return the names that a name waits for, directly or through others."""
    found: set[str] = set()
    left = [name]
    while left:
        new = edges.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def put(page: str, drawn: Mapping[str, str]) -> str:
    """The page with each picture in its place: between `<!-- name -->` and the end of the block below it."""
    for name, picture in drawn.items():
        block = f"<!-- {name} -->\n\n```mermaid\n{picture}\n```\n"
        page, count = re.subn(
            rf"<!-- {name} -->\n\n```mermaid\n.*?^```\n", lambda _, b=block: b, page, flags=re.S | re.M
        )
        if count != 1:
            raise ValueError(f"the page has {count} places for the picture {name}")
    return page


def main(argv: Iterable[str]) -> None:
    """Draw the pictures of a page again."""
    (file,) = argv
    page = Path(file)
    page.write_text(put(page.read_text(), pictures()))


if __name__ == "__main__":
    main(sys.argv[1:])
