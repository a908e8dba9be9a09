"""AWS types by a table: the calls of a type, and AWS's names of its properties where they differ.

botocore's model has the parameters of each operation, and the SDK's class the types of the outputs. So a row is short.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.plugins.aws import policy, tags
from sandbox.plugins.aws.resource import RELEASED, Api, AwsResource, found
from sandbox.plugins.aws.session import Answer
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

_ZERO: Mapping[str, Any] = {"string": "", "boolean": False, "integer": 0, "number": 0}
"""The official provider's value of an output that AWS leaves out, by its type."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """The errors after which a call is made again, for some seconds."""

    codes: Collection[str]
    says: Collection[str] = ()
    """Words, of which the message has at least one."""
    timeout: float = RELEASED


_NEVER = Again(codes=())


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The operations of a type, by AWS's names."""

    create: str
    read: str
    update: str = ""
    """Sends every input; without one, no input can change in place."""
    delete: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A type's calls, and what the names of its properties don't tell of them."""

    service: str
    """The service by botocore's name."""
    calls: Calls
    id: str
    """A text with inputs, `{clusterName}:{principalArn}`, or a place in the answer of `create`, `Vpc.VpcId`."""
    item: str = ""
    """The place of the thing in the answer of `read`, `Vpcs.0`; without one, the answer is the thing."""
    match: str = ""
    """AWS's name of the part of the id by which the thing is found, if `item` is a list of several."""
    parents: Collection[str] = ()
    """Inputs that name the thing in calls beside an id of AWS's own."""
    missing: Collection[str]
    """AWS's codes for a thing that does not exist."""
    create_again: Again = _NEVER
    """The errors of `create` and `update` after which the call is made again."""
    delete_again: Again = _NEVER
    spelled: Mapping[str, str] = field(default_factory=dict[str, str])
    """AWS's names of properties that it does not spell as Pulumi does."""
    outputs: Collection[str] = ()
    """Outputs in addition to the inputs."""
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    """The places of outputs in a thing, `Attachments.0.VpcId`, where it is not AWS's name of the property."""
    noun: str = ""
    """EC2's word for the type, in tags and ARNs."""


class Plain(AwsResource):
    """A type by its row. A subclass overrides the parts that are special."""

    row: Row

    def make(self, api: Api) -> str:
        """Create it from the inputs that the operation has, and the tags."""
        answer = self.send(api, self.row.calls.create, self.arguments(api) | self._tags(api))
        return api.created(_at(answer, self.row.id) if self._is_path else self.row.id.format_map(api.inputs))

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The properties as AWS has them."""
        item = self.look(api, known)
        return None if item is None else self.outputs(api, item, known)

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Send all that can change in place."""
        if not self.row.calls.update:
            super().change(api, changed)
        self.send(api, self.row.calls.update, {**self.parts(api, api.state), **self.arguments(api)})

    def remove(self, api: Api) -> None:
        """Delete it."""
        self.delete_once(api)

    def arguments(self, api: Api) -> dict[str, Any]:
        """The inputs by AWS's names."""
        return {self.aws_name(name): api.get(name) for name in self.knows}

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """The thing in AWS's form; None if it does not exist."""
        parts = self.parts(api, known)
        answer = found(lambda: self._request(api, self.row.calls.read, parts), *self.row.missing)
        item = _at(answer, self.row.item)
        if self.row.match:
            return next((each for each in item or () if each[self.row.match] == parts[self.row.match]), None)
        return item

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """The properties of a thing in AWS's form; `known` as in `describe`."""
        outputs = {name: self._value(api, name, item) for name in (*self.knows, *self.row.outputs)}
        if "arn" in outputs and self.row.noun:
            outputs["arn"] = api.arn(self.row.service, f"{self.row.noun}/{api.id}")
        if "ownerId" in outputs:
            outputs["ownerId"] = outputs["ownerId"] or api.aws.account
        if self.taggable:
            outputs["tagsAll"] = tags.from_list(item["Tags"]) if "Tags" in item else tags.own(item.get("tags"))
        return outputs if self._is_path else outputs | self.fields(api.id)

    def delete_once(self, api: Api, **more: Any) -> Answer | None:
        """Delete it, once nothing uses it; the answer, or None if it did not exist."""
        again, parts = self.row.delete_again, {**self.parts(api, api.state), **more}
        return api.retry(
            lambda: found(lambda: self._request(api, self.row.calls.delete, parts), *self.row.missing),
            again.codes,
            again.timeout,
            again.says,
        )

    # Names and values.

    @property
    def _is_path(self) -> bool:
        return "{" not in self.row.id

    def aws_name(self, name: str) -> str:
        """AWS's name of a property: EKS and CloudWatch Logs spell it as Pulumi does, the others with a capital."""
        usual = name if self.row.service in ("eks", "logs") else name[0].upper() + name[1:]
        return self.row.spelled.get(name, usual)

    def parts(self, api: Api, known: Properties) -> dict[str, Any]:
        """The parameters that name the thing in a call."""
        if not self._is_path:
            return {self.aws_name(name): value for name, value in self.fields(api.id).items()}
        parents = {self.aws_name(name): known.get(name) for name in self.row.parents}
        return {self.row.id.rpartition(".")[2]: api.id, **parents}

    def fields(self, id: str) -> dict[str, str]:
        """The inputs in an id; raises ProviderError for an id of another form, in an import."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(self.row.id))
        if not (match := re.fullmatch(pattern, id)):
            raise ProviderError(f"{self.kind}: the id {id!r} is not of the form {self.row.id}")
        return match.groupdict()

    def _value(self, api: Api, name: str, item: Mapping[str, Any]) -> Any:
        kind = api.call.shape.outputs[name].type.kind
        match _at(item, self.row.places.get(name, self.aws_name(name))):
            case None:
                return [] if kind == "list" else {} if kind == "map" else _ZERO.get(kind)
            case datetime() as when:
                return when.strftime("%Y-%m-%dT%H:%M:%SZ")
            case [str(), *_] as values if name in self.unordered:
                return sorted(values)
            case value:
                return policy.decoded(value) if name in self.documents and self.row.service == "iam" else value

    def _tags(self, api: Api) -> dict[str, Any]:
        """The tags, in each form that an operation may have a parameter for."""
        if not (self.taggable and api.tags):
            return {}
        listed = tags.to_list(api.tags)
        specified = tags.specification(self.row.noun, api.tags)
        return {"tags": api.tags, "Tags": listed, "TagSpecifications": specified}

    # Calls.

    def send(self, api: Api, operation: str, values: Mapping[str, Any]) -> Answer:
        """Call an operation, again after the errors of `create_again`."""
        again = self.row.create_again
        return api.retry(lambda: self._request(api, operation, values), again.codes, again.timeout, again.says)

    def _request(self, api: Api, operation: str, values: Mapping[str, Any]) -> Answer:
        """Call an operation with those of the values that it has a parameter for, `SubnetIds` for a `SubnetId`."""
        takes = api.aws.parameters(api.region, self.row.service, operation)
        given = {name: value for name, value in values.items() if value is not None}
        single = {name: value for name, value in given.items() if name in takes}
        lists = {f"{name}s": [value] for name, value in given.items() if f"{name}s" in takes and name not in takes}
        return api.request(self.row.service, operation, **lists, **single)


def _at(answer: Any, place: str) -> Any:
    """Return the value at a place of a response, `Vpcs.0`; None if there is none."""
    for step in place.split(".") if place else ():
        if answer is not None:
            answer = next(iter(answer), None) if step == "0" else answer.get(step)
    return answer
