"""The components' arguments, from a fleet's settings, its plan, and the components that come before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.bastion import Bastion, BastionArgs
from components.bastion.first_boot import newest
from components.cluster import (
    AddonArgs,
    ControlPlaneArgs,
    FargateProfileArgs,
    FleetRoles,
    FleetRolesArgs,
    Grant,
    NodeGroupArgs,
    RegionalCluster,
    RegionalClusterArgs,
)
from components.cluster.access import FLEET_ROLES, principal_key
from components.federation import FederatedCluster, FederationArgs, Issued, KarmadaRelease, Release
from components.federation.karmada.snapshots import Snapshots as KarmadaSnapshots
from components.federation.kubefed.derive import Enabled
from components.key import Encryption, EncryptionArgs
from components.network import AnyNetwork, ExistingNetworkArgs, NetworkArgs, Peering
from components.network.client_routes import ClientRoute
from components.network.endpoints import OF_BASTION, OF_NODES
from components.network.existing_rules import Wanted
from components.network.zones import Zones
from components.software import Place, Software, SoftwareArgs
from settings.fleet import Settings
from settings.plan import BASTION, ClusterSite, Site
from settings.snapshots import Snapshots
from settings.software import Resolved
from settings.standing import Standing

# The load balancer controller finds the subnets of its load balancers by these (EKS user guide, "Route HTTP traffic").
PRIVATE_TAGS: dict[str, Input[str]] = {"kubernetes.io/role/internal-elb": "1"}
PUBLIC_TAGS: dict[str, Input[str]] = {"kubernetes.io/role/elb": "1"}


def key(settings: Settings, region: str) -> EncryptionArgs:
    """The arguments of a region's key."""
    return EncryptionArgs(region=region, description=f"What rests in {region} of {settings.name}")


def own_tags(settings: Settings) -> dict[str, str]:
    """The tags that distinguish the stack's resources from others in the account."""
    return {key: tag for key, tag in settings.all_tags().items() if key in ("fleet", "stack")}


def network(settings: Settings, site: Site, key: Encryption, zones: Zones) -> NetworkArgs:
    """The arguments of a network that the fleet creates."""
    is_cluster = isinstance(site, ClusterSite)
    own = settings.own(site.region).network if is_cluster else settings.network
    return NetworkArgs(
        name=site.name,
        region=site.region,
        cidr=site.cidr,
        zones=zones,
        private_subnet_tags=PRIVATE_TAGS if is_cluster else {},
        public_subnet_tags=PUBLIC_TAGS if is_cluster else {},
        nat=own.nat,
        services=own.services(OF_NODES if is_cluster else OF_BASTION),
        traffic=own.flow_logs.traffic,
        retention_days=own.flow_logs.retention_days,
        key_arn=key.key_arn,
        clients=client_routes(settings, site) if is_cluster else {},
        protected=is_cluster and site.protected,
    )


def client_routes(settings: Settings, site: ClusterSite) -> dict[str, ClientRoute]:
    """The routes back to the clients of a cluster's endpoint, by the clients' names."""
    routes = {name: client.route(site) for name, client in settings.own(site.region).endpoint.clients.items()}
    return {name: route for name, route in routes.items() if route}


def existing_networks(settings: Settings, standing: Output[Standing]) -> list[ExistingNetworkArgs]:
    """The arguments of each existing network."""
    plan = settings.plan
    return [
        ExistingNetworkArgs(
            name=cluster.name,
            wanted=Wanted(
                setting=setting,
                region=cluster.region,
                vpc_id=vpc.id,
                cidr=vpc.cidr,
                private_subnet_ids=vpc.private_subnet_ids,
                route_table_ids=vpc.route_table_ids,
                peers=plan.peers(cluster.name),
                service_cidr=settings.service_cidr,
            ),
            nat_addresses=vpc.nat_addresses,
            exists=exists(standing, cluster),
        )
        for cluster, setting, vpc in settings.in_existing_vpcs(plan)
    ]


def exists(standing: Output[Standing], cluster: ClusterSite) -> Output[bool]:
    """Whether the last update left a cluster in the region."""
    return standing.apply(lambda state: cluster.region in state.clusters)


