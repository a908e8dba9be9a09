"""The inputs and outputs of resource types and functions, by the installed SDK.

The SDKs are generated, so that their source tells a class's properties by a fixed form: a getter with the wire name and
an annotated return type. Reading the few slices of text that are needed takes milliseconds; importing the modules, and
what they import, takes seconds.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

_GETTER = re.compile(
    r'^    @pulumi\.getter(?:\(name="(?P<wire>[^"]+)"\))?\n'
    r"(?:    @_utilities\.deprecated\(.*\n)?"
    r"    def (?P<name>\w+)\(self\) -> (?P<type>.+):$",
    re.MULTILINE,
)
_ARGUMENT = re.compile(r"^    __args__\['(\w+)'\] = (\w+)$", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^\S", re.MULTILINE)
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@dataclass(frozen=True)
class Type:
    """A property's type."""

    kind: str
    """`string`, `integer`, `number`, `boolean`, `list`, `map`, `object`, `union`, `any`."""
    item: Type | None = None
    """The type of a list's or map's items."""
    options: tuple[Type, ...] = ()
    """The types of a union."""
    properties_of: Object | None = None
    """The class of an object."""


ANY = Type("any")


@dataclass(frozen=True)
class Property:
    """A property of a class."""

    type: Type
    required: bool


class OpenProperties(dict[str, Property]):
    """Properties of a class that may have any others beside these."""

    def __contains__(self, name: object) -> bool:
        """Return True, because any name is a property."""
        return True

    def __missing__(self, name: str) -> Property:
        """Return a property of any type."""
        return Property(ANY, False)


@dataclass(frozen=True)
class Object:
    """A class of the SDK's that has properties; read at the first use."""

    source: Source
    name: str
    """The class's name."""

    @property
    def properties(self) -> Mapping[str, Property]:
        """The properties by camelCase name."""
        return self.source.properties(self.name)


@dataclass(frozen=True)
class Shape:
    """The inputs and outputs of a resource type or function."""

    token: str
    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property]


