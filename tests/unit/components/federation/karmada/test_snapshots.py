"""Snapshots of Karmada's etcd under the mock engine: the job, its rights, and members that begin with a snapshot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.components.federation.karmada.test_joining import HOST, NAMESPACE, fleet
from tests.unit.engine import Engine

pytestmark = pytest.mark.unit

BUCKET = "fleet-snapshots"
KEY = "federated-eks/dev/2026-11-30T08-00-00Z.db"
KMS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
JOB = "kubernetes:batch/v1:CronJob"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


@pytest.fixture(scope="module")
def program() -> Engine:
    """A program that takes snapshots, from a registry of its own."""
    return fleet(
        karmada={"registry": "registry.example.org", "snapshots": {"bucket": BUCKET, "schedule": "30 2 * * 0"}}
    )


@pytest.fixture(scope="module")
def restoring() -> Engine:
    """A program that restores a snapshot from a bucket with a key."""
    return fleet(karmada={"etcdMembers": 1, "snapshots": {"bucket": BUCKET, "keyArn": KMS_KEY, "restore": KEY}})


def job(program: Engine) -> dict[str, Any]:
    (found,) = program[JOB].values()
    return found.inputs["spec"]


def pod(program: Engine) -> dict[str, Any]:
    return job(program)["jobTemplate"]["spec"]["template"]["spec"]


def members(program: Engine) -> dict[str, Any]:
    (found,) = program["kubernetes:apps/v1:StatefulSet"].values()
    return found.inputs["spec"]["template"]["spec"]


def allowed(program: Engine, account: str) -> list[dict[str, Any]]:
    """The statements of the role of a service account of Karmada's."""
    name = f"{HOST}-{NAMESPACE}-{account}-pods"
    assert program[ASSOCIATION][name].inputs["serviceAccount"] == account
    return json.loads(program["aws:iam/rolePolicy:RolePolicy"][f"{name}-own"].inputs["policy"])["Statement"]


def test_a_job_saves_a_snapshot_and_puts_it_into_the_bucket_by_its_time(program: Engine) -> None:
    assert (job(program)["schedule"], job(program)["timeZone"]) == ("30 2 * * 0", "Etc/UTC")
    assert job(program)["concurrencyPolicy"] == "Forbid"
    (save,), (put,) = pod(program)["initContainers"], pod(program)["containers"]
    assert save["image"] == "registry.example.org/etcd:3.6.6-0"
    assert save["command"][:4] == ["/usr/local/bin/etcdctl", "snapshot", "save", "/snapshot/etcd.db"]
    assert f"--endpoints=https://etcd-client.{NAMESPACE}.svc.cluster.local:2379" in save["command"]
    assert put["image"] == "registry.example.org/alpine/k8s:1.35.4"
    assert put["env"] == [{"name": "BUCKET", "value": BUCKET}, {"name": "FOLDER", "value": "federated-eks/test"}]
    script = put["command"][-1]
    assert '--key "$FOLDER/$(date -u +%Y-%m-%dT%H-%M-%SZ).db"' in script and "--body /snapshot/etcd.db" in script


def test_the_job_runs_without_rights_in_the_cluster_or_on_its_node(program: Engine) -> None:
    assert pod(program)["automountServiceAccountToken"] is False
    assert pod(program)["securityContext"]["runAsNonRoot"] is True
    for step in (*pod(program)["initContainers"], *pod(program)["containers"]):
        assert step["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert step["securityContext"]["readOnlyRootFilesystem"] is True
    mounts = [mount["name"] for mount in pod(program)["containers"][0]["volumeMounts"]]
    assert mounts == ["snapshot"], "what calls AWS needs no certificate of etcd"


def test_the_job_s_role_only_puts_below_the_folder_of_the_stack(program: Engine) -> None:
    assert pod(program)["serviceAccountName"] == "karmada-snapshots"
    (statement,) = allowed(program, "karmada-snapshots")
    resource = f"arn:aws:s3:::{BUCKET}/federated-eks/test/*"
    assert statement == {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource}
    assert f"{HOST}-{NAMESPACE}-karmada-etcd-pods" not in program[ASSOCIATION]


def test_the_job_comes_after_etcd_and_may_call_it(program: Engine) -> None:
    (found,) = program[JOB].values()
    assert "federated-eks-karmada-etcd-members" in found.depends_on
    (policy,) = program["kubernetes:networking.k8s.io/v1:NetworkPolicy"].values()
    (selector,) = policy.inputs["spec"]["ingress"][0]["from"]
    labels = job(program)["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert labels["app"] in selector["podSelector"]["matchExpressions"][0]["values"]
    assert "initContainers" not in members(program)


def test_a_member_with_an_empty_volume_begins_with_the_snapshot(restoring: Engine) -> None:
    download, restore, use = members(restoring)["initContainers"]
    assert download["env"] == [{"name": "BUCKET", "value": BUCKET}, {"name": "KEY", "value": KEY}]
    assert restore["command"][0] == "/usr/local/bin/etcdutl"
    (member,) = members(restoring)["containers"]
    own = [flag for flag in member["command"] if flag.startswith(("--name=", "--initial-"))]
    assert len(own) == 4 and set(own) <= set(restore["command"]), "the data is of this member and its peers"
    assert {"--bump-revision=1000000000", "--mark-compacted", "--data-dir=/var/lib/etcd/restored"} <= {
        *restore["command"]
    }
    assert use["command"][-1].startswith("test -e /var/lib/etcd/data || mv /var/lib/etcd/restored /var/lib/etcd/data;")


def test_members_that_restore_only_read_the_one_snapshot(restoring: Engine) -> None:
    assert members(restoring)["serviceAccountName"] == "karmada-etcd"
    assert members(restoring)["automountServiceAccountToken"] is False
    read, decrypt = allowed(restoring, "karmada-etcd")
    assert read == {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/{KEY}"}
    assert decrypt == {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KMS_KEY}
    put, encrypt = allowed(restoring, "karmada-snapshots")
    assert (put["Action"], encrypt["Action"]) == ("s3:PutObject", "kms:GenerateDataKey")


def test_a_fleet_without_the_setting_takes_no_snapshots() -> None:
    program = fleet()
    assert not program[JOB]
    assert not [name for name in program[ASSOCIATION] if NAMESPACE in name]
    (policy,) = program["kubernetes:networking.k8s.io/v1:NetworkPolicy"].values()
    assert "karmada-snapshots" not in json.dumps(policy.inputs)


def test_a_fleet_without_karmada_ignores_the_setting() -> None:
    program = fleet(engine="kubefed", karmada={"snapshots": {"bucket": BUCKET}})
    assert not program[JOB]
    assert not [name for name in program[ASSOCIATION] if NAMESPACE in name]
