"""A stack's settings: read, typed and checked in this one place, before anything is created."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

import pulumi
import pulumi_aws as aws
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from components import addresses, crd, enable, kinds
from components import plan as planning
from components.enable import Enabled
from components.plan import Plan

PROJECT = "federated-eks"
MAX_PEERINGS = 125
"""The most active peerings AWS grants a VPC; 50 unless raised (Service Quotas L-7E9ECCDB)."""


class SettingsError(pulumi.RunError):
    """Settings that can't be used; the message has a line for each, `<key>: <value> <rule>; <what to do>`."""


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


def _service_range(value: IPv4Network) -> IPv4Network:
    private = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
    if not 12 <= value.prefixlen <= 24 or not any(value.subnet_of(block) for block in private):
        raise ValueError(
            "is not a range EKS takes for services; give a /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 "
            "or 192.168.0.0/16"
        )
    return value


def _image(value: str) -> str:
    if not re.fullmatch(r".+/[^/:]+:[^/:]+", value):
        raise ValueError("is not <registry>/<image>:<tag>; name all three, docker.io/alpine/k8s:1.35.4 for instance")
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


def _type_name(value: str) -> str:
    plural, _, group = value.partition(".")
    known = kinds.BUILT_IN.keys()
    if value in known or (re.fullmatch(NAME, plural) and "." in group and group not in kinds.BUILT_IN_GROUPS):
        return value
    near = get_close_matches(value, known, n=3, cutoff=0.5)
    raise ValueError(
        "is no type of Kubernetes' own, and no custom one either; give <plural>.<group>, "
        + (f"{' or '.join(near)} perhaps" if near else "prometheuses.monitoring.coreos.com for instance")
    )


def _group(value: str) -> str:
    # An API server takes no CRD in these domains that Kubernetes' maintainers have not approved.
    protected = re.search(r"(^|\.)(k8s|kubernetes)\.io$", value)
    if not re.fullmatch(DOMAIN, value) or "." not in value or protected:
        raise ValueError(
            "can't be a federated type's API group; give a domain of your own, fleet.example.org for instance"
        )
    return value


NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = rf"{NAME}(\.{NAME})*"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"

Region = Annotated[str, AfterValidator(_region)]
ClusterName = Annotated[str, AfterValidator(_cluster_name)]
Network = Annotated[IPv4Network, AfterValidator(_network)]
ServiceRange = Annotated[IPv4Network, AfterValidator(_service_range)]
Image = Annotated[str, AfterValidator(_image)]
LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
TypeName = Annotated[str, AfterValidator(_type_name)]
Group = Annotated[str, AfterValidator(_group)]


class Section(BaseModel):
    """A group of settings: camelCase keys in YAML, and no key that isn't known."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class Cluster(Section):
    """One region's cluster."""

    region: Region
    number: int | None = Field(default=None, ge=1)
    """Its place in the address plan and in its name; by default its place in the list, from 1."""
    name: ClusterName | None = None
    """By default `<name>-<number>`."""
    cidr: Network | None = None
    """The VPC's range; by default the plan's."""
    labels: dict[LabelKey, LabelValue] = {}
    """On its KubeFedCluster, beside the fleet's own."""


class Bastion(Section):
    """The way in for people: one instance, reached by Session Manager."""

    region: Region | None = None
    """By default the host's."""
    instance_type: str = "t3.micro"
    cidr: Network | None = None
    """Its VPC's range; by default the plan's."""


class Nodes(Section):
    """Each cluster's managed node group."""

    instance_type: str = "t3.medium"
    min: int = Field(default=1, ge=0)
    desired: int = Field(default=2, ge=1)
    max: int = Field(default=4, ge=1)
    disk_gib: int = Field(default=20, ge=20, le=16384)

    @model_validator(mode="after")
    def _in_order(self) -> Nodes:
        if not self.min <= self.desired <= self.max:
            raise ValueError(
                f"min {self.min}, desired {self.desired} and max {self.max} are out of order; "
                "set min <= desired <= max, as EKS asks"
            )
        return self


