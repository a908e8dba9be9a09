"""The whole program under the mock engine: what it registers, from which provider, and after what."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc

from components.cluster import SignIn, merge_kubeconfigs
from components.cluster.kubeconfig import signed_in
from components.federation.kubefed.release import values
from components.network import addresses
from settings import SettingsError
from tests.unit.engine import PROGRAM, Engine, kubeconfig, run_program
from tests.unit.settings.parse import VPC, parse

pytestmark = pytest.mark.unit

ONE = {"clusters": [{"region": "eu-west-1"}]}
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
THREE = {"clusters": [*TWO["clusters"], {"region": "us-east-1"}]}
TAGS = {
    "fleet": "federated-eks",
    "stack": "test",
    "environment": "test",
    "owner": "platform",
    "cost-centre": "42",
    "team": "one",
}
BASTION, FIRST, SECOND = "federated-eks-bastion", "federated-eks-1", "federated-eks-2"


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(TWO)


def test_two_regions_make_three_networks_with_the_planned_ranges(program: Engine) -> None:
    assert {name: vpc.inputs["cidrBlock"] for name, vpc in program["aws:ec2/vpc:Vpc"].items()} == {
        f"{BASTION}-vpc": "172.20.0.0/16",
        f"{FIRST}-vpc": "172.21.0.0/16",
        f"{SECOND}-vpc": "172.22.0.0/16",
    }


def test_subnets_spread_over_the_first_three_zones_by_name(program: Engine) -> None:
    zones = [
        program["aws:ec2/subnet:Subnet"][f"{SECOND}-private-{number}"].inputs["availabilityZone"]
        for number in (1, 2, 3)
    ]
    assert zones == ["eu-west-3a", "eu-west-3b", "eu-west-3c"]


def test_every_route_table_of_peered_networks_leads_to_the_other(program: Engine) -> None:
    peered = {
        (route.inputs["region"], route.inputs["destinationCidrBlock"], route.inputs["routeTableId"])
        for route in program["aws:ec2/route:Route"].values()
        if "vpcPeeringConnectionId" in route.inputs
    }
    tables = ["public", *(f"private-{number}" for number in range(1, addresses.ZONES + 1))]
    network = {
        BASTION: ("eu-west-1", "172.20.0.0/16"),
        FIRST: ("eu-west-1", "172.21.0.0/16"),
        SECOND: ("eu-west-3", "172.22.0.0/16"),
    }
    assert peered == {
        (network[here][0], network[there][1], f"{here}-{table}-id")
        for here in network
        for there in network
        if here != there
        for table in tables
    }


def test_a_peering_is_accepted_in_the_other_region_and_resolves_names_both_ways(program: Engine) -> None:
    name = f"{FIRST}-{SECOND}"
    request = program["aws:ec2/vpcPeeringConnection:VpcPeeringConnection"][f"{name}-request"]
    assert (request.inputs["region"], request.inputs["peerRegion"]) == ("eu-west-1", "eu-west-3")
    accept = program["aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"][f"{name}-accept"]
    assert accept.inputs["region"] == "eu-west-3"
    options = program["aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"]
    dns = {"allowRemoteVpcDnsResolution": True}
    for side, region, block in ((FIRST, "eu-west-1", "requester"), (SECOND, "eu-west-3", "accepter")):
        side_options = options[f"{name}-{side}"]
        assert (side_options.inputs["region"], side_options.inputs[block]) == (region, dns)
        assert f"{name}-accept" in side_options.depends_on, "AWS takes options of an active peering only"


def test_the_other_side_of_a_peering_may_take_minutes_to_show(program: Engine) -> None:
    steps = [
        *program["aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"].values(),
        *program["aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"].values(),
        *(route for route in program["aws:ec2/route:Route"].values() if "vpcPeeringConnectionId" in route.inputs),
    ]
    assert len(steps) == 3 + 6 + 24
    assert {step.patience for step in steps} == {"5m"}


def test_a_network_s_default_group_loses_rules_that_somebody_adds(program: Engine) -> None:
    for group in program["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"].values():
        assert group.inputs["ingress"] == group.inputs["egress"] == []


def test_a_cluster_s_api_admits_https_from_its_own_network_the_bastion_and_the_host_alone(program: Engine) -> None:
    rules = program["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
    assert {name: (r.inputs["cidrIpv4"], r.inputs["fromPort"], r.inputs["toPort"]) for name, r in rules.items()} == {
        f"{FIRST}-api-from-{FIRST}": ("172.21.0.0/16", 443, 443),
        f"{FIRST}-api-from-bastion": ("172.20.0.0/16", 443, 443),
        f"{SECOND}-api-from-{SECOND}": ("172.22.0.0/16", 443, 443),
        f"{SECOND}-api-from-bastion": ("172.20.0.0/16", 443, 443),
        f"{SECOND}-api-from-host": ("172.21.0.0/16", 443, 443),
    }


def test_a_client_network_is_admitted_and_found_back_from_where_a_gateway_is_named() -> None:
    office = {"cidr": "10.1.0.0/16", "via": {"eu-west-1": "tgw-01234567", SECOND: "pcx-01234567"}}
    vpn = {"cidr": "10.2.0.0/16", "via": {SECOND: "vgw-01234567"}}
    clients = {"office": office, "vpn": vpn, "elsewhere": "10.3.0.0/16"}
    program = run_program({**TWO, "endpoint": {"clients": clients}})
    rules = program["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
    for cluster in (FIRST, SECOND):
        admitted = {name: rules[f"{cluster}-api-from-{name}"].inputs for name in clients}
        assert {name: rule["cidrIpv4"] for name, rule in admitted.items()} == {
            "office": "10.1.0.0/16",
            "vpn": "10.2.0.0/16",
            "elsewhere": "10.3.0.0/16",
        }
        assert all((rule["fromPort"], rule["toPort"]) == (443, 443) for rule in admitted.values())
    routes = {
        name: route.inputs for name, route in program["aws:ec2/route:Route"].items() if name.split("-")[-2] in clients
    }
    assert {
        (
            one["routeTableId"],
            one["destinationCidrBlock"],
            one.get("transitGatewayId"),
            one.get(key),
            one.get("gatewayId"),
        )
        for one in routes.values()
        for key in ("vpcPeeringConnectionId",)
    } == {
        (f"{network}-{table}-id", cidr, *gateway)
        for network, cidr, gateway in (
            (FIRST, "10.1.0.0/16", ("tgw-01234567", None, None)),
            (SECOND, "10.1.0.0/16", (None, "pcx-01234567", None)),
            (SECOND, "10.2.0.0/16", (None, None, "vgw-01234567")),
        )
        for table in ("public", "private-1", "private-2", "private-3")
    }
    waiting = program["pulumi:providers:kubernetes"][f"{SECOND}-kubernetes"].depends_on
    assert {name for name in routes if name.startswith(SECOND)} <= waiting, "answers find back until the last object"


def test_a_cluster_in_an_existing_vpc_admits_that_vpc() -> None:
    settings = parse({"clusters": [{"region": "eu-west-1", "vpc": VPC}]})
    assert str(settings.plan.api_clients(settings.plan.host)[FIRST]) == VPC["cidr"]


def test_endpoints_are_private_unless_the_settings_say_who_may_call(program: Engine) -> None:
    for cluster in program["eks:index:Cluster"].values():
        assert cluster.inputs["endpointPrivateAccess"] is True
        assert cluster.inputs["endpointPublicAccess"] is False
        assert "publicAccessCidrs" not in cluster.inputs


def test_a_public_endpoint_admits_the_operators_and_the_fleet_s_own_addresses() -> None:
    endpoint = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    program = run_program({**TWO, "endpoint": endpoint})
    for cluster in program["eks:index:Cluster"].values():
        assert cluster.inputs["publicAccessCidrs"] == ["198.51.100.7/32", "192.0.2.1/32", "192.0.2.1/32"]
        assert {f"{BASTION}-nat", f"{FIRST}-nat"} <= cluster.depends_on


def test_every_region_has_one_provider_and_nothing_uses_another(program: Engine) -> None:
    providers = program["pulumi:providers:aws"]
    assert {name: p.inputs["region"] for name, p in providers.items()} == {
        "aws-eu-west-1": "eu-west-1",
        "aws-eu-west-3": "eu-west-3",
    }
    used = {resource.provider for resource in program.registered if resource.type.startswith("aws:")}
    assert used == set(providers)


def test_all_of_a_cluster_s_aws_resources_are_made_in_its_region(program: Engine) -> None:
    spanning = {"region"}
    for resource in program.registered:
        if resource.type.startswith("aws:") and resource.name.startswith(f"{SECOND}-"):
            assert resource.provider == "aws-eu-west-3" or spanning & resource.inputs.keys(), resource.name


def test_every_resource_carries_the_fleet_s_tags_by_its_provider() -> None:
    program = run_program({**ONE, "owner": "platform", "costCentre": "42", "tags": {"team": "one"}})
    assert json.loads(program["pulumi:providers:aws"]["aws-eu-west-1"].inputs["defaultTags"]) == {"tags": TAGS}


def test_what_instances_are_launched_from_tags_them_and_their_disks() -> None:
    program = run_program({**ONE, "owner": "platform", "costCentre": "42", "tags": {"team": "one"}})
    templates = program["aws:ec2/launchTemplate:LaunchTemplate"]
    tagged = {
        (name, one["resourceType"]): one["tags"]
        for name, template in templates.items()
        for one in template.inputs["tagSpecifications"]
    }
    assert tagged == {
        (f"{BASTION}-template", "volume"): TAGS | {"Name": BASTION},
        (f"{FIRST}-nodes", "instance"): TAGS | {"Name": f"{FIRST}-node"},
        (f"{FIRST}-nodes", "volume"): TAGS | {"Name": f"{FIRST}-node"},
    }
    (group,) = program["aws:autoscaling/group:Group"].values()
    assert {one["key"]: one["value"] for one in group.inputs["tags"]} == TAGS | {"Name": BASTION}
    assert all(one["propagateAtLaunch"] for one in group.inputs["tags"])


@pytest.mark.parametrize("name", [f"{BASTION}-template", f"{FIRST}-nodes", f"{SECOND}-nodes"])
def test_instances_ask_for_imdsv2_and_encrypt_their_disks(program: Engine, name: str) -> None:
    template = program["aws:ec2/launchTemplate:LaunchTemplate"][name].inputs
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert all(mapping["ebs"]["encrypted"] == "true" for mapping in template["blockDeviceMappings"])


def test_the_bastion_admits_nothing(program: Engine) -> None:
    ingress = program["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
    assert not [rule for rule in ingress.values() if rule.inputs["securityGroupId"].startswith(BASTION)]
    group = program["aws:ec2/securityGroup:SecurityGroup"][f"{BASTION}-instance"]
    assert "ingress" not in group.inputs


def test_the_bastion_may_look_up_just_the_fleet_s_clusters(program: Engine) -> None:
    policy = json.loads(program["aws:iam/rolePolicy:RolePolicy"][f"{BASTION}-clusters"].inputs["policy"])
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": [
                "arn:aws:eks:eu-west-1:123456789012:cluster/federated-eks-1",
                "arn:aws:eks:eu-west-3:123456789012:cluster/federated-eks-2",
            ],
        }
    ]


def test_nodes_wait_for_their_policies_and_their_way_out_and_the_control_plane_does_not(program: Engine) -> None:
    egress = {f"{FIRST}-private-{number}-default" for number in (1, 2, 3)}
    policies = {f"{FIRST}-nodes-{policy}" for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy")}
    assert egress | policies <= program["aws:eks/nodeGroup:NodeGroup"][f"{FIRST}-nodes"].depends_on
    assert not egress & program["eks:index:Cluster"][FIRST].depends_on


def test_a_join_is_ready_only_once_kubefed_says_so(program: Engine) -> None:
    for name, joined in program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"].items():
        assert joined.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready", name


def test_a_new_token_makes_kubefed_look_again(program: Engine) -> None:
    joined = program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"][f"{SECOND}-member-kubefedcluster"]
    assert joined.inputs["metadata"]["annotations"]["federated-eks/token"] == f"{SECOND}-member-account-token-uid"


def test_a_join_is_undone_from_the_kubefedcluster_down(program: Engine) -> None:
    joined = program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"][f"{SECOND}-member-kubefedcluster"]
    assert {f"{SECOND}-member-token", f"{SECOND}-member-binding"} <= joined.depends_on
    peering = {f"{FIRST}-{SECOND}-{FIRST}-{number}" for number in range(1, 5)}
    assert peering <= joined.depends_on, "the host calls the member over their peering"
    token = program["kubernetes:core/v1:Secret"][f"{SECOND}-member-token"]
    assert f"{SECOND}-member-account-token" in token.depends_on


def test_the_host_joins_itself_in_the_namespace_that_the_release_made(program: Engine) -> None:
    assert set(program["kubernetes:core/v1:Namespace"]) == {f"{SECOND}-member-namespace"}
    account = program["kubernetes:core/v1:ServiceAccount"][f"{FIRST}-member-account"]
    assert (
        account.inputs["metadata"].items()
        >= {
            "name": "federated-eks-1-federated-eks-1",
            "namespace": "kube-federation-system",
        }.items()
    )
    assert account.depends_on == {"federated-eks-kubefed-release", "standing"}


class Changing(Engine):
    """An engine whose release has another status, as it has none while it changes."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id, state = super().new_resource(args)
        return id, {
            **state,
            "status": {"namespace": "elsewhere"},
        } if args.typ == "kubernetes:helm.sh/v3:Release" else state


