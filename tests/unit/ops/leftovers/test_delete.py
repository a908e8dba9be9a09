"""The deletion in AWS: its order, its waits, and what it does not touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.leftovers import actions as cli
from ops.leftovers.clusters import Cluster
from ops.leftovers.delete import delete
from ops.leftovers.find import Kind, find
from ops.leftovers.waiting import Patience
from tests.unit.ops.leftovers.aws import REGION, Account, owned

pytestmark = pytest.mark.unit

GONE = Cluster(name="fleet-1", region=REGION)
CSI = {"CSIVolumeName": "pvc-1", "kubernetes.io/created-for/pvc/name": "data"}


def run(aws: Account, cluster: Cluster = GONE, seconds: float = 0.2) -> dict[str, str]:
    return delete(aws.call, cluster, find(aws.call, cluster), Patience(seconds, pause=0.01), lambda _: None)


def test_all_of_it_goes_load_balancers_first(aws: Account) -> None:
    group, nodes = aws.group("k8s-elb-a1", **owned("fleet-1")), aws.group("eks-cluster-sg", **owned("fleet-1"))
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    aws.ec2.authorize_security_group_ingress(GroupId=nodes, IpPermissions=[rule])
    aws.ec2.authorize_security_group_egress(
        GroupId=nodes, IpPermissions=[{**rule, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}]
    )
    aws.classic("a1", group, **owned("fleet-1"))
    aws.newer("k8s-shop", **{"elbv2.k8s.aws/cluster": "fleet-1"})
    volume = aws.volume(**owned("fleet-1", **CSI))
    aws.snapshot(volume, **owned("fleet-1", CSIVolumeSnapshotName="snapshot-1"))
    aws.interface("aws-K8S-i-1", **{"cluster.k8s.amazonaws.com/name": "fleet-1"})
    aws.log_group("fleet-1")
    assert run(aws) == {}
    assert find(aws.call, GONE) == []
    order = [each.partition(":")[2] for each in aws.actions if ":Delete" in each or ":Revoke" in each]
    assert order == [
        *("DeleteLoadBalancer", "DeleteLoadBalancer", "DeleteNetworkInterface", "DeleteTargetGroup"),
        *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "DeleteSecurityGroup", "DeleteSecurityGroup"),
        *("DeleteVolume", "DeleteSnapshot", "DeleteLogGroup"),
    ]


def test_the_list_of_rights_is_that_of_the_calls(aws: Account) -> None:
    test_all_of_it_goes_load_balancers_first(aws)
    listed = {*cli.ACTIONS["describe"], *cli.ACTIONS["delete"]}
    assert {*aws.actions, "eks:DescribeCluster"} == listed


def test_what_something_still_uses_is_tried_again(aws: Account) -> None:
    aws.group("k8s-elb-a1", **owned("fleet-1"))
    aws.newer("k8s-shop", **{"elbv2.k8s.aws/cluster": "fleet-1"})
    aws.volume(**owned("fleet-1", **CSI))
    aws.interface("aws-K8S-i-1", **{"cluster.k8s.amazonaws.com/name": "fleet-1"})
    aws.errors = [
        *[("delete-security-group", "DependencyViolation")] * 2,
        ("delete-security-group", "InvalidGroup.InUse"),
        ("delete-network-interface", "InvalidParameterValue"),
        ("delete-target-group", "ResourceInUse"),
        ("delete-volume", "VolumeInUse"),
    ]
    assert run(aws) == {}
    assert aws.errors == []
    assert find(aws.call, GONE) == []


def test_what_is_gone_already_is_no_failure(aws: Account) -> None:
    aws.group("k8s-elb-a1", **owned("fleet-1"))
    aws.errors = [("delete-security-group", "InvalidGroup.NotFound")]
    assert run(aws) == {}


def test_what_aws_refuses_to_delete_is_told_with_its_reason(aws: Account) -> None:
    volume = aws.volume(**owned("fleet-1", **CSI))
    aws.errors = [("delete-volume", "UnauthorizedOperation")]
    assert run(aws) == {volume: "UnauthorizedOperation: planned"}
    aws.errors = [("delete-volume", "VolumeInUse")] * 1000
    assert run(aws) == {volume: "VolumeInUse: planned"}


def test_a_rule_of_somebody_else_s_group_stays(aws: Account) -> None:
    group, theirs = aws.group("k8s-elb-a1", **owned("fleet-1")), aws.group("theirs", **owned("fleet-10"))
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    aws.ec2.authorize_security_group_ingress(GroupId=theirs, IpPermissions=[rule])
    run(aws)
    (told,) = aws.ec2.describe_security_groups(GroupIds=[theirs])["SecurityGroups"]
    assert len(told["IpPermissions"]) == 1


def test_rules_in_a_standing_cluster_s_own_group_go(aws: Account) -> None:
    group, own = aws.group("k8s-elb-a1", **owned("fleet-1")), aws.group("eks-cluster-sg")
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    aws.ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[rule])
    assert run(aws, Cluster(name="fleet-1", region=REGION, status="ACTIVE", group=own)) == {}
    (told,) = aws.ec2.describe_security_groups(GroupIds=[own])["SecurityGroups"]
    assert told["IpPermissions"] == []


def test_interfaces_of_load_balancers_are_waited_for_and_never_deleted(aws: Account) -> None:
    group = aws.group("k8s-elb-a1", **owned("fleet-1"))
    interface = aws.interface("ELB a1", group)
    found = [one for one in find(aws.call, GONE) if one.kind is Kind.INTERFACE]
    assert [one.id for one in found] == [interface]
    theirs = [replace(one, owned=False) for one in found]
    why = delete(aws.call, GONE, theirs, Patience(0.05, pause=0.01), lambda _: None)
    assert why == {interface: "AWS has not released it; AWS deletes it with the resource that uses it"}
    assert "ec2:DeleteNetworkInterface" not in aws.actions
