"""Control planes and who may call them, through the real engine: as made, as changed in place, and gone."""

import json
from collections.abc import Generator
from typing import Any, NamedTuple

import pytest

from tests.sandbox import documented
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import STACK, Fleet, listed

pytestmark = pytest.mark.fleet

HERE, THERE = "eu-west-1", "eu-west-3"
NAMES = {HERE: "federated-eks-1", THERE: "federated-eks-2"}
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


class Guarded(NamedTuple):
    """A fleet of two regions, and the account's own principals."""

    fleet: Fleet
    caller: str
    developer: str

    def cluster(self, region: str) -> Any:
        """A region's cluster, as EKS shows it."""
        return self.fleet.boto("eks", region).describe_cluster(name=NAMES[region])["cluster"]

    def policies(self, region: str, principal: str) -> dict[str, list[str]]:
        """A principal's policies in a region's cluster, and their namespaces."""
        eks = self.fleet.boto("eks", region)
        told = eks.list_associated_access_policies(clusterName=NAMES[region], principalArn=principal)
        return {
            one["policyArn"].removeprefix(POLICY): one["accessScope"]["namespaces"]
            for one in told["associatedAccessPolicies"]
        }


def access(caller: str, developer: str, **changed: Any) -> dict[str, Any]:
    """The setting: its maker is named, a developer edits in a namespace and may take on both of the fleet's roles."""
    editor = {"arn": developer, "policy": "edit", "namespaces": ["shop"], "groups": ["developers"]}
    return {
        "creatorAdmin": False,
        "admins": [developer],
        "users": [developer],
        "principals": [{"arn": caller, "policy": "cluster-admin"}, editor],
        "oidc": True,
        "podIdentities": [{"namespace": "shop", "serviceAccount": "web", "policies": [S3]}],
        **changed,
    }


@pytest.fixture(scope="module")
def guarded() -> Generator[Guarded, None, None]:
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        caller = fleet.boto("sts", HERE).get_caller_identity()["Arn"]
        trust = {"Effect": "Allow", "Principal": {"AWS": caller}, "Action": "sts:AssumeRole"}
        developer = fleet.boto("iam", HERE).create_role(
            RoleName="Developer", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]["Arn"]
        fleet.configure(
            clusters=listed([HERE, THERE]),
            kubernetesVersion="1.36",
            types=[],
            manifests=[],
            controlPlane={},
            access=access(caller, developer),
        )
        checkout.sandbox("up")
        yield Guarded(fleet, caller, developer)


def test_a_control_plane_logs_all_it_can_to_an_encrypted_group_that_forgets(guarded: Guarded) -> None:
    for region, name in NAMES.items():
        cluster = guarded.cluster(region)
        types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
        assert cluster["logging"]["clusterLogging"] == [{"types": types, "enabled": True}]
        groups = guarded.fleet.boto("logs", region).describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"]
        (group,) = [one for one in groups if one["logGroupName"] == f"/aws/eks/{name}/cluster"]
        assert group["retentionInDays"] == 90
        assert group["kmsKeyId"] == cluster["encryptionConfig"][0]["provider"]["keyArn"]


def test_secrets_are_encrypted_by_a_key_of_the_account_s_own_that_rotates(guarded: Guarded) -> None:
    for region in NAMES:
        (encryption,) = guarded.cluster(region)["encryptionConfig"]
        assert encryption["resources"] == ["secrets"]
        kms, key = guarded.fleet.boto("kms", region), encryption["provider"]["keyArn"]
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "CUSTOMER"


def test_only_those_who_are_named_have_access_and_no_more_than_that(guarded: Guarded) -> None:
    fleet, caller, developer = guarded
    roles = json.loads(fleet.pulumi("stack", "output", "roles", "--json").stdout)
    for region, name in NAMES.items():
        eks = fleet.boto("eks", region)
        entries = set(eks.list_access_entries(clusterName=name)["accessEntries"])
        people = {caller, developer, *roles.values()}
        assert people <= entries
        assert all("bastion" in arn or "nodes" in arn or "fargate" in arn for arn in entries - people)
        assert guarded.policies(region, caller) == {"ClusterAdminPolicy": []}
        assert guarded.policies(region, roles["admin"]) == {"ClusterAdminPolicy": []}
        assert guarded.policies(region, roles["user"]) == {"ViewPolicy": []}
        entry = eks.describe_access_entry(clusterName=name, principalArn=developer)["accessEntry"]
        assert entry["kubernetesGroups"] == ["developers"]


