"""What has the stack's tags in AWS and is no resource of the stack: found by the tagging API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ops.aws import AwsError, Call
from ops.errors import UserError
from ops.recover.look import OF_AWS, Looker, default_tags
from ops.recover.row import fill
from ops.recover.state import Resource, State, inputs_of
from ops.recover.table import ROWS

OWNERSHIP = ("fleet", "stack")
"""The tags that make a thing the stack's own, which no setting changes (docs/permissions.md)."""


@dataclass(frozen=True, kw_only=True)
class Stray:
    """One such thing."""

    id: str
    resource: Resource
    """The resource by which the stack can delete it."""


def find(call: Call, state: State, looker: Looker, known: Iterable[str]) -> list[Stray]:
    """Return the strays in the regions of the stack, in the order of their creation. Raise UserError.

    `known` are ids of things that are the stack's and not in its state yet.
    """
    ids = {id for _, id in state.ids} | {*known}
    found: list[Stray] = []
    for region, provider in _regions(state).items():
        tags = {key: value for key, value in default_tags(provider).items() if key in OWNERSHIP}
        if len(tags) == len(OWNERSHIP):
            for arn in _tagged(call, region, tags):
                found += _strays(state, looker, arn, region, provider, ids)
    types = [row.type for row in ROWS]
    found.sort(key=lambda stray: types.index(stray.resource["type"]))
    return [_depending(stray, found[:place]) for place, stray in enumerate(found)]


def _regions(state: State) -> dict[str, Resource]:
    """Return a provider of each region."""
    return {str(region): one for one in state.providers("aws") if (region := inputs_of(one).get("region"))}


def _tagged(call: Call, region: str, tags: Mapping[str, str]) -> Iterator[str]:
    """Yield the ARNs of what has these tags, but not of that onto which a cluster or EKS has copied them."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    try:
        told = call("resourcegroupstaggingapi", "get-resources", region, TagFilters=filters)
    except AwsError as error:
        raise UserError(
            f"aws resourcegroupstaggingapi get-resources in {region}: {error}; docs/recover.md lists the rights that "
            "this takes"
        ) from None
    for one in told["ResourceTagMappingList"]:
        if not any(tag["Key"].startswith(OF_AWS) for tag in one["Tags"]):
            yield one["ResourceARN"]


def _strays(state: State, looker: Looker, arn: str, region: str, provider: Resource, ids: set[str]) -> Iterator[Stray]:
    for row in ROWS:
        if not (values := row.of_arn(arn)):
            continue
        id = fill(row.arn_id, values) or ""
        # The import id of a pod identity association is the cluster's name and the provider's own id.
        if id not in ids and id.rpartition(",")[2] not in ids and looker.exists(row, values, region):
            yield Stray(id=id, resource=_resource(state, row.type, id, provider))


def _resource(state: State, type: str, id: str, provider: Resource) -> Resource:
    return {
        "urn": made_up(state, type, id),
        "custom": True,
        "id": id,
        "type": type,
        "inputs": {},
        "outputs": {},
        "parent": state.root,
        "provider": f"{provider['urn']}::{provider['id']}",
    }


def made_up(state: State, type: str, name: str) -> str:
    """Return the URN of a resource that no program has."""
    before, _, _ = state.root.partition("::pulumi:pulumi:Stack::")
    return f"{before}::{type}::recovered-{name.replace('::', ':')}"


def _depending(stray: Stray, earlier: Iterable[Stray]) -> Stray:
    """Return a stray that depends on those that may hold it, so that it is deleted before them."""
    needs = [one.resource["urn"] for one in earlier if one.resource["type"] != stray.resource["type"]]
    return Stray(id=stray.id, resource={**stray.resource, "dependencies": needs})
