"""The state after the stack's last update, and the changes of it that a plan may make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi import Input, Output

from components.cluster.kubeconfig import SignIn, signed_in
from components.federation import Issued
from components.federation.kubefed.derive import Enabled, named
from components.network.zones import Zones
from settings import engines
from settings.base import PROJECT
from settings.errors import SettingsError
from settings.plan import ClusterSite, Plan, Site
from settings.wording import shown


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that the fleet created."""

    region: str
    cidr: IPv4Network
    zones: Sequence[str]
    """The names of the zones of its subnets, in their order."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The state after the stack's last update; empty before the first."""

    name: str | None = None
    """The fleet's name; None if the last update recorded none."""
    service_cidr: IPv4Network | None = None
    """Kubernetes services' addresses; None if the last update recorded none."""
    host: str | None = None
    """The host's region."""
    engine: str = "kubefed"
    """The engine that federates the clusters; kubefed, if the last update recorded none."""
    etcd_members: int | None = None
    """The members of Karmada's etcd; None for a fleet without Karmada, or if the last update recorded none."""
    beside: str | None = None
    """The other engine, while workloads move."""
    clusters: Mapping[str, ClusterSite] = field(default_factory=dict[str, ClusterSite])
    """The clusters by region."""
    networks: Mapping[str, Network] = field(default_factory=dict[str, "Network"])
    """The networks that the fleet created, by their sites' names."""
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    """The federated types: the name of each, and the name that it is federated as."""
    tokens: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    """The serials of each engine's accounts in the clusters, and of tokens beside them, by their names."""

    @staticmethod
    def parse(output: Any) -> Standing:
        """Parse the stack's output `plan`, which `describe` returned; None before the first update."""
        if output is None:
            return Standing()
        clusters = [_site(entry) for entry in output["clusters"]]
        networks: dict[str, Any] = output.get("networks") or {}
        # Pulumi keeps every number as a double.
        services = output.get("service_cidr")
        return Standing(
            name=output.get("name"),
            service_cidr=IPv4Network(services) if services else None,
            host=output["host"],
            engine=output.get("engine") or "kubefed",
            etcd_members=int(members) if (members := output.get("etcd_members")) else None,
            beside=output.get("beside"),
            clusters={c.region: replace(c, number=int(c.number)) for c in clusters},
            networks={
                name: Network(region=entry["region"], cidr=IPv4Network(entry["cidr"]), zones=tuple(entry["zones"]))
                for name, entry in networks.items()
            },
            types=output.get("types") or {},
            tokens=_serials(output, clusters),
        )

    def zones_of(self, site: Site) -> Sequence[str]:
        """The zones of a site's network, if it exists in that region and with that range; empty otherwise."""
        network = self.networks.get(site.name)
        return network.zones if network and (network.region, network.cidr) == (site.region, site.cidr) else ()

    def upgrades(self, region: str, version: str) -> bool:
        """Whether a region's cluster exists and has another version than `version`."""
        was = self.clusters.get(region)
        return was is not None and was.version != version


def _site(entry: Mapping[str, Any]) -> ClusterSite:
    """A cluster of the output. Ignores fields that another version added."""
    known: dict[str, Any] = {each.name: entry[each.name] for each in fields(ClusterSite) if each.name in entry}
    known["cidr"] = IPv4Network(entry["cidr"])
    return ClusterSite(**known)


def _serials(output: Mapping[str, Any], clusters: Sequence[ClusterSite]) -> dict[str, dict[str, int]]:
    """The serials by engine. Earlier versions recorded those of kubefed alone, by cluster, or none."""
    tokens: dict[str, Any] = output.get("tokens") or {}
    if not any(isinstance(serials, dict) for serials in tokens.values()):
        tokens = {"kubefed": {cluster.name: 1 for cluster in clusters} | tokens}
    return {engine: {name: int(serial) for name, serial in serials.items()} for engine, serials in tokens.items()}


def own_outputs() -> pulumi.StackReference:
    """The outputs of the stack's last update."""
    return pulumi.StackReference(
        "standing", stack_name=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    )


def read(
    own: pulumi.StackReference, plan: Plan, types: Sequence[Enabled], sign_in: SignIn | None = None
) -> Output[Standing]:
    """The state in the last update's output `plan`. Fails with SettingsError if it doesn't allow the new plan.

    `sign_in` is how the update signs in to the clusters. Every provider depends on the result, so that Pulumi changes
    nothing before the comparison.
    """
    kubeconfig = _kubeconfig(own, sign_in or SignIn())
    return Output.unsecret(own.get_output("plan")).apply(
        lambda output: engines.emptied(plan, check(plan, types, output), kubeconfig)
    )


