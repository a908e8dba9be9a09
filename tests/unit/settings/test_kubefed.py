"""Settings of kubefed."""

from typing import Any

import pytest

from components.federation.kubefed import release
from settings.nodes import KUBEFED
from tests.unit.engine import run_program
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
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
    (
        "a host of Graviton alone",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["m6g.large"]}]},
        r"nodeGroups \(eu-west-1\): m6g.large are arm64, and kubefed's image in quay.io/kubernetes-multicluster is for "
        r"amd64 alone; give the host's cluster a node group of x86_64, \[t3.medium\] for instance, without taints, or "
        r"set kubefed.registry to where you keep an image for arm64$",
    ),
    (
        "a host whose x86_64 nodes keep pods away",
        {
            "clusters": TWO,
            "nodeGroups": [
                {"instanceTypes": ["m6g.large"]},
                {"name": "own", "taints": [{"key": "only", "effect": "NO_SCHEDULE"}]},
            ],
        },
        r"nodeGroups \(eu-west-1\): m6g.large are arm64, and kubefed's image",
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


GRAVITON: dict[str, Any] = {"name": "arm", "instanceTypes": ["m6g.large"]}
PROFILE = {"name": "fleet", "selectors": [{"namespace": "kube-federation-system"}]}
OWN = {"registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"}


@pytest.mark.parametrize(
    ("values", "selector"),
    [
        pytest.param({}, {"kubernetes.io/arch": "amd64"}, id="as it comes"),
        pytest.param({"nodeGroups": [{}, GRAVITON]}, {"kubernetes.io/arch": "amd64"}, id="both"),
        pytest.param({"nodeGroups": [{}, GRAVITON], "kubefed": OWN}, {"kubernetes.io/arch": "amd64"}, id="a mirror"),
        pytest.param({"nodeGroups": [GRAVITON], "kubefed": OWN}, {}, id="an image of one's own for arm64"),
        pytest.param({"nodeGroups": [GRAVITON], "fargateProfiles": [PROFILE]}, {}, id="Fargate, which is amd64"),
        pytest.param({"nodeGroups": [{}], "fargateProfiles": [PROFILE]}, {}, id="Fargate beside nodes"),
    ],
)
def test_kubefed_s_pods_go_to_amd64(values: dict[str, Any], selector: dict[str, str]) -> None:
    program = run_program({"clusters": TWO, **values})
    (release,) = program["kubernetes:helm.sh/v3:Release"].values()
    assert release.inputs["values"]["controllermanager"].get("commonNodeSelector", {}) == selector


def test_the_settings_know_kubefed_s_namespace() -> None:
    assert KUBEFED == release.NAMESPACE


def test_only_the_host_needs_amd64() -> None:
    parse({"clusters": [TWO[0], {"region": "eu-west-3", "nodeGroups": [GRAVITON]}]})


def test_the_chart_comes_from_the_organisation_that_kubefed_is_in_now() -> None:
    assert parse({"clusters": TWO}).kubefed.repository.startswith(
        "https://raw.githubusercontent.com/kubernetes-retired/kubefed/"
    )
