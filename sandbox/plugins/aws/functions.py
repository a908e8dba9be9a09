"""The functions that programs call: zones, region, account, parameters, versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws import policy, tags
from sandbox.plugins.aws.arguments import filters_of, region_of
from sandbox.plugins.aws.lookups import LOOKUPS
from sandbox.plugins.aws.regions import description, dns_suffix
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

Result = Mapping[str, Any]


def get_availability_zones(aws: Aws, arguments: Properties) -> Result:
    """The zones of a region that match, by name."""
    region = region_of(aws, arguments)
    filters = filters_of(arguments)
    if state := arguments.get("state"):
        filters.append({"Name": "state", "Values": [state]})
    answer = aws.request(
        region,
        "ec2",
        "DescribeAvailabilityZones",
        Filters=filters or None,
        AllAvailabilityZones=arguments.get("allAvailabilityZones"),
    )
    zones = sorted(
        (
            zone
            for zone in answer["AvailabilityZones"]
            if zone["ZoneName"] not in (arguments.get("excludeNames") or [])
            and zone["ZoneId"] not in (arguments.get("excludeZoneIds") or [])
        ),
        key=lambda zone: zone["ZoneName"],
    )
    return {
        **arguments,
        "groupNames": sorted({zone.get("GroupName") or region for zone in zones}),
        "id": region,
        "names": [zone["ZoneName"] for zone in zones],
        "region": region,
        "zoneIds": [zone["ZoneId"] for zone in zones],
    }


def get_caller_identity(aws: Aws, arguments: Properties) -> Result:
    """Return the owner of the credentials."""
    identity = aws.identity
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "id": identity["Account"],
        "userId": identity["UserId"],
    }


def get_partition(aws: Aws, arguments: Properties) -> Result:
    """The partition of the provider's region."""
    suffix = dns_suffix(aws.config.region)
    return {
        "dnsSuffix": suffix,
        "id": aws.partition,
        "partition": aws.partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def get_region(aws: Aws, arguments: Properties) -> Result:
    """A region by its name, the provider's by default."""
    if arguments.get("endpoint"):
        raise ProviderError("getRegion: this stand-in for AWS doesn't support the argument 'endpoint'; set 'region'")
    region = arguments.get("name") or region_of(aws, arguments)
    return {
        "description": description(region),
        "endpoint": f"ec2.{region}.{dns_suffix(region)}",
        "id": region,
        "name": region,
        "region": region,
    }


def get_parameter(aws: Aws, arguments: Properties) -> Result:
    """A parameter of SSM's, AWS's public ones too."""
    region = region_of(aws, arguments)
    decrypt = arguments.get("withDecryption", True)
    answer = aws.request(region, "ssm", "GetParameter", Name=arguments["name"], WithDecryption=decrypt)
    parameter = answer["Parameter"]
    secret = parameter["Type"] == "SecureString"
    return {
        "arn": parameter["ARN"],
        "id": parameter["Name"],
        "insecureValue": "" if secret else parameter["Value"],
        "name": parameter["Name"],
        "region": region,
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
        "withDecryption": decrypt,
    }


def get_policy(aws: Aws, arguments: Properties) -> Result:
    """A managed policy, by its ARN."""
    arn = arguments["arn"]
    try:
        found = aws.request("us-east-1", "iam", "GetPolicy", PolicyArn=arn)["Policy"]
        version = found["DefaultVersionId"]
        kept = aws.request("us-east-1", "iam", "GetPolicyVersion", PolicyArn=arn, VersionId=version)["PolicyVersion"]
    except ProviderError as error:
        raise ProviderError(f"reading IAM Policy ({arn}): {error}") from None
    return {
        **arguments,
        "attachmentCount": found["AttachmentCount"],
        "description": found.get("Description", ""),
        "id": arn,
        "name": found["PolicyName"],
        "path": found["Path"],
        "policy": policy.decoded(kept["Document"]),
        "policyId": found["PolicyId"],
        "tags": {},
    }


def get_addon_version(aws: Aws, arguments: Properties) -> Result:
    """The default (or newest) version of an EKS add-on for a Kubernetes version."""
    region = region_of(aws, arguments)
    name, version = arguments["addonName"], arguments["kubernetesVersion"]
    addons = aws.request(region, "eks", "DescribeAddonVersions", addonName=name, kubernetesVersion=version)["addons"]
    versions = [entry for addon in addons for entry in addon["addonVersions"]]
    if not arguments.get("mostRecent"):
        versions = [entry for entry in versions if any(fit["defaultVersion"] for fit in entry["compatibilities"])]
    if not versions:
        raise ProviderError(f"getAddonVersion: EKS {version} has no add-on {name!r} in {region}")
    return {**arguments, "id": name, "region": region, "version": versions[0]["addonVersion"]}


def get_cluster_versions(aws: Aws, arguments: Properties) -> Result:
    """The Kubernetes versions that EKS offers."""
    region = region_of(aws, arguments)
    known = ("clusterType", "defaultOnly", "includeAll", "versionStatus")
    request: dict[str, Any] = {name: arguments[name] for name in known if arguments.get(name)}
    if only := arguments.get("clusterVersionsOnlies"):
        request["clusterVersions"] = only
    response = aws.request(region, "eks", "DescribeClusterVersions", **request)["clusterVersions"]
    versions = [
        {
            "clusterType": version["clusterType"],
            "clusterVersion": version["clusterVersion"],
            "controlPlaneComponentConfigs": [],
            "controlPlaneScalingTiers": [],
            "defaultPlatformVersion": version.get("defaultPlatformVersion", ""),
            "defaultVersion": version["defaultVersion"],
            "endOfExtendedSupportDate": "",
            "endOfStandardSupportDate": "",
            "kubernetesPatchVersion": "",
            "releaseDate": "",
            "versionStatus": version["versionStatus"],
        }
        for version in response
    ]
    return {**arguments, "clusterVersions": versions, "id": region, "region": region}


def get_log_groups(aws: Aws, arguments: Properties) -> Result:
    """The log groups whose names begin with a prefix; all of them without one."""
    region = region_of(aws, arguments)
    found = _log_groups(aws, region, arguments.get("logGroupNamePrefix"))
    return {
        **arguments,
        "arns": [group["arn"].removesuffix(":*") for group in found],
        "id": region,
        "logGroupNames": [group["logGroupName"] for group in found],
        "region": region,
    }


def get_log_group(aws: Aws, arguments: Properties) -> Result:
    """The one log group of a name."""
    region, name = region_of(aws, arguments), arguments["name"]
    group = next((group for group in _log_groups(aws, region, name) if group["logGroupName"] == name), None)
    if group is None:
        raise ProviderError(f"getLogGroup: reading CloudWatch Logs Log Group ({name}): empty result")
    arn = group["arn"].removesuffix(":*")
    return {
        "arn": arn,
        "creationTime": group["creationTime"],
        "deletionProtectionEnabled": bool(group.get("deletionProtectionEnabled")),
        "id": name,
        "kmsKeyId": group.get("kmsKeyId", ""),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "name": name,
        "region": region,
        "retentionInDays": group.get("retentionInDays", 0),
        "tags": tags.own(aws.request(region, "logs", "ListTagsForResource", resourceArn=arn)["tags"]),
    }


def _log_groups(aws: Aws, region: str, prefix: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"logGroupNamePrefix": prefix}
    while True:
        answer = aws.request(region, "logs", "DescribeLogGroups", **page)
        found += answer["logGroups"]
        if not answer.get("nextToken"):
            return found
        page["nextToken"] = answer["nextToken"]


FUNCTIONS = {
    **LOOKUPS,
    "aws:cloudwatch/getLogGroup:getLogGroup": get_log_group,
    "aws:cloudwatch/getLogGroups:getLogGroups": get_log_groups,
    "aws:eks/getAddonVersion:getAddonVersion": get_addon_version,
    "aws:eks/getClusterVersions:getClusterVersions": get_cluster_versions,
    "aws:iam/getPolicy:getPolicy": get_policy,
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getRegion:getRegion": get_region,
    "aws:ssm/getParameter:getParameter": get_parameter,
}
"""The functions by token."""
