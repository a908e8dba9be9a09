"""The load balancer in an object's status, and its facts by hostname."""

from __future__ import annotations

from typing import Any

import pytest

from components.federation.names import balancer
from components.federation.names.balancer import Family

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("hostname", "family"),
    [
        ("a6f1-1234567890.eu-west-1.elb.amazonaws.com", Family("eu-west-1", "application")),
        ("internal-a6f1-1234567890.us-gov-west-1.elb.amazonaws.com", Family("us-gov-west-1", "application")),
        ("K8S-Shop-abc.ap-southeast-2.elb.amazonaws.com", Family("ap-southeast-2", "application")),
        ("a6f1-0123456789abcdef.elb.eu-west-3.amazonaws.com", Family("eu-west-3", "network")),
        ("a-1.cn-north-1.elb.amazonaws.com.cn", Family("cn-north-1", "application")),
        ("a-1.elb.cn-north-1.amazonaws.com.cn", Family("cn-north-1", "network")),
        ("shop.example.org", None),
        ("elb.eu-west-1.amazonaws.com.example.org", None),
        ("d111.cloudfront.net", None),
    ],
)
def test_a_hostname_says_region_and_family(hostname: str, family: Family | None) -> None:
    assert balancer.family(hostname) == family


@pytest.mark.parametrize(
    ("status", "hostname"),
    [
        ({"loadBalancer": {"ingress": [{"hostname": "a"}, {"hostname": "b"}]}}, "a"),
        ({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, ""),
        ({"loadBalancer": {}}, ""),
        ({"loadBalancer": None}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_status_has_a_hostname_or_none_yet(status: Any, hostname: str) -> None:
    assert balancer.hostname({"status": status}) == hostname


def annotated(key: str, value: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {key: value}}}


SERVICE, ALB = "service.beta.kubernetes.io/aws-load-balancer", "alb.ingress.kubernetes.io"


@pytest.mark.parametrize(
    ("template", "internal", "dual"),
    [
        ({}, False, False),
        (annotated(f"{SERVICE}-internal", "true"), True, False),
        (annotated(f"{SERVICE}-internal", "0.0.0.0/0"), True, False),
        (annotated(f"{SERVICE}-internal", "false"), False, False),
        (annotated(f"{SERVICE}-scheme", "internal"), True, False),
        (annotated(f"{SERVICE}-scheme", "internet-facing"), False, False),
        (annotated(f"{ALB}/scheme", "internal"), True, False),
        (annotated(f"{SERVICE}-ip-address-type", "dualstack"), False, True),
        (annotated(f"{ALB}/ip-address-type", "dualstack"), False, True),
        (annotated(f"{ALB}/ip-address-type", "ipv4"), False, False),
    ],
)
def test_annotations_say_who_reaches_it_and_by_which_versions(
    template: dict[str, Any], internal: bool, dual: bool
) -> None:
    assert (balancer.internal(template), balancer.dual_stack(template)) == (internal, dual)
