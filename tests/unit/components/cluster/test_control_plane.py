"""Control planes as they are registered, and who may call them."""

from typing import Any

import pulumi
import pytest
from pulumi import ResourceTransformArgs

from components.cluster import control_plane, fleet_roles
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

TWO: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
FIRST, SECOND = "federated-eks-1", "federated-eks-2"
ROLE = "arn:aws:iam::123456789012:role"
OPERATOR = {"arn": "arn:aws:iam::123456789012:user/operator", "policy": "cluster-admin"}
EDITOR = {"arn": f"{ROLE}/team/Dev", "policy": "edit", "namespaces": ["shop"], "groups": ["devs"]}


@pytest.fixture(scope="module")
def program() -> Engine:
    identity = {"namespace": "shop", "serviceAccount": "web", "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
    access = {
        "admins": [f"{ROLE}/Dev"],
        "users": [f"{ROLE}/Dev", f"{ROLE}/Ops"],
        "principals": [OPERATOR, EDITOR],
        "creatorAdmin": False,
        "oidc": False,
        "podIdentities": [identity],
    }
    return run_program({**TWO, "access": access})


def test_a_control_plane_logs_everything_to_a_group_that_is_there_before_it_and_outlives_it(program: Engine) -> None:
    for name in (FIRST, SECOND):
        group = program["aws:cloudwatch/logGroup:LogGroup"][f"{name}-logs"]
        assert (group.inputs["name"], group.inputs["retentionInDays"]) == (f"/aws/eks/{name}/cluster", 90)
        cluster = program["eks:index:Cluster"][name]
        assert cluster.inputs["enabledClusterLogTypes"] == [
            *("api", "audit", "authenticator", "controllerManager", "scheduler")
        ]
        assert f"{name}-logs" in cluster.depends_on
        assert group.inputs["kmsKeyId"] == cluster.inputs["encryptionConfigKeyArn"]


LEFT = f"/aws/eks/{FIRST}/cluster"


def test_a_log_group_that_eks_wrote_again_is_told_before_anything_is_made() -> None:
    engine = Engine(log_groups={LEFT: {}, f"{LEFT}-2": {}})
    with pytest.raises(
        pulumi.RunError,
        match=r"^controlPlane.logs: /aws/eks/federated-eks-1/cluster exists in eu-west-1 and is not this stack's, "
        r"because EKS writes it again once a cluster of that name is gone; delete it by `python -m ops leftovers "
        r"--stack test --delete` or `aws logs delete-log-group --region eu-west-1 "
        r"--log-group-name /aws/eks/federated-eks-1/"
        r"cluster`, or, if another cluster writes to it, choose another name$",
    ):
        run_program(TWO, engine)
    assert not {"eks:index:Cluster", "aws:cloudwatch/logGroup:LogGroup"} & {
        one.type for one in engine.registered if FIRST in one.name and "flows" not in one.name
    }


@pytest.mark.parametrize(
    ("settings", "tags"),
    [
        pytest.param({}, {"fleet": "federated-eks", "stack": "test", "a": "b"}, id="an interrupted update's"),
        pytest.param({"controlPlane": {"logs": []}}, {}, id="nothing is logged"),
    ],
)
def test_a_log_group_that_is_in_nobody_s_way_is_let_be(settings: dict[str, Any], tags: dict[str, str]) -> None:
    run_program({**TWO, **settings}, Engine(log_groups={LEFT: tags}))


def test_a_running_cluster_s_log_group_is_its_own(program: Engine) -> None:
    standing = run_program(TWO).outputs["plan"]
    run_program(TWO, Engine(standing={"plan": standing}, log_groups={LEFT: {}}))


def test_without_logs_there_is_no_log_group_of_the_control_plane() -> None:
    program = run_program({**TWO, "controlPlane": {"logs": []}})
    assert f"{FIRST}-logs" not in program["aws:cloudwatch/logGroup:LogGroup"]
    assert program["eks:index:Cluster"][FIRST].inputs["enabledClusterLogTypes"] == []


@pytest.mark.parametrize("protected", [True, False])
def test_a_cluster_and_its_network_are_protected_in_eks_and_in_pulumi_alike(protected: bool) -> None:
    settings = {} if protected else {"controlPlane": {"deletionProtection": False}}
    program = run_program({**TWO, **settings})
    cluster = program["eks:index:Cluster"][FIRST]
    assert (cluster.inputs["deletionProtection"], cluster.protect) == (protected, protected)
    vpcs = {name: program["aws:ec2/vpc:Vpc"][name].protect for name in ("federated-eks-bastion-vpc", f"{FIRST}-vpc")}
    assert vpcs == {"federated-eks-bastion-vpc": False, f"{FIRST}-vpc": protected}


def test_every_grant_has_an_entry_and_its_policy_in_every_cluster(program: Engine) -> None:
    entries = {name: one.inputs for name, one in program["aws:eks/accessEntry:AccessEntry"].items()}
    policies = program["aws:eks/accessPolicyAssociation:AccessPolicyAssociation"]
    for name in (FIRST, SECOND):
        assert entries[f"{name}-123456789012:role/team/Dev"]["kubernetesGroups"] == ["devs"]
        edit = policies[f"{name}-123456789012:role/team/Dev-edit"].inputs
        assert edit["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
        assert edit["accessScope"] == {"type": "namespace", "namespaces": ["shop"]}
        for who, end in (("bastion-admin", "ClusterAdmin"), ("admin-admin", "ClusterAdmin"), ("user-view", "View")):
            association = policies[f"{name}-{who}"].inputs
            assert association["policyArn"].endswith(f"/AmazonEKS{end}Policy")
            assert association["accessScope"] == {"type": "cluster"}


def test_groups_are_always_told_so_that_those_taken_away_go(program: Engine) -> None:
    entries = program["aws:eks/accessEntry:AccessEntry"]
    assert entries[f"{FIRST}-123456789012:user/operator"].inputs["kubernetesGroups"] == []
    assert entries[f"{FIRST}-bastion"].inputs["kubernetesGroups"] == []


@pytest.mark.parametrize(("settings", "expected"), [({}, "EXTENDED"), ({"supportType": "standard"}, "STANDARD")])
def test_the_support_type_is_always_told(settings: dict[str, str], expected: str) -> None:
    program = run_program({**TWO, "controlPlane": settings})
    for cluster in program["eks:index:Cluster"].values():
        assert cluster.inputs["upgradePolicy"] == {"supportType": expected}


def test_there_are_no_roles_for_people_unless_somebody_may_take_them_on() -> None:
    program = run_program(TWO)
    assert not {"federated-eks-admin", "federated-eks-user"} & program["aws:iam/role:Role"].keys()
    assert program.outputs["roles"] == {}


def test_a_principal_of_another_account_may_not_take_on_a_role_of_the_fleet() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"access.admins: arn:aws:iam::2:role/A is not of the fleet's account.*name a"
    ):
        fleet_roles.trust("admin", "1", ["arn:aws:iam::2:role/A"])


def test_the_caller_is_let_in_once() -> None:
    session = "arn:aws:sts::123456789012:assumed-role/Deploy/ci"
    named = [f"{ROLE}/ci/Deploy"]
    assert control_plane.check_creator(session, creator_admin=False, admins=named, exists=False)
    assert control_plane.check_creator(session, creator_admin=True, admins=named, exists=True)
    assert control_plane.check_creator(session, creator_admin=True, admins=[f"{ROLE}/Other"], exists=False)
    with pytest.raises(
        pulumi.RunError, match=r"access.principals: .*Deploy/ci creates the clusters.*creatorAdmin: false"
    ):
        control_plane.check_creator(session, creator_admin=True, admins=named, exists=False)
    with pytest.raises(pulumi.RunError, match=r"access.creatorAdmin: false shuts out .*Deploy/ci.*add its role"):
        control_plane.check_creator(session, creator_admin=False, admins=[f"{ROLE}/Other"], exists=True)


def test_a_principal_is_the_same_by_its_account_and_name() -> None:
    session = "arn:aws:sts::123456789012:assumed-role/Deploy/ci"
    assert control_plane.same_principal(session, f"{ROLE}/a/b/Deploy")
    assert not control_plane.same_principal(session, "arn:aws:iam::999999999999:role/Deploy")
    assert not control_plane.same_principal(session, "arn:aws:iam::123456789012:user/Deploy")
    assert control_plane.same_principal("arn:aws:iam::1:user/a", "arn:aws:iam::1:user/a")


def test_the_maker_gets_no_entry_where_the_settings_say_so() -> None:
    mode = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}

    def given(kind: str) -> ResourceTransformArgs:
        return ResourceTransformArgs(True, kind, "one", {"accessConfig": mode}, pulumi.ResourceOptions())

    changed = control_plane.without_creator(given("aws:eks/cluster:Cluster"))
    assert changed and changed.props["accessConfig"] == {**mode, "bootstrapClusterCreatorAdminPermissions": False}
    assert control_plane.without_creator(given("aws:iam/role:Role")) is None


