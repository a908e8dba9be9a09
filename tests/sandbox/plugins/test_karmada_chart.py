"""Karmada's chart, rendered by helm with the values of a release: what the host's API server gets."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import Output

from components.federation.karmada import failover
from components.federation.karmada.certificates import EXPIRES
from components.federation.karmada.release import NAMESPACE, SERVER_NAME, SERVER_PORT
from components.federation.karmada.values import CERTIFICATES, ETCD_MEMORY_MIB, MEMORY_MIB, Copies, values
from sandbox.paths import Paths, cache, tool
from sandbox.setup import build
from settings.karmada import Karmada
from tests.sandbox.plugins.engine import PROJECT

pytestmark = pytest.mark.kubernetes

DEPLOYMENTS = {
    "karmada-apiserver": "apiServer",
    "karmada-kube-controller-manager": "kubeControllerManager",
    "karmada-aggregated-apiserver": "aggregatedApiServer",
    "karmada-webhook": "webhook",
    "karmada-controller-manager": "controllerManager",
    "karmada-scheduler": "scheduler",
}
"""The chart's Deployments, and the key of each in its values."""

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ETCD = "https://etcd-client.karmada-system.svc.cluster.local:2379"
PEMS = {name: f"the PEM of {name}" for name in CERTIFICATES.values()}
LAST_DAY = "2029-01-01"


@dataclass(frozen=True)
class Release:
    """What a release is asked for, and the objects that the chart makes of it."""

    members: int
    registry: str | None
    failover: bool
    objects: list[dict[str, Any]]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The objects of a kind, by name."""
        return {found["metadata"]["name"]: found for found in self.objects if found["kind"] == kind}

    @property
    def copies(self) -> Copies:
        """How often each part runs."""
        return Copies(members=self.members)

    def pods(self) -> Iterator[dict[str, Any]]:
        """The specifications of all pods, those of Jobs too."""
        for found in self.objects:
            if found["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
                yield found["spec"]["template"]["spec"]

    def command(self, deployment: str) -> list[str]:
        """The command of a Deployment's container."""
        (container,) = self.of("Deployment")[deployment]["spec"]["template"]["spec"]["containers"]
        return container["command"]


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart with its library, as the sandbox installs it."""
    (family,) = build.ENGINES["karmada"]
    built = build.build(cache(), Paths(PROJECT).log, [family])[family.name]
    root = tmp_path_factory.mktemp("chart")
    for files in family.files:
        shutil.copytree(built / files.path, root / files.target, dirs_exist_ok=True)
    return root / "charts" / "karmada"


@pytest.fixture(
    scope="session",
    params=[(1, None, False), (1, REGISTRY, True), (3, None, True), (3, REGISTRY, False)],
    ids=["one member", "one member, registry, failover", "three members, failover", "three members, registry"],
)
def release(request: pytest.FixtureRequest, chart: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of one or three members of etcd."""
    members, registry, moves = request.param
    given = asyncio.run(known_values(members, registry))
    file = tmp_path_factory.mktemp("values") / "values.yaml"
    file.write_text(yaml.safe_dump(failover.added(given) if moves else given))
    argv = [tool(Paths(PROJECT), "helm"), "template", "karmada", chart, "-n", NAMESPACE, "-f", file]
    done = subprocess.run([*argv, "--kube-version", "1.35"], capture_output=True, text=True, check=True)
    return Release(members, registry, moves, [found for found in yaml.safe_load_all(done.stdout) if found])


async def known_values(members: int, registry: str | None) -> Any:
    """The chart's values, without outputs."""
    given = values(
        version=Karmada().version,
        registry=registry,
        hook_image=Karmada().hook_image,
        copies=Copies(members=members),
        etcd=ETCD,
        pems=Output.from_input(PEMS),
        expires=LAST_DAY,
    )
    return await Output.from_input(given).future()


def test_each_part_has_its_copies_and_none_keeps_its_own_etcd(release: Release) -> None:
    replicas = {name: found["spec"]["replicas"] for name, found in release.of("Deployment").items()}
    assert replicas == dict.fromkeys(DEPLOYMENTS, release.copies.others)
    assert not release.of("StatefulSet") and not release.of("DaemonSet")


