"""Every name, description and tag that the program registers, against the characters that EC2 accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.engine import Registered, run_program

pytestmark = pytest.mark.unit

EC2_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""The characters and the length of a security group rule's description, the narrowest of EC2's texts.

EC2 API reference, IpRange: Description. EC2 refuses anything else only when the rule is created.
"""

TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]
ECR = {
    "registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet",
    "hookImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet/k8s:1.35.4",
}
FLEETS: dict[str, dict[str, Any]] = {
    "as it comes": {"clusters": TWO},
    "long names": {"name": f"a{'b' * 36}", "clusters": [{"region": "eu-west-1", "name": f"c{'d' * 38}e"}]},
    "endpoints": {"clusters": TWO, "network": {"nat": "none"}, "kubefed": ECR},
    "clients": {
        "clusters": TWO,
        "endpoint": {"clients": {"anna-s-office": {"cidr": "10.1.0.0/16", "via": {"eu-west-1": "tgw-01234567"}}}},
    },
    "full mesh": {
        "clusters": [*TWO, {"region": "us-east-1"}],
        "peering": {"topology": "full-mesh"},
        "network": {"nat": "zone", "flowLogs": {"traffic": "all"}},
        "quotas": {"L-0263D0A3": 12},
    },
    "everything else": {
        "clusters": TWO,
        "owner": "platform",
        "costCentre": "42",
        "tags": {"team": "one"},
        "nodeGroups": [{"name": "spot", "capacity": "spot"}],
        "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}],
        "access": {
            "admins": ["arn:aws:iam::123456789012:role/admin"],
            "podIdentities": [{"namespace": "web", "serviceAccount": "s", "policies": ["arn:aws:iam::aws:policy/P"]}],
        },
    },
}


def texts(resource: Registered) -> Iterator[tuple[str, str]]:
    """The names, descriptions and tags of a resource, with the input's path."""

    def within(value: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, each in value.items():
                yield from within(each, f"{path}.{key}")
                if path.lower().endswith("tags"):
                    yield path, key
        elif isinstance(value, list):
            for each in value:
                yield from within(each, path)
        elif isinstance(value, str) and re.search(r"(?i)(description|name|tags)(\.[^.]*)?$", path):
            yield path, value

    yield from within(resource.inputs, "")


@pytest.mark.parametrize("fleet", FLEETS)
def test_every_name_description_and_tag_has_characters_that_ec2_accepts(fleet: str) -> None:
    found = [
        (resource.name, path, text)
        for resource in run_program(FLEETS[fleet]).registered
        if resource.type.startswith("aws:")
        for path, text in texts(resource)
    ]
    assert len(found) > 50
    assert [each for each in found if not EC2_TEXT.fullmatch(each[2])] == []