def test_kubefed_s_namespace_is_known_while_its_release_changes(program: Engine) -> None:
    changing = run_program(TWO, Changing())
    assert {(r.type, r.name): r.inputs for r in changing.registered} == {
        (r.type, r.name): r.inputs for r in program.registered
    }


def test_every_object_has_the_stack_s_field_manager(program: Engine) -> None:
    objects = [r for r in program.registered if r.type.startswith("kubernetes:") and ":Release" not in r.type]
    assert len(objects) > 8
    for resource in objects:
        annotations = resource.inputs["metadata"]["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == "federated-eks/test", resource.name


def test_a_token_may_take_longer_than_the_five_seconds_of_the_provider(program: Engine) -> None:
    assert program["kubernetes:core/v1:Secret"][f"{SECOND}-member-account-token"].patience == "2m"


def test_members_live_in_their_own_cluster_and_their_tokens_on_the_host(program: Engine) -> None:
    assert program["kubernetes:core/v1:Secret"][f"{SECOND}-member-token"].provider == f"{FIRST}-kubernetes"
    assert program["kubernetes:core/v1:Secret"][f"{SECOND}-member-account-token"].provider == f"{SECOND}-kubernetes"


def test_a_provider_s_calls_are_possible_until_its_last_object_is_gone(program: Engine) -> None:
    provider = program["pulumi:providers:kubernetes"][f"{SECOND}-kubernetes"]
    assert {
        f"{SECOND}-api-from-{SECOND}",
        f"{SECOND}-api-from-bastion",
        f"{SECOND}-api-from-host",
    } <= provider.depends_on
    assert {f"{SECOND}-bastion-admin"} <= provider.depends_on


def test_a_region_added_registers_the_same_as_before_and_its_own(program: Engine) -> None:
    before = {(r.type, r.name): r.inputs for r in program.registered}
    after = {(r.type, r.name): r.inputs for r in run_program(THREE).registered}
    changed = {name for type_, name in before if before[type_, name] != after.get((type_, name))}
    assert changed == {f"{BASTION}-{what}" for what in ("clusters", "fleet")}, "the bastion knows one cluster more"
    added = {name for _, name in after.keys() - before.keys()}
    assert all("federated-eks-3" in name or "us-east-1" in name for name in added)


def test_a_kubefedcluster_says_its_region_its_environment_and_what_the_settings_add() -> None:
    own = {"tier": "gold", "environment": "canary"}
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "labels": own}]
    program = run_program({"clusters": clusters, "labels": {"tier": "silver", "team": "web"}})
    joined = program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"]
    assert {name: cluster.inputs["metadata"]["labels"] for name, cluster in joined.items()} == {
        f"{FIRST}-member-kubefedcluster": {
            "topology.kubernetes.io/region": "eu-west-1",
            "environment": "test",
            "tier": "silver",
            "team": "web",
        },
        f"{SECOND}-member-kubefedcluster": {
            "topology.kubernetes.io/region": "eu-west-3",
            "environment": "canary",
            "tier": "gold",
            "team": "web",
        },
    }


