"""The types that an API server serves, by its discovery."""

from typing import Any

import pytest
from kubernetes import client, config, dynamic

from components.federation import served
from components.federation.served import Served, Type, parse
from tests.unit.components.federation.karmada.fleet import CORE, GROUPS, SERVED

pytestmark = pytest.mark.unit


def test_a_kind_has_the_type_of_each_group_that_serves_it() -> None:
    assert SERVED.types["Service"] == (
        Type("", "v1", namespaced=True),
        Type("serving.knative.dev", "serving.knative.dev/v1", namespaced=True),
    )
    assert SERVED.types["Namespace"] == (Type("", "v1", namespaced=False),)
    assert {"", "apps", "policy.karmada.io"} <= SERVED.groups


def test_a_kind_of_several_versions_is_at_the_preferred_one() -> None:
    assert SERVED.types["HorizontalPodAutoscaler"] == (Type("autoscaling", "autoscaling/v2", namespaced=True),)


def test_a_group_that_does_not_answer_serves_nothing() -> None:
    down = {"items": [{"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1", "freshness": "Stale"}]}]}
    assert parse(down, {}) == Served(types={}, groups=frozenset({"metrics.k8s.io"}))


@pytest.mark.parametrize(
    ("group", "own"),
    [
        ("", True),
        ("apps", True),
        ("rbac.authorization.k8s.io", True),
        ("multicluster.x-k8s.io", False),
        ("example.org", False),
    ],
)
def test_kubernetes_own_groups_are_known_by_their_names(group: str, own: bool) -> None:
    assert Type(group, "v1", namespaced=True).own is own


def test_the_api_server_is_asked_once_for_each_path(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Client:
        def __init__(self, api: object, *, discoverer: Any) -> None:
            assert api == "an API"
            assert discoverer(self, None) is None, "it asks for nothing by itself"

        def request(
            self, method: str, path: str, *, header_params: Any, serializer: Any, _request_timeout: float
        ) -> Any:
            assert (method, header_params) == ("get", {"Accept": served.ACCEPT})
            assert 0 < _request_timeout <= 10
            asked.append(path)
            return serializer(self, {"/api": CORE, "/apis": GROUPS}[path])

    def connect(given: Any, *, client_configuration: client.Configuration) -> str:
        assert given == {"current-context": "fleet"}
        assert client_configuration.retries is False
        return "an API"

    monkeypatch.setattr(config, "new_client_from_config_dict", connect)
    monkeypatch.setattr(dynamic, "DynamicClient", Client)
    assert served.ask('{"current-context": "fleet"}') == SERVED
    assert asked == ["/api", "/apis"]
