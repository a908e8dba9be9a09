"""A control plane comes up, answers on loopback only, and admits whom EKS would admit."""

from __future__ import annotations

import json

import pytest
import urllib3

from sandbox import processes
from sandbox.clusters import access
from sandbox.contract import AccessPolicy
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet, listening, until

pytestmark = pytest.mark.kubernetes

UNAUTHORIZED = "You must be logged in"
"""kubectl's words for 401."""


def test_it_acts_as_the_version_that_was_asked_for(planes: Fleet) -> None:
    """An older version is emulated: the programs keep their own number, and say whose behaviour they show."""
    host, member = (json.loads(planes.kubectl(key)("get", "--raw", "/version").stdout) for key in (HOST, MEMBER))
    assert host["gitVersion"] == "v1.37.2"
    assert (host["emulationMinor"], member["emulationMinor"]) == ("37", "34")


def test_only_the_health_checks_answer_the_anonymous(planes: Fleet) -> None:
    status = planes.manager.status(HOST)
    pool = urllib3.PoolManager(ca_cert_data=status.certificate_authority.decode())
    answers = {path: pool.request("GET", status.endpoint + path).status for path in ("/readyz", "/version", "/api")}
    assert answers == {"/readyz": 200, "/version": 401, "/api": 401}


def test_all_its_processes_listen_on_loopback_alone(planes: Fleet) -> None:
    heard = {address for pid in processes.ours(planes.paths.root) for address in listening(pid)}
    assert heard == {"127.0.0.1"}


def test_a_token_is_good_for_its_own_cluster_alone(planes: Fleet) -> None:
    assert "assumed-role/admin" in planes.kubectl(HOST)("auth", "whoami").stdout
    stranger = planes.kubectl(HOST, role="stranger")("get", "ns", check=False)
    assert UNAUTHORIZED in stranger.stderr
    crossed = planes.kubectl(MEMBER, role="admin", token_of=HOST)
    assert UNAUTHORIZED in crossed("get", "ns", check=False).stderr


def test_the_view_policy_reads_and_does_not_write(planes: Fleet) -> None:
    viewer = planes.kubectl(role="viewer")
    viewer("get", "pods,namespaces", "-A")
    for arguments in (["create", "ns", "x"], ["get", "secrets", "-A"], ["get", "nodes"]):
        refused = viewer(*arguments, check=False)
        assert "is forbidden" in refused.stderr, arguments


def test_a_policy_for_a_namespace_ends_at_its_border(planes: Fleet) -> None:
    for name in ("team-a", "team-b"):
        planes.kubectl()("create", "ns", name)
    editor = planes.kubectl(role="editor-of-team-a")
    editor("create", "configmap", "mine", "-n", "team-a")
    assert "is forbidden" in editor("create", "configmap", "mine", "-n", "team-b", check=False).stderr
    assert "is forbidden" in editor("get", "configmaps", "-A", check=False).stderr


def test_rbac_decides_where_no_policy_does(planes: Fleet) -> None:
    nothing = planes.kubectl(role="nothing")
    assert "is forbidden" in nothing("get", "nodes", check=False).stderr
    user = "arn:aws:sts::123456789012:assumed-role/nothing/test"
    admin = planes.kubectl()
    admin("create", "clusterrole", "node-reader", "--verb=get,list", "--resource=nodes")
    admin("create", "clusterrolebinding", "node-reader", "--clusterrole=node-reader", f"--user={user}")
    until(lambda: nothing("get", "nodes", check=False).returncode == 0, "RBAC allows it", 10)


def test_a_policy_taken_away_is_felt_soon(planes: Fleet) -> None:
    planes.identity.policies["passing"] = [AccessPolicy(name="AmazonEKSViewPolicy")]
    passing = planes.kubectl(role="passing")
    passing("get", "pods")
    planes.identity.policies["passing"] = []
    until(lambda: "is forbidden" in passing("get", "pods", check=False).stderr, "it is forbidden", 5)
    del planes.identity.policies["passing"]
    until(lambda: UNAUTHORIZED in passing("get", "pods", check=False).stderr, "it is unauthorized", 20)


@pytest.mark.parametrize(
    ("policy", "role"),
    [("AmazonEKSViewPolicy", "view"), ("AmazonEKSEditPolicy", "edit"), ("AmazonEKSAdminPolicy", "admin")],
)
def test_a_policy_allows_what_kubernetes_own_role_allows(planes: Fleet, policy: str, role: str) -> None:
    def flat(rules: list[access.Rule]) -> set[tuple[str, str, str]]:
        return {
            (group, resource, verb)
            for rule in rules
            for group in rule.groups
            for resource in rule.resources
            for verb in rule.verbs
        }

    admin = planes.kubectl(MEMBER)

    def read(name: str) -> list[access.Rule]:
        return access.from_role(admin.json("clusterrole", name))

    assert flat(access.rules(policy, read)) == flat(read(role)) != set()
