"""The end of a fleet; the last of these files, for it takes the others' fleet down."""

import re
from pathlib import Path

import pytest

from tests.sandbox import documented
from tests.sandbox.fleet.app import App, eventually, made
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.fleet.used import balancers, leftovers, use, volumes

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"

FRONT = """
    front = {"spec": {"type": "LoadBalancer", "selector": {"app": "front"}, "ports": [{"port": 80}]}}
    federated("Service", "front", namespace("front"), front)
    """


def controller(fleet: Fleet) -> str:
    """A load balancer of the AWS load balancer controller, which a user has installed; its ARN."""
    ec2, elb = fleet.boto("ec2", "eu-west-3"), fleet.boto("elbv2", "eu-west-3")
    (group,) = fleet.boto("eks", "eu-west-3").list_nodegroups(clusterName=SECOND)["nodegroups"]
    told = fleet.boto("eks", "eu-west-3").describe_nodegroup(clusterName=SECOND, nodegroupName=group)["nodegroup"]
    vpc = ec2.describe_subnets(SubnetIds=told["subnets"])["Subnets"][0]["VpcId"]
    tags = [{"Key": "elbv2.k8s.aws/cluster", "Value": SECOND}, {"Key": "ingress.k8s.aws/stack", "Value": "shop/web"}]
    backend = ec2.create_security_group(GroupName="k8s-traffic", Description="[k8s] Shared backend", VpcId=vpc)
    ec2.create_tags(Resources=[backend["GroupId"]], Tags=tags)
    groups = [backend["GroupId"]]
    made = elb.create_load_balancer(Name="k8s-shop", Subnets=told["subnets"], SecurityGroups=groups, Tags=tags)
    elb.create_target_group(Name="k8s-shop", Protocol="HTTP", Port=80, VpcId=vpc, Tags=tags)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def test_leftovers_lists_what_people_s_workloads_made_and_deletes_it_with_them(live_fleet: Fleet) -> None:
    assert "Nothing is left." in leftovers(live_fleet).stdout
    front: App = made(live_fleet, "front")
    front.up(FRONT)
    use(live_fleet, SECOND)
    eventually(lambda: len(balancers(live_fleet)), 3)
    arn = controller(live_fleet)

    listed = leftovers(live_fleet, check=False)
    assert listed.returncode == 1
    rows = [re.split(r"\s{2,}", line) for line in listed.stdout.splitlines()]
    found = {(row[0], row[2], row[4]) for row in rows if len(row) > 4}
    assert found >= {
        ("classic load balancer", FIRST, "Service front/front"),
        ("classic load balancer", SECOND, "Service front/front"),
        ("classic load balancer", SECOND, "Service default/web"),
        ("load balancer", SECOND, "Ingress shop/web"),
        ("target group", SECOND, "Ingress shop/web"),
        ("volume", SECOND, "claim default/data-db-0"),
    }
    assert sum(row[0] == "security group" for row in rows) == 4
    assert {row[1] for row in rows if row[0] in ("volume", "load balancer")} == {*volumes(live_fleet), arn}

    done = documented.run(live_fleet.checkout, "Destroy", "python -m ops leftovers", "--yes")
    assert done.stdout.endswith("Nothing is left.\n")
    (log,) = re.findall(r"^sandbox: deleting them: done, all of it in (\S+) \(", done.stdout, re.MULTILINE)
    lines = Path(log).read_text().splitlines()
    assert lines.index(f"{FIRST}: deleting FederatedService front/front") < lines.index(
        f"{SECOND}: deleting Service default/web"
    )
    assert f"{SECOND}: deleting StatefulSet default/db" in lines
    assert (balancers(live_fleet), volumes(live_fleet)) == ({}, [])
    for cluster in (FIRST, SECOND):
        services = live_fleet.kubectl(cluster, "get", "services", "-A", "-o", "jsonpath={.items[*].spec.type}").stdout
        assert "LoadBalancer" not in services
    assert live_fleet.kubectl(SECOND, "get", "pvc", "-A", "-o", "name").stdout == ""


def test_the_stack_says_what_to_run_before_a_destroy(live_fleet: Fleet) -> None:
    command = "python -m ops leftovers --stack sandbox --delete"
    told = live_fleet.pulumi("destroy", "--preview-only", "--diff").stdout
    assert any("beforeDestroy" in line and command in line for line in told.splitlines()), told


def test_down_leaves_nothing_in_aws_and_no_process_whatever_runs_on_the_fleet(live_fleet: Fleet) -> None:
    made(live_fleet, "left").up('federated("Deployment", "web", namespace("left"), deployment("web", 2))')
    use(live_fleet, SECOND)
    done = live_fleet.checkout.sandbox("down", check=False)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert live_fleet.checkout.processes() == {}
