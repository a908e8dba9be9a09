"""The documents: they allow every call that the table has, and nothing of another fleet's, and nothing besides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import parliament
import pytest

from ops.permissions import calls
from ops.permissions.documents import ROLES, documents, of_role
from ops.permissions.looking import OF_BUCKETS, SCOPED, State
from ops.permissions.scope import Scope, scope, types
from ops.permissions.statements import LONGEST, Document, allow, document, fitting, size
from sandbox.aws.authorization.policies import Check, judge, listed
from settings import parse
from tests.unit.engine import Engine, run_program
from tests.unit.ops.permissions.samples import NUMBER, World

pytestmark = pytest.mark.unit

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BOUNDARY = f"arn:aws:iam::{NUMBER}:policy/FleetBoundary"
PODS = {"namespace": "jobs", "serviceAccount": "web"}
TWO: dict[str, Any] = {"name": "acme", "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
FARGATE = {"fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}]}
WITHOUT_NODES: dict[str, Any] = {
    "nodeGroups": [],
    "fargateProfiles": [
        {"name": "all", "selectors": [{"namespace": "kube-system"}, {"namespace": "kube-federation-system"}]}
    ],
}
EVERYTHING = TWO | {
    **FARGATE,
    "nodeGroups": [{"name": "spot", "capacity": "spot"}],
    "network": {"nat": "one", "endpoints": "all", "flowLogs": {"traffic": "all"}},
    "access": {
        "oidc": True,
        "admins": [f"arn:aws:iam::{NUMBER}:user/operator"],
        "podIdentities": [{**PODS, "policies": [S3]}],
        "boundary": BOUNDARY,
    },
}
LEAST = TWO | {
    "bastion": {"enabled": False},
    "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
    "network": {"flowLogs": {"traffic": "none"}},
    "controlPlane": {"logs": []},
    "addons": [{"name": "vpc-cni"}, {"name": "kube-proxy"}, {"name": "coredns"}],
}
SNAPSHOTS: dict[str, Any] = {"karmada": {"snapshots": {"bucket": "acme-shots"}}}
CHART = {"name": "c", "chart": "./c", "namespace": "n"}
VARIANTS: Mapping[str, dict[str, Any]] = {
    "default": TWO,
    "everything": EVERYTHING,
    "least": LEAST,
    "fargate alone": TWO | WITHOUT_NODES,
    "karmada": TWO | {"engine": "karmada"},
    "snapshots": TWO | SNAPSHOTS | {"engine": "karmada"},
    "a role of their own for pods": TWO
    | {"access": {"podIdentities": [{**PODS, "roleArn": f"arn:aws:iam::{NUMBER}:role/P"}]}},
}
STATE = State(bucket="state", project="federated-eks", key=f"arn:aws:kms:eu-west-1:{NUMBER}:key/k")


def of(settings: Mapping[str, Any]) -> Scope:
    """The scope of a stack with these settings."""
    text = {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in settings.items()}
    return scope(parse(text), stack="test", account=NUMBER)


def world(of_scope: Scope, fleet: str = "acme") -> World:
    """Sample resources of a fleet with that name."""
    return World(fleet, "test", f"{fleet}-1", of_scope.managed_policies, boundary=of_scope.boundary or "")


@pytest.fixture(params=VARIANTS, scope="module")
def variant(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of a fleet."""
    return VARIANTS[request.param]


