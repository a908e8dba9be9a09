"""Record sets' rules: a batch changes as a whole or not at all, and no two records contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.route53.exceptions import NoSuchHealthCheck, Route53ClientError
from moto.route53.models import RecordSet, Route53Backend

from sandbox.aws.route53 import alias
from sandbox.aws.rules import Given, around

POLICIES = {
    "Weight": "weight",
    "Region": "region",
    "Failover": "failover",
    "GeoLocation": "geo_location",
    "MultiValueAnswer": "multi_value_answer",
}
"""The routing policies between records of one name and type, by the API's name and by moto's."""

Change = Mapping[str, Any]


@around(Route53Backend, "change_resource_record_sets")
def a_batch_is_changed_at_once_or_not_at_all(_: Any, route53: Any, given: Given) -> None:
    """Raise InvalidChangeBatch with all problems. moto deletes by the set's identifier, whatever the name."""
    zone = route53.get_hosted_zone(given["zoneid"])
    records, problems = list(zone.rrsets), list[str]()
    for change in given["change_list"]:
        desired = _record(change)
        _check_form(route53, change["Action"], desired)
        problems += _change(route53, zone, records, change["Action"], desired)
    if problems:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(problems)}]")
    zone.rrsets = records


def _record(change: Change) -> Any:
    arguments: dict[str, Any] = dict(change["ResourceRecordSet"])
    arguments["Name"] = f"{str(arguments['Name']).lower().rstrip('.')}."
    arguments["ResourceRecords"] = [record["Value"] for record in arguments.get("ResourceRecords") or []]
    return RecordSet(arguments)


def _check_form(route53: Any, action: str, record: Any) -> None:
    """Raise InvalidInput unless there is either an alias or values, and both or none of a policy and an identifier."""
    about = (
        f"Change with [Action={action}, Name={record.name}, Type={record.type}, SetIdentifier={record.set_identifier}]"
    )
    values = bool(record.records) and record.ttl is not None
    if values == bool(record.alias_target):
        found = "more than one" if values else "none"
        raise Route53ClientError(
            "InvalidInput",
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in {about}",
        )
    if len(_policies(record)) != bool(record.set_identifier):
        raise Route53ClientError(
            "InvalidInput",
            f"Invalid request: Expected exactly one of [{', '.join(POLICIES)}] with a SetIdentifier, and none without "
            f"one, in {about}",
        )
    if record.health_check_id and action != "DELETE" and record.health_check_id not in route53.health_checks:
        raise NoSuchHealthCheck(record.health_check_id)


def _change(route53: Any, zone: Any, records: list[Any], action: str, desired: Any) -> Iterator[str]:
    existing = next((record for record in records if _key(record) == _key(desired)), None)
    if action == "DELETE":
        yield from _delete(records, existing, desired)
        return
    if action == "CREATE" and existing is not None:
        yield f"Tried to create resource record set {_shown(desired)} but it already exists"
        return
    others = [record for record in records if record is not existing]
    yield from _misplaced(zone, desired)
    yield from _contradictions(zone, others, desired)
    if desired.alias_target:
        yield from alias.problems(route53, zone, others, desired.type, desired.alias_target)
    records[:] = [*others, desired]


def _delete(records: list[Any], existing: Any, desired: Any) -> Iterator[str]:
    if existing is None:
        yield f"Tried to delete resource record set {_shown(desired)} but it was not found"
    elif _values(existing) != _values(desired):
        yield (
            f"Tried to delete resource record set {_shown(desired)} but the values provided do not match the current "
            "values"
        )
    else:
        records.remove(existing)


def _misplaced(zone: Any, desired: Any) -> Iterator[str]:
    if desired.name != zone.name and not desired.name.endswith(f".{zone.name}"):
        yield f"RRSet with DNS name {desired.name} is not permitted in zone {zone.name}"
    if desired.type == "CNAME" and desired.name == zone.name:
        yield f"RRSet of type CNAME with DNS name {desired.name} is not permitted at apex in zone {zone.name}"


def _contradictions(zone: Any, others: Sequence[Any], desired: Any) -> Iterator[str]:
    """Yield contradictions with the name's other records: a CNAME, another policy, an equal region or role."""
    named = [record for record in others if record.name == desired.name]
    if any((record.type == "CNAME") != (desired.type == "CNAME") for record in named):
        yield (
            f"RRSet of type {desired.type} with DNS name {desired.name} is not permitted as it conflicts with other "
            f"records with the same DNS name in zone {zone.name}"
        )
    of_type = [record for record in named if record.type == desired.type]
    subject = f"RRSet with DNS name {desired.name}, type {desired.type}, SetIdentifier {desired.set_identifier}"
    if any(_policies(record) != _policies(desired) for record in of_type):
        yield f"{subject} cannot be created as other RRSets exist with the same name and type"
    for policy in ("region", "failover"):
        value = getattr(desired, policy)
        if value and any(getattr(record, policy) == value for record in of_type):
            yield f"{subject} cannot be created as another RRSet with the same name, type, and {policy} {value} exists"


def _policies(record: Any) -> list[str]:
    # A weight of 0 is a policy, and equals False.
    values = {name: getattr(record, attribute) for name, attribute in POLICIES.items()}
    return [name for name, value in values.items() if value is not None and value is not False]


def _key(record: Any) -> tuple[str, str, str | None]:
    return record.name, record.type, record.set_identifier


def _values(record: Any) -> tuple[Any, ...]:
    """The values that a deletion must repeat."""
    target = dict(record.alias_target or {})
    if target:
        target["DNSName"] = str(target["DNSName"]).lower().rstrip(".")
    ttl = None if record.ttl is None else int(record.ttl)
    policies = tuple(getattr(record, attribute) for attribute in POLICIES.values())
    return sorted(record.records or []), ttl, target, record.health_check_id, *policies


def _shown(record: Any) -> str:
    identifier = f", set identifier='{record.set_identifier}'" if record.set_identifier else ""
    return f"[name='{record.name}', type='{record.type}'{identifier}]"
