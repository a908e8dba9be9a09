"""The functions that look up DNS: hosted zones, their records, and AWS's own zones of load balancers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.arguments import region_of
from sandbox.plugins.aws.route53 import bare
from sandbox.plugins.aws.session import Aws, AwsError
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

APPLICATION: Mapping[str, str] = {
    "af-south-1": "Z268VQBMOI5EKX",
    "ap-east-1": "Z3DQVH9N71FHZ0",
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX",
    "ap-northeast-3": "Z5LXEXXYW11ES",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-south-2": "Z0173938T07WNTVAEPZN",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ap-southeast-3": "Z08888821HLRG5A9ZRTER",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-central-2": "Z06391101F2ZOEP8P5EB3",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-south-1": "Z3ULH7SSC9OV64",
    "eu-south-2": "Z0956581394HF5D5LXGAP",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "me-central-1": "Z08230872XQRWHG2XF6I",
    "me-south-1": "ZS929ML54UICD",
    "sa-east-1": "Z2P70J7HTTTPLU",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
}
NETWORK: Mapping[str, str] = {
    "af-south-1": "Z203XCE67M25HM",
    "ap-east-1": "Z12Y7K3UBGUAD1",
    "ap-northeast-1": "Z31USIVHYNEOWT",
    "ap-northeast-2": "ZIBE1TIR4HY56",
    "ap-northeast-3": "Z1GWIQ4HH19I5X",
    "ap-south-1": "ZVDDRBQ08TROA",
    "ap-south-2": "Z0711778386UTO08407HT",
    "ap-southeast-1": "ZKVM4W9LS7TM",
    "ap-southeast-2": "ZCT6FZBF4DROD",
    "ap-southeast-3": "Z01971771FYVNCOVWJU1G",
    "ca-central-1": "Z2EPGBW3API2WT",
    "eu-central-1": "Z3F0SRJ5LGBH90",
    "eu-central-2": "Z02239872DOALSIDCX66S",
    "eu-north-1": "Z1UDT6IFJ4EJM",
    "eu-south-1": "Z23146JA1KNAFP",
    "eu-south-2": "Z1011216NVTVYADP1SSV",
    "eu-west-1": "Z2IFOLAFXWLO4F",
    "eu-west-2": "ZD4D7Y8KGAS4G",
    "eu-west-3": "Z1CMS0P5QUZ6D5",
    "me-central-1": "Z00282643NTTLPANJJG2P",
    "me-south-1": "Z3QSRYVP46NYYV",
    "sa-east-1": "ZTK26PT1VY4CU",
    "us-east-1": "Z26RNL4JYFTOTI",
    "us-east-2": "ZLMOA37VPKANP",
    "us-west-1": "Z24FKFUX50B4VW",
    "us-west-2": "Z18D5FSROUN65G",
}
"""The zone by region and type (AWS General Reference, Elastic Load Balancing endpoints)."""

Result = Mapping[str, Any]


def get_zone(aws: Aws, arguments: Properties) -> Result:
    """The one zone of an id, or of a name, public unless privateZone or a VPC says otherwise."""
    region = aws.config.region
    if arguments.get("zoneId") and arguments.get("name"):
        raise ProviderError("getZone: only one of `zoneId` or `name` may be set")
    id = bare(arguments["zoneId"]) if arguments.get("zoneId") else _named(aws, arguments)
    try:
        response = aws.request(region, "route53", "GetHostedZone", Id=id)
    except AwsError as error:
        if error.code != "NoSuchHostedZone":
            raise
        raise ProviderError(f"getZone: couldn't find resource: {error.message}") from error
    zone = response["HostedZone"]
    name, private = str(zone["Name"]).rstrip("."), bool(zone["Config"].get("PrivateZone"))
    servers = _own_servers(aws, id, zone["Name"]) if private else response["DelegationSet"]["NameServers"]
    set = aws.request(region, "route53", "ListTagsForResource", ResourceType="hostedzone", ResourceId=id)
    return {
        "arn": f"arn:{aws.partition}:route53:::hostedzone/{id}",
        "callerReference": zone["CallerReference"],
        "comment": zone["Config"].get("Comment", ""),
        "enableAcceleratedRecovery": False,
        "id": id,
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "name": name,
        "nameServers": servers,
        "primaryNameServer": servers[0],
        "privateZone": private,
        "resourceRecordSetCount": zone.get("ResourceRecordSetCount", 0),
        "tags": tags.from_list(set["ResourceTagSet"]["Tags"]),
        "zoneId": id,
    }


def _named(aws: Aws, arguments: Properties) -> str:
    name, vpc = str(arguments.get("name") or "").rstrip(".").lower(), arguments.get("vpcId")
    private = bool(arguments.get("privateZone") or vpc)
    ids: list[str] = []
    marker = None
    while marker != "":
        page = aws.request(aws.config.region, "route53", "ListHostedZones", Marker=marker)
        ids += [
            bare(zone["Id"])
            for zone in page["HostedZones"]
            if zone["Name"].rstrip(".") == name and bool(zone["Config"].get("PrivateZone")) == private
        ]
        marker = page.get("NextMarker", "") if page.get("IsTruncated") else ""
    if len(ids) != 1:
        found = f"multiple Route 53 Hosted Zones matched; use additional constraints ({', '.join(ids)})"
        raise ProviderError(f"getZone: {found if ids else 'no matching Route 53 Hosted Zone found'}")
    return ids[0]


def _own_servers(aws: Aws, id: str, name: str) -> list[str]:
    """The name servers of a private zone, by its own record."""
    answer = aws.request(
        aws.config.region,
        "route53",
        "ListResourceRecordSets",
        HostedZoneId=id,
        StartRecordName=name,
        StartRecordType="NS",
        MaxItems="1",
    )
    return sorted(value["Value"] for value in answer["ResourceRecordSets"][0]["ResourceRecords"])


def get_records(aws: Aws, arguments: Properties) -> Result:
    """A zone's records whose names match; without a dot at their end, as the official function has them."""
    pattern, found = re.compile(arguments.get("nameRegex") or ""), list[dict[str, Any]]()
    start: dict[str, Any] | None = {}
    while start is not None:
        page = aws.request(
            aws.config.region, "route53", "ListResourceRecordSets", HostedZoneId=bare(arguments["zoneId"]), **start
        )
        found += [
            _record(record) for record in page["ResourceRecordSets"] if pattern.search(str(record["Name"]).rstrip("."))
        ]
        start = (
            {"StartRecordName": page["NextRecordName"], "StartRecordType": page["NextRecordType"]}
            if page.get("IsTruncated")
            else None
        )
    return {**arguments, "resourceRecordSets": found}


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    alias = record.get("AliasTarget")
    return {
        "aliasTarget": alias
        and {
            "dnsName": alias["DNSName"],
            "evaluateTargetHealth": alias["EvaluateTargetHealth"],
            "hostedZoneId": alias["HostedZoneId"],
        },
        "failover": record.get("Failover", ""),
        "healthCheckId": record.get("HealthCheckId", ""),
        "multiValueAnswer": bool(record.get("MultiValueAnswer")),
        "name": str(record["Name"]).rstrip("."),
        "region": record.get("Region", ""),
        "resourceRecords": [{"value": value["Value"]} for value in record.get("ResourceRecords") or []],
        "setIdentifier": record.get("SetIdentifier", ""),
        "trafficPolicyInstanceId": "",
        "ttl": record.get("TTL", 0),
        "type": record["Type"],
        "weight": record.get("Weight", 0),
    }


def get_hosted_zone_id(aws: Aws, arguments: Properties) -> Result:
    """Return AWS's zone for a region's load balancers of a type, without a call of AWS."""
    region, type_ = region_of(aws, arguments), arguments.get("loadBalancerType") or "application"
    id = (NETWORK if type_ == "network" else APPLICATION).get(region)
    if id is None:
        raise ProviderError(f"getHostedZoneId: unsupported AWS Region: {region}")
    return {"id": id, "loadBalancerType": type_, "region": region}


DNS = {
    "aws:lb/getHostedZoneId:getHostedZoneId": get_hosted_zone_id,
    "aws:route53/getRecords:getRecords": get_records,
    "aws:route53/getZone:getZone": get_zone,
}
"""The functions by token."""
