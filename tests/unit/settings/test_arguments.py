"""Arguments of each component, as they follow from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components.bastion import BastionArgs
from components.cluster import (
    AddonArgs,
    ControlPlaneArgs,
    FargateProfileArgs,
    FleetRolesArgs,
    Grant,
    NodeGroupArgs,
    PodIdentityArgs,
)
from components.federation import Release
from components.federation.kubefed.derive import Enabled
from components.key import EncryptionArgs
from components.network import NetworkArgs
from components.network.client_routes import ClientRoute
from components.network.endpoints import OF_BASTION, OF_NODES
from components.network.existing_rules import Wanted
from components.network.zones import Zones
from components.quotas.demand import Existing, Footprint, Nodes
from settings import Settings, arguments, footprints
from settings.arguments import Surroundings
from settings.standing import Standing
from tests.unit.settings.parse import TWO, VPC, parse, plan_of

pytestmark = pytest.mark.unit

FIRST, SECOND, THIRD = "federated-eks-1", "federated-eks-2", "federated-eks-3"
BASTION = "bastion"
HERE, THERE, FAR = "eu-west-1", "eu-west-3", "us-east-1"
ACCOUNT = "arn:aws:iam::123456789012"
PUBLIC = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32", "203.0.113.0/24"]}
TAGS = {"fleet": "federated-eks", "stack": "prod", "environment": "prod", "team": "one"}


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the stack, which is in tags and labels."""
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")


def key(region: str) -> Any:
    return SimpleNamespace(key_arn=f"key in {region}")


ABC = Zones(names=["a", "b", "c"])
SPANNED: dict[str, Zones] = dict.fromkeys((BASTION, FIRST, SECOND, THIRD), ABC)


def network(region: str, *nat_addresses: str) -> Any:
    """A network of a region, as far as arguments are taken from it."""
    return SimpleNamespace(
        region=region,
        vpc_id=f"VPC in {region}",
        private_subnet_ids=[f"subnet in {region}"],
        egress=[f"route in {region}"],
        client_routes=[f"route to a client in {region}"],
        nat_addresses=[Output.from_input(address) for address in nat_addresses],
    )


def left(*regions: str) -> Output[Standing]:
    """The last update's record of these regions' clusters."""
    clusters = plan_of(*regions).clusters if regions else ()
    return Output.from_input(Standing(clusters={site.region: site for site in clusters}))


def test_a_key_names_its_region_and_its_fleet() -> None:
    settings = parse({"clusters": TWO, "name": "shop"})
    assert arguments.key(settings, THERE) == EncryptionArgs(region=THERE, description=f"What rests in {THERE} of shop")


def test_the_stack_s_own_tags_are_its_fleet_and_its_name() -> None:
    settings = parse({"clusters": TWO, "tags": {"team": "one"}})
    assert arguments.own_tags(settings) == {"fleet": "federated-eks", "stack": "prod"}


FLEET_S = {"nat": "none", "endpoints": "all", "flowLogs": {"traffic": "all", "retentionDays": 30}}
OWN = {"nat": "zone", "endpoints": "auto", "flowLogs": {"traffic": "reject", "retentionDays": 7}}


def test_a_cluster_s_network_is_as_its_own_settings_say() -> None:
    settings = parse({"clusters": [{"region": HERE}, {"region": THERE, "network": OWN}]})
    (_, _, site) = settings.plan.sites
    assert arguments.network(settings, site, key(THERE), ABC) == NetworkArgs(
        name=SECOND,
        region=THERE,
        cidr=IPv4Network("172.22.0.0/16"),
        zones=ABC,
        private_subnet_tags={"kubernetes.io/role/internal-elb": "1"},
        public_subnet_tags={"kubernetes.io/role/elb": "1"},
        nat="zone",
        services=(),
        traffic="reject",
        retention_days=7,
        key_arn=f"key in {THERE}",
        protected=True,
    )


