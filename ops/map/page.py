"""The HTML page around the picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ops.map.draw import draw
from ops.map.model import Engine, Fleet
from ops.map.problems import problems

TEMPLATE = "page.html"


def page(fleet: Fleet, when: datetime) -> str:
    """Return the page; it loads nothing from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    template = environment.get_template(TEMPLATE)
    return template.render(
        fleet=fleet,
        when=f"{when:%Y-%m-%d %H:%M} {when:%Z}".strip(),
        problems=list(problems(fleet)),
        summary=summary(fleet),
        # draw() has escaped every text in it.
        picture=Markup(draw(fleet)),  # noqa: S704
    )


def summary(fleet: Fleet) -> str:
    """Return the fleet's numbers on one line."""
    networks = [*([fleet.bastion] if fleet.bastion else []), *(cluster.network for cluster in fleet.clusters)]
    regions = {network.region for network in networks}
    enabled = [type_ for type_ in fleet.types if type_.enabled]
    answered = [federation.engine for federation in fleet.federations if federation.reached]
    parts = [
        _count(fleet.clusters, "cluster"),
        _count(regions, "region"),
        _count(fleet.peerings, "peering"),
    ]
    if Engine.KUBEFED in answered:
        parts.append(_count(enabled, "federated type"))
    if answered:
        parts.append(_count(fleet.objects, "federated object"))
    return " \N{MIDDLE DOT} ".join(parts)


def breakable(word: str) -> Markup:
    """Return a word that may break before inner capitals and after hyphens and dots: `Creation|Failed`."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[-.])", word))


def _count(things: Iterable[object], noun: str) -> str:
    number = len(list(things))
    return f"{number} {noun}{'' if number == 1 else 's'}"
