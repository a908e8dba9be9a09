"""Karmada's etcd under the mock engine: its members, their volumes, and who calls them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from components.federation.karmada.values import MEMORY_MIB, Copies
from tests.unit.components.federation.karmada.test_joining import NAMESPACE, RELEASE, fleet, plain, values
from tests.unit.engine import Engine

pytestmark = pytest.mark.unit

ETCD = "federated-eks-karmada-etcd"
THREE = {"nodeGroups": [{"name": "nodes", "desired": 3}]}


@pytest.fixture(scope="module")
def program() -> Engine:
    """A program whose host has three nodes."""
    return fleet(**THREE, karmada={"registry": "registry.example.org", "storageGib": 20})


def members(program: Engine) -> Any:
    (found,) = program["kubernetes:apps/v1:StatefulSet"].values()
    return found


def pod(program: Engine) -> dict[str, Any]:
    return members(program).inputs["spec"]["template"]["spec"]


def test_three_nodes_have_three_members_that_begin_together(program: Engine) -> None:
    spec = members(program).inputs["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (3, "Parallel", "etcd")
    command = pod(program)["containers"][0]["command"]
    peers = [f"etcd-{number}=https://etcd-{number}.etcd.{NAMESPACE}.svc.cluster.local:2380" for number in range(3)]
    assert f"--initial-cluster={','.join(peers)}" in command
    assert "--peer-client-cert-auth" in command and "--client-cert-auth" in command
    assert not [flag for flag in command if "http://" in flag and "metrics" not in flag], "nothing is in plain text"


def test_members_are_on_different_nodes_and_spread_over_the_zones(program: Engine) -> None:
    apart = pod(program)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert [term["topologyKey"] for term in apart] == ["kubernetes.io/hostname"]
    (zones,) = pod(program)["topologySpreadConstraints"]
    assert (zones["topologyKey"], zones["maxSkew"], zones["whenUnsatisfiable"]) == (
        "topology.kubernetes.io/zone",
        1,
        "DoNotSchedule",
    )


def test_each_member_has_an_encrypted_volume_that_goes_with_the_fleet(program: Engine) -> None:
    (kind,) = program["kubernetes:storage.k8s.io/v1:StorageClass"].values()
    assert kind.inputs["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert "federated-eks-1-aws-ebs-csi-driver" in kind.depends_on
    claims = program["kubernetes:core/v1:PersistentVolumeClaim"].values()
    assert sorted(claim.inputs["metadata"]["name"] for claim in claims) == [f"etcd-data-etcd-{n}" for n in range(3)]
    assert {claim.inputs["spec"]["resources"]["requests"]["storage"] for claim in claims} == {"20Gi"}
    assert {claim.name for claim in claims} <= members(program).depends_on
    assert members(program).ignored == ("spec.volumeClaimTemplates",), "a size changes in place"


def test_a_member_runs_without_rights_and_requests_memory(program: Engine) -> None:
    (container,) = pod(program)["containers"]
    assert container["image"] == "registry.example.org/etcd:3.6.6-0"
    assert container["resources"]["requests"]["memory"] == "256Mi"
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod(program)["securityContext"]["runAsNonRoot"] is True
    assert pod(program)["automountServiceAccountToken"] is False


def test_karmada_s_api_servers_alone_call_etcd_and_members_each_other(program: Engine) -> None:
    (policy,) = program["kubernetes:networking.k8s.io/v1:NetworkPolicy"].values()
    clients, peers = policy.inputs["spec"]["ingress"]
    (selector,) = clients["from"]
    assert selector["podSelector"]["matchExpressions"][0]["values"] == [
        "karmada-apiserver",
        "karmada-aggregated-apiserver",
    ]
    assert clients["ports"] == [{"port": 2379}]
    assert peers["from"] == [{"podSelector": {"matchLabels": {"app": "etcd"}}}]
    assert policy.inputs["spec"]["policyTypes"] == ["Ingress"]
    (budget,) = program["kubernetes:policy/v1:PodDisruptionBudget"].values()
    assert budget.inputs["spec"]["maxUnavailable"] == 1


def test_members_find_each_other_before_they_are_ready(program: Engine) -> None:
    services = program["kubernetes:core/v1:Service"]
    assert services[f"{ETCD}-etcd"].inputs["spec"]["publishNotReadyAddresses"] is True
    assert services[f"{ETCD}-etcd"].inputs["spec"]["clusterIP"] == "None"
    for name in ("etcd", "etcd-client"):
        assert services[f"{ETCD}-{name}"].inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_etcd_has_karmada_s_certificate_in_a_secret(program: Engine) -> None:
    secret = program["kubernetes:core/v1:Secret"][f"{ETCD}-certificate"].inputs["data"]
    assert secret != plain(secret), "it is no secret"
    custom = values(program)["certs"]["custom"]
    found = {file: base64.b64decode(text).decode() for file, text in plain(secret).items()}
    assert found == {"ca.crt": custom["caCrt"], "tls.crt": custom["crt"], "tls.key": custom["key"]}


def test_the_release_uses_it_once_it_is_ready_and_runs_every_part_twice(program: Engine) -> None:
    given = values(program)
    assert given["etcd"]["mode"] == "external"
    assert given["etcd"]["external"]["servers"] == f"https://etcd-client.{NAMESPACE}.svc.cluster.local:2379"
    assert {given[part]["replicaCount"] for part in MEMORY_MIB} == {2}
    assert f"{ETCD}-members" in program["kubernetes:helm.sh/v3:Release"][RELEASE].depends_on


def test_two_nodes_have_one_member_and_every_part_once() -> None:
    program = fleet()
    assert members(program).inputs["spec"]["replicas"] == 1
    assert {values(program)[part]["replicaCount"] for part in MEMORY_MIB} == {1}
    assert "affinity" not in values(program)["webhook"]
    assert json.dumps(values(program)).count("maxUnavailable") == len(MEMORY_MIB)


@pytest.mark.parametrize(("members", "memory"), [(1, 1344), (3, 2944)])
def test_the_memory_of_all_pods_is_the_sum_of_their_requests(members: int, memory: int) -> None:
    assert Copies(members=members).memory_mib == memory