def test_labels_are_a_kubefedcluster_s_and_nothing_else_s(program: Engine) -> None:
    labelled = run_program({**TWO, "labels": {"tier": "gold"}})
    before = {(r.type, r.name): r.inputs for r in program.registered}
    after = {(r.type, r.name): r.inputs for r in labelled.registered}
    assert {type_ for type_, name in before if after[type_, name] != before[type_, name]} == {
        "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"
    }


def test_a_join_may_take_as_long_as_is_set() -> None:
    program = run_program({**ONE, "kubefed": {"timeoutMinutes": 9}})
    (joined,) = program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"].values()
    probed = (f"{FIRST}-member-probed",)
    hooks = {"after_create": probed, "after_update": probed, "on_error": ("kubefed-reason",)}
    assert (joined.patience, joined.hooks) == ("9m", hooks)


def test_what_is_in_a_cluster_goes_with_it(program: Engine) -> None:
    for resource in program.registered:
        if resource.type.startswith("kubernetes:"):
            assert resource.deleted_with == resource.provider.removesuffix("-kubernetes"), resource.name


def test_one_region_is_a_fleet() -> None:
    program = run_program(ONE)
    assert list(program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"]) == [f"{FIRST}-member-kubefedcluster"]
    assert list(program["federated-eks:index:Peering"]) == [f"bastion-{FIRST}"]


def test_a_host_named_by_region_runs_kubefed() -> None:
    program = run_program({**TWO, "host": "eu-west-3"})
    release = program["kubernetes:helm.sh/v3:Release"]["federated-eks-kubefed-release"]
    assert release.provider == f"{SECOND}-kubernetes"


def test_an_update_that_moves_the_host_registers_nothing_in_aws(program: Engine) -> None:
    engine = Engine(standing={"plan": program.outputs["plan"]})
    with pytest.raises(SettingsError, match="kubefed runs in eu-west-1 and its members remain in eu-west-3"):
        run_program({"clusters": [{"region": "eu-west-3"}]}, engine)
    assert not [resource for resource in engine.registered if not resource.type.startswith("federated-eks:")]


def test_bad_settings_register_nothing() -> None:
    engine = Engine()
    with pytest.raises(SettingsError, match="clusters: region eu-west-1 is listed 2 times"):
        run_program({"clusters": [*TWO["clusters"], *ONE["clusters"]]}, engine)
    assert engine.registered == []


def test_the_exports_name_the_clusters_and_keep_their_kubeconfigs_secret(program: Engine) -> None:
    assert set(program.outputs) == {
        "plan",
        "clusters",
        "kubeconfig",
        "peerings",
        "beforeDestroy",
        "roles",
        "bastion",
        "bastionSession",
        "bastionReplace",
    }
    assert rpc.is_rpc_secret(program.outputs["kubeconfig"])
    assert program.outputs["peerings"].keys() == {f"bastion-{FIRST}", f"bastion-{SECOND}", f"{FIRST}-{SECOND}"}
    assert program.outputs["bastionSession"].startswith("aws ssm start-session --region eu-west-1 --document-name")
    assert program.outputs["bastionReplace"] == (
        "aws autoscaling start-instance-refresh --region eu-west-1 --auto-scaling-group-name "
        f"{BASTION}-group --preferences '{{\"MinHealthyPercentage\": 0}}'"
    )


@pytest.mark.parametrize(("host", "contexts"), [("eu-west-1", [FIRST, SECOND]), ("eu-west-3", [SECOND, FIRST])])
def test_the_exported_kubeconfig_begins_with_the_host_s_context(host: str, contexts: list[str]) -> None:
    program = run_program({**TWO, "host": host})
    merged = json.loads(rpc.unwrap_rpc_secret(program.outputs["kubeconfig"]))
    assert merged["current-context"] == contexts[0]
    assert [context["name"] for context in merged["contexts"]] == contexts


def test_kubeconfigs_merge_under_the_clusters_names() -> None:
    merged = json.loads(merge_kubeconfigs({name: kubeconfig(name) for name in (FIRST, SECOND)}))
    assert [context["name"] for context in merged["contexts"]] == [FIRST, SECOND]
    assert merged["current-context"] == FIRST
    servers = {entry["name"]: entry["cluster"]["server"] for entry in merged["clusters"]}
    assert servers == {name: f"https://{name}" for name in (FIRST, SECOND)}
    users: dict[str, Any] = {entry["name"]: entry["user"]["exec"]["args"] for entry in merged["users"]}
    assert users == {name: [name] for name in (FIRST, SECOND)}


def test_a_context_keeps_its_extensions() -> None:
    given = json.loads(kubeconfig(FIRST))
    extensions = [{"name": "mark", "extension": {"engine": "other"}}]
    given["contexts"][0]["context"] = {"cluster": "a", "user": "b", "extensions": extensions}
    (merged,) = json.loads(merge_kubeconfigs({FIRST: json.dumps(given)}))["contexts"]
    assert merged["context"] == {"cluster": FIRST, "user": FIRST, "extensions": extensions}


def test_a_user_with_a_token_signs_in_by_it_whatever_the_identity() -> None:
    given = json.dumps({"users": [{"name": "karmada", "user": {"token": "secret"}}]})
    assert json.loads(signed_in(given, SignIn(profile="ops"))) == json.loads(given)


def test_the_chart_s_moving_tags_and_its_hook_image_are_pinned() -> None:
    chart = values("0.10.0", "quay.io/kubernetes-multicluster", "docker.io/alpine/k8s:1.35.4", {})["controllermanager"]
    assert chart["controller"]["tag"] == chart["webhook"]["tag"] == "v0.10.0"
    assert chart["postInstallJob"] == {"repository": "docker.io/alpine", "image": "k8s", "tag": "1.35.4"}
    assert chart["webhook"]["forceRedeployment"] is True


def test_nothing_of_the_program_knows_where_it_runs() -> None:
    project = Path(PROGRAM).parent
    files = [project / "__main__.py", *project.glob("settings/**/*.py"), *project.glob("components/**/*.py")]
    naming = [str(path) for path in files if "sandbox" in path.read_text().lower()]
    assert naming == []


BOUNDARY = "arn:aws:iam::123456789012:policy/FleetBoundary"
WITH_ROLES: dict[str, Any] = {
    **ONE,
    "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}],
    "access": {
        "admins": ["arn:aws:iam::123456789012:user/operator"],
        "podIdentities": [
            {"namespace": "a", "serviceAccount": "b", "policies": ["arn:aws:iam::aws:policy/AmazonS3Full"]}
        ],
    },
}


def test_a_boundary_is_set_on_every_role_and_on_none_by_default() -> None:
    bounded = run_program(WITH_ROLES | {"access": WITH_ROLES["access"] | {"boundary": BOUNDARY}})
    roles = bounded["aws:iam/role:Role"]
    assert {role.inputs.get("permissionsBoundary") for role in roles.values()} == {BOUNDARY}
    assert len(roles) > 7
    free = run_program(WITH_ROLES)["aws:iam/role:Role"]
    assert free.keys() == roles.keys()
    assert [role for role in free.values() if "permissionsBoundary" in role.inputs] == []


def test_a_boundary_of_another_account_is_refused_before_anything_is_made() -> None:
    other, engine = BOUNDARY.replace("123456789012", "210987654321"), Engine()
    message = rf"access\.boundary: {other} is not a policy of the fleet's account, 123456789012; create it there"
    with pytest.raises(pulumi.RunError, match=message):
        run_program({**ONE, "access": {"boundary": other}}, engine)
    assert [one for one in engine.registered if one.type.startswith(("aws:", "eks:"))] == []
    assert run_program({**ONE, "access": {"boundary": "arn:aws:iam::aws:policy/PowerUserAccess"}})


def test_a_boundary_that_does_not_exist_is_refused_before_anything_is_made() -> None:
    engine = Engine(denied={"aws:iam/getPolicy:getPolicy"})
    engine.denial = "reading IAM Policy: couldn't find resource"
    with pytest.raises(pulumi.RunError, match=rf"access\.boundary: {BOUNDARY} does not exist .*couldn't find resource"):
        run_program({**ONE, "access": {"boundary": BOUNDARY}}, engine)
    assert [one for one in engine.registered if one.type.startswith(("aws:", "eks:"))] == []
    unread = Engine(denied={"aws:iam/getPolicy:getPolicy"})
    assert run_program({**ONE, "access": {"boundary": BOUNDARY}}, unread)["aws:iam/role:Role"], "who may not look"
