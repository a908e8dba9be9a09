"""Settings of Karmada, and the choice of the engine."""

from typing import Any

import pytest

from components.federation import KarmadaRelease
from settings import arguments
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

KARMADA: dict[str, Any] = {"clusters": TWO, "engine": "karmada"}

BAD: list[Invalid] = [
    (
        "an engine that is none",
        {"clusters": TWO, "engine": "fleet"},
        r"engine: .*fleet.*kubefed.*karmada",
    ),
    (
        "a host of Fargate alone",
        {**KARMADA, "nodeGroups": [], "fargateProfiles": [{"name": "all", "selectors": [{"namespace": "*"}]}]},
        r"nodeGroups \(eu-west-1\): no group has nodes for any pod, and Karmada's etcd can't run on Fargate; add",
    ),
    (
        "a host without a driver of volumes",
        {**KARMADA, "addons": [{"name": "coredns"}]},
        r"addons \(eu-west-1\): aws-ebs-csi-driver is not listed, and Karmada's etcd keeps its data on EBS; list it",
    ),
    (
        "a cluster with the name of Karmada's context",
        {**KARMADA, "clusters": [{"region": "eu-west-1", "name": "karmada"}, {"region": "eu-west-3"}]},
        r"clusters: the name karmada is that of Karmada's own API in the fleet's kubeconfig; give the cluster another",
    ),
    (
        "a host that can't pull the images",
        {**KARMADA, "clusters": [{"region": "eu-west-1", "network": {"nat": "none"}}]},
        r"network.nat: none leaves federated-eks-1 no way to docker.io; set nat: one, or copy Karmada's images into "
        r"ECR in eu-west-1 and set karmada.registry to <account>.dkr.ecr.eu-west-1.amazonaws.com",
    ),
    ("a version with its letter", {**KARMADA, "karmada": {"version": "v1.18.2"}}, r"karmada.version: v1.18.2 "),
    (
        "a registry with a tag",
        {**KARMADA, "karmada": {"registry": "quay.io/a:b"}},
        r"karmada.registry: quay.io/a:b is no",
    ),
    (
        "an image without registry",
        {**KARMADA, "karmada": {"hookImage": "kubectl"}},
        r"karmada.hookImage: kubectl is not",
    ),
    (
        "more members of etcd than nodes",
        {**KARMADA, "karmada": {"etcdMembers": 3}},
        r"karmada.etcdMembers: 3 run on nodes of their own, and the host's node groups have 2 for any pod; set "
        r"nodeGroups \(eu-west-1\): desired to 3, or etcdMembers: 1",
    ),
    ("an even number of members", {**KARMADA, "karmada": {"etcdMembers": 2}}, r"karmada.etcdMembers: .*1.*3"),
    ("no volume", {**KARMADA, "karmada": {"storageGib": 0}}, r"karmada.storageGib: .*1"),
    ("a port that is none", {**KARMADA, "karmada": {"port": 70000}}, r"karmada.port: .*65535"),
    ("no patience", {**KARMADA, "karmada": {"timeoutMinutes": 0}}, r"karmada.timeoutMinutes: .*1"),
    (
        "a bucket with its scheme",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "s3://snapshots"}}},
        r"karmada.snapshots.bucket: s3://snapshots is no bucket's name; give 3 to 63 lower-case letters",
    ),
    (
        "an hour that no day has",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "snapshots", "schedule": "0 24 * * *"}}},
        r"karmada.snapshots.schedule: 0 24 \* \* \* has 24 as its hour; give numbers from 0 to 23, in order",
    ),
    (
        "a schedule in words",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "snapshots", "schedule": "hourly"}}},
        r"karmada.snapshots.schedule: hourly is no schedule; give minute, hour, day, month and weekday",
    ),
    (
        "a weekday by its name",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "snapshots", "schedule": "0 2 * * SUN"}}},
        r"karmada.snapshots.schedule: 0 2 \* \* SUN has SUN as its weekday; give numbers, ranges as 1-5",
    ),
    (
        "a snapshot by its URL",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "snapshots", "restore": "s3://snapshots/a.db"}}},
        r"karmada.snapshots.restore: s3://snapshots/a.db is no snapshot's key; give one as `aws s3 ls --recursive`",
    ),
    (
        "a key by its alias",
        {**KARMADA, "karmada": {"snapshots": {"bucket": "snapshots", "keyArn": "alias/snapshots"}}},
        r"karmada.snapshots.keyArn: alias/snapshots is no KMS key's ARN; give one, arn:aws:kms:",
    ),
    (
        "a repository that is no URL",
        {**KARMADA, "karmada": {"repository": "karmada-io/karmada"}},
        r"karmada.repository: karmada-io/karmada is no chart repository's URL; give one that begins with https://",
    ),
    (
        "an image without tag",
        {**KARMADA, "karmada": {"hookImage": "docker.io/alpine/k8s"}},
        r"karmada.hookImage: docker.io/alpine/k8s is not <registry>/<image>:<tag>; name all three in lower case",
    ),
    (
        "an engine's key by another spelling",
        {**KARMADA, "karmada": {"storageGiB": 20}},
        r"karmada.storageGiB: is not a setting.*; did you mean storageGib\?",
    ),
    (
        "a volume larger than EBS has",
        {**KARMADA, "karmada": {"storageGib": 20000}},
        r"karmada.storageGib: .*16384",
    ),
    (
        "a key that is kubefed's",
        {**KARMADA, "karmada": {"nodeSelector": {}}},
        r"karmada.nodeSelector: is not a setting",
    ),
]


