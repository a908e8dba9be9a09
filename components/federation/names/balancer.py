"""The load balancer of a cluster's Service or Ingress: what the object says of it, and Route 53's zone for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...documents import fields

KINDS = {"Service": "v1", "Ingress": "networking.k8s.io/v1"}
"""The kinds that get a load balancer, with their apiVersion."""

HOSTNAME = re.compile(
    r"(?:[^.]+\.(?P<region>[a-z]+-[a-z-]+-\d)\.elb|[^.]+\.elb\.(?P<network>[a-z]+-[a-z-]+-\d))\.amazonaws\.com(?:\.cn)?"
)
"""Names of classic and application load balancers, and of network load balancers (General Reference, ELB endpoints)."""

INTERNAL: Mapping[str, frozenset[str]] = {
    # Without a value, the cloud controller makes an internet-facing one.
    "service.beta.kubernetes.io/aws-load-balancer-internal": frozenset({"true", "0.0.0.0/0"}),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": frozenset({"internal"}),
    "alb.ingress.kubernetes.io/scheme": frozenset({"internal"}),
}
DUAL = frozenset({"dualstack", "dualstack-without-public-ipv4"})
DUAL_STACK: Mapping[str, frozenset[str]] = {
    "service.beta.kubernetes.io/aws-load-balancer-ip-address-type": DUAL,
    "alb.ingress.kubernetes.io/ip-address-type": DUAL,
}
"""Annotations of the AWS Load Balancer Controller and of the cloud controller, with the values that say so."""

Type = Literal["application", "network"]


@dataclass(frozen=True)
class Family:
    """The load balancers that share a hosted zone of AWS's."""

    region: str
    type: Type
    """Classic ones have the zones of the application ones."""


def family(hostname: str) -> Family | None:
    """The family of a load balancer by its hostname; None if it is not AWS's.

    The object's status has no more than the hostname, and its form tells the two families apart.
    """
    found = HOSTNAME.fullmatch(hostname.lower())
    if not found:
        return None
    return Family(found["region"], "application") if found["region"] else Family(found["network"], "network")


def hostname(object: Mapping[str, Any]) -> str:
    """The hostname in an object's status; empty as long as it has none."""
    ingress: Any = fields(fields(object.get("status")).get("loadBalancer")).get("ingress") or [{}]
    return str(ingress[0].get("hostname") or "")


def without(kind: str, template: Mapping[str, Any]) -> str:
    """Why an object gets no load balancer; empty if it does, or if that isn't known yet."""
    if kind not in KINDS:
        return f"service: {kind} has no load balancer; give a Service of type LoadBalancer or an Ingress"
    type_: Any = fields(template.get("spec")).get("type", "ClusterIP")
    if kind == "Service" and isinstance(type_, str) and type_ != "LoadBalancer":
        return f"service: a Service of type {type_} has no load balancer; set spec.type to LoadBalancer"
    return ""


def split(template: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """Return an object's annotations, None without any, and the object without them."""
    metadata = fields(template.get("metadata"))
    if not metadata.get("annotations"):
        return None, template
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    return metadata["annotations"], {**template, "metadata": kept}


def internal(template: Mapping[str, Any]) -> bool:
    """Whether an object asks for a load balancer that the internet doesn't reach."""
    return _annotated(template, INTERNAL)


def dual_stack(template: Mapping[str, Any]) -> bool:
    """Whether an object asks for a load balancer with IPv6."""
    return _annotated(template, DUAL_STACK)


def _annotated(template: Mapping[str, Any], values: Mapping[str, frozenset[str]]) -> bool:
    found = fields(fields(template.get("metadata")).get("annotations"))
    return any(found.get(key) in wanted for key, wanted in values.items() if isinstance(found.get(key), str))
