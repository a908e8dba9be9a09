"""The base of every group of settings, and types of values that several groups have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

import pulumi_aws as aws
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from components.network import addresses
from settings.form import Form
from settings.near import same

PROJECT = "federated-eks"
"""The namespace of the keys, and the fleet's default name."""

NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = rf"{NAME}(\.{NAME})*"
LONGEST_DOMAIN = 253
"""The most characters of a domain, and of most names in Kubernetes (its validation.IsDNS1123Subdomain)."""
LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
CLUSTER = r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?"
MINOR = r"1\.\d\d"
"""A minor version of Kubernetes."""
IPV4 = r"\d+(\.\d+){3}"
IPV4_RANGE = rf"{IPV4}(/[\d.]+)?"


PRIVATE = {
    IPv4Network("10.0.0.0/8"): "private addresses",
    IPv4Network("100.64.0.0/10"): "carriers' addresses",
    IPv4Network("172.16.0.0/12"): "private addresses",
    IPv4Network("192.168.0.0/16"): "private addresses",
}
"""Addresses that no call on the internet comes from (RFC 1918, RFC 6598)."""

NOWHERE = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("169.254.0.0/16"): "link-local addresses",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved addresses",
}
"""Addresses that no machine of a network has (IANA IPv4 Special-Purpose Address Registry, RFC 5771)."""


class Section(BaseModel):
    """A group of settings. Its keys are camelCase in YAML, and unknown keys are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


def check_once(what: str, values: Iterable[Hashable], fix: str = "list it once") -> None:
    """Raise ValueError for a value that is listed twice; the message begins with `what`: `clusters: name`."""
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"{what} {value} is listed {count} times; {fix}")


REGIONS = (*sorted(region.value for region in aws.Region),)


def _region(value: str) -> str:
    if value in REGIONS:
        return value
    if value[:-1] in REGIONS:
        raise ValueError(f"is a zone of a region; use {value[:-1]}")
    if meant := same(value, REGIONS):
        raise ValueError(f"is not an AWS region; use {meant}")
    close = get_close_matches(value, REGIONS, n=5, cutoff=0.6) or REGIONS
    raise ValueError(f"is not an AWS region; use {', '.join(close[:-1])} or {close[-1]}")


def _version(value: str) -> str:
    if re.fullmatch(MINOR, value):
        return value
    if re.fullmatch(r"1\.\d", value):
        raise ValueError(
            f'is no version of EKS\'s; as a number in YAML, {value}0 loses its zero: put it in quotes, "{value}0"'
        )
    minor = re.fullmatch(r"\s*v?(1\.)?(\d\d)(\.\d+)?\s*", value)
    raise ValueError(
        f"is no version of EKS's; use {f'1.{minor[2]}' if minor else 'one like 1.35, or leave the key out'}"
    )


def _cluster_name(value: str) -> str:
    if not re.fullmatch(CLUSTER, value):
        raise ValueError(
            "can't name a cluster in both EKS and Kubernetes; use 1 to 40 lower-case letters, digits and hyphens, "
            "a letter first and no hyphen last"
        )
    return value


def overlap(value: IPv4Network, blocks: Mapping[IPv4Network, str]) -> str | None:
    """The relation of a range to the first block that it overlaps, with the block's description; None if there is none.

    `blocks` are the blocks' descriptions, by block.
    """
    for block, what in blocks.items():
        if value.overlaps(block):
            return f"{'lies within' if value.subnet_of(block) else 'contains'} {block}, {what}"
    return None


def of_a_vpc(value: IPv4Network) -> IPv4Network:
    """The range, if it can be a VPC's. Raises ValueError.

    A VPC has private, shared or publicly routable addresses (VPC user guide, "IPv4 CIDR block association
    restrictions").
    """
    if met := overlap(value, NOWHERE):
        raise ValueError(f"{met}, of which no VPC can be; give a private range, 172.21.0.0/16 for instance")
    return value


def _text(what: str) -> BeforeValidator:
    """A check that refuses numbers, which Python's ipaddress takes for addresses."""

    def check(value: Any) -> Any:
        if isinstance(value, (bool, int, float)):
            raise ValueError(f"is not an IPv4 {what}")
        return value

    return BeforeValidator(check)


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
    if len(prefix) > LONGEST_DOMAIN:
        raise ValueError(f"has a prefix of {len(prefix)} characters, and Kubernetes takes {LONGEST_DOMAIN}; shorten it")
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
            f"is not a time for which CloudWatch Logs keeps records; use {' or '.join(map(str, sorted(near)))} days"
        )
    return value


RETENTION = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days for which CloudWatch Logs keeps records (API reference, PutRetentionPolicy)."""

Region = Annotated[str, AfterValidator(_region), Form("An AWS region.", values=REGIONS)]
KubernetesVersion = Annotated[
    str, AfterValidator(_version), Form("A minor version of Kubernetes that EKS has, in quotes.", MINOR)
]
ClusterName = Annotated[
    str,
    AfterValidator(_cluster_name),
    Form("1 to 40 lower-case letters, digits and hyphens; a letter first, no hyphen last.", CLUSTER),
]
RetentionDays = Annotated[
    int, AfterValidator(_retention), Form("Days for which CloudWatch Logs keeps records.", values=RETENTION)
]
Range = Annotated[
    IPv4Network, _text("range; use one like 172.21.0.0/16"), Form("An IPv4 range, in CIDR notation.", IPV4_RANGE)
]
Address = Annotated[IPv4Address, _text("address; use one like 198.51.100.7"), Form("An IPv4 address.", IPV4)]
VpcRange = Annotated[
    Range,
    AfterValidator(of_a_vpc),
    AfterValidator(_network),
    Form(f"A range from /{addresses.NETWORK_PREFIX} to /{addresses.SMALLEST_PREFIX}.", IPV4_RANGE),
]
LabelKey = Annotated[
    str,
    AfterValidator(_label_key),
    Form(
        "A label's key: 1 to 63 letters, digits, `-`, `_` and `.`, with a domain and `/` before them if need be.",
        f"({DOMAIN}/)?{LABEL}",
    ),
]
LabelValue = Annotated[
    str,
    AfterValidator(_label_value),
    Form("A label's value: up to 63 letters, digits, `-`, `_` and `.`, or empty.", f"({LABEL})?"),
]