def issued(own: pulumi.StackReference, plan: Plan, standing: Output[Standing], sign_in: SignIn) -> Issued:
    """The engines' accounts in the clusters that exist and stay. The update signs in to the clusters by `sign_in`."""
    planned = {cluster.name for cluster in plan.clusters}
    return Issued(
        serials=standing.apply(lambda state: _without(state, planned)),
        kubeconfig=_kubeconfig(own, sign_in),
    )


def _kubeconfig(own: pulumi.StackReference, sign_in: SignIn) -> Output[Any]:
    """The last update's output `kubeconfig`, by which this update signs in; None before the first."""
    return own.get_output("kubeconfig").apply(lambda text: text and signed_in(text, sign_in))


def _without(left: Standing, stay: Collection[str]) -> dict[str, dict[str, int]]:
    """The serials that the last update left, without those of the clusters that don't stay."""
    gone = {cluster.name for cluster in left.clusters.values()} - {*stay}
    return {
        engine: {name: serial for name, serial in serials.items() if name not in gone}
        for engine, serials in left.tokens.items()
    }


def check(plan: Plan, types: Sequence[Enabled], output: Any) -> Standing:
    """The parsed output `plan` of the last update.

    Raises SettingsError if it doesn't allow the new plan, or if another version of the project wrote another form.
    """
    try:
        standing = Standing.parse(output)
    except (KeyError, TypeError, ValueError):
        raise SettingsError(
            "the stack's output plan was written by another version of this project, and this one can't read it; "
            "update or destroy the stack with that version (`git log`), or make another stack"
        ) from None
    try:
        check_unmoved(plan, named(types), standing)
    except ValueError as error:
        raise SettingsError(f"{PROJECT}:{error}") from None
    return standing


def version_after(standing: Output[Standing], member: ClusterSite, host_version: Output[str]) -> Input[str] | None:
    """The Kubernetes version of a member; a running member is upgraded only after the host has `host_version`.

    An upgrade that breaks kubefed then breaks it on the host, before any member changes. The other order is no safer:
    kubefed finds the members' types by what each member serves, whatever version its own host has.
    """
    version = member.version
    if version is None:
        return None
    return standing.apply(
        lambda state: host_version.apply(lambda _: version) if state.upgrades(member.region, version) else version
    )


def reached(
    plan: Plan,
    types: Sequence[Enabled],
    versions: Mapping[str, Output[str]],
    zones: Mapping[str, Zones],
    tokens: Output[Mapping[str, Mapping[str, int]]],
) -> Output[dict[str, Any]]:
    """The stack's output `plan`, known once every cluster has its version; `versions` are by region."""
    return Output.all(Output.all(**versions), tokens).apply(
        lambda known: describe(plan, named(types), known[0], zones, known[1])
    )


def describe(
    plan: Plan,
    types: Mapping[str, str],
    versions: Mapping[str, str] | None = None,
    zones: Mapping[str, Zones] | None = None,
    tokens: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Any]:
    """The stack's output `plan`; `versions` are the clusters' versions in EKS, by region, `zones` by site.

    `name` is the fleet's, `host` a region, `engine` what federates, `beside` the other engine or null, `etcd_members`
    of an etcd of their own; `bastion` has region and cidr, or is empty; `clusters` has the fields of ClusterSite;
    `networks` has region, cidr and zones of each network that the fleet created; `types` has the name of each federated
    type, and the name that it is federated as; `tokens` has, by engine, the serial of its account in each cluster, by
    the cluster's name, and for Karmada that of the programs' token.
    """
    clusters = [
        {**vars(cluster), "cidr": str(cluster.cidr), "version": (versions or {}).get(cluster.region) or cluster.version}
        for cluster in plan.clusters
    ]
    bastion = {"region": plan.bastion.region, "cidr": str(plan.bastion.cidr)} if plan.bastion else {}
    networks = {
        site.name: {"region": site.region, "cidr": str(site.cidr), "zones": [*zones[site.name].names]}
        for site in plan.created
        if zones
    }
    return {
        "name": plan.name,
        "service_cidr": str(plan.service_cidr),
        "host": plan.host.region,
        "engine": plan.engine,
        "etcd_members": plan.etcd_members,
        "beside": plan.beside,
        "bastion": bastion,
        "clusters": clusters,
        "networks": networks,
        "types": dict(types),
        "tokens": dict(tokens or {}),
    }