def test_the_bastion_s_network_is_as_the_fleet_s_settings_say_and_no_load_balancer_s() -> None:
    bastion = {"region": FAR}
    settings = parse({"clusters": [{"region": HERE, "network": OWN}], "bastion": bastion, "network": FLEET_S})
    (site, _) = settings.plan.sites
    assert arguments.network(settings, site, key(FAR), ABC) == NetworkArgs(
        name=BASTION,
        region=FAR,
        cidr=IPv4Network("172.20.0.0/16"),
        zones=ABC,
        private_subnet_tags={},
        public_subnet_tags={},
        nat="none",
        services=tuple(sorted(OF_BASTION)),
        traffic="all",
        retention_days=30,
        key_arn=f"key in {FAR}",
        protected=False,
    )


def test_a_cluster_s_network_without_nat_gateways_reaches_what_nodes_call() -> None:
    settings = parse({"clusters": [{"region": HERE}, {"region": THERE, "network": FLEET_S}]})
    (_, first, second) = settings.plan.sites
    assert arguments.network(settings, first, key(HERE), ABC).services == ()
    assert arguments.network(settings, second, key(THERE), ABC).services == tuple(sorted(OF_NODES))


def test_a_network_is_protected_with_its_cluster() -> None:
    unprotected = {"deletionProtection": False}
    settings = parse({"clusters": [{"region": HERE}, {"region": THERE, "controlPlane": unprotected}]})
    protected = {site.name: arguments.network(settings, site, key(HERE), ABC).protected for site in settings.plan.sites}
    assert protected == {BASTION: False, FIRST: True, SECOND: False}


IN_VPC = {"region": THERE, "vpc": {**VPC, "natAddresses": ["198.51.100.9"]}}


def test_an_existing_network_is_what_the_settings_say_of_its_vpc(loop: asyncio.AbstractEventLoop) -> None:
    settings = parse({"clusters": [{"region": HERE}, IN_VPC], "serviceCidr": "10.96.0.0/16"})
    (existing,) = arguments.existing_networks(settings, left())
    assert existing.name == SECOND
    assert existing.wanted == Wanted(
        setting="clusters[1].vpc",
        region=THERE,
        vpc_id=VPC["id"],
        cidr=IPv4Network(VPC["cidr"]),
        private_subnet_ids=tuple(VPC["privateSubnetIds"]),
        route_table_ids=tuple(VPC["routeTableIds"]),
        peers={BASTION: IPv4Network("172.20.0.0/16"), FIRST: IPv4Network("172.21.0.0/16")},
        service_cidr=IPv4Network("10.96.0.0/16"),
    )
    assert existing.nat_addresses == (IPv4Address("198.51.100.9"),)


@pytest.mark.parametrize(
    ("regions", "exists"),
    [
        pytest.param((), False, id="before the first update"),
        pytest.param((HERE,), False, id="another region"),
        pytest.param((HERE, THERE), True, id="its region"),
    ],
)
def test_a_cluster_exists_in_its_network_if_the_last_update_left_it(
    loop: asyncio.AbstractEventLoop, regions: tuple[str, ...], exists: bool
) -> None:
    settings = parse({"clusters": [{"region": HERE}, IN_VPC]})
    (existing,) = arguments.existing_networks(settings, left(*regions))
    found = Output.from_input(existing.exists)
    assert loop.run_until_complete(found.future()) is exists


def test_a_fleet_without_existing_vpcs_has_no_existing_network(loop: asyncio.AbstractEventLoop) -> None:
    assert arguments.existing_networks(parse({"clusters": TWO}), left()) == []


SPOT = {"name": "batch", "instanceTypes": ["m5.xlarge"], "capacity": "spot", "min": 0, "desired": 1, "max": 9}


def test_a_footprint_has_the_addresses_the_peers_and_the_nodes_of_each_network() -> None:
    clusters = [{"region": HERE, "network": {"nat": "zone"}}, {**IN_VPC, "nodeGroups": [{}, SPOT]}]
    settings = parse({"clusters": clusters, "bastion": {"region": FAR, "instanceType": "t3.large"}})
    default = Nodes(instance_types=("t3.medium",), spot=False, desired=2, max=4)
    assert footprints.footprints(settings, SPANNED) == [
        Footprint(
            name=BASTION,
            region=FAR,
            addresses=1,
            peers=["10.20.0.0/16", "172.21.0.0/16"],
            nodes=[Nodes(instance_types=["t3.large"], spot=False, desired=1, max=1)],
        ),
        Footprint(
            name=FIRST,
            region=HERE,
            addresses=3,
            peers=["10.20.0.0/16", "172.20.0.0/16"],
            nodes=[default],
        ),
        Footprint(
            name=SECOND,
            region=THERE,
            existing=Existing(vpc_id=VPC["id"], route_table_ids=tuple(VPC["routeTableIds"])),
            addresses=1,
            peers=["172.20.0.0/16", "172.21.0.0/16"],
            nodes=[default, Nodes(instance_types=("m5.xlarge",), spot=True, desired=1, max=9)],
        ),
    ]


