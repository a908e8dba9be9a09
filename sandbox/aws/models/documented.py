"""Constraints that AWS documents and enforces, but that its models leave out; EC2's model has hardly any.

Each is data: what breaks it, the service's code and words, and the page that states it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.aws.models.constraints import Rule, Rules

_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_EC2_TAGS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"
_ERRORS = f"{_API}/errors-overview.html"

_GROUP = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_TEMPLATE_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
_CHARACTERS = "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"

USER_DATA = 16384
"""Bytes of user data before its encoding (EC2 user guide, user data)."""


def _not(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: not pattern.fullmatch(value)


def _longer(most: int) -> Callable[[Any], bool]:
    return lambda value: len(value) > most


def _begins(*prefixes: str) -> Callable[[Any], bool]:
    return lambda value: value.lower().startswith(prefixes)


def _outside(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: not least <= value <= most


def _twice(tags: Sequence[Mapping[str, Any]], fold: Callable[[str], str] = str) -> bool:
    keys = [fold(tag.get("Key") or "") for tag in tags]
    return len(set(keys)) < len(keys)


def _user_data_is_too_long(value: str) -> bool:
    try:
        return len(base64.b64decode(value)) > USER_DATA
    except (binascii.Error, ValueError):
        return False  # moto says that it isn't base64


_DESCRIPTION_OF_A_RULE = (
    Rule(
        breaks=_not(_GROUP),
        constraint="255 characters of EC2's set at most",
        code="InvalidParameterValue",
        message=f"Invalid rule description. Valid descriptions are {_CHARACTERS}",
        source=f"{_API}/API_IpRange.html",
    ),
)
_TAGS_OF_EC2 = (
    Rule(
        breaks=_longer(50),
        constraint="at most 50 tags for a resource",
        code="TagLimitExceeded",
        message="The maximum number of Tags for a resource has been reached.",
        source=_EC2_TAGS,
    ),
    Rule(
        breaks=_twice,
        constraint="each key once",
        code="InvalidParameterValue",
        message="Duplicate tag keys found. A tag key can be specified once.",
        source=_EC2_TAGS,
    ),
)
_USER_DATA = (
    Rule(
        breaks=_user_data_is_too_long,
        constraint=f"{USER_DATA} bytes at most",
        code="InvalidUserData.Malformed",
        message=f"User data is limited to {USER_DATA} bytes",
        source=f"{_API}/API_RequestLaunchTemplateData.html",
    ),
)
_INTERVAL = (
    Rule(
        breaks=lambda value: value not in (60, 600),
        constraint="60 or 600 seconds",
        code="InvalidParameter",
        message="Invalid MaxAggregationInterval: it must be 60 or 600 seconds",
        source=f"{_API}/API_CreateFlowLogs.html",
    ),
)

EC2: Rules = {
    "CreateSecurityGroupRequest.GroupName": (
        Rule(
            breaks=_not(_GROUP),
            constraint="255 characters of EC2's set at most",
            code="InvalidParameterValue",
            message=f"Value ({{value}}) for parameter GroupName is invalid. Valid names are {_CHARACTERS}",
            source=f"{_API}/API_CreateSecurityGroup.html",
        ),
        Rule(
            breaks=_begins("sg-"),
            constraint="it can't begin with sg-",
            code="InvalidParameterValue",
            message="Value ({value}) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
            source=f"{_API}/API_CreateSecurityGroup.html",
        ),
    ),
    "CreateSecurityGroupRequest.Description": (
        Rule(
            breaks=_not(_GROUP),
            constraint="255 characters of EC2's set at most",
            code="InvalidParameterValue",
            message=f"Invalid security group description. Valid descriptions are {_CHARACTERS}",
            source=f"{_API}/API_CreateSecurityGroup.html",
        ),
    ),
    **dict.fromkeys(
        (
            *("IpRange.Description", "Ipv6Range.Description", "UserIdGroupPair.Description"),
            *("PrefixListId.Description", "SecurityGroupRuleRequest.Description"),
            "SecurityGroupRuleDescription.Description",
        ),
        _DESCRIPTION_OF_A_RULE,
    ),
    **dict.fromkeys(
        ("TagSpecification.Tags", "CreateTagsRequest.Tags", "LaunchTemplateTagSpecificationRequest.Tags"), _TAGS_OF_EC2
    ),
    "Tag.Key": (
        Rule(
            breaks=_longer(128),
            constraint="128 characters at most",
            code="InvalidParameterValue",
            message="Tag key exceeds the maximum length of 128 characters",
            source=_EC2_TAGS,
        ),
        Rule(
            breaks=_begins("aws:"),
            constraint="it can't begin with aws:",
            code="InvalidParameterValue",
            message="Value ( {value} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for "
            "internal use",
            source=_EC2_TAGS,
        ),
    ),
    "Tag.Value": (
        Rule(
            breaks=_longer(256),
            constraint="256 characters at most",
            code="InvalidParameterValue",
            message="Tag value exceeds the maximum length of 256 characters",
            source=_EC2_TAGS,
        ),
    ),
    "CreateLaunchTemplateRequest.LaunchTemplateName": (
        Rule(
            breaks=_not(_TEMPLATE_NAME),
            constraint="3 to 128 characters of EC2's set",
            code="InvalidLaunchTemplateName.MalformedException",
            message="A launch template name must be between 3 and 128 characters, and may contain letters, numbers, "
            "and the following characters: '-', '_', '.', '/', '(', and ')'.",
            source=_ERRORS,
        ),
    ),
    "RequestLaunchTemplateData.UserData": _USER_DATA,
    "RunInstancesRequest.UserData": _USER_DATA,
    "LaunchTemplateInstanceMetadataOptionsRequest.HttpPutResponseHopLimit": (
        Rule(
            breaks=_outside(1, 64),
            constraint="1 to 64",
            source=f"{_API}/API_LaunchTemplateInstanceMetadataOptionsRequest.html",
        ),
    ),
    "LaunchTemplateEbsBlockDeviceRequest.Throughput": (
        Rule(
            breaks=_outside(125, 2000),
            constraint="125 to 2000 MiB/s",
            source=f"{_API}/API_LaunchTemplateEbsBlockDeviceRequest.html",
        ),
    ),
    "CreateFlowLogsRequest.MaxAggregationInterval": _INTERVAL,
    "CreateKeyPairRequest.KeyName": (
        Rule(breaks=_longer(255), constraint="255 characters at most", source=f"{_API}/API_CreateKeyPair.html"),
    ),
    "CreateNatGatewayRequest.ClientToken": (
        Rule(breaks=_longer(64), constraint="64 characters at most", source=f"{_API}/API_CreateNatGateway.html"),
    ),
}
"""EC2's; sources are pages of its API reference, whose texts botocore's model repeats."""

_IAM_TAGS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules"

IAM: Rules = {
    "tagListType": (
        Rule(
            breaks=lambda tags: _twice(tags, str.lower),
            constraint="each key once, whatever its case",
            code="InvalidInput",
            message="Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            source=_IAM_TAGS,
        ),
    ),
    "tagKeyType": (
        Rule(
            breaks=_begins("aws:"),
            constraint="it can't begin with aws:",
            code="InvalidInput",
            message="System tag keys, which begin with aws:, can't be set: {value}",
            source=_IAM_TAGS,
        ),
    ),
}

_SSM_API = "https://docs.aws.amazon.com/systems-manager/latest/APIReference"

SSM: Rules = {
    "CreateDocumentRequest.Name": (
        Rule(
            breaks=_begins("aws", "amazon", "amzn"),
            constraint="Member must not begin with aws, amazon or amzn, which are reserved",
            source=f"{_SSM_API}/API_CreateDocument.html#systemsmanager-CreateDocument-request-Name",
        ),
    ),
    "Tag.Key": (
        Rule(
            breaks=_begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source=f"{_SSM_API}/API_Tag.html",
        ),
    ),
}

_AUTOSCALING_API = "https://docs.aws.amazon.com/autoscaling/ec2/APIReference"

AUTOSCALING: Rules = {
    "CreateAutoScalingGroupType.AutoScalingGroupName": (
        Rule(
            breaks=_not(re.compile(r"[!-9;-~]*")),
            constraint="Member must have ASCII characters 33 to 126 without a colon",
            source=f"{_AUTOSCALING_API}/API_CreateAutoScalingGroup.html",
        ),
    ),
    "Tag.Key": (
        Rule(
            breaks=_begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
        ),
    ),
    "Tags": (
        Rule(
            breaks=_longer(50),
            constraint="Member must have at most 50 tags",
            source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
        ),
    ),
}

KMS: Rules = {
    "Tag.TagKey": (
        Rule(
            breaks=_begins("aws:"),
            constraint="it can't begin with aws:",
            code="TagException",
            message="aws: prefixed tag key names are not allowed for external use: {value}",
            source="https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html",
        ),
    ),
    "TagList": (
        Rule(
            breaks=_longer(50),
            constraint="at most 50 tags for a key",
            code="TagException",
            message="Too many tags",
            source="https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html",
        ),
    ),
}

LOGS: Rules = {
    "TagKey": (
        Rule(
            breaks=_begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html",
        ),
    ),
}

_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"

EKS: Rules = {
    "CreateNodegroupRequest.nodegroupName": (
        Rule(
            breaks=_not(re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")),
            constraint="Member must have 1 to 63 letters, digits, hyphens and underscores, and begin with a letter or "
            "digit",
            source=f"{_EKS_GUIDE}/create-managed-node-group.html",
        ),
    ),
}

RULES: Mapping[str, Rules] = {
    "autoscaling": AUTOSCALING,
    "ec2": EC2,
    "iam": IAM,
    "kms": KMS,
    "logs": LOGS,
    "ssm": SSM,
}
"""By signing name."""