class Endpoint(Section):
    """How the clusters' API servers are reached."""

    access: Literal["private", "public-and-private"] = "private"
    allowed_cidrs: tuple[IPv4Network, ...] = ()
    """Who may call a public endpoint, beside the fleet itself."""

    @model_validator(mode="after")
    def _never_open(self) -> Endpoint:
        if self.access == "private" and self.allowed_cidrs:
            raise ValueError(
                "allowedCidrs is for a public endpoint and access is private; drop allowedCidrs, or set access: "
                "public-and-private"
            )
        if self.access == "public-and-private" and not self.allowed_cidrs:
            raise ValueError(
                "allowedCidrs is empty and access is public-and-private, which is never open to all; list who may "
                "call, [198.51.100.7/32] for instance"
            )
        if any(cidr.prefixlen == 0 for cidr in self.allowed_cidrs):
            raise ValueError("allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call instead")
        return self


class Peering(Section):
    """Which networks are peered."""

    topology: Literal["hub-and-spoke", "full-mesh"] = "hub-and-spoke"
    """Bastion to every cluster and host to every member; in a full mesh every cluster to every other too."""
    quota: int = Field(default=50, ge=1, le=MAX_PEERINGS)
    """Active peerings your account allows a VPC (Service Quotas L-7E9ECCDB)."""


class KubeFed(Section):
    """The control plane of the federation, a Helm release on the host."""

    chart: str = "kubefed"
    """The chart's name in the repository, or a folder that holds it."""
    repository: str = "https://raw.githubusercontent.com/kubernetes-sigs/kubefed/master/charts"
    """Where the chart's name is looked up; a folder needs none."""
    version: str = Field(default="0.10.0", pattern=r"^\d+\.\d+\.\d+$")
    """The chart's version, 0.10.0 is the last; its image's tag is the same after a v."""
    hook_image: Image = "docker.io/alpine/k8s:1.35.4"
    """Has bash and kubectl, with which the chart's post-install job sets kubefed's feature gates."""
    timeout_minutes: int = Field(default=5, ge=1, le=60)
    """For how long kubefed may take until a cluster is Ready, a type is federated, or all of its objects are gone.

    It looks at a cluster every ten seconds, once its controller leads.
    """

    @property
    def chart_repository(self) -> str | None:
        """Where to look the chart up; None where it is a folder."""
        return None if "/" in self.chart else self.repository


class FederatedType(Section):
    """A type that is federated, beside those of kubefed's chart."""

    name: TypeName | None = None
    """`<plural>.<group>`, `<plural>` alone for the core group; by default the CRD's."""
    crd: str | None = Field(default=None, min_length=1)
    """The https URL or the file of its CustomResourceDefinition, which is then put into every cluster.

    A custom type without it is in every cluster already.
    """
    version: str | None = Field(default=None, pattern=r"^v[a-z0-9]+$")
    """The target's; by default the one an API server prefers."""
    federated_group: Group = enable.GROUP
    federated_version: str = Field(default=enable.VERSION, pattern=r"^v[a-z0-9]+$")

    @model_validator(mode="after")
    def _known(self) -> FederatedType:
        if self.name is None and self.crd is None:
            raise ValueError("name and crd are not set, so no type is named; set name, or crd for a custom type")
        if self.crd and self.name in kinds.BUILT_IN:
            raise ValueError(
                f"crd: {self.crd} is given for {self.name}, which is Kubernetes' own and has none; drop crd"
            )
        if self.name in kinds.CHART:
            raise ValueError(f"name: {self.name} is federated by kubefed's chart already; take it out of types")
        return self