@dataclass(frozen=True)
class Source:
    """A module of an SDK, as text."""

    path: Path
    sdk: Sdk = field(repr=False)
    _read: dict[str, Mapping[str, Property]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def text(self) -> str:
        """The module's source; empty if there is none."""
        return self.path.read_text() if self.path.is_file() else ""

    def __hash__(self) -> int:
        """Return the hash of the path."""
        return hash(self.path)

    @cached_property
    def classes(self) -> Mapping[str, tuple[str, int]]:
        """The bases of each class, as text, and the start of its body."""
        found: dict[str, tuple[str, int]] = {}
        at = self.text.find("\nclass ")
        while at >= 0:
            end = self.text.index("\n", at + 1)
            name, _, bases = self.text[at + len("\nclass ") : end].rstrip(":)").partition("(")
            found[name] = bases, end
            at = self.text.find("\nclass ", end)
        return found

    def block(self, name: str) -> str:
        """The source of a class's body; empty if the module has none of that name."""
        if name not in self.classes:
            return ""
        start = self.classes[name][1]
        end = _TOP_LEVEL.search(self.text, start)
        return self.text[start : end.start() if end else None]

    def properties(self, name: str) -> Mapping[str, Property]:
        """A class's properties by camelCase name."""
        if name not in self._read:
            self._read[name] = {
                getter["wire"] or getter["name"]: self._property(getter["type"])
                for getter in _GETTER.finditer(self.block(name))
            }
        return self._read[name]

    def _property(self, annotation: str) -> Property:
        tree = _parsed(annotation)
        return Property(self._type(tree), not _optional(tree))

    def _type(self, tree: ast.expr) -> Type:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return self._named(tree.value)
        if isinstance(tree, ast.Subscript):
            return self._generic(ast.unparse(tree.value), tree.slice)
        return Type(_SCALARS.get(ast.unparse(tree).removeprefix("_builtins."), "any"))

    def _generic(self, name: str, parameter: ast.expr) -> Type:
        parameters = parameter.elts if isinstance(parameter, ast.Tuple) else [parameter]
        match name.removeprefix("pulumi."):
            case "Input" | "Output" | "InputType" | "Optional":
                return self._type(parameters[0])
            case "Sequence" | "List":
                return Type("list", self._type(parameters[0]))
            case "Mapping" | "Dict":
                return Type("map", self._type(parameters[1]))
            case "Union":
                return Type("union", options=tuple(self._type(option) for option in parameters))
            case "Literal":
                return Type("string")
            case _:
                return ANY

    def _named(self, name: str) -> Type:
        """A class named in quotes: of this module, its package's `_inputs` or `outputs`, or another package's."""
        *qualifiers, simple = name.split(".")
        folder = self.path.parent
        if qualifiers and qualifiers != ["outputs"]:
            folder = self.sdk.folder(self._imported(qualifiers[0]), *qualifiers[1:])
        for place in ("outputs.py",) if qualifiers == ["outputs"] else (self.path.name, "_inputs.py", "outputs.py"):
            source = self.sdk.source(folder / place)
            if simple in source.classes:
                bases = source.classes[simple][0]
                is_opaque = "Enum" in bases or "Resource" in bases
                return ANY if is_opaque else Type("object", properties_of=Object(source, simple))
        return ANY

    def _imported(self, alias: str) -> tuple[int, str]:
        """Return the meaning of an alias: the number of folders up (0: absolute), and the name there."""
        found = re.search(rf"^from (\.+) import (\w+) as {re.escape(alias)}$", self.text, re.MULTILINE)
        if found is None:
            return 0, alias
        up, name = len(found[1]), found[2]
        steps = len(self.path.parent.relative_to(self.sdk.root).parts) - (up - 1)
        return 1, "/".join((*self.path.parent.relative_to(self.sdk.root).parts[:steps], name))


def _optional(tree: ast.expr) -> bool:
    while isinstance(tree, ast.Subscript):
        name = ast.unparse(tree.value)
        if name == "Optional":
            return True
        if name not in ("pulumi.Input", "pulumi.InputType"):
            return False
        tree = tree.slice
    return False


class Sdk:
    """An installed SDK, `pulumi_aws` for instance."""

    def __init__(self, package: str) -> None:
        """Find the package; raises ModuleNotFoundError if it is not installed."""
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{package} is not installed")
        self.package = package
        self.root = Path(spec.origin).parent
        self._sources: dict[Path, Source] = {}
        self._shapes: dict[str, Shape | None] = {}

    @property
    def version(self) -> str:
        """The SDK's version, which is the plugin's. importlib.metadata has it too, and takes 30 ms to import."""
        return json.loads((self.root / "pulumi-plugin.json").read_text())["version"]

    def source(self, path: Path) -> Source:
        """A module, read once."""
        return self._sources.setdefault(path, Source(path, self))

    def folder(self, where: tuple[int, str], *below: str) -> Path:
        """The folder of a package that a module imports, of this SDK or of another."""
        absolute, name = where
        base = self.root / name if absolute else _root(name)
        return base.joinpath(*below)

    def resource(self, token: str) -> Shape | None:
        """A resource type by its token (`pulumi:providers:<package>` too); None if the SDK has none."""
        if token not in self._shapes:
            self._shapes[token] = self._resource(token)
        return self._shapes[token]

    def function(self, token: str) -> Shape | None:
        """A function by its token, `aws:index/getRegion:getRegion`; None if the SDK has none."""
        if token not in self._shapes:
            self._shapes[token] = self._function(token)
        return self._shapes[token]

    @cached_property
    def classes(self) -> Mapping[str, tuple[Path, str]]:
        """The folder and name of each resource type's class, by the type's token."""
        text = (self.root / "__init__.py").read_text()
        register = re.search(r'resource_modules="""(.*?)"""', text, re.DOTALL)
        modules: list[dict[str, Any]] = json.loads(register[1]) if register else []
        return {
            token: (self.root.joinpath(*module["fqn"].split(".")[1:]), name)
            for module in modules
            for token, name in module["classes"].items()
        }

    def _resource(self, token: str) -> Shape | None:
        if token.startswith("pulumi:providers:"):
            source, name = self.source(self.root / "provider.py"), "Provider"
        elif token in self.classes:
            folder, name = self.classes[token]
            source = self._holding(folder, f'@pulumi.type_token("{token}")', (f"{name}.py", f"{_snake(name)}.py"))
        else:
            return None
        if source is None:
            return None
        arguments = source.properties(f"{name}InitArgs") or source.properties(f"{name}Args")
        return Shape(token, arguments, source.properties(name))

    def _function(self, token: str) -> Shape | None:
        _, module, name = token.split(":")
        folder = self.root.joinpath(*(part for part in module.split("/")[:-1] if part != "index"))
        call = f"pulumi.runtime.invoke('{token}', __args__"
        source = self._holding(folder, call, (f"{_snake(name)}.py",))
        if source is None:
            return None
        header = re.search(rf"^def {_snake(name)}\((.*?)\) -> ", source.text, re.MULTILINE | re.DOTALL)
        annotations = dict(re.findall(r"(\w+): (.+?)(?: = None)?(?:,\n|$)", header[1])) if header else {}
        inputs = {
            wire: source._property(annotations.get(argument, "Any"))
            for wire, argument in dict(_ARGUMENT.findall(source.text)).items()
        }
        result = re.search(r"\) -> (?:Awaitable)?(\w+):", source.text[header.start() :]) if header else None
        return Shape(token, inputs, source.properties(result[1].removeprefix("Awaitable")) if result else {})

    def _holding(self, folder: Path, text: str, names: tuple[str, ...]) -> Source | None:
        """The module of a folder that holds a text: one of the likely names, else whichever does."""
        for path in chain((folder / name for name in names), _modules(folder)):
            if path.is_file() and text in (source := self.source(path)).text:
                return source
        return None


def _modules(folder: Path) -> Iterator[Path]:
    """A folder's modules, by their names. They are listed at the first use."""
    yield from sorted(folder.glob("*.py"))


@cache
def _parsed(annotation: str) -> ast.expr:
    """Return an annotation's type, cached: thousands of properties share a few dozen."""
    return ast.parse(annotation, mode="eval").body


@cache
def _root(package: str) -> Path:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
