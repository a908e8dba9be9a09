"""The engine's calls to the stand-in for AWS, without an engine: in this process, on plain values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from sandbox.plugins.aws.provider import AwsProvider
from sandbox.plugins.provider.service import Service
from sandbox.plugins.provider.values import Properties, marshal, unmarshal

OFFLINE: Mapping[str, bool] = {"skipCredentialsValidation": True, "skipRequestingAccountId": True}
"""Settings of a provider that asks nothing of AWS before its first resource."""

SETTINGS: Mapping[str, Any] = {"region": "eu-west-1", "defaultTags": {"tags": {"fleet": "one"}}}


class Aborted(Exception):
    """The provider's error."""


class _Context:
    """What gRPC gives to a call."""

    partial: pb.ErrorResourceInitFailed | None = None
    """What the engine is told of a resource whose creation failed half way."""

    def abort(self, code: grpc.StatusCode, message: str) -> NoReturn:
        raise Aborted(message)

    def set_trailing_metadata(self, metadata: Sequence[tuple[str, bytes]]) -> None:
        status = status_pb2.Status.FromString(dict(metadata)["grpc-status-details-bin"])
        self.partial = pb.ErrorResourceInitFailed()
        status.details[0].Unpack(self.partial)


@dataclass
class Thing:
    """A resource as the engine's state has it."""

    kind: str
    name: str
    inputs: Properties
    id: str = ""
    outputs: Properties = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::tiny::{self.kind}::{self.name}"


class Calls:
    """A configured provider."""

    def __init__(self, **settings: Any) -> None:
        """Set the provider up, as the engine does: what is no string comes as JSON."""
        self.service = Service(AwsProvider(), "")
        self.context: Any = _Context()
        self.timeout = 0.0
        """Seconds of the resources' customTimeouts; 0 for none."""
        given = {**SETTINGS, **settings}.items()
        wire = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given}
        self.service.Configure(pb.ConfigureRequest(args=marshal(wire)), self.context)

    def check_config(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with the provider's settings."""
        request = pb.CheckRequest(news=marshal(settings))
        return [one.reason for one in self.service.CheckConfig(request, self.context).failures]

    def problems(self, kind: str, inputs: Mapping[str, Any], name: str = "it") -> dict[str, str]:
        """What is wrong with some inputs, by input."""
        request = pb.CheckRequest(urn=f"urn:pulumi:dev::tiny::{kind}::{name}", news=marshal(inputs), randomSeed=b"seed")
        return {one.property: one.reason for one in self.service.Check(request, self.context).failures}

    def checked(self, kind: str, name: str, inputs: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Thing:
        """A resource with its inputs checked and completed."""
        thing = Thing(kind, name, {})
        news = marshal(inputs)
        request = pb.CheckRequest(urn=thing.urn, olds=marshal(old or {}), news=news, randomSeed=os.urandom(32))
        response = self.service.Check(request, self.context)
        assert not response.failures, response.failures
        thing.inputs = unmarshal(response.inputs)
        return thing

    def create(self, kind: str, resource: str, /, **inputs: Any) -> Thing:
        """Check and create."""
        thing = self.checked(kind, resource, inputs)
        request = pb.CreateRequest(urn=thing.urn, properties=marshal(thing.inputs), timeout=self.timeout)
        response = self.service.Create(request, self.context)
        thing.id, thing.outputs = response.id, unmarshal(response.properties)
        return thing

    def kept(self, thing: Thing) -> Thing:
        """A resource as the engine keeps it after its creation failed half way."""
        partial = self.context.partial
        assert partial
        return Thing(thing.kind, thing.name, unmarshal(partial.inputs), partial.id, unmarshal(partial.properties))

    def preview(self, kind: str, resource: str, /, **inputs: Any) -> Properties:
        """The outputs foretold of a create; inputs may be unknown."""
        thing = self.checked(kind, resource, inputs)
        request = pb.CreateRequest(urn=thing.urn, properties=marshal(thing.inputs), preview=True)
        return unmarshal(self.service.Create(request, self.context).properties)

    def diff(self, thing: Thing, inputs: Mapping[str, Any]) -> pb.DiffResponse:
        """How a resource differs from what the program now says."""
        news = self.checked(thing.kind, thing.name, inputs, thing.inputs).inputs
        request = pb.DiffRequest(
            id=thing.id,
            urn=thing.urn,
            old_inputs=marshal(thing.inputs),
            olds=marshal(thing.outputs),
            news=marshal(news),
        )
        return self.service.Diff(request, self.context)

    def foretell(self, thing: Thing, inputs: Mapping[str, Any]) -> Properties:
        """The outputs foretold of a change in place."""
        news = self.checked(thing.kind, thing.name, inputs, thing.inputs).inputs
        return self._updated(thing, news, preview=True)

    def update(self, thing: Thing, inputs: Mapping[str, Any]) -> None:
        """Change a resource in place."""
        news = self.checked(thing.kind, thing.name, inputs, thing.inputs).inputs
        thing.outputs, thing.inputs = self._updated(thing, news), news

    def _updated(self, thing: Thing, news: Properties, *, preview: bool = False) -> Properties:
        request = pb.UpdateRequest(
            id=thing.id,
            urn=thing.urn,
            old_inputs=marshal(thing.inputs),
            olds=marshal(thing.outputs),
            news=marshal(news),
            preview=preview,
        )
        return unmarshal(self.service.Update(request, self.context).properties)

    def read(self, thing: Thing) -> Thing | None:
        """What a resource is now."""
        request = pb.ReadRequest(
            id=thing.id, urn=thing.urn, inputs=marshal(thing.inputs), properties=marshal(thing.outputs)
        )
        response = self.service.Read(request, self.context)
        if not response.id:
            return None
        return Thing(thing.kind, thing.name, unmarshal(response.inputs), response.id, unmarshal(response.properties))

    def imported(self, kind: str, name: str, id: str) -> Thing | None:
        """A resource known by nothing but its id."""
        return self.read(Thing(kind, name, {}, id))

    def delete(self, thing: Thing) -> None:
        """Remove a resource."""
        request = pb.DeleteRequest(
            id=thing.id,
            urn=thing.urn,
            old_inputs=marshal(thing.inputs),
            properties=marshal(thing.outputs),
            timeout=self.timeout,
        )
        self.service.Delete(request, self.context)

    def invoke(self, function: str, **arguments: Any) -> Properties:
        """Call a function."""
        response = self.service.Invoke(pb.InvokeRequest(tok=function, args=marshal(arguments)), self.context)
        assert not response.failures, response.failures
        return unmarshal(getattr(response, "return"))
