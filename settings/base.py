"""What every group of settings is made of: its kind of model, and values that several groups have."""

from __future__ import annotations

import re
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Annotated

import pulumi_aws as aws
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from components.network import addresses

PROJECT = "federated-eks"
"""The namespace of the keys, and the fleet's default name."""

NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = rf"{NAME}(\.{NAME})*"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"


class Section(BaseModel):
    """A group of settings: camelCase keys in YAML, and no key that isn't known."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


def _region(value: str) -> str:
    known = sorted(region.value for region in aws.Region)
    if value not in known:
        near = get_close_matches(value, known, n=5, cutoff=0.6) or known
        raise ValueError(f"is not an AWS region; take {', '.join(near[:-1])} or {near[-1]}")
    return value


def _cluster_name(value: str) -> str:
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", value):
        raise ValueError(
            "can't name a cluster in both EKS and Kubernetes; use 1 to 40 lower-case letters, digits and hyphens, "
            "a letter first and no hyphen last"
        )
    return value


def _network(value: IPv4Network) -> IPv4Network:
    if not addresses.NETWORK_PREFIX <= value.prefixlen <= addresses.SMALLEST_PREFIX:
        raise ValueError(
            f"can't be a VPC of {addresses.ZONES} private and {addresses.ZONES} public subnets; give a range "
            f"from /{addresses.NETWORK_PREFIX} to /{addresses.SMALLEST_PREFIX}"
        )
    return value


def _label_key(value: str) -> str:
    prefix, slash, name = value.rpartition("/")
    if not re.fullmatch(LABEL, name) or (slash and not re.fullmatch(DOMAIN, prefix)):
        raise ValueError(
            "can't be a label's key in Kubernetes; use 1 to 63 letters, digits, -, _ and ., a letter or digit first "
            "and last, tier for instance"
        )
    return value


def _label_value(value: str) -> str:
    if value and not re.fullmatch(LABEL, value):
        raise ValueError(
            "can't be a label's value in Kubernetes; use up to 63 letters, digits, -, _ and ., a letter or digit first "
            "and last"
        )
    return value


def _retention(value: int) -> int:
    if value not in RETENTION:
        near = sorted(RETENTION, key=lambda days: abs(days - value))[:2]
        raise ValueError(
            f"is not a time for which CloudWatch Logs keeps records; take {' or '.join(map(str, sorted(near)))} days"
        )
    return value


RETENTION = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days for which CloudWatch Logs keeps records (API reference, PutRetentionPolicy)."""

Region = Annotated[str, AfterValidator(_region)]
ClusterName = Annotated[str, AfterValidator(_cluster_name)]
RetentionDays = Annotated[int, AfterValidator(_retention)]
VpcRange = Annotated[IPv4Network, AfterValidator(_network)]
LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
