"""Route 53's checks of a call: hosted zones, health checks and changes by their ids, records by their names.

Service Authorization Reference, Amazon Route 53. Its ARNs have neither region nor account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.aws.authorization.call import Call
from sandbox.aws.authorization.policies import Check

KINDS = {"HostedZoneId": "hostedzone", "HealthCheckId": "healthcheck"}
"""The resources of ARNs, by the parameter with the id."""

WITH_VPC = frozenset(
    {"AssociateVPCWithHostedZone", "CreateHostedZone", "DisassociateVPCFromHostedZone", "ListHostedZonesByVPC"}
)
"""The calls that also check a VPC."""


def checks(call: Call) -> Iterator[Check]:
    """The check on the zone, health check or change, or on `*` for a call without one."""
    params = call.params
    changes: Sequence[Mapping[str, Any]] = (params.get("ChangeBatch") or {}).get("Changes") or ()
    yield call.check(_resource(call), keys=_records(changes))
    if call.operation in WITH_VPC and (params.get("VPC") or params.get("VPCId")):
        yield call.check("*", action="ec2:DescribeVpcs")


def _resource(call: Call) -> str:
    params = call.params
    kind = next((KINDS[name] for name in KINDS if params.get(name)), "")
    id = next((str(params[name]) for name in KINDS if params.get(name)), "")
    if call.operation == "GetChange":
        kind, id = "change", str(params["Id"])
    elif call.operation in ("GetHostedZone", "DeleteHostedZone", "UpdateHostedZoneComment"):
        kind, id = "hostedzone", str(params["Id"])
    elif params.get("ResourceId"):
        kind, id = str(params["ResourceType"]), str(params["ResourceId"])
    return f"arn:aws:route53:::{kind}/{id.rpartition('/')[2]}" if kind else "*"


def _records(changes: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The condition keys of ChangeResourceRecordSets."""
    if not changes:
        return {}
    records = [change["ResourceRecordSet"] for change in changes]
    prefix = "route53:ChangeResourceRecordSets"
    return {
        f"{prefix}NormalizedRecordNames": tuple(str(record["Name"]).lower().rstrip(".") for record in records),
        f"{prefix}RecordTypes": tuple(str(record["Type"]) for record in records),
        f"{prefix}Actions": tuple(str(change["Action"]) for change in changes),
    }
