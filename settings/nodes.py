"""Node groups and Fargate profiles, on which a cluster's pods run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from components.cluster.node_groups import architectures
from components.quotas.demand import Nodes
from settings.base import DOMAIN, LABEL, LabelKey, LabelValue, Section
from settings.form import Form

MOST_GROUPS, MOST_PROFILES, MOST_SELECTORS, MOST_SELECTOR_LABELS, MOST_TAINTS = 30, 10, 5, 5, 50
MOST_TYPES = 20
"""EKS's limits of a cluster, a profile, a selector, a group (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html)."""

KUBEFED = "kube-federation-system"
"""The namespace that kubefed runs in."""

GROUP = r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?"
INSTANCE_TYPE = r"[a-z][a-z0-9-]*\d[a-z0-9-]*\.[a-z0-9-]+"
SHARE = r"([1-9]\d?|100)%?"

_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")


def _group_name(value: str) -> str:
    if not re.fullmatch(GROUP, value):
        raise ValueError(
            "can't name a node group or profile beside its cluster's name; use 1 to 12 lower-case letters, digits and "
            "hyphens, a letter first and no hyphen last"
        )
    return value


def _own_label(value: str) -> str:
    domain = value.rpartition("/")[0]
    if any(domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED):
        raise ValueError(f"is in a domain that EKS reserves; use none of {', '.join(_RESERVED)}, tier for instance")
    # EKS counts the prefix too (botocore's eks model: labelKey, taintKey).
    if len(value) > 63:
        raise ValueError(
            f"has {len(value)} characters, and EKS takes 63 of a node's label or taint; shorten its prefix or name"
        )
    return value


def _filled(value: str) -> str:
    # Kubernetes takes an empty value, and EKS takes none (botocore's eks model: labelValue).
    if not value:
        raise ValueError('is empty, and EKS takes no empty label of a node; set a value, "true" for instance')
    return value


def _instance_type(value: str) -> str:
    if not re.fullmatch(INSTANCE_TYPE, value):
        meant = re.sub(r"^([a-z]+\d[a-z0-9]*)[\W_]", r"\1.", value.strip().lower())
        raise ValueError(
            f"is no instance type; use {meant if re.fullmatch(INSTANCE_TYPE, meant) else 'one like t3.medium'}"
        )
    return value


def _unavailable(value: Any) -> int | str:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(SHARE, text):
        raise ValueError("is neither a number of nodes nor a share of them; set 1 to 100, or 1% to 100%")
    return text if text.endswith("%") else int(text)


InstanceType = Annotated[str, AfterValidator(_instance_type), Form("An EC2 instance type.", INSTANCE_TYPE)]
GroupName = Annotated[
    str,
    AfterValidator(_group_name),
    Form("1 to 12 lower-case letters, digits and hyphens; a letter first, no hyphen last.", GROUP),
]
OwnLabelKey = Annotated[
    LabelKey,
    AfterValidator(_own_label),
    Form(f"A label's key of at most 63 characters, in no domain of {', '.join(_RESERVED)}.", f"({DOMAIN}/)?{LABEL}"),
]
OwnLabelValue = Annotated[
    LabelValue, AfterValidator(_filled), Form("A label's value: 1 to 63 letters, digits, `-`, `_` and `.`.", LABEL)
]
Unavailable = Annotated[
    int | str,
    PlainValidator(_unavailable),
    Form("1 to 100, or 1% to 100% in quotes.", SHARE, kinds=("integer", "string")),
]


class Taint(Section):
    """A taint, which keeps pods away that don't tolerate it."""

    key: OwnLabelKey
    value: LabelValue = ""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    """The effect on such pods: not scheduled, evicted too, or scheduled only if no other node has room."""


