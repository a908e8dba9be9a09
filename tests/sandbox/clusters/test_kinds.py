"""The table of Kubernetes' own types against an API server, and what the chart federates against the chart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from components.federation.kubefed.builtin_types import BUILT_IN, BUILT_IN_GROUPS, CHART, Target
from sandbox.contract import ClusterKey
from sandbox.paths import tool
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet, Kubectl
from tests.sandbox.clusters.kubefed import chart

pytestmark = pytest.mark.kubernetes

LEFT_OUT = {
    # A cluster's own: its machines, and what it notes or hands out by itself.
    *("componentstatuses", "nodes", "events", "events.events.k8s.io", "controllerrevisions.apps"),
    *("csinodes.storage.k8s.io", "csistoragecapacities.storage.k8s.io", "volumeattachments.storage.k8s.io"),
    *("ipaddresses.networking.k8s.io", "servicecidrs.networking.k8s.io", "resourceslices.resource.k8s.io"),
    *("certificatesigningrequests.certificates.k8s.io", "apiservices.apiregistration.k8s.io"),
}
"""What every version serves and the table leaves out."""

NEWER = {
    *("mutatingadmissionpolicies.admissionregistration.k8s.io",),
    *("mutatingadmissionpolicybindings.admissionregistration.k8s.io",),
    *("clustertrustbundles.certificates.k8s.io", "podcertificaterequests.certificates.k8s.io"),
    *("devicetaintrules.resource.k8s.io", "storageversionmigrations.storagemigration.k8s.io"),
}
"""What the oldest version does not serve; to be federated once it does."""


@pytest.fixture(params=[HOST, MEMBER], ids=["newest", "oldest"])
def key(request: pytest.FixtureRequest) -> ClusterKey:
    """A cluster on the newest Kubernetes that the sandbox has, and one on the oldest."""
    return request.param


@pytest.fixture
def served(planes: Fleet, key: ClusterKey) -> dict[str, tuple[Target, ...]]:
    """The types that the cluster's API server serves by itself, as the table would have them."""
    plane = planes.kubectl(key)
    schemas = _schemas(plane)
    found: dict[str, tuple[Target, ...]] = {}
    for group, version in _group_versions(plane):
        for resource in _raw(plane, f"/apis/{group}/{version}" if group else f"/api/{version}")["resources"]:
            # Neither subresources (`pods/log`) nor reviews, which can only be created.
            if "/" not in resource["name"] and "get" in resource["verbs"]:
                target = Target(
                    group=group,
                    version=version,
                    kind=resource["kind"],
                    plural=resource["name"],
                    namespaced=resource["namespaced"],
                    short_names=tuple(resource.get("shortNames", ())),
                    scalable=_scalable(schemas, (group, version, resource["kind"])),
                )
                found[target.name] = (*found.get(target.name, ()), target)
    return found


def test_every_row_is_what_the_api_server_says(served: Mapping[str, tuple[Target, ...]]) -> None:
    assert {name: served.get(name) for name in BUILT_IN} == BUILT_IN


def test_a_type_that_is_not_in_the_table_is_left_out_on_purpose(
    served: Mapping[str, tuple[Target, ...]], key: ClusterKey
) -> None:
    assert set(served) - set(BUILT_IN) == LEFT_OUT | (NEWER if key == HOST else set())


def test_the_groups_are_those_that_the_api_server_serves_by_itself(planes: Fleet) -> None:
    assert {group for group, _ in _group_versions(planes.kubectl(HOST))} == BUILT_IN_GROUPS


def test_the_chart_federates_what_the_table_says_it_does(planes: Fleet) -> None:
    path = chart(tool(planes.paths, "hyperfed")) / "templates" / "federatedtypeconfig.yaml"
    configs = {config["metadata"]["name"]: config["spec"] for config in yaml.safe_load_all(path.read_text())}
    assert set(configs) == CHART
    assert {config["federatedType"]["group"] for config in configs.values()} == {"types.kubefed.io"}
    for name, config in configs.items():
        of = config["targetType"]
        said = (of.get("group", ""), of["version"], of["kind"], of["pluralName"], of["scope"])
        row = BUILT_IN[name][0]
        scope = "Namespaced" if row.namespaced else "Cluster"
        assert said == (row.group, row.version, row.kind, row.plural, scope)


def _raw(plane: Kubectl, path: str) -> dict[str, Any]:
    return json.loads(plane("get", "--raw", path).stdout)


def _group_versions(plane: Kubectl) -> list[tuple[str, str]]:
    """The groups that the API server serves by itself, each with its versions, the preferred one first."""
    # It registers its own groups when it starts, and others, which CRDs bring, later.
    added = plane.json("apiservices", "-l", "kube-aggregator.kubernetes.io/automanaged!=onstart")["items"]
    foreign = {service["spec"]["group"] for service in added}
    groups = [group for group in _raw(plane, "/apis")["groups"] if group["name"] not in foreign]
    assert all(group["versions"][0] == group["preferredVersion"] for group in groups)
    core = [("", version) for version in _raw(plane, "/api")["versions"]]
    return [*core, *((group["name"], version["version"]) for group in groups for version in group["versions"])]


def _schemas(plane: Kubectl) -> dict[tuple[str, str, str], dict[str, Any]]:
    """By group, version and kind: the schema of its spec."""
    definitions = _raw(plane, "/openapi/v2")["definitions"]

    def spec(schema: Mapping[str, Any]) -> dict[str, Any]:
        found = schema.get("properties", {}).get("spec", {})
        return definitions[found["$ref"].rpartition("/")[2]] if "$ref" in found else found

    return {
        (kind["group"], kind["version"], kind["kind"]): spec(schema)
        for schema in definitions.values()
        for kind in schema.get("x-kubernetes-group-version-kind", ())
    }


def _scalable(schemas: Mapping[tuple[str, str, str], Mapping[str, Any]], kind: tuple[str, str, str]) -> bool:
    replicas = schemas[kind].get("properties", {}).get("replicas", {})
    return (replicas.get("type"), replicas.get("format")) == ("integer", "int32")
