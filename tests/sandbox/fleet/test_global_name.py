"""A name over the fleet's clusters: where it leads each caller, through lost regions and through changed placements."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

from tests.sandbox.fleet.app import App, app, eventually, stopped
from tests.sandbox.fleet.dns import Dns, zone
from tests.sandbox.fleet.live import NAMESPACE, Fleet

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
REGIONS = {FIRST: "eu-west-1", SECOND: "eu-west-3"}
NAME = "shop.example.org"
BOTH = "placement=EVERYWHERE"
ALONE = 'placement=Placement(clusters=["federated-eks-1"])'

PROGRAM = """
import pulumi_aws as aws

here = pulumi.ResourceOptions(providers=[aws.Provider("aws", region="eu-west-1")])
shop = namespace("names")
GlobalName(
    "web",
    GlobalNameArgs(
        dns_name="shop.example.org",
        zone="example.org",
        service=FederatedObjectArgs(
            host=host,
            kind="Service",
            object_name="web",
            namespace=shop,
            template={{"spec": {{"type": "LoadBalancer", "selector": {{"app": "web"}}, "ports": [{{"port": 80}}]}}}},
            {placement},
        ),
        {more}
    ),
    here,
)
"""


def named(placement: str = BOTH, more: str = "") -> str:
    """The program with another placement or further arguments."""
    return PROGRAM.format(placement=placement, more=more)


@pytest.fixture(scope="module")
def dns(live_fleet: Fleet) -> Generator[Dns, None, None]:
    with zone(live_fleet, "names", NAME, REGIONS) as made:
        yield made


@pytest.fixture(scope="module")
def shop(live_fleet: Fleet, dns: Dns) -> Generator[App, None, None]:
    """A program on the fleet; its names are gone before the zone is."""
    with app(live_fleet, "names") as made:
        yield made


def order(output: str, *what: str) -> list[int]:
    """The lines in which Pulumi says each of these, by pattern."""
    lines = output.splitlines()
    return [next(place for place, line in enumerate(lines) if re.search(pattern, line)) for pattern in what]


def test_a_name_leads_each_caller_to_the_nearest_cluster(dns: Dns, shop: App) -> None:
    shop.up(named())
    assert dns.records() == {cluster: dns.hostname(cluster) for cluster in REGIONS}
    assert {*dns.records().values()} <= dns.balancers()
    assert dns.leads() == {FIRST: FIRST, SECOND: SECOND}


def test_a_second_preview_has_nothing_to_change(shop: App) -> None:
    output = shop.preview(named()).stdout
    assert not re.search(r"^ *[~+-] ", output, re.MULTILINE), output


def test_a_lost_region_s_callers_are_led_to_the_other_and_back(dns: Dns) -> None:
    lost = dns.records()[FIRST]
    dns.resolver.down.add(lost)
    assert dns.leads() == {FIRST: SECOND, SECOND: SECOND}
    dns.resolver.down.clear()
    assert dns.leads() == {FIRST: FIRST, SECOND: SECOND}


def test_a_cluster_that_leaves_loses_its_record_before_its_load_balancer(dns: Dns, shop: App) -> None:
    shown = shop.preview(named(ALONE)).stdout
    assert re.search(r"-.* aws:route53:Record +web-federated-eks-2", shown), shown
    with dns.watched():
        output = shop.up(named(ALONE)).stdout
        deleted, changed = order(output, r"Record web-federated-eks-2 deleted", r"FederatedService web updating")
        assert deleted < changed, output
        eventually(lambda: dns.hostname(SECOND), "")
        eventually(lambda: len(dns.balancers()), 1)
    assert dns.dangling == []
    assert dns.records() == {FIRST: dns.hostname(FIRST)}
    assert dns.leads() == {FIRST: FIRST, SECOND: FIRST}


def test_a_cluster_that_comes_has_its_record_in_the_same_update(dns: Dns, shop: App) -> None:
    shop.up(named())
    assert dns.records() == {cluster: dns.hostname(cluster) for cluster in REGIONS}
    assert dns.leads() == {FIRST: FIRST, SECOND: SECOND}


def test_labels_count_in_an_update_and_a_record_goes_first(live_fleet: Fleet, dns: Dns, shop: App) -> None:
    def label(cluster: str, text: str) -> None:
        live_fleet.kubectl(FIRST, "-n", NAMESPACE, "label", "kubefedclusters", cluster, text)

    by_label = named('placement=Placement(selector={"matchLabels": {"tier": "shop"}})')
    label(FIRST, "tier=shop")
    shop.up(by_label)
    assert dns.records().keys() == {FIRST}
    label(SECOND, "tier=shop")
    shop.up()
    assert dns.records().keys() == {FIRST, SECOND}
    label(SECOND, "tier-")
    assert dns.hostname(SECOND) == dns.records()[SECOND], "nothing leaves without an update"
    with dns.watched():
        shop.up()
        eventually(lambda: dns.hostname(SECOND), "")
    assert dns.dangling == []
    assert dns.records().keys() == {FIRST}
    label(FIRST, "tier-")


def test_another_routing_takes_the_place_of_the_first(dns: Dns, shop: App) -> None:
    shop.up(named(more=f'routing=Failover("{SECOND}")'))
    assert dns.leads() == {FIRST: SECOND, SECOND: SECOND}
    dns.resolver.down.add(dns.records()[SECOND])
    assert dns.leads() == {FIRST: FIRST, SECOND: FIRST}
    dns.resolver.down.clear()
    shop.up(named(more=f'routing=Failover("{FIRST}")'))
    assert dns.leads() == {FIRST: FIRST, SECOND: FIRST}
    shop.up(named(more='routing=Weighted({"federated-eks-1": 0, "*": 1})'))
    assert dns.leads() == {FIRST: SECOND, SECOND: SECOND}


def test_a_failed_health_check_leads_to_the_other_and_back(dns: Dns, shop: App) -> None:
    shop.up(named(more='health_check=HealthCheck(path="/ready", threshold=2, interval=10)'))
    checks = dns.resolver.route53.list_health_checks()["HealthChecks"]
    hosts = {one["HealthCheckConfig"]["FullyQualifiedDomainName"] for one in checks}
    assert hosts == {*dns.records().values()}
    dns.resolver.down.add(dns.records()[SECOND])
    assert dns.leads() == {FIRST: FIRST, SECOND: FIRST}
    dns.resolver.down.clear()
    assert dns.leads() == {FIRST: FIRST, SECOND: SECOND}


def test_a_cluster_that_does_not_answer_keeps_its_record(live_fleet: Fleet, dns: Dns, shop: App) -> None:
    shop.up(named())
    before = dns.records()
    with stopped(live_fleet, SECOND):
        output = shop.up(named(more="ttl=30,")).stdout
    assert f"Service web in {SECOND}: the cluster doesn't answer" in output
    assert dns.records() == before
    eventually(lambda: live_fleet.ready()[SECOND], "True")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (named().replace('zone="example.org"', 'zone="example.com"'), "zone: example.com is no public hosted zone"),
        (named().replace("shop.example.org", "shop.example.com"), "dns_name: shop.example.com is not in the zone"),
        (named(ALONE, f'routing=Weighted({{"*": 1, "{SECOND}": 1}})'), f"weights: {SECOND} is not in the placement"),
        (named(ALONE, f'routing=Failover("{SECOND}")'), f"primary: {SECOND} is not in the placement"),
    ],
)
def test_what_does_not_fit_ends_the_preview(shop: App, program: str, told: str) -> None:
    ended = shop.preview(program, check=False)
    assert ended.returncode
    assert told in " ".join(ended.stdout.split())
    assert "Traceback" not in ended.stdout


def test_a_load_balancer_that_does_not_come_is_told_of(dns: Dns, shop: App) -> None:
    # The cloud controller leaves this class to another controller, which nobody has installed.
    external = named(ALONE, "").replace('"selector"', '"loadBalancerClass": "service.k8s.aws/nlb", "selector"')
    program = external.replace('object_name="web"', 'object_name="other", timeout_minutes=1').replace(
        NAME, "other.example.org"
    )
    done = shop.up(program, check=False)
    assert done.returncode
    told = " ".join(done.stdout.split())
    assert f"Service other in {FIRST} has no load balancer after 1 minutes" in told, done.stdout


def test_everything_goes_records_first(dns: Dns, shop: App) -> None:
    shop.up(named())
    with dns.watched():
        shop.destroy()
        eventually(dns.balancers, set())
    assert dns.dangling == []
    assert dns.records() == {}
    assert dns.resolver.route53.list_health_checks()["HealthChecks"] == []