def test_a_bastion_that_is_off_has_no_footprint() -> None:
    settings = parse({"clusters": TWO, "bastion": {"enabled": False}, "endpoint": PUBLIC})
    assert [one.name for one in footprints.footprints(settings, SPANNED)] == [FIRST, SECOND]


def test_the_bastion_lists_the_host_first_and_has_the_newest_cluster_s_kubectl() -> None:
    clusters = [{"region": HERE, "kubernetesVersion": "1.36"}, {"region": THERE}, {"region": FAR}]
    more = {"instanceType": "t3.small", "volumeGib": 9, "maxAgeDays": 7, "sessionLogDays": 30}
    common = {"kubernetesVersion": "1.35", "tags": {"team": "one"}}
    settings = parse({"clusters": clusters, "host": FAR, "bastion": more, **common})
    args = arguments.bastion(settings, network(THERE), key(THERE))
    assert args == BastionArgs(
        fleet="federated-eks",
        region=THERE,
        vpc_id=f"VPC in {THERE}",
        subnet_ids=[f"subnet in {THERE}"],
        egress=network(THERE).egress,
        internet=True,
        instance_type="t3.small",
        volume_gib=9,
        max_age_days=7,
        key_arn=f"key in {THERE}",
        session_log_days=30,
        tags=TAGS,
        clusters={FIRST: HERE, SECOND: THERE, THIRD: FAR},
        kubernetes="1.36",
    )
    assert list(args.clusters) == [THIRD, FIRST, SECOND]


def test_the_bastion_s_tools_come_from_the_internet_unless_there_are_no_nat_gateways() -> None:
    settings = parse({"clusters": [{"region": HERE, "network": {}}], "network": {"nat": "none"}})
    assert not arguments.bastion(settings, network(HERE), key(HERE)).internet


def test_the_fleet_s_roles_trust_whom_the_settings_name_and_find_every_cluster() -> None:
    access = {"admins": [f"{ACCOUNT}:role/Dev"], "users": [f"{ACCOUNT}:role/Ops", f"{ACCOUNT}:user/me"]}
    assert arguments.fleet_roles(parse({"clusters": TWO, "access": access})) == FleetRolesArgs(
        trusted={"admin": (f"{ACCOUNT}:role/Dev",), "user": (f"{ACCOUNT}:role/Ops", f"{ACCOUNT}:user/me")},
        clusters={FIRST: HERE, SECOND: THERE},
    )


EDITOR = {"arn": f"{ACCOUNT}:role/team/Dev", "policy": "edit", "namespaces": ["shop"], "groups": ["devs"]}
READERS = {"arn": f"{ACCOUNT}:user/me", "groups": ["readers"]}


def roles(**arns: str) -> Any:
    return SimpleNamespace(arns=arns)


def test_the_bastion_the_roles_and_the_principals_are_granted_in_this_order() -> None:
    settings = parse({"clusters": TWO, "access": {"principals": [READERS, EDITOR]}})
    bastion: Any = SimpleNamespace(role_arn="the bastion's role")
    assert list(arguments.grants(settings, bastion, roles(admin="an admin", user="a user")).items()) == [
        (BASTION, Grant(arn="the bastion's role", policy="cluster-admin")),
        ("admin", Grant(arn="an admin", policy="cluster-admin")),
        ("user", Grant(arn="a user", policy="view")),
        ("123456789012:user/me", Grant(arn=f"{ACCOUNT}:user/me", groups=("readers",))),
        (
            "123456789012:role/team/Dev",
            Grant(arn=f"{ACCOUNT}:role/team/Dev", policy="edit", namespaces=("shop",), groups=("devs",)),
        ),
    ]


def test_without_a_bastion_roles_and_principals_nobody_is_granted_anything() -> None:
    assert arguments.grants(parse({"clusters": TWO}), None, roles()) == {}


