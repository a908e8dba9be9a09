"""Regions that come and go, and settings that are refused with the fleet left as it is."""

from collections.abc import Generator
from typing import Any

import pytest
import yaml

from tests.sandbox import documented
from tests.sandbox.fleet.app import App, app, eventually, objects
from tests.sandbox.fleet.dns import Dns, zone
from tests.sandbox.fleet.live import STACK, Fleet, Step, deletions_in_order, listed
from tests.sandbox.fleet.used import LAST_LOGS, log_groups
from tests.unit.components.software.served import files, serving

pytestmark = pytest.mark.fleet

TWO = ("eu-west-1", "eu-west-3")
THREE = (*TWO, "us-east-1")
QUIET = STACK[2:]


@pytest.fixture
def two(live_fleet: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, its settings put back afterwards."""
    with live_fleet.settings_put_back():
        yield live_fleet


GOLD = """
    import pulumi_aws as aws

    gold = Placement(selector={"matchLabels": {"tier": "gold"}})
    golden = namespace("golden")
    federated("ConfigMap", "note", golden, {"data": {}}, placement=gold)
    federated("Prometheus", "metrics", golden, {"spec": {"replicas": 1}}, placement=gold)
    web = {"spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}}
    GlobalName(
        "web",
        GlobalNameArgs(
            dns_name="gold.example.org",
            zone="example.org",
            service=FederatedObjectArgs(
                host=host, kind="Service", object_name="web", namespace=golden, template=web, placement=gold
            ),
        ),
        pulumi.ResourceOptions(providers=[aws.Provider("aws", region="eu-west-1")]),
    )
"""


@pytest.fixture
def dns(two: Fleet) -> Generator[Dns, None, None]:
    regions = {f"federated-eks-{number}": region for number, region in enumerate(THREE, 1)}
    with zone(two, "golden", "gold.example.org", regions) as made:
        yield made


@pytest.fixture
def golden(two: Fleet, dns: Dns) -> Generator[App, None, None]:
    """A program with objects and a name wherever a cluster is labelled `tier: gold`: nowhere yet."""
    with app(two, "golden") as program:
        program.up(GOLD)
        yield program


@pytest.fixture
def base(two: Fleet) -> Generator[dict[str, Any], None, None]:
    """Settings that give clusters labelled `tier: gold` a chart and a manifest, each a ConfigMap of its name."""
    configs = {
        name: {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}} for name in ("chart", "file")
    }
    (two.checkout.project / "gold.yaml").write_text(yaml.safe_dump(configs["file"]))
    labels = {"tier": "gold"}
    with serving() as server:
        server.publish(files("gold", "1.0.0", more={"templates/all.yaml": yaml.safe_dump(configs["chart"])}))
        chart = {"name": "chart", "chart": "gold", "repository": server.url, "version": "1.0.0"}
        before = yaml.safe_load(two.settings.read_text())["config"]["federated-eks:manifests"]
        yield {
            "charts": [{**chart, "namespace": "default", "labels": labels}],
            "manifests": [*before, {"name": "file", "file": "gold.yaml", "labels": labels}],
        }


def test_a_region_is_added_gets_what_its_label_takes_and_leaves_without_a_touch_on_the_others(
    two: Fleet, golden: App, dns: Dns, base: dict[str, Any]
) -> None:
    before = two.resources()
    unlabelled = two.settings.read_text()
    two.configure(clusters=[*listed(TWO), {"region": THREE[-1], "labels": {"tier": "gold"}}], **base)
    steps = two.preview()
    assert sorted(step for step in steps if step.op != "create") == [
        # The bastion's users may look up one cluster more, and it reads of that within a minute.
        Step("update", "aws:iam/rolePolicy:RolePolicy", "federated-eks-bastion-clusters", ("policy",)),
        Step("update", "aws:ssm/parameter:Parameter", "federated-eks-bastion-fleet", ("insecureValue",)),
    ]

    documented.run(two.checkout, "Add a region", "pulumi preview")

    two.checkout.sandbox("up")  # which adds the new cluster to a person's kubeconfig, too
    assert two.ready() == dict.fromkeys(("federated-eks-1", "federated-eks-2", "federated-eks-3"), "True")
    eventually(lambda: "note" in objects(two, "federated-eks-3", "configmaps", "golden"), True)
    eventually(lambda: "metrics" in objects(two, "federated-eks-3", "prometheuses", "golden"), True)
    assert objects(two, "federated-eks-3", "configmaps", "default").keys() >= {"chart", "file"}
    assert "note" not in objects(two, "federated-eks-2", "configmaps", "golden")
    assert not objects(two, "federated-eks-2", "configmaps", "default").keys() & {"chart", "file"}
    after = two.resources()
    assert {urn: after[urn] for urn in before} == before
    assert len(after) == len(before) + sum(step.op == "create" for step in steps)

    # The name leads there by one update of its own program.
    assert dns.records() == {}
    golden.up()
    assert dns.records() == {"federated-eks-3": dns.hostname("federated-eks-3")}
    assert {*dns.leads().values()} == {"federated-eks-3"}

    # Without the label the cluster keeps record and load balancer until the program is updated.
    two.settings.write_text(unlabelled)
    two.configure(clusters=listed(THREE))
    two.pulumi("up", "--yes", "--skip-preview")
    assert dns.records() == {"federated-eks-3": dns.hostname("federated-eks-3")}
    with dns.watched():
        golden.up()
        eventually(dns.balancers, set())
    assert dns.dangling == []
    assert dns.records() == {}

    two.configure(clusters=listed(TWO))
    updated = documented.run(two.checkout, "Remove a region", "pulumi up", "--yes --skip-preview", *QUIET)
    removed = deletions_in_order(updated.stdout)
    unjoined = removed.index("federated-eks-3-member-kubefedcluster")
    assert unjoined < removed.index("federated-eks-3-member-token") < removed.index("federated-eks-3-eksCluster")
    assert two.ready() == dict.fromkeys(("federated-eks-1", "federated-eks-2"), "True")
    assert two.resources() == before
    assert two.boto("eks", "us-east-1").list_clusters()["clusters"] == []
    assert len(two.boto("ec2", "us-east-1").describe_vpcs()["Vpcs"]) == 1, "the region's default VPC alone"

    eventually(lambda: log_groups(two), LAST_LOGS)
    documented.run(two.checkout, "Remove a region", "python -m ops leftovers", "--yes --settle 0")
    assert log_groups(two) == []


def refused(fleet: Fleet, message: str) -> None:
    """An `up` fails with the message, and neither the state nor AWS is touched."""
    before = fleet.resources()
    done = fleet.pulumi("up", "--yes", check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout
    assert fleet.resources() == before


def test_the_host_s_region_does_not_go_while_members_remain(two: Fleet) -> None:
    two.configure(clusters=listed(["eu-west-3"]))
    refused(two, "host: kubefed runs in eu-west-1 and its members remain in eu-west-3")


def test_an_up_without_preview_refuses_a_moved_host_as_well(two: Fleet) -> None:
    two.configure(clusters=listed(["eu-west-3"]))
    before = two.resources()
    assert two.pulumi("up", "--yes", "--skip-preview", check=False).returncode != 0
    assert two.resources() == before


def test_what_the_fleet_itself_holds_takes_no_room_from_it(two: Fleet) -> None:
    """Two networks beside the default one, their two addresses, and the six vCPUs of three instances."""
    two.configure(quotas={"L-F678F1CE": 3, "L-0263D0A3": 2, "L-1216C47A": 6})
    assert two.preview() == []


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown region": ({"clusters": [{"region": "eu-west-9"}]}, "clusters[0].region: eu-west-9 is not an AWS region"),
    "one region twice": (
        {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-1"}]},
        "clusters: region eu-west-1 is listed 2 times",
    ),
    "overlapping ranges": (
        {"clusters": [{"region": "eu-west-1", "cidr": "172.20.0.0/16"}]},
        "172.20.0.0/16 overlaps 172.20.0.0/16 of bastion",
    ),
    "a range too small for the subnets": (
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.0/26"}]},
        "clusters[0].cidr: 172.21.0.0/26 can't be a VPC of 3 private and 3 public subnets",
    ),
    "a bad cluster name": ({"name": "My_Fleet"}, "name: My_Fleet can't name a cluster"),
    "no clusters": ({"clusters": []}, "clusters: [] is no fleet"),
    "an unknown key": ({"regions": ["eu-west-1"]}, "regions: is not a setting"),
    "a type mismatch": (
        {"nodeGroups": [{"name": "nodes", "min": "few"}]},
        "nodeGroups[0].min: few is not a whole number",
    ),
    "more peerings than the quota": (
        {"quotas": {"L-7E9ECCDB": 1}},
        "peering.topology: peerings of a VPC in eu-west-1 would be 2 (bastion 2), more than the 1 set in quotas",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_setting_is_told_and_nothing_is_touched(two: Fleet, case: str) -> None:
    settings, message = BAD[case]
    before = two.resources()
    two.configure(**settings)
    done = two.pulumi("preview", check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout
    assert two.resources() == before