class NodeGroup(Section):
    """A managed node group. Sizes, labels, taints and maxUnavailable change in place, a disk by a rolling update.

    Instance types, capacity and os never change in place: a change creates another group, then deletes the old one.
    """

    name: GroupName = "nodes"
    instance_types: tuple[InstanceType, ...] = ("t3.medium",)
    """Types of one architecture; Graviton's get arm64 images. From several, spot chooses the most available."""
    capacity: Literal["on-demand", "spot"] = "on-demand"
    """On-demand nodes, or spot nodes at a lower price, which AWS can reclaim."""
    min: int = Field(default=1, ge=0)
    """The least nodes; at most `desired`."""
    desired: int = Field(default=2, ge=0)
    """The nodes that an update sets."""
    max: int = Field(default=4, ge=1)
    """The most nodes; at least `desired`."""
    autoscaled: bool = False
    """Whether an autoscaler sets the number of nodes; `desired` is then only the number at the start."""
    disk_gib: int = Field(default=20, ge=20, le=16384)
    """The size of each node's disk."""
    labels: dict[OwnLabelKey, OwnLabelValue] = {}
    """Labels of each node, for pods that select nodes."""
    taints: tuple[Taint, ...] = ()
    """Taints of each node, 50 at most."""
    os: Literal["al2023", "bottlerocket"] = "al2023"
    """The nodes' image: Amazon Linux 2023, or Bottlerocket."""
    max_unavailable: Unavailable = 1
    """The nodes that an update replaces at once: a number, or a percentage in quotes."""

    @model_validator(mode="after")
    def _in_order(self) -> NodeGroup:
        if not self.min <= self.desired <= self.max:
            raise ValueError(
                f"min {self.min}, desired {self.desired} and max {self.max} are out of order; "
                "set min <= desired <= max, which EKS requires"
            )
        return self

    @model_validator(mode="after")
    def _one_architecture(self) -> NodeGroup:
        if not self.instance_types:
            raise ValueError("instanceTypes: [] is empty; list one or more, [t3.medium] for instance")
        if len(set(self.instance_types)) < len(self.instance_types):
            raise ValueError(f"instanceTypes: {', '.join(self.instance_types)} has one twice; list each once")
        if len(self.instance_types) > MOST_TYPES:
            raise ValueError(
                f"instanceTypes: {len(self.instance_types)} are more than EKS's {MOST_TYPES} for a group; drop some"
            )
        # AL2023 user guide, "System requirements": Graviton2 or later.
        first = [name for name in self.instance_types if name.startswith("a1.")]
        if first and self.os == "al2023":
            raise ValueError(
                f"instanceTypes: {first[0]} has a processor that AL2023 doesn't start on; take a later Graviton, "
                "m6g.large for instance, or set os: bottlerocket"
            )
        if len(architectures(self.instance_types)) > 1:
            raise ValueError(
                f"instanceTypes: {', '.join(self.instance_types)} are of two architectures, and a group's nodes start "
                "from one image; make a node group for each"
            )
        return self

    @model_validator(mode="after")
    def _taints_distinct(self) -> NodeGroup:
        if len(self.taints) > MOST_TAINTS:
            raise ValueError(f"taints: {len(self.taints)} are more than EKS's {MOST_TAINTS} for a group; drop some")
        pairs = [(taint.key, taint.effect) for taint in self.taints]
        for pair in pairs:
            if pairs.count(pair) > 1:
                raise ValueError(f"taints: {pair[0]} with {pair[1]} is listed twice; keep one of them")
        return self

    @property
    def machines(self) -> Nodes:
        """The nodes, as they count against quotas."""
        spot = self.capacity == "spot"
        return Nodes(instance_types=self.instance_types, spot=spot, desired=self.desired, max=self.max)

    @property
    def takes_any_pod(self) -> bool:
        """Whether it has nodes that take pods without tolerations."""
        return self.desired > 0 and all(taint.effect == "PREFER_NO_SCHEDULE" for taint in self.taints)


class Selector(Section):
    """A rule for the pods that a Fargate profile takes: those of a namespace, or those of it that have the labels."""

    namespace: str = Field(min_length=1)
    """The pods' namespace; `*` matches any text in it."""
    labels: dict[LabelKey, LabelValue] = {}
    """The labels that the pods must have, all of them: 5 at most."""

    @model_validator(mode="after")
    def _few_labels(self) -> Selector:
        if len(self.labels) > MOST_SELECTOR_LABELS:
            raise ValueError(
                f"labels: {len(self.labels)} are more than the {MOST_SELECTOR_LABELS} of a selector; drop some"
            )
        return self


class FargateProfile(Section):
    """A profile for pods that run without nodes. A change creates another profile, then deletes the old one."""

    name: GroupName
    selectors: tuple[Selector, ...]
    """Selectors of the pods that it takes: 1 to 5."""

    @model_validator(mode="after")
    def _few_selectors(self) -> FargateProfile:
        if not 1 <= len(self.selectors) <= MOST_SELECTORS:
            raise ValueError(
                f"selectors: {len(self.selectors)} are not 1 to {MOST_SELECTORS}; make another profile for more"
            )
        return self

    def takes(self, namespace: str) -> bool:
        """Whether it takes every pod of the namespace."""
        return any(selector.namespace in (namespace, "*") and not selector.labels for selector in self.selectors)


def on_amd64(groups: Sequence[NodeGroup]) -> bool:
    """Whether the groups have x86_64 nodes that take any pod."""
    return any(group.takes_any_pod and architectures(group.instance_types) == {"x86_64"} for group in groups)


def distinct(key: str, names: Sequence[str], most: int) -> None:
    """Check the names of a cluster's node groups, or profiles. Raises ValueError."""
    if len(names) > most:
        raise ValueError(f"{key}: {len(names)} are more than EKS's {most} for a cluster; drop some")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{key}: name {name} is listed {names.count(name)} times; give each a name of its own")


def check(region: str, groups: Sequence[NodeGroup], profiles: Sequence[FargateProfile]) -> None:
    """Check a cluster's node groups and profiles against each other. Raises ValueError."""
    distinct(f"nodeGroups ({region})", [group.name for group in groups], MOST_GROUPS)
    distinct(f"fargateProfiles ({region})", [profile.name for profile in profiles], MOST_PROFILES)


def check_room(
    region: str, groups: Sequence[NodeGroup], profiles: Sequence[FargateProfile], needs: Mapping[str, str]
) -> None:
    """Check that pods have nodes or a profile. Raises ValueError; `needs` names their software by namespace."""
    if any(group.takes_any_pod for group in groups):
        return
    for namespace, what in needs.items():
        if not any(profile.takes(namespace) for profile in profiles):
            raise ValueError(
                f"nodeGroups ({region}): no group has nodes for any pod, and no Fargate profile takes {namespace}, "
                f"where {what} runs; add a node group without taints and with desired 1 or more, or a profile with the "
                f"selector {{namespace: {namespace}}}"
            )
