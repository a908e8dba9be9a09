"""A state with pending operations, and an AWS that answers by a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ops.aws import AwsError
from ops.leftovers.waiting import Patience
from ops.recover.look import Looker
from ops.recover.plan import Planner
from ops.recover.state import State
from ops.recover.step import Step

ROOT = "urn:pulumi:dev::federated-eks::pulumi:pulumi:Stack::federated-eks-dev"
AWS = "urn:pulumi:dev::federated-eks::pulumi:providers:aws::eu-west-1"
TAGS = {"fleet": "federated-eks", "stack": "dev"}

STACK = {"urn": ROOT, "type": "pulumi:pulumi:Stack"}
PROVIDER = {
    "urn": AWS,
    "type": "pulumi:providers:aws",
    "id": "p-1",
    "custom": True,
    "inputs": {"region": "eu-west-1", "defaultTags": json.dumps({"tags": TAGS})},
    "outputs": {"region": "eu-west-1"},
}


def resource(type: str, name: str, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A resource of the region's provider."""
    return {
        "urn": f"urn:pulumi:dev::federated-eks::{type}::{name}",
        "type": type,
        "custom": True,
        "parent": ROOT,
        "provider": f"{AWS}::p-1",
        "inputs": dict(inputs),
        **more,
    }


def state(*resources: Mapping[str, Any], **pending: Sequence[Mapping[str, Any]]) -> State:
    """A state with the stack, its provider and these resources; pending ones by what was done to them."""
    operations = [{"type": type, "resource": one} for type, some in pending.items() for one in some]
    deployment = {"resources": [STACK, PROVIDER, *resources], "pending_operations": operations}
    return State(exported={"version": 3, "deployment": deployment})


class Aws:
    """Answers each call by its service and operation, and remembers the calls."""

    def __init__(self, **responses: Any) -> None:
        """Each response is one, or a list of them, the last of which stays. Names have `_` for the `-` of a call."""
        self.responses = responses
        self.calls: list[tuple[str, str, str, dict[str, Any]]] = []

    def __call__(self, service: str, operation: str, region: str, **parameters: Any) -> Any:
        self.calls.append((service, operation, region, parameters))
        response = self.responses.get(operation.replace("-", "_"), {"ResourceTagMappingList": []})
        if isinstance(response, list):
            response = response.pop(0) if len(response) > 1 else response[0]
        if isinstance(response, AwsError):
            raise response
        return response


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as EC2 lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def steps(state: State, aws: Aws, releases: Any = None, seconds: float = 0) -> list[Step]:
    """The steps that are planned for a state."""
    return planner(state, aws, releases, seconds).steps()


def planner(state: State, aws: Aws, releases: Any = None, seconds: float = 0) -> Planner:
    """A planner that doesn't sleep."""
    return Planner(
        state,
        Looker(aws, state),
        releases,
        patience=Patience(seconds, pause=0),
        say=lambda _: None,
        sleep=lambda _: None,
    )
