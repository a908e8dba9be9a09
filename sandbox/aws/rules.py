"""The registration of AWS's rules before, or in place of, moto's methods.

A rule is a function whose name says what it demands. It gets moto's object and all arguments of the
call by name, with defaults filled in.
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
"""A function that raises if the call is not allowed, and may change the arguments."""

Change = Callable[[Callable[[Given], Any], Any, Given], Any]
"""A function of the call's continuation, moto's object and the arguments, which returns the call's result."""

_WAITING: list[Callable[[], None]] = []

_INHERITED = object()
_PUT: list[tuple[Any, str, Any, Any]] = []
"""moto's replaced attributes: the owner, the name, the old value (`_INHERITED` without one), and the new one."""


def before(owner: type, method: str) -> Callable[[Check], Check]:
    """Run the decorated check before moto's method."""

    def register(check: Check) -> Check:
        def change(proceed: Callable[[Given], Any], this: Any, given: Given) -> Any:
            check(this, given)
            return proceed(given)

        _WAITING.append(lambda: _wrap(owner, method, change))
        return check

    return register


def around(owner: type, method: str) -> Callable[[Change], Change]:
    """Call the decorated function in place of moto's method. The latest registered is the outermost."""

    def register(change: Change) -> Change:
        _WAITING.append(lambda: _wrap(owner, method, change))
        return change

    return register


def _wrap(owner: type, method: str, change: Change) -> None:
    original = getattr(owner, method)
    signature = inspect.signature(original)

    def proceed(this: Any, given: Given) -> Any:
        bound = signature.bind_partial()
        bound.arguments.update({"self": this, **given})
        return original(*bound.args, **bound.kwargs)

    @functools.wraps(original)
    def replaced(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = {name: value for name, value in bound.arguments.items() if name != "self"}
        return change(functools.partial(proceed, self), self, given)

    _put(owner, method, replaced)


def _put(owner: Any, name: str, value: Any) -> None:
    _PUT.append((owner, name, vars(owner).get(name, _INHERITED), value))
    setattr(owner, name, value)


def attribute(owner: Any, name: str, value: Any) -> None:
    """Set an attribute of moto's class or module to `value`."""
    _WAITING.append(lambda: _put(owner, name, value))


def install() -> None:
    """Install all rules registered so far in moto."""
    waiting, _WAITING[:] = list(_WAITING), []
    for put in waiting:
        put()


@contextmanager
def taken_out() -> Generator[None]:
    """Restore moto without rules inside. No sandbox's AWS may run meanwhile."""
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
