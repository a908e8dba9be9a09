"""EC2's constraints, from its API reference and user guide. Its model has hardly any."""

from __future__ import annotations

import base64
import binascii
import re

from sandbox.aws.models.breaks import begins, longer, outside, twice, unlike
from sandbox.aws.models.constraints import Rule, Rules

_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_EC2_TAGS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"
_ERRORS = f"{_API}/errors-overview.html"

_GROUP = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_TEMPLATE_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
_CHARACTERS = "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"

USER_DATA = 16384
"""The most bytes of user data before its encoding (EC2 user guide, user data)."""


def _user_data_is_too_long(value: str) -> bool:
    try:
        return len(base64.b64decode(value)) > USER_DATA
    except (binascii.Error, ValueError):
        return False  # moto raises the error.


_DESCRIPTION_OF_A_RULE = (
    Rule(
        breaks=unlike(_GROUP),
        constraint="255 characters of EC2's set at most",
        code="InvalidParameterValue",
        message=f"Invalid rule description. Valid descriptions are {_CHARACTERS}",
        source=f"{_API}/API_IpRange.html",
    ),
)
_TAGS_OF_EC2 = (
    Rule(
        breaks=longer(50),
        constraint="at most 50 tags for a resource",
        code="TagLimitExceeded",
        message="The maximum number of Tags for a resource has been reached.",
        source=_EC2_TAGS,
    ),
    Rule(
        breaks=twice,
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
            breaks=unlike(_GROUP),
            constraint="255 characters of EC2's set at most",
            code="InvalidParameterValue",
            message=f"Value ({{value}}) for parameter GroupName is invalid. Valid names are {_CHARACTERS}",
            source=f"{_API}/API_CreateSecurityGroup.html",
        ),
        Rule(
            breaks=begins("sg-"),
            constraint="it can't begin with sg-",
            code="InvalidParameterValue",
            message="Value ({value}) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
            source=f"{_API}/API_CreateSecurityGroup.html",
        ),
    ),
    "CreateSecurityGroupRequest.Description": (
        Rule(
            breaks=unlike(_GROUP),
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
            breaks=longer(128),
            constraint="128 characters at most",
            code="InvalidParameterValue",
            message="Tag key exceeds the maximum length of 128 characters",
            source=_EC2_TAGS,
        ),
        Rule(
            breaks=begins("aws:"),
            constraint="it can't begin with aws:",
            code="InvalidParameterValue",
            message="Value ( {value} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for "
            "internal use",
            source=_EC2_TAGS,
        ),
    ),
    "Tag.Value": (
        Rule(
            breaks=longer(256),
            constraint="256 characters at most",
            code="InvalidParameterValue",
            message="Tag value exceeds the maximum length of 256 characters",
            source=_EC2_TAGS,
        ),
    ),
    "CreateLaunchTemplateRequest.LaunchTemplateName": (
        Rule(
            breaks=unlike(_TEMPLATE_NAME),
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
            breaks=outside(1, 64),
            constraint="1 to 64",
            source=f"{_API}/API_LaunchTemplateInstanceMetadataOptionsRequest.html",
        ),
    ),
    "LaunchTemplateEbsBlockDeviceRequest.Throughput": (
        Rule(
            breaks=outside(125, 2000),
            constraint="125 to 2000 MiB/s",
            source=f"{_API}/API_LaunchTemplateEbsBlockDeviceRequest.html",
        ),
    ),
    "CreateFlowLogsRequest.MaxAggregationInterval": _INTERVAL,
    "CreateKeyPairRequest.KeyName": (
        Rule(breaks=longer(255), constraint="255 characters at most", source=f"{_API}/API_CreateKeyPair.html"),
    ),
    "CreateNatGatewayRequest.ClientToken": (
        Rule(breaks=longer(64), constraint="64 characters at most", source=f"{_API}/API_CreateNatGateway.html"),
    ),
}
"""EC2's rules. Sources are pages of its API reference, whose texts botocore's model repeats."""
