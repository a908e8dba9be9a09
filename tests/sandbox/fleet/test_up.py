"""A fleet that is up: joined, as planned in AWS, and left alone by what should change nothing."""

import json
from pathlib import Path

import pytest
import yaml

from tests.sandbox import documented
from tests.sandbox.fleet.live import NAMESPACE, STACK, Fleet, unchanged

pytestmark = pytest.mark.fleet

NETWORKS = {
    "federated-eks-bastion": ("eu-west-1", "172.20.0.0/16"),
    "federated-eks-1": ("eu-west-1", "172.21.0.0/16"),
    "federated-eks-2": ("eu-west-3", "172.22.0.0/16"),
}
CLUSTERS = {"federated-eks-1": "eu-west-1", "federated-eks-2": "eu-west-3"}


def vpcs(fleet: Fleet) -> dict[str, str]:
    """The fleet's VPCs by name."""
    return {
        tag["Value"]: vpc["VpcId"]
        for region in ("eu-west-1", "eu-west-3")
        for vpc in fleet.boto("ec2", region).describe_vpcs()["Vpcs"]
        for tag in vpc.get("Tags", [])
        if tag["Key"] == "Name"
    }


def test_both_clusters_are_joined_and_ready(live_fleet: Fleet) -> None:
    assert live_fleet.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_control_plane_is_a_recent_kubernetes(live_fleet: Fleet, cluster: str) -> None:
    version = json.loads(live_fleet.kubectl(cluster, "version", "-o", "json").stdout)["serverVersion"]
    assert (int(version["major"]), int(version["minor"])) >= (1, 34)


def test_the_host_runs_kubefed_0_10_0(live_fleet: Fleet) -> None:
    listed = live_fleet.kubectl("federated-eks-1", "-n", NAMESPACE, "get", "pods", "-o", "json").stdout
    running = [pod for pod in json.loads(listed)["items"] if pod["status"]["phase"] == "Running"]
    images = [container["image"] for pod in running for container in pod["spec"]["containers"]]
    assert images == ["quay.io/kubernetes-multicluster/kubefed:v0.10.0"] * 3


def test_the_networks_have_the_planned_ranges(live_fleet: Fleet) -> None:
    for name, (region, cidr) in NETWORKS.items():
        vpc = live_fleet.boto("ec2", region).describe_vpcs(VpcIds=[vpcs(live_fleet)[name]])["Vpcs"][0]
        assert vpc["CidrBlock"] == cidr


def test_the_peerings_are_active_on_both_sides_and_resolve_names(live_fleet: Fleet) -> None:
    found = {}
    for region in ("eu-west-1", "eu-west-3"):
        for pcx in live_fleet.boto("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]:
            if pcx["Status"]["Code"] == "deleted":  # AWS shows it for a while yet
                continue
            assert pcx["Status"]["Code"] == "active"
            sides = [pcx["RequesterVpcInfo"], pcx["AccepterVpcInfo"]]
            assert all(side["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] for side in sides)
            found[pcx["VpcPeeringConnectionId"]] = frozenset(side["VpcId"] for side in sides)
    ids = vpcs(live_fleet)
    bastion, first, second = (ids[name] for name in NETWORKS)
    assert sorted(map(sorted, found.values())) == sorted(
        map(sorted, [{bastion, first}, {bastion, second}, {first, second}])
    )


def test_every_route_table_with_subnets_leads_to_every_peer(live_fleet: Fleet) -> None:
    ids = vpcs(live_fleet)
    for name, (region, _) in NETWORKS.items():
        tables = live_fleet.boto("ec2", region).describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [ids[name]]}]
        )
        ours = [table for table in tables["RouteTables"] if not any(a["Main"] for a in table["Associations"])]
        assert len(ours) == 4
        for table in ours:
            peered = {
                route["DestinationCidrBlock"]: route["State"]
                for route in table["Routes"]
                if "VpcPeeringConnectionId" in route
            }
            others = {cidr for other, (_, cidr) in NETWORKS.items() if other != name}
            assert peered == dict.fromkeys(others, "active")


@pytest.mark.parametrize(("cluster", "region"), CLUSTERS.items())
def test_a_cluster_and_its_nodes_are_active_in_three_zones_behind_a_private_endpoint(
    live_fleet: Fleet, cluster: str, region: str
) -> None:
    eks = live_fleet.boto("eks", region)
    told = eks.describe_cluster(name=cluster)["cluster"]
    assert told["status"] == "ACTIVE"
    assert told["accessConfig"]["authenticationMode"] == "API"
    network = told["resourcesVpcConfig"]
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    subnets = live_fleet.boto("ec2", region).describe_subnets(SubnetIds=network["subnetIds"])["Subnets"]
    assert {subnet["AvailabilityZone"] for subnet in subnets} == {region + zone for zone in "abc"}
    (group,) = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    assert eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]["status"] == "ACTIVE"


@pytest.mark.parametrize(("cluster", "region"), CLUSTERS.items())
def test_a_cluster_s_nodes_are_ready_in_their_region_s_zones(live_fleet: Fleet, cluster: str, region: str) -> None:
    nodes = json.loads(live_fleet.kubectl(cluster, "get", "nodes", "-o", "json").stdout)["items"]
    assert len(nodes) == 2
    for node in nodes:
        assert node["metadata"]["labels"]["topology.kubernetes.io/zone"].startswith(region)
        ready = next(condition for condition in node["status"]["conditions"] if condition["type"] == "Ready")
        assert ready["status"] == "True"