GRANTS = {"someone": Grant(arn="an ARN", policy="view")}


def around(**networks: Any) -> Surroundings:
    """What the clusters of HERE and THERE are created in; the last update left that of HERE."""
    found = {FIRST: network(HERE), SECOND: network(THERE)} | networks
    keys = {region: key(region) for region in (HERE, THERE)}
    return Surroundings(networks=found, keys=keys, grants=GRANTS, standing=left(HERE))


def test_a_cluster_is_in_its_own_network_and_named_as_planned(loop: asyncio.AbstractEventLoop) -> None:
    values = {"clusters": TWO, "serviceCidr": "10.96.0.0/16", "tags": {"team": "one"}, "access": {"oidc": True}}
    settings = parse(values)
    args = arguments.cluster(settings, settings.plan.clusters[1], around(), version="1.36")
    assert (args.cluster_name, args.kubernetes_version) == (SECOND, "1.36")
    assert (args.vpc_id, args.subnet_ids, args.egress) == (
        f"VPC in {THERE}",
        [f"subnet in {THERE}"],
        [f"route in {THERE}"],
    )
    assert (args.service_cidr, args.oidc) == (IPv4Network("10.96.0.0/16"), True)
    assert (args.access, args.tags) == (GRANTS, TAGS)


def test_a_control_plane_has_its_region_s_key_and_the_version_that_it_reaches_in_the_end(
    loop: asyncio.AbstractEventLoop,
) -> None:
    admin = {"arn": f"{ACCOUNT}:role/Deploy", "policy": "cluster-admin"}
    own = {"logs": ["audit"], "logDays": 7, "deletionProtection": False}
    settings = parse(
        {
            "clusters": [{"region": HERE, "controlPlane": own}, {"region": THERE, "kubernetesVersion": "1.35"}],
            "kubernetesVersion": "1.36",
            "access": {"principals": [admin, EDITOR], "creatorAdmin": False},
        }
    )
    first, second = (
        arguments.cluster(settings, site, around(), version="a version").control_plane
        for site in settings.plan.clusters
    )
    assert first == ControlPlaneArgs(
        version="1.36",
        logs=("audit",),
        log_days=7,
        key_arn=f"key in {HERE}",
        deletion_protection=False,
        support_type="extended",
        creator_admin=False,
        admins=[f"{ACCOUNT}:role/Deploy"],
        exists=first.exists,
        own_tags={"fleet": "federated-eks", "stack": settings.all_tags()["stack"]},
    )
    assert (second.version, second.key_arn, second.deletion_protection) == ("1.35", f"key in {THERE}", True)
    exists = Output.all(first.exists, second.exists)
    assert loop.run_until_complete(exists.future()) == [True, False]


def test_what_pods_run_on_is_carried_over(loop: asyncio.AbstractEventLoop) -> None:
    group = {
        **SPOT,
        "autoscaled": True,
        "diskGib": 80,
        "labels": {"tier": "b"},
        "taints": [{"key": "batch", "effect": "NO_SCHEDULE"}],
        "os": "bottlerocket",
        "maxUnavailable": "33%",
    }
    profile = {"name": "jobs", "selectors": [{"namespace": "jobs", "labels": {"on": "fargate"}}]}
    addons = [
        {"name": "vpc-cni", "configuration": {"env": {"A": "1"}}},
        {"name": "kube-proxy", "version": "latest"},
    ]
    own = {"nodeGroups": [{}, group], "fargateProfiles": [profile], "addons": addons}
    role = {"namespace": "shop", "serviceAccount": "web", "roleArn": f"{ACCOUNT}:role/Shop"}
    policies = {"namespace": "shop", "serviceAccount": "job", "policies": [f"{ACCOUNT}:policy/Shop"]}
    access = {"podIdentities": [role, policies]}
    settings = parse({"clusters": [{"region": HERE}, {"region": THERE, **own}], "access": access})
    args = arguments.cluster(settings, settings.plan.clusters[1], around(), version=None)
    assert args.node_groups == [
        NodeGroupArgs(
            name="nodes",
            instance_types=("t3.medium",),
            capacity="on-demand",
            min=1,
            desired=2,
            max=4,
            autoscaled=False,
            disk_gib=20,
            labels={},
            taints=(),
            os="al2023",
            max_unavailable=1,
        ),
        NodeGroupArgs(
            name="batch",
            instance_types=("m5.xlarge",),
            capacity="spot",
            min=0,
            desired=1,
            max=9,
            autoscaled=True,
            disk_gib=80,
            labels={"tier": "b"},
            taints=({"key": "batch", "value": "", "effect": "NO_SCHEDULE"},),
            os="bottlerocket",
            max_unavailable="33%",
        ),
    ]
    assert args.fargate_profiles == [
        FargateProfileArgs(name="jobs", selectors=({"namespace": "jobs", "labels": {"on": "fargate"}},))
    ]
    assert args.addons == [
        AddonArgs(name="vpc-cni", version="default", configuration={"env": {"A": "1"}}),
        AddonArgs(name="kube-proxy", version="latest", configuration={}),
    ]
    assert args.pod_identities == [
        PodIdentityArgs(namespace="shop", service_account="web", role_arn=f"{ACCOUNT}:role/Shop"),
        PodIdentityArgs(namespace="shop", service_account="job", policies=(f"{ACCOUNT}:policy/Shop",)),
    ]
    host = arguments.cluster(settings, settings.plan.host, around(), version=None)
    assert ([group.name for group in host.node_groups], host.fargate_profiles) == (["nodes"], [])


