"""A federated Kubernetes fleet on AWS: settings, providers, components, exports."""

import gc
from collections.abc import Callable

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

import settings as stack
from components import crd, enable, endpoints, first_boot
from components import plan as planning
from components.access import FLEET_ROLES, Grant, short
from components.account import Account, room
from components.addons import AddonArgs
from components.bastion import Bastion, BastionArgs
from components.cluster import RegionalCluster, RegionalClusterArgs, merge_kubeconfigs
from components.control_plane import ControlPlaneArgs
from components.encryption import Encryption, EncryptionArgs
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.fargate import FargateProfileArgs
from components.federation import Member, MemberArgs
from components.fleet_roles import FleetRoles, FleetRolesArgs
from components.kubefed import KubeFed, KubeFedArgs
from components.network import Network, NetworkArgs
from components.node_groups import NodeGroupArgs
from components.peering import Peering, PeeringArgs, Side
from components.pods import PodIdentityArgs
from components.types import FederatedType, FederatedTypeArgs, TargetTypes, TargetTypesArgs
from components.vpc_rules import Wanted, check_apart

# The SDKs' two hundred thousand objects stay to the end: at Python's own pace, a fifth of a preview's work is to look
# through them for garbage.
gc.set_threshold(100_000, 20, 20)

settings = stack.load()
plan = settings.plan
types = stack.federated_types(settings)

# The stack's own outputs say what the last update left standing. Every provider waits for the comparison, so that a
# plan which would move what stands is refused before anything changes.
standing = pulumi.StackReference(
    "standing", stack_name=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
)
checked = Output.unsecret(standing.get_output("plan")).apply(lambda output: stack.check_standing(plan, types, output))

stands = {
    cluster.name: checked.apply(lambda standing, region=cluster.region: region in standing.clusters)
    for cluster in plan.clusters
}

tags = settings.all_tags()
providers = {
    region: aws.Provider(
        f"aws-{region}",
        region=checked.apply(lambda _, region=region: region),
        default_tags={"tags": tags},
    )
    for region in plan.regions
}

# Every component that makes something in AWS waits for a look at what is there: at the VPCs that clusters are to stand
# in, and at what the account's quotas have room for beside what it holds.
existing = {
    cluster.name: ExistingNetwork(
        cluster.name,
        ExistingNetworkArgs(
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
            stands=stands[cluster.name],
        ),
        ResourceOptions(providers=[providers[cluster.region]]),
    )
    for cluster, setting, vpc in settings.in_existing_vpcs(plan)
}
apart = Output.all(**{name: network.ranges for name, network in existing.items()}).apply(
    lambda ranges: check_apart(dict(ranges), plan.links)
)
fits = room(
    Account(providers=providers, own={key: tags[key] for key in ("fleet", "stack")}, known=settings.quotas),
    settings.footprints(),
    after=Output.all(checked, apart),
)


def in_region(region: str) -> ResourceOptions:
    """Options for a component whose AWS resources stand in one region."""
    return ResourceOptions(providers=[providers[region]], depends_on=fits)


keys = {
    region: Encryption(
        f"{settings.name}-{region}",
        EncryptionArgs(region=region, description=f"What rests in {region} of {settings.name}"),
        in_region(region),
    )
    for region in plan.regions
}

own = {cluster.name: settings.own(cluster.region) for cluster in plan.clusters}
bastion_name = f"{settings.name}-{planning.BASTION}"
networks: dict[str, Network | ExistingNetwork] = {}
if plan.bastion:
    networks[planning.BASTION] = Network(
        bastion_name,
        NetworkArgs(
            region=plan.bastion.region,
            cidr=plan.bastion.cidr,
            private_subnet_tags={},
            public_subnet_tags={},
            nat=settings.network.nat,
            services=settings.network.services(endpoints.OF_BASTION),
            traffic=settings.network.flow_logs.traffic,
            retention_days=settings.network.flow_logs.retention_days,
            key_arn=keys[plan.bastion.region].key_arn,
        ),
        in_region(plan.bastion.region),
    )
