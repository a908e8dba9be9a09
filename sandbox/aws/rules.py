"""How AWS's rules are put before, or in place of, what moto does.

A rule is a function of its own with the name of what it demands. It is given moto's object and all arguments of the
call by name, defaults filled in.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

Given = dict[str, Any]
"""A call's arguments by name."""

Check = Callable[[Any, Given], None]
"""Raises if the call is not allowed; may change the arguments."""

Change = Callable[[Callable[[Given], Any], Any, Given], Any]
"""Called with what goes on with the call, moto's object, and the arguments; returns what the call returns."""

_WAITING: list[Callable[[], None]] = []

_INHERITED = object()
_PUT: list[tuple[Any, str, Any, Any]] = []
"""What is in moto: the owner, the attribute's name, what was there (`_INHERITED` if nothing), and what is there now."""


def before(owner: type, method: str) -> Callable[[Check], Check]:
    """Have the decorated check made before moto's method."""

    def register(check: Check) -> Check:
        def change(go_on: Callable[[Given], Any], this: Any, given: Given) -> Any:
            check(this, given)
            return go_on(given)

        _WAITING.append(lambda: _wrap(owner, method, change))
        return check

    return register


def around(owner: type, method: str) -> Callable[[Change], Change]:
    """Have the decorated function called in the place of moto's method; the latest registered is the outermost."""

    def register(change: Change) -> Change:
        _WAITING.append(lambda: _wrap(owner, method, change))
        return change

    return register


def _wrap(owner: type, method: str, change: Change) -> None:
    original = getattr(owner, method)
    signature = inspect.signature(original)

    def go_on(this: Any, given: Given) -> Any:
        bound = signature.bind_partial()
        bound.arguments.update({"self": this, **given})
        return original(*bound.args, **bound.kwargs)

    @functools.wraps(original)
    def replaced(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = {name: value for name, value in bound.arguments.items() if name != "self"}
        return change(functools.partial(go_on, self), self, given)

    _put(owner, method, replaced)


def _put(owner: Any, name: str, value: Any) -> None:
    _PUT.append((owner, name, vars(owner).get(name, _INHERITED), value))
    setattr(owner, name, value)


def attribute(owner: Any, name: str, value: Any) -> None:
    """Have the class's or module's attribute be `value`."""
    _WAITING.append(lambda: _put(owner, name, value))


def install() -> None:
    """Put all rules registered so far into moto."""
    waiting, _WAITING[:] = list(_WAITING), []
    for put in waiting:
        put()


@contextmanager
def taken_out() -> Generator[None]:
    """Have moto be itself inside, whether or not rules were put into it before; no sandbox's AWS may run meanwhile."""
    for owner, name, was, _ in reversed(_PUT):
        if was is _INHERITED:
            delattr(owner, name)
        else:
            setattr(owner, name, was)
    try:
        yield
    finally:
        for owner, name, _, value in _PUT:
            setattr(owner, name, value)
