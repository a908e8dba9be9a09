"""The names that the program composes: what AWS refuses of them, and which meet."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, cast

import botocore.session
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.cluster.pod_identity import AUTO_NAMED
from settings import SettingsError
from tests.unit.engine import Engine, run_program
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

FULL_MESH = {"topology": "full-mesh"}
PUBLIC = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
PROFILES = [{"name": "apps", "selectors": [{"namespace": "apps"}]}]


def named(*names: str) -> list[dict[str, Any]]:
    regions = ("eu-west-1", "eu-west-3", "us-east-1", "us-east-2", "eu-north-1")
    return [{"region": region, "name": name} for region, name in zip(regions, names, strict=False)]


def pods(*accounts: tuple[str, str], policies: tuple[str, ...] = (POLICY,)) -> dict[str, Any]:
    identities = [{"namespace": one, "serviceAccount": other, "policies": policies} for one, other in accounts]
    return {"podIdentities": identities}


BAD: list[Invalid] = [
    (
        "a client whose rule another cluster has",
        {
            "clusters": named("a", "a-api-from-b"),
            "endpoint": {"clients": {"b-api-from-host": "10.1.0.0/16"}},
        },
        r"clusters\[1\].name: a-api-from-b would name the rule for a caller a-api-from-b-api-from-host, as "
        r"clusters\[0\].name: a does",
    ),
    (
        "a cluster called as the bastion's network",
        {"clusters": [{"region": "eu-west-1", "name": "bastion"}, {"region": "eu-west-3"}]},
        r"clusters\[0\].name: bastion is the name of the bastion's network in a fleet; take another name$",
    ),
    (
        "a cluster called as the bastion's component",
        {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3", "name": "federated-eks-bastion"}]},
        r"clusters\[1\].name: federated-eks-bastion would name the network federated-eks-bastion, as name: "
        r"federated-eks does; take another name for one of them$",
    ),
    (
        "Fargate profiles of a fleet whose name EKS keeps",
        {"clusters": TWO[:1], "name": "eks-prod", "fargateProfiles": PROFILES},
        r"name: eks-prod would name the Fargate profile eks-prod-1-apps, and EKS keeps names that begin with eks- for "
        r"itself; take another name, or leave out fargateProfiles$",
    ),
    (
        "Fargate profiles of a cluster whose name EKS keeps",
        {"clusters": named("eks-a"), "fargateProfiles": PROFILES},
        r"clusters\[0\].name: eks-a would name the Fargate profile eks-a-apps, and EKS keeps",
    ),
    *(
        (
            f"a bastion of {fleet}",
            {"clusters": TWO, "name": fleet},
            rf"name: {fleet} would name the session document {fleet}-bastion, and Systems Manager keeps names that "
            r"begin with (aws|amazon|amzn) for itself; take another name, or set bastion.enabled: false$",
        )
        for fleet in ("aws-fleet", "amazon", "amzn-1", "awsome")
    ),
    (
        "security groups of a fleet called sg-",
        {"clusters": TWO, "name": "sg-fleet"},
        r"name: sg-fleet would name the security group sg-fleet-bastion-instance, and EC2 keeps names",
    ),
    (
        "security groups of a cluster called sg-",
        {"clusters": named("sg-1")},
        r"clusters\[0\].name: sg-1 would name the security group sg-1-api, and EC2 keeps names that begin with sg-",
    ),
    (
        "a node group past EKS's maximum",
        {
            "clusters": [{"region": "eu-west-1", "number": 10}],
            "name": "a" * 40,
            "nodeGroups": [{"name": "b" * 12}],
        },
        r"name: a{40} would name the node group a{40}-10-b{12}, which has 64 characters, with Pulumi's suffix, and EKS "
        r"takes 63; take a name of at most 39 characters$",
    ),
    (
        "pulumi_eks's role past IAM's maximum",
        {"clusters": [{"region": "eu-west-1", "number": 1000, "cidr": "10.20.0.0/16"}], "name": "a" * 40},
        r"name: a{40} would name the role a{40}-1000-eksRole-role, which has 66 characters, .* IAM takes 64; take a "
        r"name of at most 38 characters$",
    ),
    (
        "peerings of a full mesh that meet",
        {"clusters": named("core", "core-eu", "eu-core", "core-eu-core"), "peering": FULL_MESH},
        r"clusters\[\d\].name: core.* would name the peering core-.*, as clusters\[\d\].name: .* does; take",
    ),
    (
        "peerings of two halves that meet",
        {"clusters": named("a", "core", "core-eu", "core-core", "eu"), "peering": FULL_MESH},
        r"clusters\[\d\].name: core.* would name the peering core-core-eu, as clusters\[\d\].name: core.* does",
    ),
    (
        "node groups of two clusters that meet",
        {
            "clusters": [
                {"region": "eu-west-1", "name": "core", "nodeGroups": [{"name": "eu-nodes"}]},
                {"region": "eu-west-3", "name": "core-eu"},
            ]
        },
        r"clusters\[1\].name: core-eu would name the node group core-eu-nodes, as clusters\[0\].name: core does; take",
    ),
    (
        "Fargate profiles of two clusters that meet",
        {
            "clusters": [
                {
                    "region": "eu-west-1",
                    "name": "core",
                    "fargateProfiles": [{"name": "eu-apps", "selectors": [{"namespace": "apps"}]}],
                },
                {"region": "eu-west-3", "name": "core-eu", "fargateProfiles": PROFILES},
            ]
        },
        r"clusters\[1\].name: core-eu would name the Fargate profile core-eu-apps, as clusters\[0\].name: core does",
    ),
    (
        "add-ons of two clusters that meet",
        {
            "clusters": [
                {"region": "eu-west-1", "name": "core", "addons": [{"name": "eu-coredns"}]},
                {"region": "eu-west-3", "name": "core-eu", "addons": [{"name": "coredns"}]},
            ]
        },
        r"clusters\[1\].name: core-eu would name the add-on core-eu-coredns, as clusters\[0\].name: core does",
    ),
    (
        "pods of two service accounts that meet",
        {"clusters": TWO, "access": pods(("kube", "system-dns"), ("kube-system", "dns"))},
        r"access.podIdentities: kube-system/dns would name the pod identity federated-eks-1-kube-system-dns-pods, as "
        r"access.podIdentities: kube/system-dns does; take another name for one of them$",
    ),
    (
        "a policy of pods twice",
        {"clusters": TWO, "access": pods(("shop", "web"), policies=(POLICY, POLICY))},
        r"access.podIdentities\[0\].policies: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess is listed 2 times; list "
        r"it once$",
    ),
    (
        "two policies of pods that end alike",
        {
            "clusters": TWO,
            "access": pods(("shop", "web"), policies=(POLICY, POLICY.replace("::aws", "::123456789012"))),
        },
        r"access.podIdentities: .*AmazonS3ReadOnlyAccess of shop/web would name the policy attachment",
    ),
    (
        "a member called as the host's own account",
        {"clusters": named("core", "core-core")},
        r"clusters\[1\].name: core-core would name the Secret of kubefed core-core, as host: eu-west-1 does; take",
    ),
    (
        "a member called as a Secret of kubefed's chart",
        {"clusters": named("core", "kubefed-admission-webhook-serving-cert")},
        r"clusters\[1\].name: kubefed-admission-webhook-serving-cert would name the Secret of kubefed kubefed-adm",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"clusters": TWO, "name": "eks-prod"}, id="eks- without Fargate"),
        pytest.param(
            {"clusters": TWO, "name": "aws", "bastion": {"enabled": False}, "endpoint": PUBLIC},
            id="aws without a bastion",
        ),
        pytest.param({"clusters": named("core", "core-eu"), "peering": FULL_MESH}, id="one beginning the other"),
        pytest.param({"clusters": named("federated-eks"), "name": "federated-eks"}, id="a cluster called as the fleet"),
        pytest.param({"clusters": [{"region": "eu-west-1", "number": 11}], "name": "a" * 40}, id="the longest"),
    ],
)
def test_names_that_meet_nothing_are_taken(values: dict[str, Any]) -> None:
    parse(values)


PARTS = st.sampled_from(
    ["a", "core", "eu", "bastion", "nodes", "private", "nat", "1", "eks", "aws", "sg", "host", "types"]
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("-".join).filter(lambda name: name[0].isalpha())
GROUPS = st.lists(
    st.sampled_from(["nodes", "eu", "eu-nodes", "1", "core-1", "nat", "template"]).filter(
        lambda name: name[0].isalpha()
    ),
    unique=True,
    min_size=1,
    max_size=2,
)
FLEETS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "clusters": st.lists(NAMES | st.none(), min_size=2, max_size=4).map(
            lambda names: [
                {k: v for k, v in cluster.items() if v}
                for cluster in named(*names)  # type: ignore[arg-type]
            ]
        ),
        "peering": st.sampled_from([FULL_MESH, {}]),
        "bastion": st.sampled_from([{}, {"enabled": False}]),
        "nodeGroups": GROUPS.map(lambda names: [{"name": name} for name in names]),
        "fargateProfiles": st.sampled_from([[], PROFILES]),
        "access": st.sampled_from([{}, pods(("kube", "system-dns")), pods(("shop", "web"), ("kube-system", "dns"))]),
    }
)

OFFICIAL = {
    "aws:iam/role:Role": ("iam", "roleNameType"),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "policyNameType"),
    "aws:iam/instanceProfile:InstanceProfile": ("iam", "instanceProfileNameType"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", "LaunchTemplateName"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "LogGroupName"),
    "aws:ssm/document:Document": ("ssm", "DocumentName"),
    "eks:index:Cluster": ("eks", "ClusterName"),
}
"""The shapes of names in AWS's own models, by the types that have them."""