def test_the_bastion_the_host_and_clients_call_a_member_s_api(loop: asyncio.AbstractEventLoop) -> None:
    settings = parse({"clusters": TWO, "endpoint": {"clients": {"office": "10.1.0.0/16"}}})
    host, member = (
        arguments.cluster(settings, site, around(), version=None).api_clients for site in settings.plan.clusters
    )
    others = {BASTION: IPv4Network("172.20.0.0/16"), "office": IPv4Network("10.1.0.0/16")}
    assert host == {FIRST: IPv4Network("172.21.0.0/16"), **others}
    assert member == {SECOND: IPv4Network("172.22.0.0/16"), "host": IPv4Network("172.21.0.0/16"), **others}


def test_a_way_back_to_a_client_is_a_route_of_the_cluster_s_network_and_counts_in_its_tables() -> None:
    office = {"cidr": "10.1.0.0/16", "via": {THERE: "tgw-01234567"}}
    settings = parse({"clusters": TWO, "endpoint": {"clients": {"office": office, "vpn": "10.2.0.0/16"}}})
    routes = {"office": ClientRoute(cidr=IPv4Network("10.1.0.0/16"), gateway="tgw-01234567")}
    assert [arguments.network(settings, site, key(THERE), ABC).clients for site in settings.plan.sites] == [
        {},
        {},
        routes,
    ]
    assert [one.client_routes for one in footprints.footprints(settings, SPANNED)] == [0, 0, 1]