class Settings(Section):
    """Everything a stack can set; Pulumi.yaml declares the same keys."""

    name: ClusterName = PROJECT
    """Begins the clusters' names, and tags every resource."""
    clusters: tuple[Cluster, ...]
    host: Region | None = None
    """Whose cluster runs kubefed; by default the first."""
    kubernetes_version: str | None = Field(default=None, pattern=r"^1\.\d\d$")
    """By default EKS's own default."""
    supernet: IPv4Network = IPv4Network("172.16.0.0/12")
    """What the networks' ranges are taken from."""
    service_cidr: ServiceRange = IPv4Network("10.100.0.0/16")
    """Kubernetes services' addresses, the same in every cluster: they never leave it."""
    bastion: Bastion = Bastion()
    nodes: Nodes = Nodes()
    endpoint: Endpoint = Endpoint()
    peering: Peering = Peering()
    kubefed: KubeFed = KubeFed()
    types: tuple[FederatedType, ...] = ()
    """What is federated beside the types of kubefed's chart."""
    labels: dict[LabelKey, LabelValue] = {}
    """On every KubeFedCluster, for placements by label."""
    tags: dict[str, str] = {}
    """On every AWS resource, beside the fleet's own."""

    def labels_of(self, region: str) -> dict[str, str]:
        """A KubeFedCluster's labels: its region, its environment, and what the settings add, the cluster's own last."""
        own = next(cluster.labels for cluster in self.clusters if cluster.region == region)
        return {"topology.kubernetes.io/region": region, "environment": pulumi.get_stack(), **self.labels, **own}

    @property
    def plan(self) -> Plan:
        """The fleet on paper. Raises ValueError where the settings don't hold together."""
        numbers = [cluster.number or place for place, cluster in enumerate(self.clusters, 1)]
        planned = [cluster.number or place for place, cluster in enumerate(self.clusters, 1) if cluster.cidr is None]
        if not self.clusters:
            raise ValueError("clusters: [] is no fleet; list at least one, [{region: eu-west-1}] for instance")
        regions = [cluster.region for cluster in self.clusters]
        planning.check_once("region", regions, "a region has one cluster, list it once")
        planning.check_once("number", numbers, "give each cluster its own, or none to go by the list's order")
        planning.check_one_partition([*regions, *filter(None, [self.bastion.region])])
        planning.check_capacity(self.supernet, planned)
        return self._laid_out(numbers)

    def _laid_out(self, numbers: list[int]) -> Plan:
        clusters = tuple(
            planning.Cluster(
                region=cluster.region,
                number=number,
                name=cluster.name or f"{self.name}-{number}",
                cidr=cluster.cidr or addresses.network(self.supernet, number),
            )
            for number, cluster in zip(numbers, self.clusters, strict=True)
        )
        planning.check_once("name", [cluster.name for cluster in clusters], "give each cluster a name of its own")
        host = next((cluster for cluster in clusters if self.host in (None, cluster.region)), None)
        if host is None:
            raise ValueError(
                f"host: {self.host} has no cluster, and kubefed must run on one; list {self.host} in clusters, "
                "or name one of theirs: " + ", ".join(cluster.region for cluster in clusters)
            )
        bastion_cidr = self.bastion.cidr or addresses.network(self.supernet, 0)
        ranges = {"bastion": bastion_cidr} | {f"clusters ({cluster.region})": cluster.cidr for cluster in clusters}
        planning.check_ranges(ranges | {"serviceCidr": self.service_cidr})
        members = [cluster.name for cluster in clusters if cluster != host]
        links = planning.links(host.name, members, full_mesh=self.peering.topology == "full-mesh")
        planning.check_quota(links, self.peering.quota, MAX_PEERINGS)
        return Plan(
            clusters=clusters,
            host=host,
            bastion_region=self.bastion.region or host.region,
            bastion_cidr=bastion_cidr,
            links=links,
        )

    @model_validator(mode="after")
    def _holds_together(self) -> Settings:
        _ = self.plan
        return self


def load() -> Settings:
    """The running stack's settings. Raises SettingsError."""
    return parse(pulumi.runtime.get_config_env())


def federated_types(settings: Settings) -> tuple[Enabled, ...]:
    """The types that the settings federate, their CRDs fetched. Raises SettingsError."""
    types: list[Enabled] = []
    for place, chosen in enumerate(settings.types):
        try:
            types.append(_enabled(chosen))
        except ValueError as error:
            raise SettingsError(f"{PROJECT}:types[{place}].{error}") from None
    try:
        enable.check_distinct(types)
    except ValueError as error:
        raise SettingsError(f"{PROJECT}:{error}") from None
    return tuple(types)


