"""A federated Kubernetes fleet on AWS, from its settings to its outputs."""

import pulumi
from pulumi import Input, Output, ResourceOptions

import pace
import settings as stack
from components import iam
from components.bastion import Bastion
from components.bucket import check_bucket
from components.cluster import FleetRoles, RegionalCluster, merge_kubeconfigs
from components.federation import Federation
from components.key import Encryption
from components.network import ExistingNetwork, Network, Peering, check_apart
from components.provider import Provider
from components.quotas import Account, check_quotas
from components.software import Software
from settings import arguments, footprints, software, standing, types, zones
from settings.plan import ClusterSite

# Faster settings for Pulumi's SDK, which a large fleet needs
pace.keep()

# Settings, and the state after the last update. The update fails here if the plan would replace existing resources.
settings = stack.load()
plan = settings.plan
base = software.resolve(settings)
federated = types.federated_types(settings.types, base, settings.engine)
own = standing.own_outputs()
previous = standing.read(own, plan, federated, settings.provider.sign_in)

# The permissions boundary of every role, including those inside pulumi_eks
if settings.access.boundary:
    pulumi.runtime.register_resource_transform(iam.within_boundary(settings.access.boundary))

# A provider for each region. It waits for the comparison above, so that nothing changes before it.
providers = {
    region: Provider(
        f"aws-{region}",
        region=previous.apply(lambda _, region=region: region),
        default_tags={"tags": settings.all_tags()},
        **settings.provider.arguments,
    )
    for region in plan.regions
}

# The zones of each network. An existing network keeps its zones.
network_zones = zones.resolve(plan, previous, providers)

# Checks of the account: existing VPCs, the snapshots' bucket, the quotas. Each component that creates something waits.
existing = {
    args.name: ExistingNetwork(args.name, args, ResourceOptions(providers=[providers[args.wanted.region]]))
    for args in arguments.existing_networks(settings, previous)
}
fits = check_quotas(
    Account(providers=providers, own=arguments.own_tags(settings), known=settings.quotas),
    footprints.footprints(settings, network_zones),
    after=Output.all(
        previous,
        check_apart(existing, plan.links),
        iam.check_boundary(settings.access.boundary, providers[plan.host.region]),
        check_bucket(settings.snapshots_bucket, providers[plan.host.region]),
    ),
)


def in_region(region: str) -> ResourceOptions:
    """Return options for a component whose AWS resources are in a region."""
    return ResourceOptions(providers=[providers[region]], depends_on=fits)


# Keys, networks and peerings
keys = {
    region: Encryption(f"{settings.name}-{region}", arguments.key(settings, region), in_region(region))
    for region in plan.regions
}
networks = {
    site.name: existing.get(site.name)
    or Network(
        site.component,
        arguments.network(settings, site, keys[site.region], network_zones[site.name]),
        in_region(site.region),
    )
    for site in plan.sites
}
peerings = {
    (first, second): Peering(f"{first}-{second}", networks[first], networks[second], in_region(networks[first].region))
    for first, second in plan.links
}

# People: the bastion, and the fleet's own roles
bastion = plan.bastion and Bastion(
    plan.bastion.component,
    arguments.bastion(settings, networks[plan.bastion.name], keys[plan.bastion.region]),
    in_region(plan.bastion.region),
)
roles = FleetRoles(settings.name, arguments.fleet_roles(settings), in_region(plan.host.region))

# Clusters. The host comes first, because a running member is upgraded after it.
surroundings = arguments.Surroundings(
    networks=networks, keys=keys, grants=arguments.grants(settings, bastion or None, roles), standing=previous
)


def cluster(site: ClusterSite, version: Input[str] | None) -> RegionalCluster:
    """Return a region's cluster, which changes to `version` once that is known."""
    return RegionalCluster(
        site.name, arguments.cluster(settings, site, surroundings, version=version), in_region(site.region)
    )


host = cluster(plan.host, plan.host.version)
clusters = {plan.host.name: host} | {
    member.name: cluster(member, standing.version_after(previous, member, host.version)) for member in plan.members
}

# The clusters' software, before the federation of its types
running = {
    site.name: Software(
        f"{site.name}-software", arguments.software(clusters[site.name], site, base), in_region(site.region)
    )
    for site in plan.clusters
    if base.clusters[site.name]
}

# Federation
issued = standing.issued(own, plan, previous, settings.provider.sign_in)
federation = Federation(
    settings.name, arguments.federation(settings, federated, clusters, running, networks, peerings, issued)
)

# Outputs
versions = {site.region: clusters[site.name].version for site in plan.clusters}
pulumi.export("plan", standing.reached(plan, federated, versions, network_zones, federation.serials))
pulumi.export(
    "clusters",
    {
        name: {
            "name": federation.members[name],
            "region": networks[name].region,
            "endpoint": each.endpoint,
            "vpcId": networks[name].vpc_id,
            "kubeconfig": each.kubeconfig,
            "oidcProviderArn": each.oidc_provider_arn,
        }
        for name, each in clusters.items()
    },
)
kubeconfigs = Output.all(**federation.contexts, **{name: each.kubeconfig for name, each in clusters.items()})
pulumi.export("kubeconfig", Output.secret(kubeconfigs.apply(merge_kubeconfigs).apply(federation.lead)))
if federation.administrator:
    pulumi.export("karmadaAdmin", federation.administrator)
pulumi.export("roles", roles.arns)
pulumi.export("peerings", {f"{first}-{second}": each.connection_id for (first, second), each in peerings.items()})
if settings.provider.sign_in:
    pulumi.export("signIn", settings.provider.sign_in.describe())
# A destroy does not run this program, so the update before it exports the command.
pulumi.export("beforeDestroy", f"python -m ops leftovers --stack {pulumi.get_stack()} --delete")
if bastion:
    pulumi.export("bastion", bastion.description)
    pulumi.export("bastionSession", bastion.session_command)
    pulumi.export("bastionReplace", bastion.replace_command)