def test_each_part_requests_what_the_check_of_the_host_counts(release: Release) -> None:
    requests = {
        name: found["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
        for name, found in release.of("Deployment").items()
    }
    assert requests == {name: {"cpu": "100m", "memory": f"{MEMORY_MIB[key]}Mi"} for name, key in DEPLOYMENTS.items()}
    total = sum(int(each["memory"].removesuffix("Mi")) for each in requests.values()) * release.copies.others
    assert total + release.members * ETCD_MEMORY_MIB == release.copies.memory_mib


def test_a_drain_takes_one_copy_of_each_part_at_a_time(release: Release) -> None:
    budgets = release.of("PodDisruptionBudget").values()
    assert [budget["spec"]["maxUnavailable"] for budget in budgets] == [1] * len(DEPLOYMENTS)
    selected = [budget["spec"]["selector"]["matchLabels"] for budget in budgets]
    for name, found in release.of("Deployment").items():
        labels = found["spec"]["template"]["metadata"]["labels"].items()
        assert len([each for each in selected if each.items() <= labels]) == 1, name


def test_copies_are_on_different_nodes_if_there_are_any(release: Release) -> None:
    for name, found in release.of("Deployment").items():
        affinity = found["spec"]["template"]["spec"].get("affinity") or {}
        assert release.members == 1 or "podAntiAffinity" in affinity, name


def test_every_image_is_pinned_and_comes_from_the_registry_if_there_is_one(release: Release) -> None:
    # karmada-io/karmada#6802: an image that is gone from its registry.
    images = {each["image"] for pod in release.pods() for each in (*pod["containers"], *pod.get("initContainers", ()))}
    assert not [image for image in images if not re.search(r":v?\d[\w.-]*$", image)]
    places = {image.partition("/")[0] for image in images}
    assert places == ({release.registry} if release.registry else {"docker.io", "registry.k8s.io"})


def test_no_part_keeps_data_on_a_node_s_disk(release: Release) -> None:
    # karmada-io/karmada#5582, #2157, #2231.
    assert not [volume for pod in release.pods() for volume in pod.get("volumes", ()) if "hostPath" in volume]


def test_no_hook_deletes_namespaces_of_the_host(release: Release) -> None:
    # karmada-io/karmada#7618: its post-delete Job deletes karmada-cluster of a host that is a member.
    hooks = {
        moment
        for found in release.objects
        for moment in (found["metadata"].get("annotations") or {}).get("helm.sh/hook", "").split(",")
    }
    assert hooks == {"", "pre-install", "pre-upgrade"}
    assert not [name for name in release.of("Job") if "delete" in name]


def test_the_certificates_are_the_program_s(release: Release) -> None:
    # karmada-io/karmada#4787, #4723, #6436: what the chart makes by itself is never renewed.
    secrets = release.of("Secret")
    data = {key: base64.b64decode(text).decode() for key, text in secrets["karmada-cert"]["data"].items()}
    assert {name: data[name] for name in PEMS} == PEMS
    kubeconfig = yaml.safe_load(secrets["karmada-kubeconfig"]["stringData"]["kubeconfig"])
    (cluster,), (user,) = ([each[key] for each in kubeconfig[f"{key}s"]] for key in ("cluster", "user"))
    assert cluster["server"] == f"https://{SERVER_NAME}:{SERVER_PORT}"
    assert base64.b64decode(user["client-certificate-data"]).decode() == PEMS["karmada.crt"]


def test_new_certificates_replace_each_part_s_pods(release: Release) -> None:
    for name, found in release.of("Deployment").items():
        assert found["spec"]["template"]["metadata"]["annotations"][EXPIRES] == LAST_DAY, name


@pytest.mark.parametrize("part", ["karmada-apiserver", "karmada-aggregated-apiserver"])
def test_api_servers_call_the_program_s_etcd_by_certificate(release: Release, part: str) -> None:
    command = release.command(part)
    assert f"--etcd-servers={ETCD}" in command
    assert [flag for flag in command if flag.startswith("--etcd-certfile=/")]


FAILOVER = {
    "karmada-controller-manager": {"Failover=true", "--enable-no-execute-taint-eviction=true"},
    "karmada-webhook": {"--allow-no-execute-taint-policy=true"},
}
"""The gates and arguments of each part."""


@pytest.mark.parametrize("part", FAILOVER)
def test_failover_is_in_the_arguments_of_both_parts_or_of_none(release: Release, part: str) -> None:
    # karmada-io/karmada#5803, #6925, #6951: on when it isn't wanted, or off when it is.
    command = release.command(part)
    gates = ",".join(flag.partition("=")[2] for flag in command if flag.startswith("--feature-gates="))
    found = FAILOVER[part] & {*command, *gates.split(",")}
    assert found == (FAILOVER[part] if release.failover else set())
    # The chart sets both by one value, whose end is a further argument.
    assert [flag for flag in command if flag.startswith("--v=")] == ["--v=2"]
