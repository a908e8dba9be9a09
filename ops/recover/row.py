"""A row of the table: the lookup of a resource type in AWS, by the inputs in the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jmespath  # pyright: ignore[reportMissingTypeStubs]

Properties = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{([\w|]+)(?::(bare|fqdn))?\}")


class Prefix(str):
    """The prefix of a name with a random end, because a preview's end differs from the update's."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A further call for each item of a list that lacks some of an item's properties."""

    service: str
    operation: str
    parameters: Properties
    """Placeholders are filled in from the item and the inputs."""
    path: str
    """The path of an object in the response, whose keys are added to the item."""

    def arguments(self, thing: Properties) -> dict[str, Any]:
        """Return the call's parameters for an item, with the resource's inputs."""
        return filled_in(self.parameters, thing)


@dataclass(frozen=True, kw_only=True)
class Row:
    """The lookup of a resource type. All paths are JMESPath."""

    type: str
    """Pulumi's type token."""
    service: str
    operation: str
    """The call that lists or describes the things, as the AWS CLI writes it."""
    parameters: Properties = field(default_factory=dict[str, Any])
    """The call's parameters. `{vpcId}` is the input `vpcId`; a parameter whose input is missing is left out."""
    items: str
    """The path of the things in the response; placeholders are filled in from the inputs."""
    id: str
    """The provider's import id, from the item's keys and the inputs: `{VpcId}`, `{clusterName}:{name}`."""
    id_end: str = ""
    """The end of the id, if its input exists."""
    same: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that the thing must match, each with its path in the item. A name must begin with a Prefix."""
    tags: str = "Tags"
    """The path of the tags, which must be the resource's. Empty if the inputs identify the thing without them."""
    state: str = ""
    """The path of the thing's state, if it has one."""
    busy: tuple[str, ...] = ()
    """The states that change by themselves."""
    failed: tuple[str, ...] = ()
    """The states of a thing that AWS could not create."""
    gone: tuple[str, ...] = ()
    """The states of a deleted thing that AWS still shows for a while."""
    unfinished: str = ""
    """A path that is true if the creation was interrupted between two calls, and no later update would notice."""
    finished_by: Mapping[str, str] = field(default_factory=dict[str, str])
    """The type and inputs of a dependent resource that makes the thing look unfinished too."""
    again: bool = False
    """Whether a second creation adopts the first's thing, so that nothing must be imported."""
    details: tuple[Detail, ...] = ()
    arn: str = ""
    """A regular expression of the ARN after the account, with inputs as groups; empty for a type without tags."""
    arn_id: str = "{id}"
    """The import id, from these groups and the whole ARN, `{arn}`."""

    def arguments(self, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters for a resource with these inputs."""
        return filled_in(self.parameters, inputs)

    def things(self, response: Any, inputs: Properties) -> list[dict[str, Any]]:
        """Return the things in a response."""
        found: Any = _search(fill(self.items, inputs, missing="") or "", response)
        return [thing for thing in cast("list[dict[str, Any]]", found or []) if thing]

    def agrees(self, thing: Properties, inputs: Properties) -> bool:
        """Whether the thing matches the inputs."""
        return all(
            _agree(_text(_search(path, thing)), inputs[name])
            for name, path in self.same.items()
            if inputs.get(name) is not None
        )

    def names(self, thing: Properties, inputs: Properties) -> dict[str, str]:
        """Return the thing's names for the inputs that are a Prefix."""
        prefixes = [name for name, value in inputs.items() if isinstance(value, Prefix) and name in self.same]
        return {name: _text(_search(self.same[name], thing)) for name in prefixes}

    def identity(self, inputs: Properties) -> tuple[Any, ...]:
        """Return the identity of a resource of a type without tags."""
        same = {name: _text(inputs[name]) for name in self.same if inputs.get(name) is not None}
        return self.arguments(inputs), fill(self.items, inputs, missing=""), same

    def tags_of(self, thing: Properties) -> dict[str, str]:
        """Return the thing's tags."""
        found: Any = _search(self.tags, thing) or {}
        if isinstance(found, list):
            pairs = cast("list[dict[str, str]]", found)
            found = {pair["Key"]: pair.get("Value", "") for pair in pairs}
        return dict(found)

    def state_of(self, thing: Properties) -> str:
        """Return the thing's state in lower case, because EC2's spelling varies."""
        return str(_search(self.state, thing) or "").lower() if self.state else ""

    def import_id(self, thing: Properties, inputs: Properties) -> str:
        """Return the id by which the provider imports the thing."""
        values = {**inputs, **thing}
        return (fill(self.id, values) or "") + (fill(self.id_end, values) or "")

    def detailed(self, detail: Detail, thing: Properties, response: Any) -> dict[str, Any]:
        """Return the thing with the properties in a further call's response."""
        return {**thing, **(_search(detail.path, response) or {})}

    def is_unfinished(self, thing: Properties) -> bool:
        """Whether the thing's creation was interrupted so that only a new one can complete it."""
        return bool(self.unfinished and _search(self.unfinished, thing))

    def of_arn(self, arn: str) -> dict[str, str]:
        """Return the inputs in an ARN; empty for an ARN of another type."""
        parts = arn.split(":", 5)
        if not self.arn or len(parts) < 6 or parts[2] != self.arn_service:
            return {}
        match = re.fullmatch(self.arn, parts[5])
        return {**match.groupdict(), "arn": arn} if match else {}

    @property
    def arn_service(self) -> str:
        """The service's name in ARNs. The tagging API stands for KMS, because only keys are looked up by it."""
        return "kms" if self.service == "resourcegroupstaggingapi" else self.service


def filled_in(parameters: Any, values: Properties) -> Any:
    """Return parameters with their placeholders filled in, without parameters that lack a value."""
    if isinstance(parameters, str):
        return fill(parameters, values)
    if isinstance(parameters, Mapping):
        pairs = cast("Mapping[str, Any]", parameters)
        filled = {name: filled_in(value, values) for name, value in pairs.items()}
        return (
            None
            if None in filled.values() and "Values" in filled
            else {k: v for k, v in filled.items() if v is not None}
        )
    if isinstance(parameters, (list, tuple)):
        elements = [filled_in(each, values) for each in cast("list[Any]", parameters)]
        return [each for each in elements if each is not None] or None
    return parameters


def fill(template: str, values: Properties, *, missing: str | None = None) -> str | None:
    """Return a template with its placeholders filled in; None if one has no value and there is no `missing`.

    `{a|b}` is the first of the two with a value. `{a:bare}` is a URL without its scheme, or a hosted zone's id without
    its path. `{a:fqdn}` is a DNS name as Route 53 lists it.
    """
    lacks: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = next(_values(match[1].split("|"), values), missing)
        if found is None:
            lacks.append(match[1])
        return _FORMS[match[2]](_text(found))

    text = _PLACEHOLDER.sub(value, template)
    return None if lacks else text


def _bare(text: str) -> str:
    return text.removeprefix("https://").removeprefix("/hostedzone/")


def _fqdn(name: str) -> str:
    return f"{name.lower().rstrip('.')}.".replace("*", r"\052")


_FORMS: Mapping[str | None, Callable[[str], str]] = {None: str, "bare": _bare, "fqdn": _fqdn}


def _agree(found: str, desired: Any) -> bool:
    return found.startswith(desired) if isinstance(desired, Prefix) else found == _text(desired)


def _values(names: list[str], values: Properties) -> Iterator[Any]:
    for name in names:
        if (found := values.get(name)) not in (None, ""):
            yield found


def _search(path: str, data: Any) -> Any:
    return cast(Any, jmespath).search(path, data)


def _text(value: Any) -> str:
    """Return a value's text. Pulumi's whole numbers are floats, and AWS writes integers."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