@with_messages(BAD)
def test_a_mistake_is_named_with_its_key(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_nothing_is_registered_with_a_mistake(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_kubefed_is_the_engine_unless_another_is_set() -> None:
    assert parse({"clusters": TWO}).plan.engine == "kubefed"
    assert parse(KARMADA).plan.engine == "karmada"


def test_a_host_with_nodes_for_fargate_s_sake_has_room_for_karmada() -> None:
    parse({**KARMADA, "fargateProfiles": [{"name": "all", "selectors": [{"namespace": "*"}]}]})


@pytest.mark.parametrize(("chart", "repository"), [("karmada", "https://example.org/charts"), ("charts/karmada", None)])
def test_the_release_is_as_set_and_lets_the_fleet_s_networks_in(chart: str, repository: str | None) -> None:
    karmada = {"chart": chart, "repository": "https://example.org/charts", "version": "1.19.0", "port": 443}
    release = arguments.karmada(parse({**KARMADA, "karmada": karmada}), {})
    assert release == KarmadaRelease(
        chart=chart,
        repository=repository,
        version="1.19.0",
        registry=None,
        hook_image="docker.io/alpine/k8s:1.35.4",
        etcd_image="registry.k8s.io/etcd:3.6.6-0",
        etcd_members=1,
        storage_gib=10,
        port=443,
        public=False,
        clients=["172.20.0.0/16", "172.21.0.0/16"],
        failover=False,
    )


@pytest.mark.parametrize(
    ("groups", "given", "members"),
    [
        ([{"name": "nodes", "desired": 2}], {}, 1),
        ([{"name": "nodes", "desired": 3}], {}, 3),
        ([{"name": "nodes", "desired": 3}], {"etcdMembers": 1}, 1),
        ([{"name": "a", "desired": 1}, {"name": "b", "desired": 2}], {}, 3),
        (
            [
                {"name": "a", "desired": 2},
                {"name": "b", "desired": 2, "taints": [{"key": "own", "effect": "NO_SCHEDULE"}]},
            ],
            {},
            1,
        ),
    ],
)
def test_etcd_has_three_members_on_a_host_with_three_nodes_for_any_pod(
    groups: list[dict[str, Any]], given: dict[str, Any], members: int
) -> None:
    settings = parse({**KARMADA, "nodeGroups": groups, "karmada": given})
    assert settings.plan.etcd_members == members


def test_a_fleet_with_kubefed_has_no_etcd_of_its_own() -> None:
    assert parse({"clusters": TWO}).plan.etcd_members is None


def test_a_registry_of_the_region_serves_a_host_without_a_way_out() -> None:
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"
    network = {"nat": "none"}
    parse({**KARMADA, "clusters": [{"region": "eu-west-1", "network": network}], "karmada": {"registry": registry}})