def bastion(settings: Settings, network: AnyNetwork, key: Encryption) -> BastionArgs:
    """The arguments of the bastion."""
    clusters = (settings.plan.host, *settings.plan.clusters)
    return BastionArgs(
        fleet=settings.name,
        region=network.region,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress=network.egress,
        internet=settings.network.nat != "none",
        further_ports=_engine_port(settings),
        instance_type=settings.bastion.instance_type,
        volume_gib=settings.bastion.volume_gib,
        max_age_days=settings.bastion.max_age_days,
        key_arn=key.key_arn,
        session_log_days=settings.bastion.session_log_days,
        tags=settings.all_tags(),
        clusters={cluster.name: cluster.region for cluster in clusters},
        kubernetes=newest(settings.own(cluster.region).kubernetes_version for cluster in settings.plan.clusters),
    )


def _engine_port(settings: Settings) -> Mapping[int, str]:
    """The port of Karmada's own API, unless it is that of all API servers, and where it is.

    It is in the host's network, or anywhere: a public load balancer's addresses change.
    """
    if "karmada" not in settings.engines or settings.karmada.port == 443:
        return {}
    host = settings.plan.host
    public = settings.own(host.region).endpoint.public
    return {settings.karmada.port: "0.0.0.0/0" if public else str(host.cidr)}


def fleet_roles(settings: Settings) -> FleetRolesArgs:
    """The arguments of the fleet's own roles."""
    return FleetRolesArgs(
        trusted={"admin": settings.access.admins, "user": settings.access.users},
        clusters={cluster.name: cluster.region for cluster in settings.plan.clusters},
    )


def grants(settings: Settings, bastion: Bastion | None, roles: FleetRoles) -> dict[str, Grant]:
    """The rights in every cluster, by the name of each access entry."""
    return {
        **({BASTION: Grant(arn=bastion.role_arn, policy="cluster-admin")} if bastion else {}),
        **{role: Grant(arn=arn, policy=FLEET_ROLES[role]) for role, arn in roles.arns.items()},
        **{principal_key(own.arn): Grant(**own.model_dump()) for own in settings.access.principals},
    }


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The components and facts that come before the clusters."""

    networks: Mapping[str, AnyNetwork]
    """The networks by their sites' names."""
    keys: Mapping[str, Encryption]
    """The keys by region."""
    grants: Mapping[str, Grant]
    standing: Output[Standing]


def cluster(
    settings: Settings, site: ClusterSite, around: Surroundings, *, version: Input[str] | None
) -> RegionalClusterArgs:
    """The arguments of a cluster, which changes to `version` when that is known."""
    own = settings.own(site.region)
    network = around.networks[site.name]
    return RegionalClusterArgs(
        cluster_name=site.name,
        kubernetes_version=version,
        control_plane=ControlPlaneArgs(
            version=site.version,
            logs=own.control_plane.logs,
            log_days=own.control_plane.log_days,
            key_arn=around.keys[site.region].key_arn,
            deletion_protection=own.control_plane.deletion_protection,
            support_type=own.control_plane.support_type,
            creator_admin=settings.access.creator_admin,
            admins=settings.access.cluster_admins,
            exists=exists(around.standing, site),
            own_tags=own_tags(settings),
        ),
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress=network.egress,
        ways_in=network.client_routes,
        service_cidr=settings.service_cidr,
        public_access_cidrs=_public_clients(settings, site, around.networks),
        api_clients=settings.plan.api_clients(site)
        | {name: client.cidr for name, client in own.endpoint.clients.items()},
        access=around.grants,
        pod_identities=[identity for _, identity in settings.pods_of(site)],
        oidc=settings.access.oidc,
        node_groups=[NodeGroupArgs(**group.model_dump()) for group in own.node_groups],
        fargate_profiles=[FargateProfileArgs(**profile.model_dump()) for profile in own.fargate_profiles],
        addons=[AddonArgs(**addon.model_dump()) for addon in own.addons],
        sign_in=settings.provider.sign_in,
        tags=settings.all_tags(),
    )


