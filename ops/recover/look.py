"""Look up the result of a resource's creation in AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ops.aws import AwsError, Call
from ops.errors import UserError
from ops.recover.row import Row, fill
from ops.recover.state import Resource, State, inputs_of

ABSENT = ("NotFound", "NoSuchEntity", "InvalidDocument")
"""Parts of AWS's error codes for things that don't exist."""

OF_AWS = ("aws:", "eks:", "kubernetes.io/cluster/")
"""The prefixes of tags that AWS and clusters add to others' things."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A thing that exists in AWS."""

    id: str
    """The id by which the provider imports it."""
    region: str
    state: str = ""
    busy: bool = False
    """Whether its state will change by itself."""
    failed: bool = False
    """Whether AWS could not create it."""
    unfinished: bool = False
    """Whether its creation was interrupted so that only another one can complete it."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """The names of the inputs of which only the prefix is known, by input."""


class Looker:
    """AWS, as the providers of a state reach it."""

    def __init__(self, call: Call, state: State) -> None:
        self._call = call
        self._state = state

    def region(self, resource: Resource) -> str:
        """Return a resource's region: its own, or its provider's. Raise UserError if it has neither."""
        found = inputs_of(resource).get("region") or inputs_of(self._state.provider(resource)).get("region")
        if not found:
            raise UserError(
                f"{resource['urn']}: its provider in the state has no region, so AWS can't be asked about it; look it "
                "up by hand, and import it: pulumi import"
            )
        return str(found)

    def tags(self, resource: Resource) -> dict[str, str]:
        """Return the tags that a resource declares: its provider's default tags, and its own.

        An Auto Scaling group's tags are a list of objects, and the provider adds no default tags to it.
        """
        own: Any = inputs_of(resource).get("tags") or {}
        if isinstance(own, list):
            return {tag["key"]: tag["value"] for tag in cast("list[dict[str, str]]", own)}
        return {**default_tags(self._state.provider(resource)), **own}

    def things(self, row: Row, resource: Resource) -> list[Thing]:
        """Return the things that the resource's creation may have created. Raise UserError if AWS refuses a call."""
        inputs = inputs_of(resource)
        region, tags = self.region(resource), self.tags(resource)
        found = [
            self._thing(row, thing, inputs, region)
            for thing in self._listed(row, inputs, region)
            if row.agrees(thing, inputs) and (not row.tags or _own(row.tags_of(thing), tags))
        ]
        return [thing for thing in found if thing.state not in row.gone]

    def exists(self, row: Row, values: Mapping[str, str], region: str) -> bool:
        """Whether the thing of an ARN with these `values` exists. The tagging API also lists deleted things."""
        id = fill(row.arn_id, values)
        for thing in self._listed(row, values, region):
            if row.import_id(thing, values) == id and row.state_of(thing) not in row.gone:
                return True
        return False

    def _listed(self, row: Row, inputs: Mapping[str, Any], region: str) -> list[dict[str, Any]]:
        response = self._ask(row.service, row.operation, region, row.arguments(inputs))
        things = row.things(response, inputs) if response is not None else []
        for detail in row.details:
            for place, thing in enumerate(things):
                found = self._ask(detail.service, detail.operation, region, detail.arguments({**inputs, **thing}))
                things[place] = row.detailed(detail, thing, found)
        return things

    def _thing(self, row: Row, thing: dict[str, Any], inputs: Mapping[str, Any], region: str) -> Thing:
        state = row.state_of(thing)
        return Thing(
            id=row.import_id(thing, inputs),
            region=region,
            state=state,
            busy=state in row.busy,
            failed=state in row.failed,
            unfinished=row.is_unfinished(thing),
            names=row.names(thing, inputs),
        )

    def _ask(self, service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> Any:
        """Return a response; None if the thing of the parameters doesn't exist."""
        try:
            return self._call(service, operation, region, **parameters)
        except AwsError as error:
            if any(part in error.code for part in ABSENT):
                return None
            raise UserError(
                f"aws {service} {operation} in {region}: {error}; docs/recover.md lists the rights that this takes"
            ) from None


def default_tags(provider: Resource) -> dict[str, str]:
    """Return a provider's default tags, which the state keeps as JSON."""
    tags: Any = inputs_of(provider).get("defaultTags") or {}
    if isinstance(tags, str):
        tags = json.loads(tags)
    return dict(tags.get("tags") or {})


def _own(found: Mapping[str, str], desired: Mapping[str, str]) -> bool:
    """Whether the tags are the desired ones, apart from those that AWS adds."""
    more = found.keys() - desired.keys()
    return all(found.get(key) == value for key, value in desired.items()) and all(
        key.startswith(OF_AWS) for key in more
    )
