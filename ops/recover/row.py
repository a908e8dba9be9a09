"""One row of the table: how a resource type is looked up in AWS, from the inputs that the state has of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jmespath  # pyright: ignore[reportMissingTypeStubs]

Properties = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{([\w|]+)(?::(bare|fqdn))?\}")


class Prefix(str):
    """The beginning of a name whose end is random: a preview shows another end than the update made."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A further call for each item of a list, because the list leaves something out."""

    service: str
    operation: str
    parameters: Properties
    """Placeholders are filled in from the item and the inputs."""
    path: str
    """The path of an object in the response, whose keys the item then has too."""

    def arguments(self, thing: Properties) -> dict[str, Any]:
        """Return the call's parameters for an item, with the resource's inputs."""
        return filled_in(self.parameters, thing)


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one resource type is looked up. All paths are JMESPath."""

    type: str
    """Pulumi's token."""
    service: str
    operation: str
    """The call that lists or describes what AWS has, as the AWS CLI writes it."""
    parameters: Properties = field(default_factory=dict[str, Any])
    """The call's parameters. `{vpcId}` is the input `vpcId`; a parameter whose input is missing is left out."""
    items: str
    """The path of the things in the response; placeholders are filled in from the inputs."""
    id: str
    """The id by which the provider imports it, of the item's keys and the inputs: `{VpcId}`, `{clusterName}:{name}`."""
    id_end: str = ""
    """The id's end, if its input is given."""
    same: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that the thing must agree with, each with its path in the item. A name has to begin with a Prefix."""
    tags: str = "Tags"
    """The path of the tags, which must be those of the resource. Empty if the inputs name the thing without them."""
    state: str = ""
    """The path of the thing's state, if it has one."""
    busy: tuple[str, ...] = ()
    """The states that AWS leaves by itself."""
    failed: tuple[str, ...] = ()
    """The states of a thing that AWS could not create."""
    gone: tuple[str, ...] = ()
    """The states of a thing that AWS shows for a while after its end."""
    unfinished: str = ""
    """A path that is true of a thing whose creation was cut off between two calls, if no later update would see it."""
    finished_by: Mapping[str, str] = field(default_factory=dict[str, str])
    """The type and inputs of a resource that depends on the thing and makes it look unfinished too."""
    again: bool = False
    """Whether a second creation takes over what the first has done, so that nothing has to be imported."""
    details: tuple[Detail, ...] = ()
    arn: str = ""
    """The ARN's part after the account, as a regular expression whose groups are inputs. Empty if it has no tags."""
    arn_id: str = "{id}"
    """The import id, of these groups and of the whole ARN, `{arn}`."""

    def arguments(self, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters for a resource with these inputs."""
        return filled_in(self.parameters, inputs)

    def things(self, response: Any, inputs: Properties) -> list[dict[str, Any]]:
        """Return what the response lists."""
        found: Any = _search(fill(self.items, inputs, missing="") or "", response)
        return [thing for thing in cast("list[dict[str, Any]]", found or []) if thing]

    def agrees(self, thing: Properties, inputs: Properties) -> bool:
        """Whether the thing has what the inputs ask for."""
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
        """Return what tells a resource from every other one of a type without tags."""
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
        """Return the thing's state in lower case, as EC2 doesn't write it the same way everywhere."""
        return str(_search(self.state, thing) or "").lower() if self.state else ""

    def import_id(self, thing: Properties, inputs: Properties) -> str:
        """Return the id by which the provider imports the thing."""
        values = {**inputs, **thing}
        return (fill(self.id, values) or "") + (fill(self.id_end, values) or "")

    def detailed(self, detail: Detail, thing: Properties, response: Any) -> dict[str, Any]:
        """Return the thing with what a further call says of it."""
        return {**thing, **(_search(detail.path, response) or {})}

    def is_unfinished(self, thing: Properties) -> bool:
        """Whether the thing's creation was cut off in a way that only a new one mends."""
        return bool(self.unfinished and _search(self.unfinished, thing))

    def of_arn(self, arn: str) -> dict[str, str]:
        """Return what an ARN says of the inputs of what it names; empty if that is of another type."""
        parts = arn.split(":", 5)
        if not self.arn or len(parts) < 6 or parts[2] != self.arn_service:
            return {}
        match = re.fullmatch(self.arn, parts[5])
        return {**match.groupdict(), "arn": arn} if match else {}

    @property
    def arn_service(self) -> str:
        """The service's name in ARNs, which is this table's, because the tagging API lists no keys of its own."""
        return "kms" if self.service == "resourcegroupstaggingapi" else self.service


def filled_in(parameters: Any, values: Properties) -> Any:
    """Return parameters with their placeholders filled in, without those that have no value."""
    if isinstance(parameters, str):
        return fill(parameters, values)
    if isinstance(parameters, Mapping):
        pairs = cast("Mapping[str, Any]", parameters)
        made = {name: filled_in(value, values) for name, value in pairs.items()}
        return None if None in made.values() and "Values" in made else {k: v for k, v in made.items() if v is not None}
    if isinstance(parameters, (list, tuple)):
        whole = [filled_in(each, values) for each in cast("list[Any]", parameters)]
        return [each for each in whole if each is not None] or None
    return parameters


def fill(template: str, values: Properties, *, missing: str | None = None) -> str | None:
    """Return a template with its placeholders filled in; None if one has no value, unless `missing` stands for it.

    `{a|b}` is the first of both that has a value. `{a:bare}` is a URL without its scheme, or a hosted zone's id without
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
    """Return a value as AWS and Pulumi both write it: Pulumi's numbers are floating."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
