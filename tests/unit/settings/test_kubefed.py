"""Settings of kubefed."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "a host that can't pull kubefed",
        {"clusters": [{"region": "eu-west-1", "network": {"nat": "none"}}]},
        r"network.nat: none leaves federated-eks-1 no way to quay.io; set nat: one, or copy kubefed's images into ECR "
        r"in eu-west-1 and set kubefed.registry to ",
    ),
    (
        "a host that can't pull the hook's image",
        {
            "clusters": [{"region": "eu-west-1", "network": {"nat": "none"}}],
            "kubefed": {"registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"},
        },
        r"network.nat: none leaves federated-eks-1 no way to docker.io; .* set kubefed.hookImage to ",
    ),
    ("an image's place with a tag", {"clusters": TWO, "kubefed": {"registry": "quay.io/a:b"}}, r"kubefed.registry: .*"),
    (
        "an image without registry",
        {"clusters": TWO, "kubefed": {"hookImage": "kubectl"}},
        r"kubefed.hookImage: kubectl is not <registry>/<image>:<tag>; name all three",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
