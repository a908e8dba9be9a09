"""Strays: things in AWS with the stack's tags that are no resources of the stack, found by the tagging API."""

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
"""The tags that mark a thing as the stack's, which no setting changes (docs/permissions.md)."""


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A stray."""

    id: str
    resource: Resource
    """The resource by which the stack can delete it."""


def find(call: Call, state: State, looker: Looker, known: Iterable[str]) -> list[Stray]:
    """Return the strays in the regions of the stack, in the order of their creation. Raise UserError.

    `known` are ids of the stack's things that are not in its state yet.
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
    return {str(region): each for each in state.providers("aws") if (region := inputs_of(each).get("region"))}


def _tagged(call: Call, region: str, tags: Mapping[str, str]) -> Iterator[str]:
    """Yield the ARNs of things with these tags, except those to which a cluster or EKS has copied the tags."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    try:
        response = call("resourcegroupstaggingapi", "get-resources", region, TagFilters=filters)
    except AwsError as error:
        raise UserError(
            f"aws resourcegroupstaggingapi get-resources in {region}: {error}; docs/recover.md lists the rights that "
            "this takes"
        ) from None
    for mapping in response["ResourceTagMappingList"]:
        if not any(tag["Key"].startswith(OF_AWS) for tag in mapping["Tags"]):
            yield mapping["ResourceARN"]


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
        "urn": invented_urn(state, type, id),
        "custom": True,
        "id": id,
        "type": type,
        "inputs": {},
        "outputs": {},
        "parent": state.root,
        "provider": f"{provider['urn']}::{provider['id']}",
    }


def invented_urn(state: State, type: str, name: str) -> str:
    """Return the URN of a resource that no program has."""
    before, _, _ = state.root.partition("::pulumi:pulumi:Stack::")
    return f"{before}::{type}::recovered-{name.replace('::', ':')}"


def _depending(stray: Stray, earlier: Iterable[Stray]) -> Stray:
    """Return a stray that depends on those that it may use, so that it is deleted before them."""
    needs = [each.resource["urn"] for each in earlier if each.resource["type"] != stray.resource["type"]]
    return Stray(id=stray.id, resource={**stray.resource, "dependencies": needs})