def test_a_version_that_eks_has_not_got_is_told_with_those_it_has() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"kubernetesVersion: 1.20 is not offered by EKS in x; use one of 1.9, 1.10$"
    ):
        control_plane.check_offered("1.20", "x", ["1.10", "1.9"])


def test_a_version_in_extended_support_has_no_standard_support() -> None:
    assert control_plane.check_supported("1.33", "STANDARD_SUPPORT", "standard")
    assert control_plane.check_supported("1.31", "EXTENDED_SUPPORT", "extended")
    offered = [{"clusterVersion": "1.31", "versionStatus": "EXTENDED_SUPPORT"}]
    engine = Engine(
        answers={"aws:eks/getClusterVersions:getClusterVersions": lambda _: {"clusterVersions": offered, "region": "x"}}
    )
    settings = {**TWO, "kubernetesVersion": "1.31", "controlPlane": {"supportType": "standard"}}
    with pytest.raises(
        pulumi.RunError,
        match=r"controlPlane.supportType: standard does not include Kubernetes 1.31, which is in extended support; "
        r"set a newer kubernetesVersion first, or supportType: extended$",
    ):
        run_program(settings, engine)
    assert "eks:index:Cluster" not in {one.type for one in engine.registered}


def test_the_fleet_s_own_addresses_count_among_the_callers() -> None:
    control_plane.check_callers(FIRST, 40)
    with pytest.raises(pulumi.RunError, match=r"endpoint.allowedCidrs: federated-eks-1 would be open to 41 ranges"):
        control_plane.check_callers(FIRST, 41)
