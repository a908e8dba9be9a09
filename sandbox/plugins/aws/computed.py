"""Inputs that are Optional and Computed in the official provider: what a program leaves out stays as AWS has it.

Terraform plans no change for such an attribute while it is absent (terraform-plugin-sdk helper/schema/schema.go), and
reads its planned value from the state. A path names one, `vpcConfig.publicAccessCidrs`, without the indices of lists.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.project import projected
from sandbox.plugins.provider.sdk import Property
from sandbox.plugins.provider.values import Properties

Shape = Mapping[str, Property]
Visit = Callable[[Properties, Properties, Properties, str, Shape], None]


def comparable(old: Properties, new: Properties, state: Properties, paths: Collection[str], shape: Shape) -> Properties:
    """The old inputs such that they differ from the new ones by what the official provider would change.

    They lack what the new ones leave out, and have the state's value of what the new ones name for the first time.
    """

    def visit(old: Properties, new: Properties, state: Properties, name: str, shape: Shape) -> None:
        if new.get(name) is None:
            old.pop(name, None)
        elif old.get(name) is None and state.get(name) is not None:
            old[name] = projected(new[name], state[name], shape.get(name))

    old = copy.deepcopy(old)
    _walk(old, new, state, paths, shape, visit)
    return old


def filled(inputs: Properties, state: Properties, paths: Collection[str]) -> Properties:
    """The inputs with the state's values of what they leave out, as an update sends them."""

    def visit(inputs: Properties, _: Properties, state: Properties, name: str, shape: Shape) -> None:
        if inputs.get(name) is None and state.get(name) is not None:
            inputs[name] = copy.deepcopy(state[name])

    inputs = copy.deepcopy(inputs)
    _walk(inputs, inputs, state, paths, {}, visit)
    return inputs


def _walk(
    first: Properties, other: Properties, state: Properties, paths: Collection[str], shape: Shape, visit: Visit
) -> None:
    # Parents come before what is in them: "a" sorts before "a.b".
    for path in sorted(paths):
        *outer, last = path.split(".")
        for holders in _holders(first, other, state, outer, shape):
            visit(*holders[:3], last, holders[3])


def _holders(
    first: Any, other: Any, state: Any, outer: list[str], shape: Shape
) -> Iterator[tuple[Properties, Properties, Properties, Shape]]:
    """The objects under a path that both sides have, with what the state has in their place."""
    if isinstance(first, list) and isinstance(other, list):
        known = state if isinstance(state, list) else []
        for index, (mine, theirs) in enumerate(zip(first, other, strict=False)):
            yield from _holders(mine, theirs, known[index] if index < len(known) else {}, outer, shape)
    elif isinstance(first, dict) and isinstance(other, dict):
        known = state if isinstance(state, Mapping) else {}
        if not outer:
            yield first, other, dict(known), shape
            return
        name = outer[0]
        yield from _holders(first.get(name), other.get(name), known.get(name), outer[1:], _inner(shape.get(name)))


def _inner(prop: Property | None) -> Shape:
    """The properties of an object, or of the objects in a list."""
    kind = prop.type.item or prop.type if prop else None
    return kind.properties_of.properties if kind and kind.properties_of else {}
