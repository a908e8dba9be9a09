"""A fleet with Karmada, under the mock engine."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.federation.karmada import pki
from components.federation.karmada.certificates import today
from components.federation.karmada.kubeconfig import is_marked
from components.federation.karmada.values import MEMORY_MIB
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

HOST, OTHER = "federated-eks-1", "federated-eks-2"
NAMESPACE = "karmada-system"
RELEASE = "federated-eks-karmada-release"
SETTINGS = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}], "engine": "karmada"}
CLUSTER = "kubernetes:cluster.karmada.io/v1alpha1:Cluster"


def fleet(**settings: Any) -> Engine:
    living = {"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}
    return run_program({**SETTINGS, **settings}, Engine(living=living))


@pytest.fixture(scope="module")
def program() -> Engine:
    """The program, run with Karmada as its engine."""
    return fleet(karmada={"port": 6443, "storageGib": 20, "registry": "registry.example.org"})


def plain(value: Any) -> Any:
    """A value without the marks of secrets."""
    if isinstance(value, dict):
        return (
            plain(value["value"]) if "value" in value and len(value) == 2 else {k: plain(v) for k, v in value.items()}
        )
    return value


def values(program: Engine) -> dict[str, Any]:
    return plain(program["kubernetes:helm.sh/v3:Release"][RELEASE].inputs["values"])


def test_the_release_pins_every_image_of_karmada_s_and_is_uninstalled(program: Engine) -> None:
    given = values(program)
    parts = ("scheduler", "webhook", "controllerManager", "aggregatedApiServer")
    assert [given[part]["image"]["tag"] for part in parts] == ["v1.18.2"] * 4
    assert given["karmadaImageVersion"] == "v1.18.2"
    assert given["kubectl"]["image"] == {"registry": "docker.io", "repository": "alpine/k8s", "tag": "1.35.4"}
    assert given["global"] == {"imageRegistry": "registry.example.org"}
    release = program["kubernetes:helm.sh/v3:Release"][RELEASE]
    # It is uninstalled, so that etcd's volumes can go before the cluster goes.
    assert release.deleted_with == ""


def test_the_keys_and_certificates_stay_as_they_were_made(program: Engine) -> None:
    year = today().year
    secrets = program["kubernetes:core/v1:Secret"]
    own = [secrets[f"federated-eks-karmada-certificates-{name}"] for name in ("keys", year)]
    assert [secret.ignored for secret in own] == [("data",), ("data",)]
    assert own[1].inputs["metadata"]["annotations"]["federated-eks/expires"] == f"{year + 3}-01-01"
    found = {
        name: base64.b64decode(text).decode() for secret in own for name, text in plain(secret.inputs["data"]).items()
    }
    assert values(program)["certs"]["mode"] == "custom"
    assert values(program)["certs"]["custom"] == {
        "caCrt": found["server-ca.crt"],
        "caKey": found["server-ca.key"],
        "crt": found["karmada.crt"],
        "key": found["karmada.key"],
        "frontProxyCaCrt": found["front-proxy-ca.crt"],
        "frontProxyCrt": found["front-proxy-client.crt"],
        "frontProxyKey": found["front-proxy-client.key"],
    }
    assert pki.expiry(found["karmada.crt"]) == pki.ends(year)


def test_new_certificates_replace_the_pods_that_read_them_when_they_start(program: Engine) -> None:
    expires = {"federated-eks/expires": f"{pki.ends(today().year):%Y-%m-%d}"}
    assert {part: values(program)[part]["podAnnotations"] for part in MEMORY_MIB} == dict.fromkeys(MEMORY_MIB, expires)


def test_karmada_s_api_has_an_internal_load_balancer_for_the_fleet_s_networks(program: Engine) -> None:
    service = program["kubernetes:core/v1:Service"]["federated-eks-karmada-api"]
    assert service.inputs["spec"] == {
        "type": "LoadBalancer",
        "selector": {"app": "karmada-apiserver"},
        "ports": [{"name": "https", "port": 6443, "targetPort": 5443}],
        "loadBalancerSourceRanges": ["172.20.0.0/16", "172.21.0.0/16"],
    }
    notes = service.inputs["metadata"]["annotations"]
    assert notes["service.beta.kubernetes.io/aws-load-balancer-internal"] == "true"
    assert service.depends_on == {RELEASE}


def test_karmada_s_api_is_public_to_listed_callers_and_the_fleet_s_gateways_if_the_host_s_is() -> None:
    listed = ["198.51.100.0/24"]
    program = fleet(endpoint={"access": "public-and-private", "allowedCidrs": listed})
    service = program["kubernetes:core/v1:Service"]["federated-eks-karmada-api"]
    assert "service.beta.kubernetes.io/aws-load-balancer-internal" not in service.inputs["metadata"]["annotations"]
    assert service.inputs["metadata"]["name"] == "karmada-api-public"
    (cluster,) = [one for one in program["eks:index:Cluster"].values() if one.name.startswith(HOST)]
    callers = service.inputs["spec"]["loadBalancerSourceRanges"]
    assert callers == cluster.inputs["publicAccessCidrs"]
    assert len(callers) > len(listed) and "0.0.0.0/0" not in callers
    further = [
        (rule.inputs["cidrIpv4"], rule.inputs["toPort"])
        for rule in program["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"].values()
    ]
    assert ("0.0.0.0/0", 5443) in further


def test_clients_of_the_host_s_endpoint_reach_karmada_s_api_too() -> None:
    program = fleet(endpoint={"clients": {"office": "10.9.0.0/16"}})
    service = program["kubernetes:core/v1:Service"]["federated-eks-karmada-api"]
    assert "10.9.0.0/16" in service.inputs["spec"]["loadBalancerSourceRanges"]


def test_the_kubeconfigs_are_secret_outputs_and_check_the_certificate_by_the_service_s_name(program: Engine) -> None:
    # karmada-io/karmada#4259, #4256, #6048, #4963.
    users: list[dict[str, Any]] = []
    for output in ("karmadaAdmin", "kubeconfig"):
        assert "value" in program.outputs[output], f"{output} is no secret"
        access = json.loads(plain(program.outputs[output]))
        assert access["clusters"][0]["cluster"]["server"] == "https://federated-eks-karmada-api.elb.amazonaws.com:6443"
        assert access["clusters"][0]["cluster"]["tls-server-name"] == f"karmada-apiserver.{NAMESPACE}.svc.cluster.local"
        assert access["current-context"] == "karmada"
        users.append(access["users"][0]["user"])
    assert {*users[0]} == {"client-certificate-data", "client-key-data"}
    assert users[1] == {"token": "secret"}


def test_the_fleet_s_kubeconfig_begins_with_karmada_s_marked_context_and_has_every_cluster_s(program: Engine) -> None:
    text = plain(program.outputs["kubeconfig"])
    assert [context["name"] for context in json.loads(text)["contexts"]] == ["karmada", HOST, OTHER]
    assert is_marked(text)
    assert not is_marked(json.dumps({**json.loads(text), "current-context": HOST}))


def test_the_account_of_programs_reads_works_in_every_namespace(program: Engine) -> None:
    binding = program["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"]["federated-eks-programs-binding"]
    assert binding.provider == "federated-eks-karmada-provider"
    assert binding.inputs["roleRef"]["name"] == "cluster-admin"
    account = {"kind": "ServiceAccount", "name": "federated-eks-programs", "namespace": NAMESPACE}
    assert binding.inputs["subjects"] == [account]


@pytest.mark.parametrize(("port", "rules"), [(6443, [("172.21.0.0/16", 6443)]), (443, [])])
def test_the_bastion_reaches_karmada_s_port(port: int, rules: list[tuple[str, int]]) -> None:
    found = fleet(karmada={"port": port})["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"].values()
    further = [rule.inputs for rule in found if rule.inputs["cidrIpv4"] != "0.0.0.0/0"]
    assert [(rule["cidrIpv4"], rule["toPort"]) for rule in further] == rules
    # EC2's API reference, AuthorizeSecurityGroupEgress
    assert all(re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]+", rule["description"], re.ASCII) for rule in further)


@pytest.mark.parametrize(("cluster", "region"), [(HOST, "eu-west-1"), (OTHER, "eu-west-3")])
def test_a_cluster_joins_with_its_rights_bound_and_is_awaited(program: Engine, cluster: str, region: str) -> None:
    # karmada-io/karmada#4724, #4725, #6341.
    joined = program[CLUSTER][f"{cluster}-member-cluster"]
    assert joined.inputs["spec"] == {
        "syncMode": "Push",
        "apiEndpoint": f"https://{cluster}",
        "id": "uid-of-kube-system",
        "provider": "aws",
        "region": region,
        "zones": [f"{region}{letter}" for letter in "abc"],
        "secretRef": {"namespace": "karmada-cluster", "name": cluster},
        "impersonatorSecretRef": {"namespace": "karmada-cluster", "name": f"{cluster}-impersonator"},
    }
    assert joined.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"
    assert joined.inputs["metadata"]["labels"]["topology.kubernetes.io/region"] == region
    assert f"{cluster}-member-binding" in joined.depends_on
    assert (joined.provider, joined.deleted_with) == ("federated-eks-karmada-provider", RELEASE)
    assert joined.patience == "10m"


def test_a_member_joins_by_its_peering_with_the_host(program: Engine) -> None:
    joined = program[CLUSTER][f"{OTHER}-member-cluster"]
    assert any(name.startswith("federated-eks-1-federated-eks-2") for name in joined.depends_on)


def test_a_custom_type_is_in_every_cluster_and_in_karmada_s_own_api(tmp_path: Path) -> None:
    names = {"plural": "widgets", "kind": "Widget"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "example.org", "scope": "Namespaced", "names": names, "versions": [version]}
    file = tmp_path / "widgets.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": "widgets.example.org"},
                "spec": spec,
            }
        )
    )
    program = fleet(types=[{"crd": str(file)}, {"name": "cronjobs.batch"}])
    found = program["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"]
    assert {one.provider: one.inputs["spec"] for one in found.values()} == {
        "federated-eks-karmada-provider": spec,
        f"{HOST}-kubernetes": spec,
        f"{OTHER}-kubernetes": spec,
    }
    assert found["federated-eks-karmada-types-widgets.example.org"].deleted_with == RELEASE


TAINTS = "kubernetes:policy.karmada.io/v1alpha1:ClusterTaintPolicy"


def test_failover_sets_the_gate_and_the_flags_and_taints_a_cluster_that_is_not_ready() -> None:
    program = fleet(karmada={"failover": True})
    given = values(program)
    assert given["controllerManager"]["featureGates"] == {"Failover": True}
    assert given["controllerManager"]["extraCommandArgs"] == {"enable-no-execute-taint-eviction": "true"}
    assert yaml.safe_load(f"            - --v={given['webhook']['logVerbosity']}") == [
        "--v=2",
        "--allow-no-execute-taint-policy=true",
    ]
    (policy,) = program[TAINTS].values()
    assert policy.inputs["spec"] == {
        "addOnConditions": [{"conditionType": "Ready", "operator": "NotIn", "statusValues": ["True"]}],
        "removeOnConditions": [{"conditionType": "Ready", "operator": "In", "statusValues": ["True"]}],
        "taints": [{"key": "cluster.karmada.io/not-ready", "effect": "NoExecute"}],
    }
    assert (policy.provider, policy.deleted_with) == ("federated-eks-karmada-provider", RELEASE)


def test_without_failover_no_cluster_is_tainted(program: Engine) -> None:
    assert program[TAINTS] == {}
    assert {"featureGates", "extraCommandArgs", "logVerbosity"}.isdisjoint(
        {*values(program)["controllerManager"], *values(program)["webhook"]}
    )


def test_a_fleet_with_karmada_has_nothing_of_kubefed_s(program: Engine) -> None:
    assert program["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"] == {}
    assert [*program["kubernetes:helm.sh/v3:Release"]] == [RELEASE]


def test_a_fleet_with_kubefed_has_nothing_of_karmada_s() -> None:
    program = run_program({"clusters": SETTINGS["clusters"]})
    assert "karmadaAdmin" not in program.outputs
    assert not is_marked(plain(program.outputs["kubeconfig"]))
    assert not [one for one in program.registered if "karmada" in f"{one.type} {one.name}".lower()]
