"""Constraints that AWS documents and enforces, but that its models lack.

Each is data: the test, the service's code and text, and the page that states it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.aws.models.breaks import begins, longer, twice, unlike
from sandbox.aws.models.constraints import Rule, Rules
from sandbox.aws.models.ec2 import EC2

_IAM_TAGS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules"

IAM: Rules = {
    "tagListType": (
        Rule(
            breaks=lambda tags: twice(tags, str.lower),
            constraint="each key once, whatever its case",
            code="InvalidInput",
            message="Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            source=_IAM_TAGS,
        ),
    ),
    "tagKeyType": (
        Rule(
            breaks=begins("aws:"),
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
            breaks=begins("aws", "amazon", "amzn"),
            constraint="Member must not begin with aws, amazon or amzn, which are reserved",
            source=f"{_SSM_API}/API_CreateDocument.html#systemsmanager-CreateDocument-request-Name",
        ),
    ),
    "Tag.Key": (
        Rule(
            breaks=begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source=f"{_SSM_API}/API_Tag.html",
        ),
    ),
}

_AUTOSCALING_API = "https://docs.aws.amazon.com/autoscaling/ec2/APIReference"

AUTOSCALING: Rules = {
    "CreateAutoScalingGroupType.AutoScalingGroupName": (
        Rule(
            breaks=unlike(re.compile(r"[!-9;-~]*")),
            constraint="Member must have ASCII characters 33 to 126 without a colon",
            source=f"{_AUTOSCALING_API}/API_CreateAutoScalingGroup.html",
        ),
    ),
    "Tag.Key": (
        Rule(
            breaks=begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
        ),
    ),
    "Tags": (
        Rule(
            breaks=longer(50),
            constraint="Member must have at most 50 tags",
            source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
        ),
    ),
}

KMS: Rules = {
    "Tag.TagKey": (
        Rule(
            breaks=begins("aws:"),
            constraint="it can't begin with aws:",
            code="TagException",
            message="aws: prefixed tag key names are not allowed for external use: {value}",
            source="https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html",
        ),
    ),
    "TagList": (
        Rule(
            breaks=longer(50),
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
            breaks=begins("aws:"),
            constraint="Member must not begin with aws:, which is reserved",
            source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html",
        ),
    ),
}

_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"

EKS: Rules = {
    "CreateNodegroupRequest.nodegroupName": (
        Rule(
            breaks=unlike(re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")),
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
"""The rules by signing name."""
