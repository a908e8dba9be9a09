"""What the stand-in for Kubernetes refuses before anything happens, asked as the engine asks."""

from __future__ import annotations

from typing import Any, NoReturn, cast

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.kubernetes.provider import Kubernetes
from sandbox.plugins.provider.service import Service
from sandbox.plugins.provider.values import UNKNOWN, marshal, unmarshal

pytestmark = pytest.mark.unit


class Aborting:
    """A call's context that only knows how to abort."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise LookupError(details)


CONTEXT = cast(grpc.ServicerContext, Aborting())


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(Kubernetes(), "")


def check(
    service: Service, token: str, inputs: dict[str, Any], old: dict[str, Any] | None = None, seed: bytes = b"1"
) -> pb.CheckResponse:
    urn = f"urn:pulumi:dev::tiny::{token}::x"
    request = pb.CheckRequest(urn=urn, news=marshal(inputs), olds=marshal(old or {}), randomSeed=seed)
    return service.Check(request, CONTEXT)


def refusals(service: Service, token: str, inputs: dict[str, Any]) -> list[str]:
    try:
        return [failure.reason for failure in check(service, token, inputs).failures]
    except LookupError as error:
        return [str(error)]


V1 = {"apiVersion": "v1", "kind": "ConfigMap"}
APP = {"apiVersion": "apps/v1", "kind": "Deployment"}


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        ("kubernetes:core/v1:Gadget", {}, "unknown resource type kubernetes:core/v1:Gadget: pulumi_kubernetes"),
        ("kubernetes:nonsense:Gadget", {}, "unknown resource type kubernetes:nonsense:Gadget"),
        ("kubernetes:core/v1:PodList", {}, "core/v1:PodList is not in the sandbox's stand-in for kubernetes"),
        ("kubernetes:yaml/v2:ConfigFile", {}, "yaml/v2:ConfigFile is not in the sandbox's stand-in for kubernetes"),
        ("kubernetes:core/v1:ConfigMap", {**V1, "datum": {}}, "unknown input 'datum'; did you mean 'data'?"),
        ("kubernetes:core/v1:ConfigMap", {**V1, "data": {"a": 1}}, "'data.a' must be a string, not a number"),
        ("kubernetes:core/v1:ConfigMap", {**V1, "metadata": {"generateName": "x"}}, "is not in the sandbox's stand-in"),
        (
            "kubernetes:core/v1:ConfigMap",
            {**V1, "metadata": {"annotations": {"pulumi.com/waitFor": "Ready"}}},
            "'Ready' must begin with 'condition=' or 'jsonpath='",
        ),
        (
            "kubernetes:core/v1:ConfigMap",
            {**V1, "metadata": {"annotations": {"pulumi.com/waitfor": "condition=Ready"}}},
            "annotation 'pulumi.com/waitfor' is not in the sandbox's stand-in",
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {**APP, "spec": {"selector": {}, "template": {"spec": {"containers": [{"image": "x"}]}}}},
            "missing required input 'spec.template.spec.containers[0].name'",
        ),
        ("kubernetes:example.com/v1:Gadget", {"kind": "Gadget"}, "missing required input 'apiVersion'"),
        ("kubernetes:example.com/v1:Gadget", {**V1, "metadata": {"lables": {}}}, "unknown input 'metadata.lables'"),
        ("kubernetes:helm.sh/v3:Release", {"chart": "nowhere"}, "there is no folder or file 'nowhere', and no"),
        ("kubernetes:helm.sh/v3:Release", {"chart": ".", "lint": True}, "input 'lint' of a Release is not in the"),
        (
            "kubernetes:helm.sh/v3:Release",
            {"chart": "x", "repositoryOpts": {"repo": "https://x", "password": "y"}},
            "input 'repositoryOpts.password' is not in the sandbox's stand-in",
        ),
    ],
)
def test_what_is_not_there_is_refused_by_name(service: Service, token: str, inputs: dict[str, Any], said: str) -> None:
    refused = refusals(service, token, inputs)
    assert len(refused) == 1
    assert said in refused[0]


def test_what_is_there_gets_a_name_and_keeps_its_unknowns(service: Service) -> None:
    given = {**V1, "metadata": {"labels": {"a": UNKNOWN}}, "data": UNKNOWN}
    first = unmarshal(check(service, "kubernetes:core/v1:ConfigMap", given).inputs)
    assert first["metadata"]["name"].startswith("x-")
    assert first["metadata"]["labels"] == {"a": UNKNOWN}
    assert first["data"] is UNKNOWN
    second = unmarshal(check(service, "kubernetes:core/v1:ConfigMap", given, first, b"2").inputs)
    assert second == first


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kubeconfig": "/nowhere"}, "kubeconfig: /nowhere does not exist; name an existing file"),
        ({"kubeconfig": "{}"}, "kubeconfig: it has no context ''"),
        ({"kubeconfig": "{"}, "kubeconfig: the value is neither YAML nor JSON"),
        ({"kubeClientSettings": '{"qps": 1}'}, "setting 'kubeClientSettings' of the provider is not in"),
        ({"enableServerSideApply": "false"}, "only has server-side apply"),
        ({"kubekonfig": "x"}, "unknown input 'kubekonfig'; did you mean 'kubeconfig'?"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_named(service: Service, settings: dict[str, str], said: str) -> None:
    request = pb.CheckRequest(urn="urn:pulumi:dev::tiny::pulumi:providers:kubernetes::x", news=marshal(settings))
    response = service.CheckConfig(request, CONTEXT)
    assert [failure.reason for failure in response.failures if said in failure.reason]


def config(server: str) -> str:
    return (
        f'{{"clusters": [{{"name": "c", "cluster": {{"server": "{server}"}}}}], "current-context": "x", '
        '"contexts": [{"name": "x", "context": {"cluster": "c"}}]}'
    )


@pytest.mark.parametrize(
    ("old", "new", "replaced"),
    [
        ({"kubeconfig": config("https://a")}, {"kubeconfig": config("https://b")}, ["kubeconfig"]),
        ({"kubeconfig": config("https://a")}, {"kubeconfig": UNKNOWN}, ["kubeconfig"]),
        (
            {"kubeconfig": config("https://a"), "clusterIdentifier": "1"},
            {"kubeconfig": UNKNOWN, "clusterIdentifier": "1"},
            [],
        ),
        (
            {"kubeconfig": config("https://a"), "clusterIdentifier": "1"},
            {"kubeconfig": config("https://b"), "clusterIdentifier": "1"},
            [],
        ),
        ({"clusterIdentifier": "1"}, {"clusterIdentifier": "2"}, ["clusterIdentifier"]),
    ],
)
def test_another_cluster_is_another_provider(
    service: Service, old: dict[str, Any], new: dict[str, Any], replaced: list[str]
) -> None:
    request = pb.DiffRequest(old_inputs=marshal(old), news=marshal(new))
    assert list(service.DiffConfig(request, CONTEXT).replaces) == replaced
