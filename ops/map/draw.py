"""The networks and their peerings as SVG; the page's style sheet colours its classes."""

from __future__ import annotations

from html import escape

import svg

from ops.map.layout import Box, Line, lay_out
from ops.map.model import Cluster, Engine, Fleet, Network, State

INNER = 22.0
"""The distance from a network's upper edge to the box in it."""
PAD = 8.0

MARKS = {State.READY: "\N{CHECK MARK}", State.NOT_READY: "\N{BALLOT X}", State.NOT_JOINED: "\N{BALLOT X}"}
"""The mark before a state's name."""


def draw(fleet: Fleet) -> str:
    """Return the picture, an SVG element."""
    layout = lay_out(fleet)
    elements: list[svg.Element] = [_title(f"The networks of {fleet.stack} and their peerings")]
    elements += [_peering(line) for line in layout.lines]
    if fleet.bastion:
        elements.append(_bastion(fleet.bastion, layout.boxes[fleet.bastion.name]))
    elements += [_cluster(cluster, fleet.engines[0], layout.boxes[cluster.name]) for cluster in fleet.clusters]
    return str(
        svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, layout.width, layout.height),
            width=layout.width,
            height=layout.height,
            class_=["map"],
            extra={"role": "group"},
            elements=elements,
        )
    )


def _peering(line: Line) -> svg.Element:
    return svg.Path(
        d=[svg.M(*line.start), svg.C(line.bend[0], line.start[1], line.bend[1], line.end[1], *line.end)],
        class_=["peering"],
        elements=[_title(f"{line.peering.first} \N{LEFT RIGHT ARROW} {line.peering.second}: {line.peering.id}")],
    )


def _bastion(network: Network, box: Box) -> svg.Element:
    return svg.G(
        class_=["network"],
        elements=[
            *_network(network, box),
            *_inner(box, "bastion"),
            _text(box.x + 2 * PAD, box.y + INNER + 19, "bastion", "name"),
            _text(box.x + 2 * PAD, box.y + INNER + 36, "the way in", "soft"),
        ],
    )


def _cluster(cluster: Cluster, engine: Engine, box: Box) -> svg.Element:
    membership = cluster.membership
    ready = membership.state is State.READY
    state = f"{MARKS.get(membership.state, '?')} {membership.state.value}"
    detail = membership.version if ready else membership.reason
    left, right = box.x + 2 * PAD, box.right - 2 * PAD
    return svg.G(
        class_=["network"],
        elements=[
            _title(f"{cluster.name}: {membership.state.value} {membership.why or membership.version}"),
            *_network(cluster.network, box),
            *_inner(box, "host" if cluster.host else "member"),
            _text(left, box.y + INNER + 19, shortened(cluster.name, 18), "name"),
            _text(right, box.y + INNER + 19, state, "good" if ready else "bad", anchor="end"),
            _text(left, box.y + INNER + 36, f"{engine.value} host" if cluster.host else "member", "soft"),
            _text(right, box.y + INNER + 36, shortened(detail, 22), "soft" if ready else "bad", anchor="end"),
        ],
    )


def _network(network: Network, box: Box) -> list[svg.Element]:
    return [
        svg.Rect(x=box.x, y=box.y, width=box.width, height=box.height, rx=6, class_=["vpc"]),
        _text(box.x + PAD, box.y + 15, network.region, "region"),
        _text(box.right - PAD, box.y + 15, f"VPC {network.cidr}", "soft", anchor="end"),
    ]


def _inner(box: Box, class_: str) -> list[svg.Element]:
    height = box.height - INNER - PAD + 2
    return [
        svg.Rect(
            x=box.x + PAD, y=box.y + INNER, width=box.width - 2 * PAD, height=height, rx=4, class_=["inner", class_]
        )
    ]


def _text(x: float, y: float, text: str, class_: str, *, anchor: str = "start") -> svg.Element:
    # The library does not escape text and attributes.
    return svg.Text(x=x, y=y, text=escape(text), class_=[class_], extra={"text-anchor": anchor})


def _title(text: str) -> svg.Element:
    return svg.Title(text=escape(text))


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, without its middle: names differ at their ends."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - tail :]}"