def check_unmoved(plan: Plan, types: Mapping[str, str], standing: Standing) -> None:
    """Compare a plan, and the types to federate, with what exists. Raises ValueError.

    Refused are another name, range or VPC for a running cluster, another name or range for services of its fleet,
    another number of zones for its network, another host while members remain, and another federated type for a type.
    Each of these would replace a running resource, together with everything in it. Changes that EKS refuses for a
    running cluster are refused too.
    """
    now = {cluster.region: cluster for cluster in plan.clusters}
    remain = [region for region in now if region in standing.clusters]
    if remain and standing.host != plan.host.region:
        raise ValueError(
            f"host: {standing.engine} runs in {standing.host} and its members remain in {', '.join(remain)}, so it "
            f"can't move to {plan.host.region}; keep {standing.host} in clusters and set host: {standing.host}, or "
            "destroy the stack first"
        )
    if remain:
        engines.check_change(plan, standing, ", ".join(remain))
    if remain and standing.etcd_members and plan.etcd_members not in (None, standing.etcd_members):
        raise ValueError(
            f"karmada.etcdMembers: {plan.etcd_members} is not {standing.etcd_members}, which Karmada's etcd has, and "
            f"another number would begin a new one without its data; set karmada.etcdMembers: {standing.etcd_members}"
        )
    _check_fleet(plan, standing, [standing.clusters[region].name for region in remain])
    for region in remain:
        was, becomes = standing.clusters[region], now[region]
        if was.place != becomes.place:
            raise ValueError(
                f"clusters: {was.title} in {region} would become {becomes.title}, which replaces it and all that runs "
                f"on it; set number: {was.number} on {region}, with name, cidr and vpc as they were"
            )
        _check_version(was, becomes)
        _check_creator(was, becomes)
    for site in plan.created:
        zones = standing.zones_of(site)
        if zones and site.zones not in (None, len(zones)):
            raise ValueError(
                f"network.zones: {site.zones} is not the number of zones of {site.name}'s network in {site.region}, "
                f"which has {len(zones)} ({', '.join(zones)}), and other subnets would replace its node groups and "
                f"Fargate profiles; leave zones out there, or set {len(zones)}"
            )
    for removed in standing.clusters.values():
        if removed.protected and removed.region not in now:
            raise ValueError(
                f"clusters: {removed.name} in {removed.region} is no longer listed, and is protected from deletion; "
                "list it again, set controlPlane.deletionProtection: false, update, and then take it out"
            )
    for name, becomes in types.items():
        was = standing.types.get(name, becomes)
        if was != becomes:
            raise ValueError(
                f"types: {name} is federated as {was} and would become {becomes}, which removes its objects from every "
                "cluster; take it out of types, update, and list it again"
            )


def _check_fleet(plan: Plan, standing: Standing, running: Sequence[str]) -> None:
    """Raise ValueError for a change that would replace every cluster of `running`.

    The provider's cluster.go replaces a cluster for another `serviceIpv4Cidr`, and for another key in its
    `encryptionConfig`: the keys have the fleet's name.
    """
    clusters = " and ".join(running)
    remedy = "and EKS replaces the clusters for {0}, with all that runs on them; set {1}, or destroy the stack first"
    if running and standing.service_cidr not in (None, plan.service_cidr):
        raise ValueError(
            f"serviceCidr: {plan.service_cidr} would replace {standing.service_cidr} of {clusters}, "
            + remedy.format("it", standing.service_cidr)
        )
    if running and standing.name not in (None, plan.name):
        raise ValueError(
            f"name: {plan.name} would replace {standing.name}, whose keys encrypt {clusters}, "
            + remedy.format("other keys", standing.name)
        )


def _check_version(was: ClusterSite, becomes: ClusterSite) -> None:
    if was.version is None or becomes.version is None:
        return
    steps = _minor(becomes.version) - _minor(was.version)
    if steps < 0:
        raise ValueError(
            f"kubernetesVersion: {becomes.version} is older than {was.version}, which {was.name} in {was.region} runs, "
            f"and EKS downgrades no control plane; set {was.version}"
        )
    if steps > 1:
        raise ValueError(
            f"kubernetesVersion: {becomes.version} is {steps} minor versions past {was.version}, which {was.name} in "
            f"{was.region} runs, and EKS upgrades by one at a time; set 1.{_minor(was.version) + 1}, update, and so on"
        )


def _check_creator(was: ClusterSite, becomes: ClusterSite) -> None:
    if was.creator_admin != becomes.creator_admin:
        raise ValueError(
            f"access.creatorAdmin: {shown(becomes.creator_admin)} is not how {was.name} in {was.region} was created, "
            f"and EKS fixes it when it creates a cluster; set it to {shown(was.creator_admin)}"
            + (", and delete the access entry of the clusters' creator" if was.creator_admin else "")
        )


def _minor(version: str) -> int:
    return int(version.split(".")[1])
