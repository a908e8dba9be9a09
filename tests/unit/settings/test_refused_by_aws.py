"""Further values that AWS, Kubernetes or a container runtime refuses, each with the source of its rule."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    VPC,
    Invalid,
    check_message,
    check_nothing_registered,
    in_vpc,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

IAM = "arn:aws:iam::123456789012"
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
LONG_PREFIX = ".".join(["a" * 50] * 5)
"""254 characters, each part a DNS label."""

Sourced = tuple[str, dict[str, Any], str, str]
"""A case of Invalid, and where its rule is written."""


def pods(**more: Any) -> dict[str, Any]:
    return {"clusters": TWO, "access": {"podIdentities": [{"namespace": "shop", "serviceAccount": "web", **more}]}}


def cluster(**more: Any) -> dict[str, Any]:
    return {"clusters": [{"region": "eu-west-1", **more}]}


VPC_RANGES = 'VPC user guide, "IPv4 CIDR block association restrictions": private, shared or publicly routable ranges'
PUBLIC_CIDRS = (
    'EKS user guide, "Cluster API server endpoint": no reserved addresses; NAT addresses are among the callers'
)
NAMES = "botocore's iam model: roleNameType and userNameType, 64; policyNameType, 128; pathType, 512"
LABELS = "k8s.io/apimachinery, validation.IsQualifiedName: a prefix is a DNS subdomain, 253"
NODE_LABELS = "botocore's eks model: labelKey, 1 to 63 with its prefix; labelValue, 1 to 63"
IMAGES = "distribution/reference, regexp.go: path components are lower-case; a tag has 128 of [A-Za-z0-9_.-]"
PARTITIONS = 'IAM user guide, "Amazon Resource Names": a partition is a group of regions; accounts are in one'

CASES: list[Sourced] = [
    *(
        (
            f"a network in {cidr}",
            cluster(cidr=cidr),
            rf"clusters\[0\].cidr: {cidr} lies within {block}, {what}, ",
            VPC_RANGES,
        )
        for cidr, block, what in (
            ("0.16.0.0/16", "0.0.0.0/8", "this network"),
            ("127.1.0.0/16", "127.0.0.0/8", "loopback"),
            ("169.254.0.0/16", "169.254.0.0/16", "link-local addresses"),
            ("224.10.0.0/16", "224.0.0.0/4", "multicast"),
            ("250.0.0.0/16", "240.0.0.0/4", "reserved addresses"),
        )
    ),
    (
        "the bastion's network in loopback",
        {"clusters": TWO, "bastion": {"cidr": "127.0.0.0/20"}},
        r"bastion.cidr: 127.0.0.0/20 lies within 127.0.0.0/8, loopback, .*; give a private range, 172.21.0.0/16 for",
        VPC_RANGES,
    ),
    (
        "an existing VPC in multicast",
        in_vpc(cidr="225.0.0.0/16"),
        r"clusters\[0\].vpc.cidr: 225.0.0.0/16 lies within 224.0.0.0/4, multicast, of which no VPC can be; give a",
        VPC_RANGES,
    ),
    (
        "networks from reserved addresses",
        {"clusters": TWO, "supernet": "240.0.0.0/8"},
        r"supernet: 240.0.0.0/8 lies within 240.0.0.0/4, reserved addresses, of which no VPC can be; give a private",
        VPC_RANGES,
    ),
    *(
        (
            f"calls from {address}",
            in_vpc(natAddresses=[address]),
            rf"clusters\[0\].vpc.natAddresses\[0\]: {address} is of {block}, {what}, from which no call",
            PUBLIC_CIDRS,
        )
        for address, block, what in (
            ("0.1.2.3", "0.0.0.0/8", "this network"),
            ("127.0.0.1", "127.0.0.0/8", "loopback"),
            ("169.254.169.254", "169.254.0.0/16", "link-local addresses"),
            ("239.0.0.1", "224.0.0.0/4", "multicast"),
            ("255.255.255.255", "240.0.0.0/4", "reserved addresses"),
        )
    ),
    (
        "an administrator whose role can't be",
        {"clusters": TWO, "access": {"admins": [f"{IAM}:role/{'a' * 65}"]}},
        r"access.admins\[0\]: .*:role/a+ has a name of 65 characters, and IAM takes 64; give the ARN as IAM shows it$",
        NAMES,
    ),
    (
        "a user that can't be",
        {"clusters": TWO, "access": {"users": [f"{IAM}:user/{'a' * 65}"]}},
        r"access.users\[0\]: .*:user/a+ has a name of 65 characters, and IAM takes 64; give",
        NAMES,
    ),
    (
        "a principal whose path can't be",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{IAM}:role/{'a' * 511}/b", "policy": "view"}]}},
        r"access.principals\[0\].arn: .* has a path of 513 characters, and IAM takes 512; give",
        NAMES,
    ),
    (
        "a policy of pods that can't be",
        pods(policies=[f"{IAM}:policy/{'a' * 129}"]),
        r"access.podIdentities\[0\].policies\[0\]: .* has a name of 129 characters, and IAM takes 128; give",
        NAMES,
    ),
    (
        "a role of pods that EKS doesn't take",
        pods(roleArn=f"{IAM}:role/{'a' * 250}/b"),
        r"access.podIdentities\[0\].roleArn: .* has 283 characters, and EKS takes 255 of a role's ARN; give one with a "
        r"shorter path$",
        "botocore's eks model: RoleArn, 255",
    ),
    (
        "more administrators than a role can trust",
        {"clusters": TWO, "access": {"admins": [f"{IAM}:role/{'a' * 50}{number}" for number in range(100)]}},
        r"access.admins: 100 principals make a trust policy of \d+ characters, and IAM takes 8192 at most; list "
        r"fewer, or a role that they assume$",
        'IAM user guide, "IAM and STS quotas": role trust policy length, 2048 and at most 8192',
    ),
    *(
        (
            name,
            values,
            rf"{key}: arn:aws-cn:.* is of the partition aws-cn, and the fleet is in aws; name one of aws$",
            PARTITIONS,
        )
        for name, values, key in (
            (
                "an administrator of another partition",
                {"clusters": TWO, "access": {"admins": ["arn:aws-cn:iam::123456789012:role/Ops"]}},
                "access.admins",
            ),
            (
                "a principal of another partition",
                {
                    "clusters": TWO,
                    "access": {"principals": [{"arn": "arn:aws-cn:iam::123456789012:role/Ops", "policy": "view"}]},
                },
                "access.principals",
            ),
            (
                "a role of pods of another partition",
                pods(roleArn="arn:aws-cn:iam::123456789012:role/Shop"),
                "access.podIdentities",
            ),
            (
                "a policy of pods of another partition",
                pods(policies=["arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess"]),
                "access.podIdentities",
            ),
        )
    ),
    (
        "a fleet's label with a long prefix",
        {"clusters": TWO, "labels": {f"{LONG_PREFIX}/tier": "a"}},
        r"labels: a.* has a prefix of 254 characters, and Kubernetes takes 253; shorten it$",
        LABELS,
    ),
    (
        "a cluster's label with a long prefix",
        cluster(labels={f"{LONG_PREFIX}/tier": "a"}),
        r"clusters\[0\].labels: a.* has a prefix of 254 characters, and Kubernetes takes 253; shorten it$",
        LABELS,
    ),
    (
        "a selector's label with a long prefix",
        {
            "clusters": TWO,
            "fargateProfiles": [
                {"name": "jobs", "selectors": [{"namespace": "a", "labels": {f"{LONG_PREFIX}/t": "a"}}]}
            ],
        },
        r"fargateProfiles\[0\].selectors\[0\].labels: a.* has a prefix of 254 characters, and Kubernetes takes 253",
        LABELS,
    ),
    (
        "a node's label whose prefix makes it too long",
        {"clusters": TWO, "nodeGroups": [{"labels": {f"{'a' * 50}.example/{'b' * 10}": "c"}}]},
        r"nodeGroups\[0\].labels: a+.example/b+ has 69 characters, and EKS takes 63 of a node's label or taint;",
        NODE_LABELS,
    ),
    (
        "a node's label without a value",
        {"clusters": TWO, "nodeGroups": [{"labels": {"tier": ""}}]},
        r"nodeGroups\[0\].labels.tier: \"\" is empty, and EKS takes no empty label of a node; set a value, "
        r"\"true\" for instance$",
        NODE_LABELS,
    ),
    (
        "a service account with a long name",
        pods(serviceAccount=LONG_PREFIX, policies=[POLICY]),
        r"access.podIdentities\[0\].serviceAccount: a.* has 254 characters, and Kubernetes takes 253; shorten it$",
        "k8s.io/apimachinery, validation.IsDNS1123Subdomain: 253",
    ),
    (
        "more instance types than a group takes",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": [f"m{n}i.large" for n in range(1, 22)]}]},
        r"nodeGroups\[0\].instanceTypes: 21 are more than EKS's 20 for a group; drop some$",
        "EKS API reference, CreateNodegroup, instanceTypes: 0-20 with a launch template",
    ),
    (
        "Graviton's first generation with AL2023",
        {"clusters": TWO, "nodeGroups": [{}, {"name": "arm", "instanceTypes": ["a1.large"]}]},
        r"nodeGroups\[1\].instanceTypes: a1.large has a processor that AL2023 doesn't start on; take a later Graviton, "
        r"m6g.large for instance, or set os: bottlerocket$",
        'AL2023 user guide, "System requirements": Graviton2 or later, no A1 instances',
    ),
    (
        "a registry in capitals",
        {"clusters": TWO, "kubefed": {"registry": "quay.io/Team"}},
        r"kubefed.registry: quay.io/Team is no registry; give a host and lower-case parts, quay.io/team for ",
        IMAGES,
    ),
    (
        "a registry that ends in a dash",
        {"clusters": TWO, "kubefed": {"registry": "quay.io/team-"}},
        r"kubefed.registry: quay.io/team- is no registry; give a host and lower-case parts",
        IMAGES,
    ),
    (
        "a hook's image in capitals",
        {"clusters": TWO, "kubefed": {"hookImage": "docker.io/Alpine/k8s:1"}},
        r"kubefed.hookImage: docker.io/Alpine/k8s:1 is not <registry>/<image>:<tag>; name all three in lower case,",
        IMAGES,
    ),
    (
        "a hook's image whose tag has a plus",
        {"clusters": TWO, "kubefed": {"hookImage": "docker.io/alpine/k8s:1.35.4+1"}},
        r"kubefed.hookImage: docker.io/alpine/k8s:1.35.4\+1 is not <registry>/<image>:<tag>;",
        IMAGES,
    ),
    (
        "a hook's image whose tag is too long",
        {"clusters": TWO, "kubefed": {"hookImage": f"docker.io/alpine/k8s:{'1' * 129}"}},
        r"kubefed.hookImage: docker.io/alpine/k8s:1+\.\.\. is not <registry>/<image>:<tag>;",
        IMAGES,
    ),
    *(
        (
            f"a chart's repository {url}",
            {"clusters": TWO, "kubefed": {"repository": url}},
            rf"kubefed.repository: {url} is no chart repository's URL; give one that begins with https:// or http://$",
            "helm, pkg/getter: repositories are read by http and https",
        )
        for url in ("charts.example.org", "ftp://example.org/charts")
    ),
    (
        "a type's version that is too long",
        {"clusters": TWO, "types": [{"name": "widgets.example.org", "version": f"v{'1' * 63}"}]},
        r"types\[0\].version: v1+ is too long; use 63 characters at most",
        "apiextensions, ValidateCustomResourceDefinitionVersion: a DNS label, 63",
    ),
    (
        "a federated type's version that is too long",
        {"clusters": TWO, "types": [{"name": "cronjobs.batch", "federatedVersion": f"v{'1' * 63}"}]},
        r"types\[0\].federatedVersion: v1+ is too long; use 63 characters at most",
        "apiextensions, ValidateCustomResourceDefinitionVersion: a DNS label, 63",
    ),
]
BAD: list[Invalid] = [(name, values, message) for name, values, message, _ in CASES]


def test_each_case_has_its_source() -> None:
    assert len({name for name, *_ in CASES}) == len(CASES) >= 30
    assert all(source for *_, source in CASES)


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_values_at_their_bounds_are_taken() -> None:
    roles = {"admins": [f"{IAM}:role/{'a' * 64}"], "users": [f"{IAM}:user/{'a' * 64}"]}
    labels = {f"{LONG_PREFIX[1:]}/tier": "a"}
    groups = [{"instanceTypes": [f"m{n}i.large" for n in range(1, 21)], "labels": {"b" * 63: "c"}}]
    pod = {"namespace": "shop", "serviceAccount": LONG_PREFIX[1:], "policies": [f"{IAM}:policy/{'a' * 128}"]}
    access = {**roles, "podIdentities": [pod]}
    network = {**VPC, "cidr": "100.64.0.0/16", "natAddresses": ["198.51.100.7"]}
    kubefed = {"registry": "localhost:5000/a/b__c.d-e", "hookImage": f"docker.io/alpine/k8s:{'1' * 128}"}
    clusters = [{"region": "eu-west-1", "labels": labels}, {"region": "eu-west-3", "vpc": network}]
    parse({"clusters": clusters, "nodeGroups": groups, "access": access, "kubefed": kubefed, "labels": labels})
