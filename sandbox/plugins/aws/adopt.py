"""What a killed `pulumi up` had begun to create, found in AWS: so that nothing is made twice, nor left behind.

    pulumi stack export --show-secrets | python -m sandbox.plugins.aws.adopt

The engine writes down which resource it is about to create, with all inputs, and after a kill these pending creates
stand in the state. This answers, as JSON, a list of `{"urn": ..., "id": ...}`: for each of them that AWS has, its id,
once it has settled. A resource found agrees with the inputs in all that can't be changed in place and in all tags, and
no resource of the state is it. Where several agree they are interchangeable, and one is taken.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import wire
from sandbox.plugins.aws.project import projected
from sandbox.plugins.aws.provider import RESOURCES, AwsProvider
from sandbox.plugins.aws.resource import Api, AwsResource, plain
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.provider.resource import Call, ProviderError
from sandbox.plugins.provider.values import Properties

_LOOKS = (0.0, 1.0, 2.0)
"""Seconds before each look: what has just been made may show a little later."""


def adopt(exported: Mapping[str, Any]) -> list[dict[str, str]]:
    """The pending creates of an exported stack that AWS has; raises ProviderError where AWS can't be asked."""
    deployment = exported["deployment"]
    resources: list[Mapping[str, Any]] = deployment.get("resources") or []
    pending = [one["resource"] for one in deployment.get("pending_operations") or [] if one["type"] == "creating"]
    pending = [resource for resource in pending if resource["type"] in RESOURCES]
    taken = {(resource["type"], resource["id"]) for resource in resources if resource.get("id")}
    clients = _Clients(resources)
    found: dict[str, str] = {}
    for pause in _LOOKS:
        missing = [resource for resource in pending if resource["urn"] not in found]
        if missing:
            time.sleep(pause)
        for resource in missing:
            match = next((one for one in matches(resource, clients.of(resource)) if one.key not in taken), None)
            if match is not None:
                match.handler.complete(match.api)
                taken.add(match.key)
                found[resource["urn"]] = match.api.id
    return [{"urn": urn, "id": id} for urn, id in found.items()]


@dataclass(frozen=True)
class Match:
    """Something in AWS that a create would have made."""

    handler: AwsResource
    api: Api

    @property
    def key(self) -> tuple[str, str]:
        """Its type and id."""
        return self.handler.kind, self.api.id


def matches(resource: Mapping[str, Any], aws: Aws) -> Iterator[Match]:
    """What AWS has that creating a resource of the state would have made."""
    handler = RESOURCES[resource["type"]]()
    _, shape = AwsProvider().resource(resource["type"])
    inputs = _plain(resource.get("inputs") or {})

    def of(id: str) -> Api:
        name = resource["urn"].split("::")[-1]
        call = Call(
            client=aws, urn=resource["urn"], name=name, type=resource["type"], shape=shape, id=id, inputs=inputs
        )
        return handler.api(call)

    if handler.named and handler.named not in inputs:
        return  # Of a name that was to be made of a prefix nothing was written down.
    for id in handler.find(of("")):
        api = of(id)
        outputs = handler.describe(api, plain(inputs))
        if outputs is not None and _agrees(handler, api, outputs):
            yield Match(handler, api)


def _agrees(handler: AwsResource, api: Api, outputs: Properties) -> bool:
    if handler.taggable and outputs["tagsAll"] != api.tags:
        return False
    names = {path.split(".")[0] for path in handler.replace_on} & api.inputs.keys() & outputs.keys()
    shape = api.call.shape.inputs
    return all(projected(api.inputs[name], outputs[name], shape[name]) == api.inputs[name] for name in names)


class _Clients:
    """AWS by provider: the settings of each stand in the state."""

    def __init__(self, resources: list[Mapping[str, Any]]) -> None:
        self._providers = {resource["urn"]: resource for resource in resources}
        self._made: dict[str, Aws] = {}

    def of(self, resource: Mapping[str, Any]) -> Aws:
        """The provider that a resource names as `urn::id`."""
        urn = resource["provider"].rpartition("::")[0]
        if urn not in self._made:
            provider = AwsProvider()
            self._made[urn] = provider.configure(provider.settings(_plain(self._providers[urn]["inputs"])))
        return self._made[urn]


def _plain(value: Any) -> Any:
    """A value of the state without the marks of secrets."""
    if isinstance(value, Mapping):
        if wire.SIGNATURE in value and "plaintext" in value:
            return _plain(json.loads(value["plaintext"]))
        return {name: _plain(held) for name, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list) else value


def main() -> int:
    """Read an exported stack, and write what was found."""
    try:
        json.dump(adopt(json.load(sys.stdin)), sys.stdout)
    except ProviderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
