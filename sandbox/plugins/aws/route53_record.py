"""aws:route53/record:Record: a record by its zone, name, type and set identifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.plugins.aws.resource import Api, AwsResource, found
from sandbox.plugins.aws.route53 import bare, known, wait_insync
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_POLICIES: Mapping[str, tuple[str, str]] = {
    "failoverRoutingPolicies": ("type", "Failover"),
    "latencyRoutingPolicies": ("region", "Region"),
    "weightedRoutingPolicies": ("weight", "Weight"),
}
"""Inputs that are policies: the property that counts, and the API's name for it."""

_COMMENT = "Managed by Terraform"
PAGE = 100
"""Records of a page, if the record is one of a set (record.go)."""


class Record(AwsResource):
    """A record. It is created, not overwritten, unless `allowOverwrite` is set."""

    kind = "aws:route53/record:Record"
    regional = False
    taggable = False
    knows = (*_POLICIES, "aliases", "healthCheckId", "name", "records", "setIdentifier", "ttl", "type", "zoneId")
    unread = ("allowOverwrite",)
    replace_on = ("name", "zoneId")
    computed = ("allowOverwrite",)
    unordered = ("records",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """ExactlyOneOf, ConflictsWith and RequiredWith in record.go; what is unknown may turn out right."""
        if known(inputs, "aliases") and known(inputs, "records"):
            yield Problem("aliases", "conflicts with records; give one of them")
        if "aliases" not in inputs and "records" not in inputs:
            yield Problem("records", "a record needs aliases or records")
        if known(inputs, "aliases") and known(inputs, "ttl"):
            yield Problem("ttl", "conflicts with aliases; an alias has the TTL of its target")
        elif known(inputs, "ttl") and "records" not in inputs:
            yield Problem("ttl", "needs records")
        policies = [name for name in _POLICIES if name in inputs]
        if len(policies) > 1:
            yield Problem(policies[1], f"conflicts with {policies[0]}; a record has one routing policy")
        if policies and "setIdentifier" not in inputs:
            yield Problem(policies[0], "needs a setIdentifier")

    def make(self, api: Api) -> str:
        """Create it in its zone, and wait until all servers have it."""
        self._put(api, "UPSERT" if api.get("allowOverwrite") else "CREATE")
        return api.created(_id(api.inputs))

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The record, of those with its name and type."""
        zone, name, type_, identifier = _key(api.id, known)
        record = self._record(api, zone, name, type_, identifier)
        return None if record is None else _outputs(record, zone)

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Overwrite it; with another type or identifier, delete the old one in the same batch."""
        if not {"type", "setIdentifier"} & changed:
            self._put(api, "UPSERT")
            return
        zone = self._zone(api, api.inputs["zoneId"])
        old = self._record(api, *_key(api.id, api.state))
        changes = [{"Action": "DELETE", "ResourceRecordSet": old}] if old else []
        created = {"Action": "CREATE", "ResourceRecordSet": _expanded(api.inputs, zone)}
        self._batch(api, api.inputs["zoneId"], [*changes, created])
        api.id = _id(api.inputs)

    def remove(self, api: Api) -> None:
        """Delete it as it is; one that is gone, or was changed meanwhile, is left."""
        zone, name, type_, identifier = _key(api.id, api.state)
        record = found(lambda: self._record(api, zone, name, type_, identifier), "NoSuchHostedZone")
        if record is not None:
            # The official provider passes over InvalidChangeBatch here (record.go, resourceRecordDelete).
            changes = [{"Action": "DELETE", "ResourceRecordSet": record}]
            found(lambda: self._batch(api, zone, changes, "Deleted by Terraform"), "InvalidChangeBatch")

    def _put(self, api: Api, action: str) -> None:
        zone = self._zone(api, api.inputs["zoneId"])
        self._batch(api, api.inputs["zoneId"], [{"Action": action, "ResourceRecordSet": _expanded(api.inputs, zone)}])

    def _batch(self, api: Api, zone: str, changes: Sequence[Mapping[str, Any]], comment: str = _COMMENT) -> None:
        batch = {"Changes": changes, "Comment": comment}
        answer = api.retry(
            lambda: api.request("route53", "ChangeResourceRecordSets", HostedZoneId=bare(zone), ChangeBatch=batch),
            ["NoSuchHostedZone"],
            timeout=60,
        )
        wait_insync(api, answer)

    def _zone(self, api: Api, zone: str) -> str:
        """A zone's name."""
        return str(api.request("route53", "GetHostedZone", Id=bare(zone))["HostedZone"]["Name"]).rstrip(".")

    def _record(self, api: Api, zone: str, name: str, type_: str, identifier: str) -> dict[str, Any] | None:
        full = f"{_full(name, self._zone(api, zone))}."
        answer = api.request(
            "route53",
            "ListResourceRecordSets",
            HostedZoneId=bare(zone),
            StartRecordName=full,
            StartRecordType=type_,
            MaxItems=str(PAGE if identifier else 1),
        )
        wanted = (full, type_, identifier)
        return next((record for record in answer["ResourceRecordSets"] if _same(record) == wanted), None)


def _same(record: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(record["Name"]).lower(), record["Type"], record.get("SetIdentifier", "")


def _id(inputs: Properties) -> str:
    parts = [bare(inputs["zoneId"]), str(inputs["name"]).lower().rstrip("."), inputs["type"]]
    return "_".join([*parts, *([inputs["setIdentifier"]] if inputs.get("setIdentifier") else [])])


def _key(id: str, known: Properties) -> tuple[str, str, str, str]:
    """The zone, name, type and identifier; of an import, by the id alone."""
    if known.get("zoneId"):
        return known["zoneId"], known["name"], known["type"], known.get("setIdentifier") or ""
    zone, _, rest = id.partition("_")
    types = ("A", "AAAA", "CNAME", "TXT", "MX", "NS", "SRV", "CAA", "PTR", "SOA")
    parts = rest.split("_")
    at = next(index for index, part in enumerate(parts) if index and part in types)
    return zone, "_".join(parts[:at]), parts[at], "_".join(parts[at + 1 :])


def _full(name: str, zone: str) -> str:
    """A name with its zone's, which a program may leave out."""
    name = name.lower().rstrip(".")
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def _expanded(inputs: Properties, zone: str) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": _full(inputs["name"], zone), "Type": inputs["type"]}
    if inputs.get("records"):
        record["ResourceRecords"] = [{"Value": value} for value in inputs["records"]]
        if inputs.get("ttl") is not None:
            record["TTL"] = int(inputs["ttl"])
    for alias in inputs.get("aliases") or []:
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            "HostedZoneId": alias["zoneId"],
        }
    for name, (key, own) in _POLICIES.items():
        for policy in inputs.get(name) or []:
            record[own] = int(policy[key]) if key == "weight" else policy[key]
    if inputs.get("healthCheckId"):
        record["HealthCheckId"] = inputs["healthCheckId"]
    if inputs.get("setIdentifier"):
        record["SetIdentifier"] = inputs["setIdentifier"]
    return record


def _outputs(record: Mapping[str, Any], zone: str) -> Properties:
    full = str(record["Name"]).rstrip(".")
    outputs: Properties = {"fqdn": full, "name": full, "type": record["Type"], "zoneId": zone}
    if alias := record.get("AliasTarget"):
        outputs["aliases"] = [
            {
                "evaluateTargetHealth": alias["EvaluateTargetHealth"],
                "name": str(alias["DNSName"]).rstrip(".").lower(),
                "zoneId": alias["HostedZoneId"],
            }
        ]
    outputs["records"] = [value["Value"] for value in record.get("ResourceRecords") or []]
    if "TTL" in record:
        outputs["ttl"] = record["TTL"]
    for name, (key, own) in _POLICIES.items():
        if own in record:
            outputs[name] = [{key: record[own]}]
    outputs["healthCheckId"] = record.get("HealthCheckId", "")
    outputs["setIdentifier"] = record.get("SetIdentifier", "")
    return outputs
