"""The protocol's generated modules without the SDK around them, for processes that start often and need no more."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType


def without_sdk() -> None:
    """Let `pulumi.runtime.proto` be imported without running the packages above it, which takes 0.2 s of every start.

    Only for the main module of a process that imports nothing else of the SDK's, before it imports anything of that.
    """
    spec = find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations or "pulumi" in sys.modules:
        return
    (root,) = spec.submodule_search_locations
    for name, folder in (("pulumi", ""), ("pulumi.runtime", "/runtime"), ("pulumi.runtime.proto", "/runtime/proto")):
        package = ModuleType(name)
        package.__path__ = [f"{root}{folder}"]
        sys.modules[name] = package