def test_the_fleet_s_roles_are_for_the_listed_principals_and_look_up_these_clusters_alone(guarded: Guarded) -> None:
    fleet = guarded.fleet
    iam = fleet.boto("iam", HERE)
    for arn in json.loads(fleet.pulumi("stack", "output", "roles", "--json").stdout).values():
        role = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": [guarded.developer]}
        (policy,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
        assert document["Statement"][0]["Action"] == "eks:DescribeCluster"
        assert document["Statement"][0]["Resource"] == [guarded.cluster(region)["arn"] for region in NAMES]


def test_a_service_account_s_pods_have_a_role_of_their_own(guarded: Guarded) -> None:
    iam = guarded.fleet.boto("iam", HERE)
    for region, name in NAMES.items():
        cluster, eks = guarded.cluster(region), guarded.fleet.boto("eks", region)
        (found,) = eks.list_pod_identity_associations(clusterName=name, namespace="shop")["associations"]
        one = eks.describe_pod_identity_association(clusterName=name, associationId=found["associationId"])
        assert one["association"]["serviceAccount"] == "web"
        role = iam.get_role(RoleName=one["association"]["roleArn"].rpartition("/")[2])["Role"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"]["aws:RequestTag/eks-cluster-arn"] == cluster["arn"]
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert [policy["PolicyArn"] for policy in attached] == [S3]


def test_each_cluster_s_tokens_are_known_to_iam(guarded: Guarded) -> None:
    iam = guarded.fleet.boto("iam", HERE)
    exported = json.loads(guarded.fleet.pulumi("stack", "output", "clusters", "--json", "--show-secrets").stdout)
    for region, name in NAMES.items():
        provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=exported[name]["oidcProviderArn"])
        issuer = guarded.cluster(region)["identity"]["oidc"]["issuer"]
        assert (f"https://{provider['Url']}", provider["ClientIDList"]) == (issuer, ["sts.amazonaws.com"])


REFUSED = {
    "a version that is skipped": ({"kubernetesVersion": "1.38"}, "1.38 is 2 minor versions past 1.36"),
    "a version that is gone": ({"kubernetesVersion": "1.35"}, "1.35 is older than 1.36"),
    "a protected cluster": (
        {"clusters": listed([HERE])},
        "federated-eks-2 in eu-west-3 is no longer listed, and is",
    ),
    "the creator's access": ({"access": {}}, "access.creatorAdmin: true is not how federated-eks-1 in eu-west-1 was"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_replace_or_break_a_cluster_is_refused_first(guarded: Guarded, case: str) -> None:
    settings, message = REFUSED[case]
    before = guarded.fleet.resources()
    with guarded.fleet.settings_put_back(**settings):
        done = guarded.fleet.pulumi("up", "--yes", "--skip-preview", check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split()), done.stdout
    assert guarded.fleet.resources() == before


def test_a_protected_fleet_is_not_destroyed_and_nothing_of_it_is(guarded: Guarded) -> None:
    before = guarded.fleet.resources()
    done = guarded.fleet.pulumi("destroy", "--yes", check=False)
    assert done.returncode != 0
    assert "protect" in done.stdout
    assert guarded.fleet.resources() == before
    assert guarded.cluster(HERE)["deletionProtection"]


def test_everything_changes_in_place_and_the_host_goes_up_before_its_member(guarded: Guarded) -> None:
    fleet, caller, developer = guarded
    fleet.kubectl(NAMES[THERE], "create", "configmap", "kept", "--from-literal=a=1")
    before = fleet.resources()
    viewer = {"arn": developer, "policy": "view", "namespaces": ["shop", "till"], "groups": ["viewers"]}
    fleet.configure(
        controlPlane={"logs": ["api", "audit"], "logDays": 30},
        endpoint={"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
        access=access(caller, developer, principals=[{"arn": caller, "policy": "cluster-admin"}, viewer]),
    )
    documented.run(fleet.checkout, "Upgrade", "pulumi config set", instead={"1.36": "1.37"})
    documented.run(fleet.checkout, "Destroy", "pulumi config set")
    replaced = [step for step in fleet.preview() if "replace" in step.op and "AccessPolicy" not in step.type]
    assert replaced == []
    documented.run(fleet.checkout, "Upgrade", "pulumi up", "--yes --skip-preview", *STACK[2:])
    began = {}
    for region, name in NAMES.items():
        cluster, eks = guarded.cluster(region), fleet.boto("eks", region)
        assert (cluster["version"], cluster["deletionProtection"]) == ("1.37", False)
        assert cluster["logging"]["clusterLogging"][0] == {"types": ["api", "audit"], "enabled": True}
        assert "198.51.100.7/32" in cluster["resourcesVpcConfig"]["publicAccessCidrs"]
        group = fleet.boto("logs", region).describe_log_groups(logGroupNamePrefix=f"/aws/eks/{name}/cluster")
        assert [one["retentionInDays"] for one in group["logGroups"]] == [30]
        assert guarded.policies(region, developer) == {"ViewPolicy": ["shop", "till"]}
        updates = [
            eks.describe_update(name=name, updateId=key)["update"] for key in eks.list_updates(name=name)["updateIds"]
        ]
        (began[region],) = [one["createdAt"] for one in updates if one["type"] == "VersionUpdate"]
        groups = eks.list_nodegroups(clusterName=name)["nodegroups"]
        described = [eks.describe_nodegroup(clusterName=name, nodegroupName=one)["nodegroup"] for one in groups]
        assert {one["version"] for one in described} == {"1.37"}
        version = json.loads(fleet.kubectl(name, "get", "--raw", "/version").stdout)
        assert version.get("emulationMinor", version["minor"]) == "37"
    assert began[HERE] < began[THERE]
    assert fleet.kubectl(NAMES[THERE], "get", "configmap", "kept", "-o", "jsonpath={.data.a}").stdout == "1"
    assert fleet.ready() == dict.fromkeys(NAMES.values(), "True")
    stays = {urn: key for urn, key in before.items() if "eks/cluster:" in urn or "ec2/vpc:" in urn}
    assert {urn: fleet.resources()[urn] for urn in stays} == stays


def test_nothing_is_left_of_it(guarded: Guarded) -> None:
    """Last: the fleet is gone afterwards."""
    documented.run(guarded.fleet.checkout, "Destroy", "pulumi destroy", "--yes --skip-preview")
    documented.run(
        guarded.fleet.checkout, "Destroy", "python -m ops leftovers --stack dev --delete --settle", "--yes --settle 0"
    )
    guarded.fleet.boto("iam", HERE).delete_role(RoleName="Developer")
    assert "Nothing is left." in guarded.fleet.checkout.sandbox("down").stdout