def public_clients(
    loop: asyncio.AbstractEventLoop, settings: Settings, networks: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Who may call each cluster from outside."""
    return {
        site.name: loop.run_until_complete(
            Output.all(
                *arguments.cluster(settings, site, around(**networks), version=None).public_access_cidrs
            ).future()
        )
        or []
        for site in settings.plan.clusters
    }


def test_a_public_endpoint_admits_the_settings_ranges_and_the_nat_gateways_of_bastion_and_host(
    loop: asyncio.AbstractEventLoop,
) -> None:
    networks = {
        BASTION: network(HERE, "192.0.2.1"),
        FIRST: network(HERE, "192.0.2.2"),
        SECOND: network(THERE, "192.0.2.3", "192.0.2.4"),
    }
    settings = parse({"clusters": TWO, "host": THERE, "endpoint": PUBLIC})
    admitted = [*PUBLIC["allowedCidrs"], "192.0.2.1/32", "192.0.2.3/32", "192.0.2.4/32"]
    assert public_clients(loop, settings, networks) == {FIRST: admitted, SECOND: admitted}


def test_just_a_public_endpoint_admits_anybody(loop: asyncio.AbstractEventLoop) -> None:
    networks = {FIRST: network(HERE, "192.0.2.2"), SECOND: network(THERE, "192.0.2.3")}
    clusters = [{"region": HERE}, {"region": THERE, "endpoint": PUBLIC}]
    more = {"bastion": {"enabled": False}, "endpoint": {"clients": {"office": "10.1.0.0/16"}}}
    settings = parse({"clusters": clusters, **more})
    assert public_clients(loop, settings, networks) == {FIRST: [], SECOND: [*PUBLIC["allowedCidrs"], "192.0.2.2/32"]}


ISSUED: Any = object()
"""What the last update left of kubefed's accounts."""


def running(*names: str) -> dict[str, Any]:
    """What clusters run, as far as arguments are taken from it."""
    return {name: SimpleNamespace(crds={"widgets.example.org": f"CRD of {name}"}) for name in names}


def spans(*names: str) -> dict[str, Any]:
    """Clusters' networks, as far as the federation is told of them."""
    return {name: SimpleNamespace(zones=f"zones of {name}") for name in names}


def component(name: str) -> Any:
    """A cluster's component, as far as arguments are taken from it."""
    outputs = ("endpoint", "certificate_authority", "own_kubeconfig", "provider", "control_plane", "nodes", "ready")
    return SimpleNamespace(**{output: f"{output} of {name}" for output in outputs})


PEERINGS: dict[tuple[str, str], Any] = {
    (one, other): f"{one} to {other}"
    for one, other in (
        (BASTION, FIRST),
        (BASTION, SECOND),
        (BASTION, THIRD),
        (FIRST, SECOND),
        (FIRST, THIRD),
        (SECOND, THIRD),
    )
}


def test_each_cluster_joins_as_itself_over_its_peering_with_the_host() -> None:
    clusters = [{"region": HERE}, {"region": THERE, "labels": {"tier": "gold"}}, {"region": FAR}]
    full_mesh = {"peering": {"topology": "full-mesh"}}
    settings = parse({"clusters": clusters, "host": THERE, "labels": {"team": "web"}, **full_mesh})
    components = {name: component(name) for name in (FIRST, SECOND, THIRD)}
    args = arguments.federation(settings, [], components, running(*components), spans(*components), PEERINGS, ISSUED)
    assert args.host == SECOND
    assert [cluster.name for cluster in args.clusters] == [FIRST, SECOND, THIRD]
    for cluster in args.clusters:
        expected = vars(component(cluster.name))
        expected["kubeconfig"] = expected.pop("own_kubeconfig")
        assert {key: vars(cluster)[key] for key in expected} == expected
        assert cluster.brought == {"widgets.example.org": f"CRD of {cluster.name}"}
        assert cluster.zones == f"zones of {cluster.name}"
    assert {cluster.name: cluster.ways for cluster in args.clusters} == {
        FIRST: [f"{FIRST} to {SECOND}"],
        SECOND: [],
        THIRD: [f"{SECOND} to {THIRD}"],
    }
    assert {cluster.name: cluster.labels for cluster in args.clusters} == {
        FIRST: {"topology.kubernetes.io/region": HERE, "environment": "prod", "team": "web"},
        SECOND: {"topology.kubernetes.io/region": THERE, "environment": "prod", "team": "web", "tier": "gold"},
        THIRD: {"topology.kubernetes.io/region": FAR, "environment": "prod", "team": "web"},
    }


@pytest.mark.parametrize(
    ("chart", "repository"),
    [
        pytest.param("kubefed", "https://example.org/charts", id="a name"),
        pytest.param("./kubefed", None, id="a folder"),
    ],
)
def test_the_federation_has_kubefed_s_release_and_the_types(chart: str, repository: str | None) -> None:
    registry = "registry.example.org/fleet"
    kubefed = {
        "chart": chart,
        "repository": "https://example.org/charts",
        "version": "0.9.2",
        "registry": registry,
        "hookImage": f"{registry}/k8s:1",
        "timeoutMinutes": 9,
    }
    settings = parse({"clusters": TWO, "kubefed": kubefed})
    types = [Enabled(name="cronjobs.batch", target=None, version=None, crd=None)]
    components = {name: component(name) for name in (FIRST, SECOND)}
    args = arguments.federation(settings, types, components, running(*components), spans(*components), {}, ISSUED)
    assert args.release == Release(
        chart=chart,
        repository=repository,
        version="0.9.2",
        registry=registry,
        hook_image=f"{registry}/k8s:1",
        node_selector={"kubernetes.io/arch": "amd64"},
    )
    assert (args.types, args.timeout_minutes, args.issued) == (types, 9, ISSUED)
