"""Every setting of a stack: types, defaults, and the rules that several keys share."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

import pulumi
from pydantic import AfterValidator, PrivateAttr, model_validator

from components.cluster import PodIdentityArgs
from components.network import endpoints
from settings import addons, clients, names, software, tags
from settings.access import Access
from settings.base import IPV4_RANGE, PROJECT, ClusterName, LabelKey, LabelValue, Region, of_a_vpc
from settings.bastion import Bastion
from settings.charts import Chart
from settings.clusters import Cluster, PerCluster
from settings.form import Form
from settings.karmada import Karmada
from settings.kubefed import KubeFed
from settings.manifests import Manifest
from settings.peering import Peering
from settings.plan import BASTION, ClusterSite, Plan, lay_out, partition
from settings.provider import Provider
from settings.quotas import Quotas
from settings.tags import TagKey, TagValue
from settings.types import FederatedType
from settings.vpc import Vpc


def _service_range(value: IPv4Network) -> IPv4Network:
    private = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
    if not 12 <= value.prefixlen <= 24 or not any(value.subnet_of(block) for block in private):
        raise ValueError(
            "is not a range EKS takes for services; give a /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 "
            "or 192.168.0.0/16"
        )
    return value


ServiceRange = Annotated[
    IPv4Network,
    AfterValidator(_service_range),
    Form("A range from /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.", IPV4_RANGE),
]
EngineName = Literal["kubefed", "karmada"]
Supernet = Annotated[IPv4Network, AfterValidator(of_a_vpc), Form("An IPv4 range, in CIDR notation.", IPV4_RANGE)]


class Settings(PerCluster):
    """All settings of a stack. Pulumi.yaml declares the same keys."""

    name: ClusterName = PROJECT
    """The prefix of the clusters' names, and a tag of every resource. It never changes while the fleet exists."""
    clusters: tuple[Cluster, ...]
    """A cluster for each region. Add one at the end, or give it a `number`, so that the others stay as they are."""
    host: Region | None = None
    """The region whose cluster runs the federation's engine; by default the first."""
    supernet: Supernet = IPv4Network("172.16.0.0/12")
    """The range of the networks' ranges: a /16 for the bastion, the fifth one, then one for each `number`."""
    service_cidr: ServiceRange = IPv4Network("10.100.0.0/16")
    """Kubernetes services' addresses, the same in every cluster. They never change while a cluster exists."""
    access: Access = Access()
    """IAM roles and users with rights in the clusters, and pods with rights in AWS."""
    bastion: Bastion = Bastion()
    """The instance by which people reach private clusters."""
    peering: Peering = Peering()
    """The peerings between the networks."""
    quotas: Quotas = {}
    """The account's quotas in every region, by code; by default the values of Service Quotas."""
    engine: EngineName = "kubefed"
    """The engine of the federation (docs/karmada.md says when to choose which)."""
    beside: EngineName | None = None
    """The other engine, which runs too while workloads move to or from it (docs/karmada.md, "From kubefed")."""
    kubefed: KubeFed = KubeFed()
    """The control plane of the federation, on the host."""
    karmada: Karmada = Karmada()
    """The control plane of the federation, on the host, if `engine` or `beside` is `karmada`."""
    types: tuple[FederatedType, ...] = ()
    """Federated types beside those of kubefed's chart.

    Karmada federates every type. For a custom type, its own API needs the CRD, which this list gives it.
    """
    charts: tuple[Chart, ...] = ()
    """Helm charts for every cluster, or for some of them (docs/charts.md)."""
    manifests: tuple[Manifest, ...] = ()
    """Manifests for every cluster, or for some of them."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of every membership, for placements, beside `environment` and `topology.kubernetes.io/region`."""
    owner: TagValue | None = None
    """The owner: the tag `owner`, which is left out by default."""
    environment: LabelValue | None = None
    """The environment: a tag, and a label of each membership; by default the stack's name, cut to a label's length."""
    cost_centre: TagValue | None = None
    """The cost centre: the tag `cost-centre`, which is left out by default."""
    tags: dict[TagKey, TagValue] = {}
    """Tags of every AWS resource, beside the fleet's own: 40 at most."""

    _provider: Provider = PrivateAttr(default_factory=Provider)

    @property
    def provider(self) -> Provider:
        """Pulumi's own settings of AWS."""
        return self._provider

    def with_provider(self, provider: Provider) -> Settings:
        """A copy with these settings of AWS."""
        copy = self.model_copy()
        copy._provider = provider
        return copy

    def own(self, region: str) -> PerCluster:
        """The settings of a region's cluster: its own, and the fleet's for those that it lacks."""
        cluster = next(cluster for cluster in self.clusters if cluster.region == region)
        own = {name: getattr(cluster, name) for name in PerCluster.model_fields}
        settled = {name: getattr(self, name) if value is None else value for name, value in own.items()}
        settled["addons"] = addons.fitting(settled["addons"], nodes=bool(settled["node_groups"]))
        return PerCluster.model_construct(**settled)

    def in_existing_vpcs(self, plan: Plan) -> list[tuple[ClusterSite, str, Vpc]]:
        """The clusters in existing VPCs, each with the key and the value of its setting."""
        return [
            (planned, f"clusters[{place}].vpc", cluster.vpc)
            for place, (planned, cluster) in enumerate(zip(plan.clusters, self.clusters, strict=True))
            if cluster.vpc
        ]

    def pods_of(self, cluster: ClusterSite) -> list[tuple[str, PodIdentityArgs]]:
        """The service accounts of a cluster whose pods have an IAM role, each with the key of its setting."""
        listed = [PodIdentityArgs(**identity.model_dump()) for identity in self.access.pod_identities]
        charts = software.pods_of(self, cluster)
        own = self._pods_of_snapshots(cluster)
        return [*(("access.podIdentities", identity) for identity in listed), *charts.items(), *own.items()]

    def _pods_of_snapshots(self, cluster: ClusterSite) -> Mapping[str, PodIdentityArgs]:
        snapshots, host = self.karmada.snapshots, self.host or self.clusters[0].region
        if "karmada" not in self.engines or snapshots is None or cluster.region != host:
            return {}
        return snapshots.pods(self.snapshots_folder, partition(host))

    @property
    def snapshots_bucket(self) -> str | None:
        """The bucket of Karmada's snapshots; None if the host takes none."""
        snapshots = self.karmada.snapshots if "karmada" in self.engines else None
        return snapshots and snapshots.bucket

    @property
    def snapshots_folder(self) -> str:
        """The beginning of the keys of Karmada's snapshots: the fleet's and the stack's names."""
        return f"{self.name}/{pulumi.get_stack()}"

    def labels_of(self, region: str) -> dict[str, str]:
        """A membership's labels: region, environment, and those of the settings, the cluster's own last."""
        own = next(cluster.labels for cluster in self.clusters if cluster.region == region)
        return {"topology.kubernetes.io/region": region, "environment": self._environment, **self.labels, **own}

    def all_tags(self) -> dict[str, str]:
        """The tags of every AWS resource, beside its name."""
        return self.fleet_tags | self.tags

    @property
    def fleet_tags(self) -> dict[str, str]:
        """The tags that the fleet sets itself, beside the name."""
        own = {
            "fleet": self.name,
            "stack": pulumi.get_stack(),
            "environment": self._environment,
            "owner": self.owner,
            "cost-centre": self.cost_centre,
        }
        return {key: value for key, value in own.items() if value}

    @property
    def _environment(self) -> str:
        # A stack's name can be longer than a label's value, and end in characters that no label's value may end in.
        return self.environment or pulumi.get_stack()[:63].rstrip("._-")

    @property
    def engines(self) -> set[str]:
        """The engines that the host runs."""
        return {self.engine, self.beside or self.engine}

    @property
    def plan(self) -> Plan:
        """The fleet's plan. Raises ValueError if the settings contradict each other."""
        return lay_out(self)

    @model_validator(mode="after")
    def _holds_together(self) -> Settings:
        plan = self.plan
        if self.beside == self.engine:
            raise ValueError(f"beside: {self.beside} is the engine itself; name the other one, or leave beside out")
        tags.check(self.tags, {"Name", *self.fleet_tags})
        for cluster in plan.clusters:
            kubefed = cluster == plan.host and "kubefed" in self.engines
            self.own(cluster.region).check_compute(cluster.region, kubefed=kubefed)
        host = self.own(plan.host.region)
        if "karmada" in self.engines:
            self.karmada.check(plan.host.region, host)
            self.karmada.check_names(cluster.name for cluster in plan.clusters)
        if "kubefed" in self.engines:
            self.kubefed.check_architecture(plan.host.region, host.node_groups, host.fargate_profiles)
        self._check_ways_out(plan)
        self.access.check_partition(partition(plan.host.region))
        self._check_ways_in(plan)
        software.check(self, plan)
        names.check(self, plan)
        return self

    def _check_ways_in(self, plan: Plan) -> None:
        """Check the endpoints' clients, and that somebody can call each private endpoint.

        Callers of a private endpoint are its clients, or are in its own VPC, the bastion's or the host's, over the
        fleet's peerings. A VPC that the fleet creates has nothing else in it.
        """
        pairs = [*zip(plan.clusters, self.clusters, strict=True)]
        clients.check("endpoint.clients", self.endpoint.clients, [p for p, own in pairs if own.endpoint is None], plan)
        for place, (planned, cluster) in enumerate(pairs):
            if cluster.endpoint:
                clients.check(f"clusters[{place}].endpoint.clients", cluster.endpoint.clients, [planned], plan)
            endpoint = cluster.endpoint or self.endpoint
            if not (endpoint.public or endpoint.clients or plan.bastion or planned.vpc or plan.host.vpc):
                raise ValueError(
                    f"endpoint.access: private leaves nobody who can call {planned.name} in {planned.region}, because "
                    "the fleet has no bastion and nothing else is in its networks; set bastion.enabled: true, list "
                    "endpoint.clients, or set endpoint.access: public-and-private"
                )

    def _check_ways_out(self, plan: Plan) -> None:
        """Check that each region has the desired VPC endpoints, and that each caller of a cluster can reach it.

        A peered network resolves a public endpoint to its public address, to which only a NAT gateway leads.
        """
        own = {cluster.name: self.own(cluster.region) for cluster in plan.clusters}
        existing = {cluster.name: (setting, vpc) for cluster, setting, vpc in self.in_existing_vpcs(plan)}
        networks = {c.name: (c.region, own[c.name].network) for c in plan.clusters if c.name not in existing}
        if plan.bastion:
            networks[BASTION] = (plan.bastion.region, self.network)
        for region, network in networks.values():
            if network.services(endpoints.OF_NODES):
                endpoints.check_offered(region)
        if plan.host.name in networks and networks[plan.host.name][1].nat == "none":
            for engine in sorted(self.engines):
                releases = {"kubefed": self.kubefed, "karmada": self.karmada}
                releases[engine].check_reached(plan.host.name, plan.host.region)
        for cluster in plan.clusters:
            callers = {plan.host.name, *([BASTION] if plan.bastion else [])} - {cluster.name}
            for caller in sorted(callers) if own[cluster.name].endpoint.public else []:
                if caller in existing:
                    _check_called_from(*existing[caller], caller, cluster.name)
                elif networks[caller][1].nat == "none":
                    raise ValueError(
                        f"network.nat: none leaves {caller} no address to call {cluster.name} from, whose endpoint is "
                        "public to its peers; set nat: one, or endpoint.access: private"
                    )


def _check_called_from(setting: str, vpc: Vpc, caller: str, called: str) -> None:
    if not vpc.nat_addresses:
        raise ValueError(
            f"{setting}.natAddresses: none are listed for {caller} to call {called} from, whose endpoint is public to "
            "its peers; list the public addresses of the VPC's NAT gateways, or set endpoint.access: private"
        )