@pytest.fixture(scope="module")
def program(variant: dict[str, Any]) -> Engine:
    """What the program registers with them."""
    return run_program(variant, Engine(living={"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}))


def test_karmada_needs_no_further_policy() -> None:
    assert documents(of(VARIANTS["karmada"]), STATE) == documents(of(TWO), STATE)


def granted(policies: Iterable[Document]) -> set[str]:
    """The actions that documents allow."""
    return {action for policy in policies for each in policy["Statement"] for action in listed(each["Action"])}


def role(name: str, of_scope: Scope) -> list[Document]:
    """A role's documents."""
    return [*of_role(name, documents(of_scope, STATE)).values()]


def expected(of_scope: Scope) -> Iterator[tuple[str, str]]:
    """Each type of the scope with each action that it takes."""
    for kind, its in calls.of_types(types(of_scope)).items():
        for action in sorted(its.changes | its.read | its.checked):
            if action.startswith("route53:") and not of_scope.interface_endpoints:
                continue
            yield kind, action


def test_every_type_and_function_of_the_program_has_its_calls_in_the_table(
    variant: dict[str, Any], program: Engine
) -> None:
    seen = {one.type for one in program.registered if one.type.startswith(("aws:", "eks:"))}
    seen |= {one.type for one in program.read if one.type.startswith("aws:")}
    assert seen - calls.TYPES.keys() - calls.REMOTE.keys() == set()
    assert {*calls.of_types(seen)} <= types(of(variant)), "the settings' types"
    assert {one.token for one in program.asked} - calls.FUNCTIONS.keys() == set()


def test_an_update_may_make_every_call_on_its_own_fleet(variant: dict[str, Any]) -> None:
    mine = of(variant)
    own = role("update", mine)
    wanted = [check for kind, action in expected(mine) for check in world(mine).checks(kind, action)]
    assert [check for check in wanted if judge(own, check) != "allowed"] == []
    assert len(wanted) > 150


def test_a_drift_check_may_read_everything_and_change_nothing(variant: dict[str, Any]) -> None:
    mine = of(variant)
    own = role("drift", mine)
    reads = [(kind, action) for kind, its in calls.of_types(types(mine)).items() for action in sorted(its.read)]
    wanted = [check for kind, action in reads for check in world(mine).checks(kind, action)]
    assert [check for check in wanted if judge(own, check) != "allowed"] == []
    assert changing(granted(own)) == set()


def changing(actions: set[str]) -> set[str]:
    """Those actions that aren't reads."""
    return {one for one in actions if not one.partition(":")[2].startswith(("Describe", "Get", "List", "Decrypt"))}


def test_a_preview_may_ask_what_the_program_asks(variant: dict[str, Any], program: Engine) -> None:
    own = role("preview", of(variant))
    asked = {action for call in program.asked for action in calls.FUNCTIONS[call.token]} - SCOPED
    assert {action for action in asked if judge(own, world(of(variant))._check(action, "*")) != "allowed"} == set()
    assert changing(granted(own)) == set()


ANYBODYS = (
    # AWS knows no narrower resource: only the region narrows it.
    *("ec2:Describe", "autoscaling:Describe", "logs:Describe", "kms:ListAliases", "ssm:DescribeParameters"),
    *("servicequotas:", "eks:DescribeAddonVersions", "eks:DescribeClusterVersions", "ssm:GetParameters"),
    # EKS names an identity provider, whose tags can't be read with a condition.
    "iam:GetOpenIDConnectProvider",
    # The parts of an instance; its launch template has to be the fleet's own.
    *("ec2:RunInstances", "iam:CreateServiceLinkedRole", "route53:"),
)
"""The beginnings of actions that are allowed on others' resources too, and why."""


def test_nothing_of_another_fleet_is_within_reach(variant: dict[str, Any]) -> None:
    mine = of(variant)
    own = role("update", mine)
    wanted = [check for kind, action in expected(mine) for check in world(mine, "umbra").checks(kind, action)]
    reached = {check for check in map(str_of, wanted) if judge(own, check) == "allowed"}
    assert {check.action for check in reached if not check.action.startswith(ANYBODYS) and not rule(check)} == set()
    template = [
        check for check in reached if check.action == "ec2:RunInstances" and "launch-template/" in check.resource
    ]
    assert template == []


def str_of(check: Check) -> Check:
    """The check in a form that a set takes."""
    return Check(check.action, check.resource, _Frozen(check.context))


class _Frozen(dict[str, Any]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def rule(check: Check) -> bool:
    """Whether the check is on a new security group rule: its group has to be the fleet's own."""
    return ":security-group-rule/" in check.resource


def test_nothing_is_allowed_that_no_entry_of_the_table_has(variant: dict[str, Any]) -> None:
    mine = of(variant)
    made = documents(mine, STATE)
    known = {action for _, action in expected(mine)} | {each for it in calls.FUNCTIONS.values() for each in it}
    known |= {"iam:PutRolePermissionsBoundary"} if mine.boundary else set()
    from_table = [
        policy for name, policy in made.items() if name in ("preview", "look", "network", "clusters", "identity")
    ]
    assert granted(from_table) - known == set()


def test_every_document_fits_and_has_statements_with_names_of_their_own(variant: dict[str, Any]) -> None:
    for name, policy in documents(of(variant), STATE).items():
        assert size(policy) <= LONGEST, name
        sids = [each["Sid"] for each in policy["Statement"]]
        assert len(sids) == len({*sids}) > 0
        assert "*" not in granted([policy])


NOT_FAULTS = (
    # Where one call's resources are in several statements on purpose, or AWS judges an ARN that its list doesn't name.
    "RESOURCE_MISMATCH",
    # A session without a document's name; policy_sentry knows it.
    "UNKNOWN_CONDITION_FOR_ACTION",
    # iam:PermissionsBoundary: AWS compares it as a text (IAM user guide, "Available keys for IAM").
    "MISMATCHED_TYPE_BUT_USABLE",
)


def test_parliament_finds_no_fault(variant: dict[str, Any]) -> None:
    found = {
        (name, one.issue, str(one.detail))
        for name, policy in documents(of(variant), STATE).items()
        for one in parliament.analyze_policy_string(json.dumps(policy)).findings
        if one.issue not in NOT_FAULTS
    }
    assert {one for one in found if one[1] != "RESOURCE_STAR"} == set()
    assert [
        one for one in found if one[1] == "RESOURCE_STAR" and "TagResource" not in one[2] and "VpcAttr" not in one[2]
    ] == []


def test_a_boundary_is_required_of_whoever_widens_a_role() -> None:
    mine = of(EVERYTHING)
    own, free = role("update", mine), World("acme", "test", "acme-1", mine.managed_policies)
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"):
        for boundary in ("", "arn:aws:iam::aws:policy/AdministratorAccess"):
            other = World("acme", "test", "acme-1", mine.managed_policies, boundary=boundary)
            assert {judge(own, check) for check in other.checks("aws:iam/role:Role", action)} == {"unmentioned"}
        assert {judge(own, check) for check in world(mine).checks("aws:iam/role:Role", action)} == {"allowed"}
    for known in (free, world(mine)):
        (take,) = known.checks("aws:iam/role:Role", "iam:DeleteRolePermissionsBoundary")
        assert judge(own, take) == "unmentioned", "an administrator takes it off"
    assert {judge(own, check) for check in free.checks("aws:iam/role:Role", "iam:DetachRolePolicy")} == {"allowed"}


def test_a_role_is_passed_to_the_services_that_take_it_on_alone() -> None:
    check = Check(
        "iam:PassRole", f"arn:aws:iam::{NUMBER}:role/acme-1-nodes", {"iam:PassedToService": "lambda.amazonaws.com"}
    )
    assert judge(role("update", of(EVERYTHING)), check) == "unmentioned"


def test_many_regions_and_long_names_still_fit() -> None:
    regions = [
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "eu-north-1",
    ]
    name = "a" * 40
    many = [{"region": region} for region in regions] + [{"region": "ca-central-1", "name": "b" * 40}]
    made = documents(of(EVERYTHING | {"name": name[:36], "clusters": many}), STATE, zones=["Z1"])
    assert {name for name, policy in made.items() if size(policy) > LONGEST} == set()
    assert {*made} >= {name for names in ROLES.values() for name in names}
    assert len(of_role("update", made)) <= 10, "a role takes so many managed policies"


def test_a_document_that_is_too_long_comes_in_parts_that_allow_the_same() -> None:
    statements = [
        allow(f"S{number}", ["ec2:DescribeVpcs"], f"arn:aws:ec2:*:*:vpc/{'v' * 500}{number}") for number in range(30)
    ]
    parts = dict(fitting("look", document(statements)))
    assert [*parts] == ["look", "look-2", "look-3"]
    assert [each for part in parts.values() for each in part["Statement"]] == statements
    assert max(map(size, parts.values())) <= LONGEST


def test_an_own_name_and_an_existing_vpc_are_within_reach() -> None:
    vpc = {
        "id": "vpc-0123456789abcdef0",
        "cidr": "10.20.0.0/16",
        "privateSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "routeTableIds": ["rtb-01234567"],
    }
    mine = of(TWO | {"clusters": [{"region": "eu-west-1", "name": "shop", "vpc": vpc}]})
    own = role("update", mine)
    where = {"aws:RequestedRegion": "eu-west-1"}
    ec2 = f"arn:aws:ec2:eu-west-1:{NUMBER}"
    for action, resource in (
        ("eks:DeleteCluster", f"arn:aws:eks:eu-west-1:{NUMBER}:cluster/shop"),
        ("eks:UpdateAddon", f"arn:aws:eks:eu-west-1:{NUMBER}:addon/shop/coredns/1"),
        ("iam:CreateRole", f"arn:aws:iam::{NUMBER}:role/shop-nodes-1"),
        ("logs:CreateLogGroup", f"arn:aws:logs:eu-west-1:{NUMBER}:log-group:/aws/eks/shop/cluster"),
        ("ec2:CreateSecurityGroup", f"{ec2}:vpc/vpc-0123456789abcdef0"),
        ("ec2:CreateRoute", f"{ec2}:route-table/rtb-01234567"),
    ):
        assert judge(own, Check(action, resource, where)) == "allowed", action
    assert judge(own, Check("ec2:CreateRoute", f"{ec2}:route-table/rtb-89abcdef", where)) == "unmentioned"
    assert (
        judge(own, Check("eks:DeleteCluster", f"arn:aws:eks:eu-west-1:{NUMBER}:cluster/shopping", where))
        == "unmentioned"
    )


def test_china_has_arns_and_services_of_its_own() -> None:
    text = json.dumps(documents(of(TWO | {"clusters": [{"region": "cn-north-1"}]})))
    assert "arn:aws:" not in text
    assert "ec2.amazonaws.com.cn" in text


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("elasticloadbalancing:DeleteLoadBalancer", f"elasticloadbalancing:eu-west-1:{NUMBER}:loadbalancer/net/a/1"),
        ("elasticloadbalancing:DeleteTargetGroup", f"elasticloadbalancing:eu-west-1:{NUMBER}:targetgroup/a/1"),
        ("ec2:DeleteNetworkInterface", f"ec2:eu-west-1:{NUMBER}:network-interface/eni-1"),
        ("ec2:RevokeSecurityGroupIngress", f"ec2:eu-west-1:{NUMBER}:security-group/sg-1"),
        ("ec2:DeleteVolume", f"ec2:eu-west-1:{NUMBER}:volume/vol-1"),
        ("ec2:DeleteSnapshot", "ec2:eu-west-1::snapshot/snap-1"),
    ],
)
def test_leftovers_are_deleted_by_the_tags_of_the_fleet_s_clusters_alone(action: str, arn: str) -> None:
    own = role("update", of(TWO))
    for cluster, verdict in (("acme-2", "allowed"), ("umbra-1", "unmentioned"), ("acme-21", "unmentioned")):
        for tag, value in ((f"kubernetes.io/cluster/{cluster}", "owned"), ("elbv2.k8s.aws/cluster", cluster)):
            check = Check(action, f"arn:aws:{arn}", {f"aws:ResourceTag/{tag}": value})
            assert judge(own, check) == verdict, (tag, value)


def test_a_preview_sees_whether_the_boundary_exists() -> None:
    for name in ("preview", "update", "drift"):
        assert judge(role(name, of(EVERYTHING)), Check("iam:GetPolicy", BOUNDARY)) == "allowed"
        assert judge(role(name, of(EVERYTHING)), Check("iam:GetPolicy", S3)) == "unmentioned"
        assert "iam:GetPolicy" not in granted(role(name, of(TWO)))


def test_a_preview_sees_whether_the_bucket_of_snapshots_exists() -> None:
    for name in ("preview", "update", "drift"):
        own = role(name, of(VARIANTS["snapshots"]))
        for action in OF_BUCKETS:
            assert judge(own, Check(action, "arn:aws:s3:::acme-shots")) == "allowed"
            assert judge(own, Check(action, "arn:aws:s3:::acme-shots-2")) == "unmentioned"
        assert judge(own, Check("s3:GetObject", "arn:aws:s3:::acme-shots/acme/test/a.db")) == "unmentioned"
        for without in (TWO, TWO | SNAPSHOTS):
            assert OF_BUCKETS & granted([*documents(of(without)).values()]) == set()


def test_a_preview_sees_whose_a_control_plane_s_log_group_is() -> None:
    own = role("preview", of(TWO))
    group = f"arn:aws:logs:eu-west-1:{NUMBER}:log-group:/aws/eks/acme-1/cluster"
    assert judge(own, Check("logs:ListTagsForResource", group)) == "allowed"
    assert judge(own, Check("logs:ListTagsForResource", group.replace("acme", "umbra"))) == "unmentioned"


def test_a_chart_s_role_is_in_the_scope_as_a_pod_identity_is() -> None:
    given = {"serviceAccount": "s", "roleArn": f"arn:aws:iam::{NUMBER}:role/P"}
    made = {"serviceAccount": "s", "policies": [S3]}
    assert S3 in of(TWO | {"charts": [CHART | {"role": made}]}).managed_policies
    assert of(TWO | {"charts": [CHART | {"role": given}]}).given_roles == (given["roleArn"],)