def test_the_bastion_is_one_instance_without_a_way_in(live_fleet: Fleet) -> None:
    groups = live_fleet.boto("autoscaling", "eu-west-1").describe_auto_scaling_groups()["AutoScalingGroups"]
    (bastion,) = [group for group in groups if group["AutoScalingGroupName"].startswith("federated-eks-bastion")]
    assert (bastion["MinSize"], bastion["MaxSize"], len(bastion["Instances"])) == (1, 1, 1)
    ec2 = live_fleet.boto("ec2", "eu-west-1")
    (reserved,) = ec2.describe_instances(InstanceIds=[bastion["Instances"][0]["InstanceId"]])["Reservations"]
    instance = reserved["Instances"][0]
    assert instance["InstanceType"] == "t3.micro"
    for group in instance["SecurityGroups"]:
        (told,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
        assert told["IpPermissions"] == []


def test_a_second_up_changes_nothing_and_a_preview_shows_the_same(live_fleet: Fleet) -> None:
    again = documented.run(live_fleet.checkout, "Create", "pulumi up", "--yes --skip-preview", *STACK[2:])
    resources = unchanged(again.stdout)
    assert unchanged(live_fleet.pulumi("preview").stdout) == resources == len(live_fleet.resources())


def test_the_policies_judge_what_is_known_by_now_and_find_nothing_wrong(live_fleet: Fleet, tmp_path: Path) -> None:
    """But for what is asked for here, of all log groups that are kept for less than a year."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"log-retention": {"days": 365, "enforcementLevel": "advisory"}}))
    said = live_fleet.pulumi("preview", "--policy-pack", "policies", "--policy-pack-config", str(config)).stdout
    unchanged(said)
    groups = [line.rpartition(": ")[2].rstrip(")") for line in said.splitlines() if line.lstrip().startswith("- [")]
    assert said.count("[advisory]") == said.count("  log-retention  ") == len(groups)
    assert sorted(groups) == sorted([f"{name}-flows" for name in NETWORKS] + [f"{name}-logs" for name in CLUSTERS])


def test_a_refresh_finds_nothing_changed(live_fleet: Fleet) -> None:
    unchanged(live_fleet.pulumi("refresh", "--yes").stdout)
    assert live_fleet.preview() == []


def test_a_refresh_sees_what_was_changed_behind_pulumi_s_back_and_up_sets_it_right(live_fleet: Fleet) -> None:
    ec2 = live_fleet.boto("ec2", "eu-west-3")
    vpc = vpcs(live_fleet)["federated-eks-2"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    live_fleet.pulumi("refresh", "--yes")
    assert [(step.op, step.name) for step in live_fleet.preview()] == [("update", "federated-eks-2-vpc")]
    documented.run(live_fleet.checkout, "Replace", "pulumi up --refresh", "--yes --skip-preview", *STACK[2:])
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]


def test_the_state_holds_no_token_in_plain_text(live_fleet: Fleet) -> None:
    # A rotated token has a Secret of another name.
    where = "-o=jsonpath={.spec.secretRef.name}"
    name = live_fleet.kubectl("federated-eks-1", "-n", NAMESPACE, "get", "kubefedcluster", "federated-eks-2", where)
    secret = live_fleet.kubectl(
        "federated-eks-1", "-n", NAMESPACE, "get", "secret", name.stdout.strip(), "-o", "json"
    ).stdout
    token = json.loads(secret)["data"]["token"]
    assert len(token) > 500
    state = "".join(path.read_text() for path in live_fleet.checkout.paths.pulumi_state.rglob("*.json"))
    assert "federated-eks-2" in state
    assert token not in state


def test_the_readme_has_what_make_up_prints(live_fleet: Fleet) -> None:
    up = documented.find("On this machine, without AWS", "make up", documented.README)
    assert len(up.output) > 5
    assert up.missing((live_fleet.checkout.paths.log / "make-up.txt").read_text()) == []


def test_the_settings_of_the_page_are_set_by_its_commands(live_fleet: Fleet) -> None:
    documented.run(live_fleet.checkout, "Create", "pulumi stack init", "--no-select", instead={"init dev": "init new"})
    live_fleet.checkout.run("pulumi", "stack", "rm", "new", "--yes")
    with live_fleet.settings_put_back():
        documented.run(live_fleet.checkout, "Sign in", "pulumi config set")
        documented.run(live_fleet.checkout, "Create", "pulumi config set")
        config = yaml.safe_load(live_fleet.settings.read_text())["config"]
    assert config["aws:allowedAccountIds"] == [123456789012], "Pulumi reads a number; the program takes both"
    assert config["federated-eks:endpoint"] == {"allowedCidrs": ["198.51.100.7/32"]}


@pytest.mark.parametrize(
    "command",
    [
        "pulumi preview -s sandbox",
        "kubectl --context federated-eks-2 get nodes",
        "aws eks list-clusters --region eu-west-1",
        "kubefedctl version",
        "helm --kube-context federated-eks-1 -n kube-federation-system list",
    ],
)
def test_a_person_s_commands_work_as_they_are(live_fleet: Fleet, command: str) -> None:
    live_fleet.checkout.source(command)
