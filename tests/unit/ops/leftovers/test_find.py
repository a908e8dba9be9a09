"""The resources that a cluster has left, and those that only look so."""

from __future__ import annotations

import pytest

from ops.aws import AwsError
from ops.leftovers.clusters import Cluster
from ops.leftovers.find import Kind, Leftover, find
from ops.leftovers.table import table
from tests.unit.ops.leftovers.aws import REGION, Account, owned

pytestmark = pytest.mark.unit

GONE = Cluster(name="fleet-1", region=REGION)
ALIVE = Cluster(name="fleet-1", region=REGION, status="ACTIVE")
CLAIM = {"kubernetes.io/created-for/pvc/name": "data", "kubernetes.io/created-for/pvc/namespace": "shop"}


def ids(found: list[Leftover], kind: Kind) -> list[str]:
    return [one.id for one in found if one.kind is kind]


def test_everything_that_the_controllers_made_is_found_with_the_object_it_was_made_for(aws: Account) -> None:
    service = owned("fleet-1", **{"kubernetes.io/service-name": "shop/web"})
    group = aws.group("k8s-elb-a1", **owned("fleet-1"))
    aws.classic("a1", group, **service)
    lb, targets = aws.newer("k8s-shop", **{"elbv2.k8s.aws/cluster": "fleet-1", "ingress.k8s.aws/stack": "shop/front"})
    backend = aws.group("k8s-traffic-fleet1", **{"elbv2.k8s.aws/cluster": "fleet-1"})
    volume = aws.volume(**owned("fleet-1", **CLAIM))
    snapshot = aws.snapshot(volume, **owned("fleet-1", CSIVolumeSnapshotName="snapshot-1"))
    interface = aws.interface("aws-K8S-i-1", **{"cluster.k8s.amazonaws.com/name": "fleet-1"})
    attached = aws.interface("ELB a1", group)
    aws.log_group("fleet-1")
    found = {one.id: one for one in find(aws.call, GONE)}
    assert {id: (one.kind, one.origin) for id, one in found.items()} == {
        "a1": (Kind.CLASSIC, "Service shop/web"),
        lb: (Kind.BALANCER, "Ingress shop/front"),
        targets: (Kind.TARGETS, "Ingress shop/front"),
        group: (Kind.GROUP, "k8s-elb-a1"),
        backend: (Kind.GROUP, "k8s-traffic-fleet1"),
        volume: (Kind.VOLUME, "claim shop/data"),
        snapshot: (Kind.SNAPSHOT, "snapshot-1"),
        interface: (Kind.INTERFACE, "aws-K8S-i-1"),
        attached: (Kind.INTERFACE, "ELB a1"),
        "/aws/eks/fleet-1/cluster": (Kind.LOGS, "EKS, for its control plane"),
    }
    assert found[volume].monthly == pytest.approx(0.8)


@pytest.mark.parametrize("other", ["fleet-10", "fleet", "my-fleet-1"])
def test_another_cluster_s_things_are_not_found_however_alike_their_names(aws: Account, other: str) -> None:
    group = aws.group("k8s-elb-a1", **owned(other))
    aws.classic("a1", group, **owned(other))
    aws.newer("k8s-shop", **{"elbv2.k8s.aws/cluster": other})
    aws.volume(**owned(other, **CLAIM))
    aws.interface("aws-K8S-i-1", **{"cluster.k8s.amazonaws.com/name": other})
    aws.log_group(other)
    aws.client("logs").create_log_group(logGroupName="/aws/eks/fleet-1/cluster-audit")
    assert find(aws.call, GONE) == []


def test_what_a_cluster_only_shares_and_nodes_own_disks_are_not_found(aws: Account) -> None:
    group = aws.group("shared", **{"kubernetes.io/cluster/fleet-1": "shared"})
    aws.classic("a1", group, owner="me")
    aws.volume(**owned("fleet-1"))
    aws.volume(**CLAIM)
    assert find(aws.call, GONE) == []


def test_while_the_cluster_exists_its_own_group_log_group_and_interfaces_are_the_stack_s(aws: Account) -> None:
    own = aws.group("eks-cluster-sg-fleet-1-1", **owned("fleet-1"))
    aws.log_group("fleet-1")
    aws.interface("aws-K8S-i-1", **{"cluster.k8s.amazonaws.com/name": "fleet-1"})
    alive = Cluster(name="fleet-1", region=REGION, status="ACTIVE", group=own)
    assert find(aws.call, alive) == []
    assert ids(find(aws.call, GONE), Kind.GROUP) == [own]


def test_more_load_balancers_than_one_look_at_tags_takes(aws: Account) -> None:
    group = aws.group("k8s-elb")
    for number in range(23):
        aws.classic(f"a{number}", group, **owned("fleet-1" if number % 2 else "other"))
    assert len(ids(find(aws.call, ALIVE), Kind.CLASSIC)) == 11


def test_a_load_balancer_that_goes_during_the_look_is_looked_for_again(aws: Account) -> None:
    aws.classic("a1", aws.group("k8s-elb"), **owned("fleet-1"))
    aws.errors = [("describe-tags", "LoadBalancerNotFound")]
    assert ids(find(aws.call, ALIVE), Kind.CLASSIC) == ["a1"]
    aws.errors = [("describe-tags", "AccessDenied")]
    with pytest.raises(AwsError, match="AccessDenied"):
        find(aws.call, ALIVE)


def test_the_table_has_a_row_for_each_and_the_reasons_below() -> None:
    volume = Leftover(
        kind=Kind.VOLUME, id="vol-1", cluster="fleet-1", region=REGION, origin="claim shop/data", monthly=0.8
    )
    head, row, reason = table([volume], {"vol-1": "VolumeInUse: it is attached"}).splitlines()
    assert head.split() == ["KIND", "ID", "CLUSTER", "REGION", "MADE", "FOR", "$/MONTH"]
    assert row.split() == ["volume", "vol-1", "fleet-1", REGION, "claim", "shop/data", "0.80"]
    assert reason == "vol-1: VolumeInUse: it is attached"