def _enabled(chosen: FederatedType) -> Enabled:
    """Raises ValueError, beginning with the key that is wrong."""
    found = None
    if chosen.crd is not None:
        try:
            found = crd.load(chosen.crd, chosen.name)
        except ValueError as error:
            raise ValueError(f"crd: {error}") from None
    try:
        target = crd.target(found, chosen.version) if found else kinds.built_in(chosen.name or "", chosen.version)
    except ValueError as error:
        raise ValueError(f"version: {error}") from None
    return Enabled(
        name=target.name if target else chosen.name or "",
        target=target,
        version=chosen.version,
        crd=found,
        federated_group=chosen.federated_group,
        federated_version=chosen.federated_version,
    )


def check_standing(plan: Plan, types: Sequence[Enabled], output: Any) -> None:
    """Compare a plan and types with the stack's last output `plan`, None before the first. Raises SettingsError."""
    try:
        planning.check_unmoved(plan, enable.named(types), planning.Standing.parse(output))
    except ValueError as error:
        raise SettingsError(f"{PROJECT}:{error}") from None


def parse(config: Mapping[str, str]) -> Settings:
    """Settings from a stack's configuration: full keys to values, objects and lists as JSON. Raises SettingsError."""
    mine = {
        key.removeprefix(f"{PROJECT}:"): _value(value)
        for key, value in config.items()
        # Pulumi asks for every declared key that has no default; empty text is the default of those to leave out.
        if key.startswith(f"{PROJECT}:") and value
    }
    try:
        return Settings.model_validate(mine)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{PROJECT}:{_line(detail)}" for detail in error.errors())) from None


def _value(text: str) -> Any:
    """Pulumi hands every value over as text; objects and lists are JSON in it."""
    return json.loads(text) if text[:1] in ("{", "[") else text


def _line(error: ErrorDetails) -> str:
    # A mapping's key that is refused comes as <mapping>.<the key>.[key].
    key = _path(error["loc"][:-2] if error["loc"][-1:] == ("[key]",) else error["loc"])
    match error["type"]:
        case "value_error":
            message = str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
            return _joined(key, error["input"], message)
        case "missing":
            return f"{key}: is not set; " + (
                "list the regions, [{region: eu-west-1}] for instance" if key == "clusters" else "set it"
            )
        case "extra_forbidden":
            return f"{key}: is not a setting; {_known(error['loc'])}"
        case _:
            return f"{key}: {error['input']!r} is refused ({error['msg']}); {FIXES.get(error['type'], 'give that')}"


FIXES = {
    "tuple_type": "give a list",
    "dict_type": "give keys and values",
    "model_type": "give keys and values",
    "string_type": "put it in quotes",
    "string_too_short": "give it, or leave the key out",
    "string_pattern_mismatch": "give one that does",
    "ip_v4_network": "give a range, 172.21.0.0/16 for instance",
}
"""What to do about a value of the wrong kind, by pydantic's name of the mistake."""


def _joined(key: str, value: Any, message: str) -> str:
    """A rule over several keys names them itself; a rule on one value is told here which and what."""
    if isinstance(value, Mapping):
        return f"{key}.{message}" if key else message
    return f"{key}: {value} {message}"


def _path(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def _known(loc: tuple[int | str, ...]) -> str:
    """The keys that are known where an unknown one stands."""
    section = SECTIONS[str(loc[0])] if loc[1:] else Settings
    return "the known ones there are " + ", ".join(field.alias or name for name, field in section.model_fields.items())


SECTIONS: dict[str, type[Section]] = {
    "clusters": Cluster,
    "bastion": Bastion,
    "nodes": Nodes,
    "endpoint": Endpoint,
    "peering": Peering,
    "kubefed": KubeFed,
    "types": FederatedType,
}
"""The settings that are groups, or lists of groups."""
