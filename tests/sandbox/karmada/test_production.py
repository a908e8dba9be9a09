"""Karmada as production has it: three members of etcd in three zones, every part twice, and certificates renewed."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography import x509

from components.federation.karmada import pki
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.karmada.clusters import HOST, NAMESPACE, OTHER, today

pytestmark = pytest.mark.fleet

READY = {HOST: "True", OTHER: "True"}


def pods(fleet: Fleet, app: str) -> list[dict[str, Any]]:
    """The ready pods of a part."""
    selected = fleet.kubectl(HOST, "-n", NAMESPACE, "get", "pods", "-l", f"app={app}", "-o", "json").stdout
    return [
        pod
        for pod in json.loads(selected)["items"]
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
    ]


def ready(fleet: Fleet) -> dict[str, str]:
    """Each cluster's condition Ready, as Karmada has it; empty while its API is away."""
    get = ("get", "clusters.cluster.karmada.io", "-o", "json", "--request-timeout=5s")
    found = fleet.kubectl("karmada", *get, check=False)
    if found.returncode:
        return {}
    return {
        item["metadata"]["name"]: condition["status"]
        # kubectl's warnings come first.
        for item in json.loads(found.stdout[found.stdout.index("{") :])["items"]
        for condition in item["status"]["conditions"]
        if condition["type"] == "Ready"
    }


def served(fleet: Fleet) -> datetime:
    """The end of the certificate that Karmada's API serves."""
    config = yaml.safe_load(fleet.checkout.paths.kubeconfig.read_text())
    (server,) = (each["cluster"]["server"] for each in config["clusters"] if each["name"] == "karmada")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("localhost", urlsplit(server).port), timeout=10) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"").not_valid_after_utc


def test_etcd_has_a_member_in_each_zone_on_a_volume_of_its_own(karmada: Fleet) -> None:
    found = pods(karmada, "etcd")
    assert sorted(pod["metadata"]["name"] for pod in found) == ["etcd-0", "etcd-1", "etcd-2"]
    nodes = {node["metadata"]["name"]: node["metadata"]["labels"] for node in listed(karmada, "nodes")}
    zones = {nodes[pod["spec"]["nodeName"]]["topology.kubernetes.io/zone"] for pod in found}
    assert zones == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    volumes = karmada.boto("ec2", "eu-west-1").describe_volumes(
        Filters=[{"Name": "tag:kubernetes.io/created-for/pvc/namespace", "Values": [NAMESPACE]}]
    )["Volumes"]
    assert {volume["AvailabilityZone"] for volume in volumes} == zones
    assert [(one["Encrypted"], one["VolumeType"], one["Size"]) for one in volumes] == [(True, "gp3", 10)] * 3


def listed(fleet: Fleet, kind: str) -> list[dict[str, Any]]:
    """The host's objects of a kind."""
    return json.loads(fleet.kubectl(HOST, "get", kind, "-o", "json").stdout)["items"]


@pytest.mark.parametrize("app", ["karmada-apiserver", "karmada-controller-manager", "karmada-webhook"])
def test_every_other_part_runs_twice(karmada: Fleet, app: str) -> None:
    assert len(pods(karmada, app)) == 2


def test_certificates_are_renewed_by_an_update_with_every_cluster_ready(karmada: Fleet) -> None:
    year = datetime.now(timezone.utc).year
    assert served(karmada) == pki.ends(year - 1)
    assert ready(karmada) == READY
    today(karmada)
    over = threading.Event()

    def look() -> list[dict[str, str]]:
        seen: list[dict[str, str]] = []
        while not over.wait(1):
            seen.append(ready(karmada))
        return seen

    with ThreadPoolExecutor(1) as threads:
        looking = threads.submit(look)
        try:
            karmada.pulumi("up", "--yes", "--skip-preview", timeout=1200)
        finally:
            over.set()
    seen = looking.result()
    assert ready(karmada) == READY
    assert served(karmada) == pki.ends(year)
    assert READY in seen and not [one for one in seen if one not in ({}, READY)]
