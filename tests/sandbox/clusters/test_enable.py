"""What the program derives from a type against what `kubefedctl enable` makes of it, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.federation.kubefed import builtin_types, crd
from components.federation.kubefed.derive import GROUP, VERSION, federated_crd, type_config
from sandbox.paths import Paths
from tests.sandbox.clusters.conftest import PROJECT
from tests.sandbox.clusters.fleet import HOST, Fleet, Kubectl
from tests.sandbox.clusters.oracle import enabled

pytestmark = pytest.mark.kubernetes

OPERATOR = sorted((Paths(PROJECT).root / "crds").glob("*.yaml"))
"""The Prometheus operator's CRDs."""

REPLICATED = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"replicas": {"type": "integer", "format": "int32"}}},
        "status": {"type": "object"},
    },
}


def custom(scope: str, *versions: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A CRD of our own, the last version stored."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{scope.lower()}things.example.org"},
        "spec": {
            "group": "example.org",
            "names": {
                "kind": f"{scope}Thing",
                "plural": f"{scope.lower()}things",
                "singular": f"{scope.lower()}thing",
                "shortNames": [f"{scope[0].lower()}t", f"{scope.lower()}t"],
            },
            "scope": scope,
            "versions": [
                {
                    "name": name,
                    "served": True,
                    "storage": name == versions[-1][0],
                    "schema": {"openAPIV3Schema": schema},
                }
                for name, schema in versions
            ],
        },
    }


OWN = (
    custom("Cluster", ("v1", {"type": "object", "properties": {"spec": {"type": "object"}}})),
    custom("Namespaced", ("v1alpha1", REPLICATED), ("v1", REPLICATED)),
)


@pytest.fixture(scope="module")
def plane(planes: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """The host, with all the CRDs."""
    host = planes.kubectl(HOST)
    folder = tmp_path_factory.mktemp("crds")
    for number, own in enumerate(OWN):
        (folder / f"{number}.yaml").write_text(yaml.safe_dump(own))
    files = [*OPERATOR, *sorted(folder.glob("*.yaml"))]
    host("apply", "--server-side", *(f"--filename={file}" for file in files))
    host("wait", "--for=condition=Established", "--all", "crds", "--timeout=30s")
    yield host
    # No other module needs these names again. After a conflict, an API server goes on with a CRD's deletion only at its
    # next resync, up to five minutes later (apiextensions-apiserver, crd_finalizer.go).
    host("delete", "--wait=false", *(f"--filename={file}" for file in files))


def plain(object: dict[str, Any]) -> dict[str, Any]:
    """Without what an empty Go struct prints, and the names that an API server fills in."""
    return {
        **{name: value for name, value in object.items() if name != "status"},
        "metadata": {name: value for name, value in object["metadata"].items() if value is not None},
    }


def agree(plane: Kubectl, target: builtin_types.Target, group: str = GROUP, version: str = VERSION) -> None:
    """What we derive equals what kubefedctl prints."""
    config, definition = enabled(plane, target.name, group=group, version=version)
    assert plain(config) == type_config(target, group, version)
    assert plain(definition) == federated_crd(target, group, version)


def test_the_operator_s_crds_are_there() -> None:
    assert len(OPERATOR) == 8


@pytest.mark.parametrize("file", OPERATOR, ids=lambda file: file.stem)
def test_an_operator_s_type_is_federated_as_kubefedctl_does(plane: Kubectl, file: Path) -> None:
    agree(plane, crd.target(crd.load(str(file))), group="monitoring.coreos.com")


@pytest.mark.parametrize("own", OWN, ids=lambda own: own["spec"]["scope"])
def test_a_custom_type_is_federated_as_kubefedctl_does(plane: Kubectl, own: dict[str, Any]) -> None:
    assert [*crd.problems(own)] == []
    agree(plane, crd.target(own), group="fleet.example.org", version="v1alpha1")


@pytest.mark.parametrize("name", sorted(builtin_types.BUILT_IN.keys() - {"namespaces"}))
def test_a_built_in_type_is_federated_as_kubefedctl_does(plane: Kubectl, name: str) -> None:
    target = builtin_types.built_in(name)
    assert target is not None
    agree(plane, target)


def test_a_type_s_own_version_decides_on_replicas_where_kubefedctl_takes_the_first(plane: Kubectl) -> None:
    """The one difference that is wanted and can be seen: a CRD whose first version has no replicas."""
    bare = {"type": "object", "properties": {"spec": {"type": "object"}}}
    own = custom("Namespaced", ("v1alpha1", bare), ("v1", REPLICATED))
    target = crd.target(own)
    assert (target.version, target.scalable) == ("v1", True)
    spec = federated_crd(target, GROUP, VERSION)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][
        "spec"
    ]
    assert "retainReplicas" in spec["properties"]
