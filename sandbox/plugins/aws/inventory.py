"""The functions that tell what an account has, and how much it may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws.arguments import filters_of, region_of
from sandbox.plugins.aws.session import Aws, AwsError
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

Result = Mapping[str, Any]


def get_eips(aws: Aws, arguments: Properties) -> Result:
    """The Elastic IPs that match."""
    region = region_of(aws, arguments)
    found = aws.request(region, "ec2", "DescribeAddresses", Filters=filters_of(arguments) or None)["Addresses"]
    return {
        **arguments,
        "allocationIds": [address["AllocationId"] for address in found if address["Domain"] == "vpc"],
        "id": region,
        "publicIps": [address["PublicIp"] for address in found],
        "region": region,
    }


def get_instances(aws: Aws, arguments: Properties) -> Result:
    """The instances that match, of those that run unless states are given."""
    region = region_of(aws, arguments)
    states = arguments.get("instanceStateNames") or ["running"]
    filters = filters_of({**arguments, "tags": arguments.get("instanceTags")})
    filters.append({"Name": "instance-state-name", "Values": states})
    found: list[Any] = []
    token = None
    while token != "":
        response = aws.request(region, "ec2", "DescribeInstances", Filters=filters, NextToken=token)
        found += [instance for reservation in response["Reservations"] for instance in reservation["Instances"]]
        token = response.get("NextToken", "")
    return {
        **arguments,
        "id": region,
        "ids": [instance["InstanceId"] for instance in found],
        "instanceTags": arguments.get("instanceTags") or {},
        "ipv6Addresses": [],
        "privateIps": [instance["PrivateIpAddress"] for instance in found if instance.get("PrivateIpAddress")],
        "publicIps": [instance["PublicIpAddress"] for instance in found if instance.get("PublicIpAddress")],
        "region": region,
    }


def get_instance_type(aws: Aws, arguments: Properties) -> Result:
    """An instance type's size; not all that the official provider tells of it."""
    region, name = region_of(aws, arguments), arguments["instanceType"]
    (found,) = aws.request(region, "ec2", "DescribeInstanceTypes", InstanceTypes=[name])["InstanceTypes"]
    cpus, network = found["VCpuInfo"], found["NetworkInfo"]
    return {
        "currentGeneration": found["CurrentGeneration"],
        "defaultCores": cpus.get("DefaultCores", cpus["DefaultVCpus"]),
        "defaultVcpus": cpus["DefaultVCpus"],
        "id": name,
        "instanceType": name,
        "maximumIpv4AddressesPerInterface": network["Ipv4AddressesPerInterface"],
        "maximumNetworkInterfaces": network["MaximumNetworkInterfaces"],
        "memorySize": found["MemoryInfo"]["SizeInMiB"],
        "region": region,
        "supportedArchitectures": found["ProcessorInfo"]["SupportedArchitectures"],
    }


def get_instance_type_offerings(aws: Aws, arguments: Properties) -> Result:
    """The instance types that match, and where each is offered; nothing is no error."""
    region = region_of(aws, arguments)
    kind = arguments.get("locationType") or "region"
    filters = filters_of(arguments) or None
    found: list[Any] = []
    token = None
    while token != "":
        response = aws.request(
            region, "ec2", "DescribeInstanceTypeOfferings", LocationType=kind, Filters=filters, NextToken=token
        )
        found += response["InstanceTypeOfferings"]
        token = response.get("NextToken", "")
    return {
        **arguments,
        "id": region,
        "instanceTypes": [offering["InstanceType"] for offering in found],
        "locationTypes": [offering["LocationType"] for offering in found],
        "locations": [offering["Location"] for offering in found],
        "region": region,
    }


def get_service_quota(aws: Aws, arguments: Properties) -> Result:
    """Return a quota by its code: the account's value, or else AWS's default."""
    if not arguments.get("quotaCode"):
        raise ProviderError("getServiceQuota: this stand-in for AWS finds a quota by its quotaCode only; set quotaCode")
    region = region_of(aws, arguments)
    quota = {"ServiceCode": arguments["serviceCode"], "QuotaCode": arguments["quotaCode"]}
    usual = aws.request(region, "service-quotas", "GetAWSDefaultServiceQuota", **quota)["Quota"]
    try:
        value = aws.request(region, "service-quotas", "GetServiceQuota", **quota)["Quota"]["Value"]
    except AwsError as error:
        if error.code != "NoSuchResourceException":
            raise
        value = usual["Value"]
    return {
        "adjustable": usual["Adjustable"],
        "arn": usual["QuotaArn"],
        "defaultValue": usual["Value"],
        "globalQuota": usual["GlobalQuota"],
        "id": usual["QuotaArn"],
        "quotaCode": usual["QuotaCode"],
        "quotaName": usual["QuotaName"],
        "region": region,
        "serviceCode": usual["ServiceCode"],
        "serviceName": usual["ServiceName"],
        "usageMetrics": [],
        "value": value,
    }


FUNCTIONS = {
    "aws:ec2/getEips:getEips": get_eips,
    "aws:ec2/getInstanceType:getInstanceType": get_instance_type,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": get_instance_type_offerings,
    "aws:ec2/getInstances:getInstances": get_instances,
    "aws:servicequotas/getServiceQuota:getServiceQuota": get_service_quota,
}
"""The functions by token."""