for cluster in plan.clusters:
    networks[cluster.name] = existing.get(cluster.name) or Network(
        cluster.name,
        NetworkArgs(
            region=cluster.region,
            cidr=cluster.cidr,
            # The load balancer controller finds the subnets for its balancers by these.
            private_subnet_tags={"kubernetes.io/role/internal-elb": "1"},
            public_subnet_tags={"kubernetes.io/role/elb": "1"},
            nat=own[cluster.name].network.nat,
            services=own[cluster.name].network.services(endpoints.OF_NODES),
            traffic=own[cluster.name].network.flow_logs.traffic,
            retention_days=own[cluster.name].network.flow_logs.retention_days,
            key_arn=keys[cluster.region].key_arn,
            protected=cluster.protected,
        ),
        in_region(cluster.region),
    )

bastion = plan.bastion and Bastion(
    bastion_name,
    BastionArgs(
        fleet=settings.name,
        region=plan.bastion.region,
        vpc_id=networks[planning.BASTION].vpc_id,
        subnet_ids=networks[planning.BASTION].private_subnet_ids,
        egress=networks[planning.BASTION].egress,
        internet=settings.network.nat != "none",
        instance_type=settings.bastion.instance_type,
        volume_gib=settings.bastion.volume_gib,
        max_age_days=settings.bastion.max_age_days,
        key_arn=keys[plan.bastion.region].key_arn,
        session_log_days=settings.bastion.session_log_days,
        tags=tags,
        clusters={cluster.name: cluster.region for cluster in (plan.host, *plan.clusters)},
        kubernetes=first_boot.newest(settings.own(cluster.region).kubernetes_version for cluster in plan.clusters),
    ),
    in_region(plan.bastion.region),
)

sides = {
    name: Side(
        name=name,
        region=region,
        vpc_id=networks[name].vpc_id,
        cidr=cidr,
        route_table_ids=networks[name].route_table_ids,
    )
    for name, region, cidr in (
        *([(planning.BASTION, plan.bastion.region, plan.bastion.cidr)] if plan.bastion else []),
        *((cluster.name, cluster.region, cluster.cidr) for cluster in plan.clusters),
    )
}
peerings = {
    (one, other): Peering(
        f"{one}-{other}",
        PeeringArgs(requester=sides[one], accepter=sides[other]),
        in_region(sides[one].region),
    )
    for one, other in plan.links
}

# A peered network resolves a public endpoint to its public address, so the host's and the bastion's calls arrive from
# their NAT addresses.
own_addresses = [
    address.apply(lambda ip: f"{ip}/32")
    for name in (planning.BASTION, plan.host.name)
    if name in networks
    for address in networks[name].nat_addresses
]
roles = FleetRoles(
    settings.name,
    FleetRolesArgs(
        trusted={"admin": settings.access.admins, "user": settings.access.users},
        clusters={cluster.name: cluster.region for cluster in plan.clusters},
    ),
    in_region(plan.host.region),
)
grants = {
    **({planning.BASTION: Grant(arn=bastion.role_arn, policy="cluster-admin")} if bastion else {}),
    **{key: Grant(arn=arn, policy=FLEET_ROLES[key]) for key, arn in roles.arns.items()},
    **{short(one.arn): Grant(**one.model_dump()) for one in settings.access.principals},
}
told: tuple[Output[str], Callable[[Output[str]], None]] = pulumi.deferred_output()
host_version, tell_host_version = told


def version_of(cluster: planning.Cluster) -> Input[str] | None:
    """A running member goes up once the host has: what breaks kubefed breaks there, before any other is touched.

    The way round is no safer, for kubefed finds the members' types by what each serves, whatever its own host does.
    """
    version = cluster.version
    if version is None or cluster == plan.host:
        return version
    return checked.apply(
        lambda standing: (
            host_version.apply(lambda _: version) if planning.upgrading(standing, cluster.region, version) else version
        )
    )