def software(cluster: RegionalCluster, site: ClusterSite, base: Resolved) -> SoftwareArgs:
    """The arguments of a cluster's charts and manifests."""
    place = Place(
        cluster=site.name, provider=cluster.provider, control_plane=cluster.control_plane, ready=cluster.ready
    )
    return SoftwareArgs(place=place, entries=base.clusters[site.name])


def _public_clients(settings: Settings, site: ClusterSite, networks: Mapping[str, AnyNetwork]) -> Sequence[Input[str]]:
    """The ranges that may call a public endpoint; empty for a private endpoint.

    A peered network resolves a public endpoint to its public address, so calls of the host and of the bastion arrive
    from their NAT gateways' addresses.
    """
    endpoint = settings.own(site.region).endpoint
    if not endpoint.public:
        return []
    callers = [networks[name] for name in (BASTION, settings.plan.host.name) if name in networks]
    addresses = [address.apply(lambda ip: f"{ip}/32") for caller in callers for address in caller.nat_addresses]
    return [*map(str, endpoint.allowed_cidrs), *addresses]


def federation(
    settings: Settings,
    types: Sequence[Enabled],
    clusters: Mapping[str, RegionalCluster],
    software: Mapping[str, Software],
    networks: Mapping[str, AnyNetwork],
    peerings: Mapping[tuple[str, str], Peering],
    issued: Issued,
) -> FederationArgs:
    """The arguments of the federation."""
    host = settings.plan.host.name
    releases = {"kubefed": kubefed(settings), "karmada": karmada(settings, networks)}
    minutes = {"kubefed": settings.kubefed.timeout_minutes, "karmada": settings.karmada.timeout_minutes}
    return FederationArgs(
        host=host,
        clusters=[
            FederatedCluster(
                name=site.name,
                endpoint=clusters[site.name].endpoint,
                certificate_authority=clusters[site.name].certificate_authority,
                kubeconfig=clusters[site.name].own_kubeconfig,
                provider=clusters[site.name].provider,
                control_plane=clusters[site.name].control_plane,
                nodes=clusters[site.name].nodes,
                ready=clusters[site.name].ready,
                ways=[peering for pair, peering in peerings.items() if set(pair) == {site.name, host}],
                zones=networks[site.name].zones,
                labels=settings.labels_of(site.region),
                brought=software[site.name].crds if site.name in software else {},
                software=[software[site.name]] if site.name in software else [],
            )
            for site in settings.plan.clusters
        ],
        release=releases[settings.engine],
        beside=releases[settings.beside] if settings.beside else None,
        issued=issued,
        types=types,
        timeout_minutes=max(minutes[engine] for engine in settings.engines),
    )


def kubefed(settings: Settings) -> Release:
    """kubefed's release."""
    return Release(
        chart=settings.kubefed.chart,
        repository=settings.kubefed.chart_repository,
        version=settings.kubefed.version,
        registry=settings.kubefed.registry,
        hook_image=settings.kubefed.hook_image,
        node_selector=settings.own(settings.plan.host.region).kubefed_nodes,
    )


def karmada(settings: Settings, networks: Mapping[str, AnyNetwork]) -> KarmadaRelease:
    """Karmada's release. Its API is reached as the host's is."""
    host, own = settings.plan.host, settings.karmada
    endpoint = settings.own(host.region).endpoint
    private = [*settings.plan.api_clients(host).values(), *(client.cidr for client in endpoint.clients.values())]
    return KarmadaRelease(
        chart=own.chart,
        repository=own.chart_repository,
        version=own.version,
        registry=own.registry,
        hook_image=own.hook_image,
        etcd_image=own.etcd_image,
        storage_gib=own.storage_gib,
        etcd_members=own.members(settings.own(host.region)),
        port=own.port,
        public=endpoint.public,
        clients=_public_clients(settings, host, networks) if endpoint.public else sorted(map(str, private)),
        failover=own.failover,
        snapshots=own.snapshots and snapshots(settings, own.snapshots),
    )


def snapshots(settings: Settings, own: Snapshots) -> KarmadaSnapshots:
    """The snapshots of Karmada's etcd."""
    return KarmadaSnapshots(
        bucket=own.bucket, folder=settings.snapshots_folder, schedule=own.schedule, restore=own.restore
    )
