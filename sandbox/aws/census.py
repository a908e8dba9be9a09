"""The things in the account, in any region, that an empty account lacks.

No API of AWS lists everything: some things have no tags, and some services have no list. So all of moto's backends
are searched, and compared with their initial content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.aws import backends
from sandbox.aws.account import OPERATOR
from sandbox.aws.backends import Place


class Thing(NamedTuple):
    """A thing in a backend: the attribute that contains it, and its id or name."""

    kind: str
    name: str


NOT_THINGS = {
    "ec2": {"tags", "launch_template_name_to_ids", "launch_template_insert_order", "iam_instance_profile_associations"},
    "iam": {"access_keys", "aws_managed_policies"},
    "autoscaling": set[str](),
    "route53": {"resource_tags", "delegation_sets"},
}
"""Attributes that only repeat others."""

NOT_COUNTED = {"service-quotas", "sts"}
"""Services without things that a person could delete."""

ENDED = {"deleted", "deleting", "terminated", "rejected", "failed", "PendingDeletion"}
"""The states of deleted things that AWS still shows for a while."""

NOUNS = {
    "vpcs": "VPC",
    "subnets": "subnet",
    "groups": "security group",
    "logs.groups": "log group",
    "enis": "network interface",
    "vpc_pcxs": "peering connection",
    "addresses": "elastic address",
    "nat_gateways": "NAT gateway",
    "internet_gateways": "internet gateway",
    "egress_only_internet_gateways": "egress-only internet gateway",
    "route_tables": "route table",
    "network_acls": "network ACL",
    "reservations": "instance",
    "vpc_end_points": "VPC endpoint",
    "oidc_provider": "OIDC provider",
    "saml_providers": "SAML provider",
    "policies": "policy",
    "managed_policies": "policy",
    "_parameters": "parameter",
}
"""The nouns for attributes of moto whose names don't say what they contain."""

_new: dict[Place, set[Thing]] = {}


def _note(place: Place, backend: Any) -> None:
    _new[place] = set(_things(place, backend))


backends.listeners.append(_note)


def beyond_new() -> list[str]:
    """A line for each thing that an empty account lacks: region, service, kind, id and name."""
    lines: list[str] = []
    for place, backend in backends.living():
        if place.service in NOT_COUNTED:
            continue
        for thing in sorted(set(_things(place, backend)) - _new.get(place, set())):
            if thing != Thing("users", OPERATOR):
                lines.append(_line(place, backend, thing))
    return sorted(lines)


def _things(place: Place, backend: Any) -> Iterator[Thing]:
    for kind, things in list(vars(backend).items()):
        if kind in NOT_THINGS.get(place.service, ()) or (kind.startswith("_") and kind not in NOUNS):
            continue
        if isinstance(things, dict):
            yield from (Thing(kind, name) for name in _in_dict(things))
        elif isinstance(things, list):
            yield from (Thing(kind, name) for name in _in_list(things))


def _in_dict(things: dict[Any, Any]) -> Iterator[str]:
    for key, value in list(things.items()):
        if isinstance(value, dict):  # security groups by VPC, subnets by zone
            yield from (str(name) for name, inner in value.items() if not _ended(inner))
        elif hasattr(value, "instances") and hasattr(value, "owner_id"):  # a reservation
            yield from (instance.id for instance in value.instances if not _ended(instance))
        elif not str(key).startswith("/aws/service/") and not _ended(value):
            yield str(key)


def _in_list(things: list[Any]) -> Iterator[str]:
    for value in things:
        names = (getattr(value, attribute, None) for attribute in ("allocation_id", "id", "name", "arn"))
        name = next((name for name in names if isinstance(name, str)), None)
        if name and hasattr(value, "__dict__") and not _ended(value):
            yield name


def _ended(value: Any) -> bool:
    """Whether a thing is deleted, is deleted with its owner, or is AWS's own (a KMS key of `alias/aws/...`)."""
    if getattr(value, "key_manager", "") == "AWS":
        return True
    if getattr(value, "is_default", False) and hasattr(value, "ingress_rules"):
        return True
    if getattr(value, "main_association_id", None) or (
        hasattr(value, "associations") and getattr(value, "default", False)
    ):
        return True
    peering = getattr(getattr(value, "_status", None), "code", None)
    states = (getattr(value, name, None) for name in ("state", "key_state"))
    return peering in ENDED or any(isinstance(state, str) and state in ENDED for state in states)


def _line(place: Place, backend: Any, thing: Thing) -> str:
    region = "global" if place.region == "aws" else place.region
    noun = (
        NOUNS.get(f"{place.service}.{thing.kind}")
        or NOUNS.get(thing.kind)
        or thing.kind.strip("_").replace("_", " ").removesuffix("s")
    )
    name = getattr(backend, "tags", {}).get(thing.name, {}).get("Name") if place.service == "ec2" else None
    return f"{region} {place.service} {noun} {thing.name}" + (f" ({name})" if name else "")