clusters = {
    cluster.name: RegionalCluster(
        cluster.name,
        RegionalClusterArgs(
            cluster_name=cluster.name,
            kubernetes_version=version_of(cluster),
            control_plane=ControlPlaneArgs(
                version=cluster.version,
                logs=own[cluster.name].control_plane.logs,
                log_days=own[cluster.name].control_plane.log_days,
                key_arn=keys[cluster.region].key_arn,
                deletion_protection=own[cluster.name].control_plane.deletion_protection,
                creator_admin=settings.access.creator_admin,
                admins=settings.access.cluster_admins,
                stands=stands[cluster.name],
            ),
            vpc_id=networks[cluster.name].vpc_id,
            subnet_ids=networks[cluster.name].private_subnet_ids,
            egress=networks[cluster.name].egress,
            service_cidr=settings.service_cidr,
            public_access_cidrs=[*map(str, own[cluster.name].endpoint.allowed_cidrs), *own_addresses]
            if own[cluster.name].endpoint.public
            else [],
            api_clients=({planning.BASTION: plan.bastion.cidr} if plan.bastion else {})
            | ({} if cluster == plan.host else {"host": plan.host.cidr}),
            access=grants,
            pod_identities=[PodIdentityArgs(**one.model_dump()) for one in settings.access.pod_identities],
            oidc=settings.access.oidc,
            node_groups=[NodeGroupArgs(**group.model_dump()) for group in own[cluster.name].node_groups],
            fargate_profiles=[FargateProfileArgs(**one.model_dump()) for one in own[cluster.name].fargate_profiles],
            addons=[AddonArgs(**addon.model_dump()) for addon in own[cluster.name].addons],
            tags=tags,
        ),
        in_region(cluster.region),
    )
    for cluster in plan.clusters
}

host = clusters[plan.host.name]
tell_host_version(host.version)
kubefed = KubeFed(
    f"{settings.name}-kubefed",
    KubeFedArgs(
        chart=settings.kubefed.chart,
        repository=settings.kubefed.chart_repository,
        version=settings.kubefed.version,
        registry=settings.kubefed.registry,
        hook_image=settings.kubefed.hook_image,
        provider=host.provider,
        control_plane=host.control_plane,
        kubeconfig=host.kubeconfig,
        nodes=host.nodes,
    ),
)
custom = {
    name: TargetTypes(
        f"{name}-types",
        TargetTypesArgs(
            crds={enabled.name: enabled.crd for enabled in types if enabled.custom},
            provider=cluster.provider,
            control_plane=cluster.control_plane,
        ),
    )
    for name, cluster in clusters.items()
}
members = {
    cluster.name: Member(
        f"{cluster.name}-member",
        MemberArgs(
            cluster_name=cluster.name,
            host_name=plan.host.name,
            endpoint=clusters[cluster.name].endpoint,
            certificate_authority=clusters[cluster.name].certificate_authority,
            provider=clusters[cluster.name].provider,
            control_plane=clusters[cluster.name].control_plane,
            host=kubefed.host,
            labels=settings.labels_of(cluster.region),
            before=[
                *custom[cluster.name].crds.values(),
                *(peering for pair, peering in peerings.items() if set(pair) == {cluster.name, plan.host.name}),
            ],
            timeout_minutes=settings.kubefed.timeout_minutes,
        ),
    )
    for cluster in plan.clusters
}
for enabled in types:
    crds = [there.crds[enabled.name] for there in custom.values()] if enabled.custom else []
    FederatedType(
        enabled.name,
        FederatedTypeArgs(
            target=enabled.target or crd.known(custom[plan.host.name].crds[enabled.name], enabled.version),
            host=kubefed.host,
            federated_group=enabled.federated_group,
            federated_version=enabled.federated_version,
            present=crds,
            timeout_minutes=settings.kubefed.timeout_minutes,
        ),
    )

pulumi.export(
    "plan",
    Output.all(**{cluster.region: clusters[cluster.name].version for cluster in plan.clusters}).apply(
        lambda versions: planning.describe(plan, enable.named(types), versions)
    ),
)
pulumi.export(
    "clusters",
    {
        cluster.name: {
            "name": members[cluster.name].cluster_name,
            "region": cluster.region,
            "endpoint": clusters[cluster.name].endpoint,
            "vpcId": networks[cluster.name].vpc_id,
            "kubeconfig": clusters[cluster.name].kubeconfig,
            "oidcProviderArn": clusters[cluster.name].oidc_provider_arn,
        }
        for cluster in plan.clusters
    },
)
pulumi.export(
    "kubeconfig",
    Output.secret(
        Output.all(**{name: clusters[name].kubeconfig for name in (plan.host.name, *clusters)}).apply(merge_kubeconfigs)
    ),
)
pulumi.export("roles", roles.arns)
pulumi.export("peerings", {f"{one}-{other}": peering.connection_id for (one, other), peering in peerings.items()})
if plan.bastion and bastion:
    pulumi.export(
        "bastion",
        {
            "region": plan.bastion.region,
            "group": bastion.group_name,
            "sessionDocument": bastion.session_document,
            "logGroup": bastion.log_group,
        },
    )
    pulumi.export("bastionSession", bastion.session_command)
