"""The rules of AWS's models, and the reading of Java's patterns."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import botocore.loaders
import pytest
from botocore.model import ShapeResolver

from sandbox.aws.models import constraints, documented, patterns, refusals, requests
from sandbox.aws.models.constraints import Checker, Rule
from sandbox.aws.request import Request

pytestmark = pytest.mark.unit

LOADER = botocore.loaders.create_loader()
SERVICES = (*requests.SERVICES.values(), "eks")

NOT_PYTHON = {
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*",
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]*",
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]+",
    r"^([\p{L}\p{Z}\p{N}\p{P}\p{M}]*)$",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$",
    r"^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name",
    r"^!?\*?([\p{L}\p{Z}\p{N}_.:/=+\-@]*)\*?$",
    r"^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w-\/.@+=,]{1,1017}$",
    r"[\w-_]*",
    r"\p{ASCII}+",
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
}
"""Every pattern of the checked services that Python refuses as it is; each is translated."""


def all_patterns() -> set[str]:
    shapes = (LOADER.load_service_model(service, "service-2")["shapes"] for service in SERVICES)
    return {shape["pattern"] for each in shapes for shape in each.values() if "pattern" in shape}


def python_has(pattern: str) -> bool:
    try:
        re.compile(pattern, re.ASCII)
    except re.error:
        return False
    return True


def test_every_pattern_that_python_refuses_is_listed_and_translated() -> None:
    assert {one for one in all_patterns() if not python_has(one)} == NOT_PYTHON
    for pattern in all_patterns():
        patterns.compiled(pattern)


def test_no_pattern_that_python_has_is_changed() -> None:
    changed = {one for one in all_patterns() if patterns.translated(one) != one}
    assert changed == NOT_PYTHON


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", ["fleet:owner", "größe 1", "名前", "a/b=c+d-e@f"], ["a'b", "a,b", "", "a\nb"]),
        (r"^([\p{L}\p{Z}\p{N}\p{P}\p{M}]*)$", ["it's", "é"], ["a+b", "\U0001f600"]),
        (r"[\w-_]*", ["a-b_c"], ["a.b", "ä"]),
        (r"\p{ASCII}+", ["a-b c"], ["ä", ""]),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", ["a\nb", "\U0001f600"], ["\x00", "\uffff"]),
        (r"[\w+=,.@-]+", ["a-b@c"], ["a/b", "ä"]),
    ],
)
def test_a_pattern_means_what_it_means_in_java(pattern: str, good: list[str], bad: list[str]) -> None:
    compiled = patterns.compiled(pattern)
    assert [one for one in good if not compiled.fullmatch(one)] == []
    assert [one for one in bad if compiled.fullmatch(one)] == []


SHAPES: Any = {
    "Text": {"type": "string", "min": 2, "max": 3, "pattern": "[a-z]*"},
    "Colour": {"type": "string", "enum": ["RED", "BLUE"]},
    "Secret": {"type": "string", "max": 1, "sensitive": True},
    "Count": {"type": "integer", "min": 1, "max": 5},
    "Share": {"type": "float", "max": 1},
    "Flag": {"type": "boolean"},
    "Bytes": {"type": "blob", "max": 2},
    "When": {"type": "timestamp"},
    "Anything": {"type": "structure", "members": {}, "document": True},
    "Texts": {"type": "list", "member": {"shape": "Text"}, "min": 1, "max": 2},
    "Tags": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Count"}, "max": 2},
    "Tree": {"type": "structure", "members": {"Name": {"shape": "Text"}, "Below": {"shape": "Trees"}}},
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Root": {
        "type": "structure",
        "required": ["Name"],
        "members": {
            "Name": {"shape": "Text"},
            "Colour": {"shape": "Colour"},
            "Secret": {"shape": "Secret"},
            "Count": {"shape": "Count"},
            "Share": {"shape": "Share"},
            "Flag": {"shape": "Flag"},
            "Bytes": {"shape": "Bytes"},
            "When": {"shape": "When"},
            "Any": {"shape": "Anything"},
            "Texts": {"shape": "Texts"},
            "Tags": {"shape": "Tags"},
            "Tree": {"shape": "Tree"},
        },
    },
}


def found(rules: constraints.Rules | None = None, /, **members: Any) -> list[str]:
    """The violations of a Root."""
    shape = ShapeResolver(SHAPES).get_shape_by_name("Root")
    return [str(one) for one in Checker(rules).violations(shape, members)]


def test_a_value_within_its_constraints_is_fine() -> None:
    members: dict[str, Any] = {
        "Colour": "RED",
        "Secret": "a",
        "Count": 1,
        "Share": 0.5,
        "Flag": True,
        "Bytes": b"ab",
        "When": 1,
        "Any": {"x": [1]},
        "Texts": ["ab"],
        "Tags": {"ab": 5},
        "Tree": {"Name": "ab", "Below": [{"Name": "cd"}]},
        "Unknown": 1,
    }
    assert found(Name="abc", **members) == []


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"Name": None}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ({"Name": "a"}, "Value 'a' at 'name' .* Member must have length greater than or equal to 2"),
        ({"Name": "abcd"}, "Value 'abcd' at 'name' .* Member must have length less than or equal to 3"),
        ({"Name": "AB"}, r"Value 'AB' at 'name' .* Member must satisfy regular expression pattern: \[a-z\]\*"),
        ({"Name": 1}, "Value at 'name' .* Member must be a string"),
        ({"Colour": "GREEN"}, r"Value 'GREEN' at 'colour' .* Member must satisfy enum value set: \[RED, BLUE\]"),
        ({"Secret": "abc"}, "Value at 'secret' .* length less than or equal to 1"),
        ({"Count": 0}, "Value '0' at 'count' .* Member must have value greater than or equal to 1"),
        ({"Count": 6}, "Value '6' at 'count' .* Member must have value less than or equal to 5"),
        ({"Count": True}, "at 'count' .* Member must be a number"),
        ({"Count": 1.5}, "at 'count' .* Member must be a number"),
        ({"Share": 2}, "Value '2' at 'share' .* value less than or equal to 1"),
        ({"Flag": "true"}, "at 'flag' .* Member must be a boolean"),
        ({"Bytes": b"abc"}, "at 'bytes' .* length less than or equal to 2"),
        ({"Bytes": 1}, "at 'bytes' .* Member must be a blob"),
        ({"Texts": []}, "at 'texts' .* length greater than or equal to 1"),
        ({"Texts": ["ab"] * 3}, "at 'texts' .* length less than or equal to 2"),
        ({"Texts": ["ab", "a"]}, "at 'texts.2.member' .* length greater than or equal to 2"),
        ({"Texts": "ab"}, "at 'texts' .* Member must be a list"),
        ({"Tags": {"A": 1}}, "at 'tags.key' .* length greater than or equal to 2"),
        ({"Tags": {"ab": 9}}, "at 'tags.ab' .* value less than or equal to 5"),
        ({"Tags": {"ab": 1, "cd": 1, "ef": 1}}, "at 'tags' .* length less than or equal to 2"),
        ({"Tags": []}, "at 'tags' .* Member must be a map"),
        ({"Tree": {"Below": [{"Below": [{"Name": "A"}]}]}}, "at 'tree.below.1.member.below.1.member.name'"),
        ({"Tree": []}, "at 'tree' .* Member must be a structure"),
    ],
)
def test_a_value_outside_of_its_constraints_is_named(members: dict[str, Any], said: str) -> None:
    violations = found(**{"Name": "abc", **members})
    assert violations
    assert re.search(said, violations[0])


def test_every_violation_is_found() -> None:
    assert len(found(Name="ABCD", Count=9, Colour="GREEN")) == 4


def test_a_documented_rule_holds_for_a_shape_or_for_one_use_of_it() -> None:
    rule = (Rule(breaks=lambda value: value == "abc", constraint="not abc", source=""),)
    assert found({"Text": rule}, Name="abc", Tree={"Name": "abc"}) == [
        "Value 'abc' at 'name' failed to satisfy constraint: not abc",
        "Value 'abc' at 'tree.name' failed to satisfy constraint: not abc",
    ]
    assert len(found({"Root.Name": rule}, Name="abc", Tree={"Name": "abc"})) == 1


def test_a_documented_rule_is_not_asked_about_a_value_of_another_type() -> None:
    rule = (Rule(breaks=lambda value: value.startswith("x"), constraint="no x", source=""),)
    assert found({"Text": rule}, Name=1) == ["Value at 'name' failed to satisfy constraint: Member must be a string"]


def test_a_documented_rule_is_for_a_shape_and_member_that_the_model_has() -> None:
    for service, rules in (*documented.RULES.items(), ("eks", documented.EKS)):
        shapes = LOADER.load_service_model(requests.SERVICES.get(service, service), "service-2")["shapes"]
        for name in rules:
            shape, _, member = name.partition(".")
            assert shape in shapes, name
            assert not member or member in shapes[shape]["members"], name


def test_a_documented_rule_has_its_source() -> None:
    for rules in (*documented.RULES.values(), documented.EKS):
        for rule in (rule for each in rules.values() for rule in each):
            assert rule.source.startswith("https://docs.aws.amazon.com/")


def asked(service: str, operation: str, body: bytes, **headers: str) -> Request:
    """A request for an operation of a service."""
    scope = f"Credential=AKIA/20260101/eu-west-1/{service}/aws4_request"
    return Request("POST", "/", "", {"authorization": f"AWS4-HMAC-SHA256 {scope}, S", **headers}, body)


def form(service: str, operation: str, **params: str) -> Request:
    """A request in a form."""
    return asked(service, operation, urlencode({"Action": operation, **params}).encode())


def body(service: str, operation: str, content: Any) -> Request:
    """A request in JSON."""
    return asked(service, operation, json.dumps(content).encode(), **{"x-amz-target": f"Service.{operation}"})


LONG = "r" * 65


@pytest.mark.parametrize(
    ("request_made", "code", "said"),
    [
        (form("iam", "CreateRole", RoleName=LONG, AssumeRolePolicyDocument="{}"), "ValidationError", "roleName"),
        (form("sts", "AssumeRole", RoleArn="a", RoleSessionName="s"), "ValidationError", "roleArn"),
        (form("autoscaling", "CreateAutoScalingGroup", AutoScalingGroupName="a"), "ValidationError", "minSize"),
        (body("ssm", "CreateDocument", {"Name": "a b", "Content": "x"}), "ValidationException", "regular expression"),
        (body("kms", "CreateAlias", {"AliasName": "a b", "TargetKeyId": "k"}), "ValidationException", "aliasName"),
        (body("logs", "CreateLogGroup", {"logGroupName": "it's"}), "InvalidParameterException", "logGroupName"),
        (body("logs", "CreateLogGroup", {"logGroupName": 1}), "SerializationException", "must be a string"),
        (body("logs", "CreateLogGroup", []), "SerializationException", ""),
        (asked("logs", "", b"{", **{"x-amz-target": "x.CreateLogGroup"}), "SerializationException", "can't be read"),
        (body("servicequotas", "GetServiceQuota", {"ServiceCode": "vpc"}), "ValidationException", "quotaCode"),
        (form("ec2", "CreateSubnet", CidrBlock="10.0.0.0/24"), "MissingParameter", "must contain the parameter vpcId"),
        (form("ec2", "CreateVpc", InstanceTenancy="dear"), "InvalidParameterValue", "instanceTenancy"),
        (form("ec2", "RunInstances", MinCount="x", MaxCount="1"), "InvalidParameterValue", "can't be read"),
    ],
)
def test_a_refusal_has_the_services_code_and_names_the_member(request_made: Request, code: str, said: str) -> None:
    refusal = refusals.refused(request_made)
    assert refusal
    assert refusal.status == 400
    text = refusal.body.decode()
    assert code in text
    assert said in text


@pytest.mark.parametrize(
    "request_made",
    [
        form("ec2", "DescribeVpcs"),
        form("ec2", "NoSuchOperation"),
        form("iam", "CreateRole", RoleName="role", AssumeRolePolicyDocument="{}"),
        body("kms", "CreateKey", {}),
        asked("kms", "", b"", **{"x-amz-target": "TrentService.CreateKey"}),
        body("dynamodb", "CreateTable", {}),
    ],
)
def test_what_is_valid_or_not_checked_goes_on(request_made: Request) -> None:
    assert refusals.refused(request_made) is None
