"""Record sets as AWS changes them: a batch at once or not at all, and no two that contradict each other."""

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
"""What decides between the records of one name and type, by the API's name and by moto's."""

Change = Mapping[str, Any]


@around(Route53Backend, "change_resource_record_sets")
def a_batch_is_changed_at_once_or_not_at_all(_: Any, route53: Any, given: Given) -> None:
    """InvalidChangeBatch with all that is wrong; moto deletes by the set's identifier alone, whatever the name."""
    zone = route53.get_hosted_zone(given["zoneid"])
    records, problems = list(zone.rrsets), list[str]()
    for change in given["change_list"]:
        wanted = _record(change)
        _check_form(route53, change["Action"], wanted)
        problems += _change(route53, zone, records, change["Action"], wanted)
    if problems:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(problems)}]")
    zone.rrsets = records


def _record(change: Change) -> Any:
    asked: dict[str, Any] = dict(change["ResourceRecordSet"])
    asked["Name"] = f"{str(asked['Name']).lower().rstrip('.')}."
    asked["ResourceRecords"] = [one["Value"] for one in asked.get("ResourceRecords") or []]
    return RecordSet(asked)


def _check_form(route53: Any, action: str, record: Any) -> None:
    """InvalidInput: one of an alias and of values with a TTL; a policy and an identifier, or neither."""
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


def _change(route53: Any, zone: Any, records: list[Any], action: str, wanted: Any) -> Iterator[str]:
    there = next((one for one in records if _key(one) == _key(wanted)), None)
    if action == "DELETE":
        yield from _delete(records, there, wanted)
        return
    if action == "CREATE" and there is not None:
        yield f"Tried to create resource record set {_shown(wanted)} but it already exists"
        return
    others = [one for one in records if one is not there]
    yield from _misplaced(zone, wanted)
    yield from _contradictions(zone, others, wanted)
    if wanted.alias_target:
        yield from alias.problems(route53, zone, others, wanted.type, wanted.alias_target)
    records[:] = [*others, wanted]


def _delete(records: list[Any], there: Any, wanted: Any) -> Iterator[str]:
    if there is None:
        yield f"Tried to delete resource record set {_shown(wanted)} but it was not found"
    elif _values(there) != _values(wanted):
        yield (
            f"Tried to delete resource record set {_shown(wanted)} but the values provided do not match the current "
            "values"
        )
    else:
        records.remove(there)


def _misplaced(zone: Any, wanted: Any) -> Iterator[str]:
    if wanted.name != zone.name and not wanted.name.endswith(f".{zone.name}"):
        yield f"RRSet with DNS name {wanted.name} is not permitted in zone {zone.name}"
    if wanted.type == "CNAME" and wanted.name == zone.name:
        yield f"RRSet of type CNAME with DNS name {wanted.name} is not permitted at apex in zone {zone.name}"


def _contradictions(zone: Any, others: Sequence[Any], wanted: Any) -> Iterator[str]:
    """Other records of the name: a CNAME beside any type, another policy, or the same region or role again."""
    named = [one for one in others if one.name == wanted.name]
    if any((one.type == "CNAME") != (wanted.type == "CNAME") for one in named):
        yield (
            f"RRSet of type {wanted.type} with DNS name {wanted.name} is not permitted as it conflicts with other "
            f"records with the same DNS name in zone {zone.name}"
        )
    of_type = [one for one in named if one.type == wanted.type]
    told = f"RRSet with DNS name {wanted.name}, type {wanted.type}, SetIdentifier {wanted.set_identifier}"
    if any(_policies(one) != _policies(wanted) for one in of_type):
        yield f"{told} cannot be created as other RRSets exist with the same name and type"
    for policy in ("region", "failover"):
        value = getattr(wanted, policy)
        if value and any(getattr(one, policy) == value for one in of_type):
            yield f"{told} cannot be created as another RRSet with the same name, type, and {policy} {value} exists"


def _policies(record: Any) -> list[str]:
    # A weight of 0 is a policy, and equals False.
    values = {name: getattr(record, attribute) for name, attribute in POLICIES.items()}
    return [name for name, value in values.items() if value is not None and value is not False]


def _key(record: Any) -> tuple[str, str, str | None]:
    return record.name, record.type, record.set_identifier


def _values(record: Any) -> tuple[Any, ...]:
    """What a deletion has to repeat."""
    target = dict(record.alias_target or {})
    if target:
        target["DNSName"] = str(target["DNSName"]).lower().rstrip(".")
    ttl = None if record.ttl is None else int(record.ttl)
    policies = tuple(getattr(record, attribute) for attribute in POLICIES.values())
    return sorted(record.records or []), ttl, target, record.health_check_id, *policies


def _shown(record: Any) -> str:
    identifier = f", set identifier='{record.set_identifier}'" if record.set_identifier else ""
    return f"[name='{record.name}', type='{record.type}'{identifier}]"
