"""kubefed's chart, unchanged, with its webhooks, its hook job and its own rights."""

from __future__ import annotations

import pytest

from sandbox import processes
from tests.sandbox.clusters.fleet import HOST, MEMBER, NAMESPACE, listening, until
from tests.sandbox.clusters.kubefed import KubeFed

pytestmark = pytest.mark.kubernetes


def test_the_hook_job_has_patched_the_configuration(kubefed: KubeFed) -> None:
    config = kubefed.host.json("kubefedconfig", "kubefed", "-n", NAMESPACE)
    assert "RawResourceStatusCollection" in {gate["name"] for gate in config["spec"]["featureGates"]}
    assert config["spec"]["clusterHealthCheck"]["period"] == "2s"


def test_the_webhook_refuses_what_is_not_valid(kubefed: KubeFed) -> None:
    patch = '{"spec":{"clusterHealthCheck":{"period":"0s"}}}'
    arguments = ["patch", "kubefedconfig", "kubefed", "-n", NAMESPACE, "--type=merge", "-p", patch]
    refused = kubefed.host(*arguments, check=False)
    assert 'admission webhook "kubefedconfigs.core.kubefed.io" denied the request' in refused.stderr


def test_its_processes_listen_on_loopback_alone(kubefed: KubeFed) -> None:
    pods = {pid: name for pid, name in processes.ours(kubefed.fleet.paths.root).items() if " pod " in name}
    heard = {pid: listening(pid) for pid in pods}
    assert len(pods) == 3 and all(heard.values())
    assert {address for addresses in heard.values() for address in addresses} == {"127.0.0.1"}


def test_both_clusters_join_and_say_ready(kubefed: KubeFed) -> None:
    for key in (HOST, MEMBER):
        kubefed.join(key)
    for key in (HOST, MEMBER):
        until(lambda key=key: kubefed.ready(key), f"{key.name} is ready", 40)
    shown = kubefed.host("get", "kubefedclusters", "-n", NAMESPACE).stdout
    assert shown.count("True") == 2


def test_its_controller_can_do_what_its_service_account_may_and_no_more(kubefed: KubeFed) -> None:
    until(lambda: "Started sync controller for" in kubefed.logs(), "a leader works")
    binding = kubefed.host.json("clusterrolebinding", "kubefed-rolebinding")
    kubefed.host("delete", "clusterrolebinding", "kubefed-rolebinding")
    try:
        kubefed.host("rollout", "restart", "deployment/kubefed-controller-manager", "-n", NAMESPACE)
        account = f"system:serviceaccount:{NAMESPACE}:kubefed-controller"
        until(lambda: "forbidden" in kubefed.logs() and account in kubefed.logs(), "it is forbidden", 30)
    finally:
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        kubefed.host.apply(binding)


def test_an_image_that_is_not_to_be_had_is_not_run(kubefed: KubeFed) -> None:
    container = {"name": "it", "image": "quay.io/kubernetes-multicluster/kubefed:canary"}
    kubefed.host.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "canary"}, "spec": {"containers": [container]}}
    )

    def waiting() -> str:
        statuses = kubefed.host.json("pod", "canary")["status"].get("containerStatuses") or [{}]
        return statuses[0].get("state", {}).get("waiting", {}).get("message", "")

    until(lambda: "v0.10.0, the last release" in waiting(), "it says why")
    kubefed.host("delete", "pod", "canary", "--timeout=10s")


def test_its_own_types_go_while_the_controller_lives(kubefed: KubeFed) -> None:
    kubefed.host("delete", "federatedtypeconfigs", "--all", "-n", NAMESPACE, "--timeout=30s")
    assert kubefed.host("get", "federatedtypeconfigs", "-n", NAMESPACE, "-o", "name").stdout == ""