MODELS = {
    service: botocore.session.Session().get_service_model(service)
    for service in {service for service, _ in OFFICIAL.values()}
}
UNMODELLED = {
    "aws:eks/nodeGroup:NodeGroup": r".{1,63}",
    "aws:eks/fargateProfile:FargateProfile": r"(?!eks-).{1,100}",
    "aws:ec2/securityGroup:SecurityGroup": r"(?!sg-).{1,255}",
    "aws:autoscaling/group:Group": r".{1,255}",
    "aws:ssm/document:Document": r"(?!(?i:aws|amazon|amzn)).*",
}
"""What the models leave out, as regular expressions."""


def refused(kind: str, name: str) -> bool:
    """Whether AWS refuses a name of a resource."""
    if not re.fullmatch(UNMODELLED.get(kind, ".*"), name):
        return True
    if kind not in OFFICIAL:
        return False
    service, shape = OFFICIAL[kind]
    rule = cast(dict[str, Any], MODELS[service].shape_for(shape).metadata)
    fits = rule.get("min", 0) <= len(name) <= rule.get("max", len(name))
    return not fits or re.fullmatch(rule.get("pattern", ".*").replace("\\p{Print}", "."), name, re.DOTALL) is None


@hypothesis_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(FLEETS)
def test_names_are_refused_or_are_distinct_and_what_aws_takes(values: dict[str, Any]) -> None:
    engine = Engine()
    try:
        run_program(values, engine)
    except SettingsError:
        assert engine.registered == []
        return
    twice = {
        one: count for one, count in Counter((one.type, one.name) for one in engine.registered).items() if count > 1
    }
    assert twice == {}
    names = [(one.type, one.inputs.get("name", one.name + "-" + "0" * (AUTO_NAMED - 1))) for one in engine.registered]
    names += [("aws:iam/role:Role", f"{cluster}-eksRole-role-1234567") for cluster in engine["eks:index:Cluster"]]
    assert [one for one in names if refused(*one)] == []
    secrets = [
        (one.provider, one.inputs["metadata"]["namespace"], one.inputs["metadata"]["name"])
        for one in engine["kubernetes:core/v1:Secret"].values()
    ]
    assert len(set(secrets)) == len(secrets)
