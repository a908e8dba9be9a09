"""Charts and manifests through the real engine, the helm binary, and a real API server."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Generator
from typing import Any

import pytest
import yaml

from sandbox.clusters.client import ApiError
from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import PROJECT, Stack
from tests.unit.components.software.served import Server, crd, files, serving

pytestmark = pytest.mark.kubernetes

CLUSTER = "federated-eks-1"
PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(PROJECT)!r})
    import pulumi, pulumi_kubernetes as k
    import settings as stack
    from components.software import Place, Software, SoftwareArgs
    from settings import software

    settings = stack.load()
    base = software.resolve(settings)
    plane = k.core.v1.ConfigMap("plane", metadata={{"name": "plane"}})
    provider = k.Provider(
        "cluster", upsert_existing_objects=True, enable_config_map_mutable=True, enable_secret_mutable=True
    )
    for name, entries in base.clusters.items():
        place = Place(cluster=name, provider=provider, control_plane=plane, ready=[])
        Software(f"{{name}}-software", SoftwareArgs(place=place, entries=entries))
"""
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = f"{CRDS}/widgets.example.org"
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  word: {{ .Values.word | quote }}
---
apiVersion: example.org/v1
kind: Widget
metadata:
  name: {{ .Release.Name }}
spec: {{ toJson .Values.widget }}
"""


def words(version: str, **fields: str) -> dict[str, str]:
    """A chart whose CRD has these fields, with an object of it."""
    more = {"templates/all.yaml": TEMPLATE, "crds/widgets.yaml": yaml.safe_dump(crd("widgets", "Widget", **fields))}
    return files("words", version, values={"word": "hello", "widget": {}}, more=more)


@pytest.fixture
def repository() -> Generator[Server]:
    """A chart repository on this machine."""
    with serving() as server:
        server.publish(words("1.0.0", size="integer"), words("2.0.0", size="integer", colour="string"))
        yield server


@pytest.fixture
def fleet(kube: Stack) -> Generator[Stack]:
    """A stack whose program puts the settings' charts and manifests into the one cluster; they are taken out again."""
    kube.program(PROGRAM)
    yield kube
    if kube.resources():
        configure(kube).up()


def configure(stack: Stack, *, charts: Any = (), manifests: Any = ()) -> Stack:
    """The stack, with these settings."""
    file = stack.folder / "Pulumi.dev.yaml"
    kept = yaml.safe_load(file.read_text()) if file.exists() else {}
    config = {"clusters": [{"region": "eu-west-1"}], "charts": [*charts], "manifests": [*manifests]}
    settings = {"config": {f"federated-eks:{key}": value for key, value in config.items()}}
    file.write_text(yaml.safe_dump({**kept, **settings}))
    return stack


def chart(server: Server, version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    entry = {"name": "words", "chart": "words", "repository": server.url, "version": version, "namespace": "speech"}
    return {**entry, **more}


def manifest(stack: Stack, *objects: Any, name: str = "base", **more: Any) -> dict[str, Any]:
    """An entry, whose file has these objects."""
    (stack.folder / "base.yaml").write_text(yaml.safe_dump_all(objects))
    return {"name": name, "file": "base.yaml", **more}


def exists(cluster: Cluster, path: str) -> bool:
    try:
        cluster.api.get(path)
    except ApiError as error:
        assert "NotFound" in str(error), error
        return False
    return True


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_a_chart_is_installed_upgraded_with_its_crds_and_taken_out_without_them(
    fleet: Stack, repository: Server, cluster: Cluster
) -> None:
    up = configure(fleet, charts=[chart(repository, values={"widget": {"size": 3}})]).up()
    assert up.ok, up.text
    widget = "/apis/example.org/v1/namespaces/speech/widgets/words"
    assert cluster.api.get(widget)["spec"] == {"size": 3}
    assert cluster.api.get("/api/v1/namespaces/speech/configmaps/words")["data"] == {"word": "hello"}
    assert fleet.up().changes == {}

    grown = {"widget": {"size": 4, "colour": "red"}}
    preview = configure(fleet, charts=[chart(repository, "2.0.0", values=grown)]).preview()
    assert preview.ok, preview.text
    # The entry, its CRD and its release.
    assert preview.changes == {"update": 3}, preview.text
    up = fleet.up()
    assert up.ok, up.text
    assert cluster.api.get(widget)["spec"] == {"size": 4, "colour": "red"}

    # Without consent, its CRD stays, and all objects of it that are not the release's own.
    mine = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "mine"}, "spec": {"size": 1}}
    cluster.api.create("/apis/example.org/v1/namespaces/speech/widgets", mine)
    assert configure(fleet).up().ok
    assert not exists(cluster, widget)
    assert exists(cluster, "/apis/example.org/v1/namespaces/speech/widgets/mine")

    # It is taken up again as it is. With consent, given in an update before, it goes.
    entry = chart(repository, "2.0.0", values=grown, crds="delete")
    uid = cluster.api.get(WIDGETS)["metadata"]["uid"]
    up = configure(fleet, charts=[entry]).up()
    assert up.ok, up.text
    assert cluster.api.get(WIDGETS)["metadata"]["uid"] == uid
    assert configure(fleet).up().ok
    assert not exists(cluster, WIDGETS)


def test_a_manifest_s_objects_are_created_changed_and_taken_out_one_by_one(fleet: Stack, cluster: Cluster) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "viewer"}, "rules": []}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "manifested"}}
    inside = config_map("one", a="1") | {"metadata": {"name": "one", "namespace": "manifested"}}
    gadgets = crd("gadgets", "Gadget", scope="Cluster", size="integer")
    gadget = {"apiVersion": "example.org/v1", "kind": "Gadget", "metadata": {"name": "viewer"}, "spec": {"size": 1}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "word"}, "stringData": {"password": "sesame"}}
    some = [
        gadget,
        inside,
        {**role, "kind": "ClusterRole"},
        {**role, "kind": "Role"},
        {"apiVersion": "v1", "kind": "List", "items": [space, config_map("two", b="2")]},
        gadgets,
        secret,
    ]
    up = configure(fleet, manifests=[manifest(fleet, *some, crds="delete")]).up()
    assert up.ok, up.text
    assert exists(cluster, "/apis/rbac.authorization.k8s.io/v1/clusterroles/viewer")
    assert exists(cluster, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/viewer")
    assert cluster.api.get("/apis/example.org/v1/gadgets/viewer")["spec"] == {"size": 1}
    assert cluster.api.get("/api/v1/namespaces/manifested/configmaps/one")["data"] == {"a": "1"}
    assert "sesame" not in json.dumps(fleet.resources())
    assert fleet.up().changes == {}
    assert fleet.refresh().changes == {}

    # Another name of the entry, and another order, are no change.
    some[1] = config_map("one", a="2") | {"metadata": {"name": "one", "namespace": "manifested"}}
    rest = [one for one in some if one.get("kind") != "Role"]
    up = configure(fleet, manifests=[manifest(fleet, *reversed(rest), name="other", crds="delete")]).up()
    assert up.ok, up.text
    # The entry's own component has another name.
    assert up.changes == {"update": 1, "delete": 2, "create": 1}, up.text
    assert cluster.api.get("/api/v1/namespaces/manifested/configmaps/one")["data"] == {"a": "2"}
    assert not exists(cluster, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/viewer")

    assert configure(fleet).up().ok
    for gone in (
        f"{CRDS}/gadgets.example.org",
        "/api/v1/namespaces/manifested",
        "/api/v1/namespaces/default/configmaps/two",
    ):
        assert not exists(cluster, gone)


def test_an_object_of_another_api_version_is_the_same_object(fleet: Stack, cluster: Cluster) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"maxReplicas": 3, "scaleTargetRef": target}
    hpa = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec}
    assert configure(fleet, manifests=[manifest(fleet, {**hpa, "apiVersion": "autoscaling/v1"})]).up().ok
    path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web"
    uid = cluster.api.get(path)["metadata"]["uid"]
    up = configure(fleet, manifests=[manifest(fleet, {**hpa, "apiVersion": "autoscaling/v2"})]).up()
    assert up.ok, up.text
    assert up.changes == {"update": 1}, up.text
    assert cluster.api.get(path)["metadata"]["uid"] == uid


def test_a_crd_beyond_the_limit_of_annotations_is_taken(fleet: Stack, cluster: Cluster) -> None:
    large = crd("wholes", "Whole", size="integer")
    schema = large["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"] |= {
        f"field{number}": {"type": "string", "enum": [f"value {value} of many" for value in range(80)]}
        for number in range(300)
    }
    assert len(json.dumps(large)) > 1.5 * 262144
    up = configure(fleet, manifests=[manifest(fleet, large, crds="delete")]).up()
    assert up.ok, up.text
    assert fleet.up().changes == {}


def test_an_entry_that_fails_is_named_with_its_cluster_and_leaves_the_others(
    fleet: Stack, repository: Server, cluster: Cluster
) -> None:
    broken = chart(repository, values={"widget": {"size": "three"}})
    up = configure(fleet, charts=[broken], manifests=[manifest(fleet, config_map("two", b="2"))]).up()
    assert not up.ok
    assert f"charts: words failed in {CLUSTER}: Release was not created (" in up.text, up.text
    assert "the other entries and clusters stay as they are: remove the cause, and run the update again" in up.text
    assert cluster.api.get("/api/v1/namespaces/default/configmaps/two")["data"] == {"b": "2"}
    up = configure(
        fleet, charts=[chart(repository, crds="delete")], manifests=[manifest(fleet, config_map("two"))]
    ).up()
    assert up.ok, up.text


def test_a_mistake_ends_a_preview_with_one_message(fleet: Stack, repository: Server) -> None:
    preview = configure(fleet, charts=[chart(repository, "1.5.0")]).preview()
    assert not preview.ok
    place = repository.url
    assert (
        f"federated-eks:charts[0].version: 1.5.0 of words is not in {place}; the nearest are 2.0.0, 1.0.0"
        in preview.text
    )
    assert "Traceback" not in preview.text


FEDERATION = textwrap.dedent("""
    import pulumi, pulumi_kubernetes as k
    import yaml
    from components.federation.target_types import TargetTypes, TargetTypesArgs

    class Federation(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("federated-eks:index:Federation", "federated-eks")
            crds = {"widgets.example.org": yaml.safe_load(open("base.yaml"))}
            args = TargetTypesArgs(crds=crds, provider=provider, control_plane=plane)
            TargetTypes("federated-eks-1-types", args, pulumi.ResourceOptions(parent=self))

    Federation()
""")


def test_a_crd_that_a_type_gave_becomes_an_entry_s_with_all_objects_of_it(fleet: Stack, cluster: Cluster) -> None:
    widgets = crd("widgets", "Widget", size="integer")
    entry = manifest(fleet, widgets)
    fleet.program(textwrap.dedent(PROGRAM) + FEDERATION)
    assert (up := configure(fleet).up()).ok, up.text
    mine = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "mine"}, "spec": {"size": 1}}
    cluster.api.create("/apis/example.org/v1/namespaces/default/widgets", mine)
    up = configure(fleet.program(PROGRAM), manifests=[entry]).up()
    assert up.ok, up.text
    assert exists(cluster, "/apis/example.org/v1/namespaces/default/widgets/mine")
    assert configure(fleet, manifests=[{**entry, "crds": "delete"}]).up().ok
    assert configure(fleet).up().ok
    assert not exists(cluster, WIDGETS)


def test_secret_values_are_in_no_state(fleet: Stack, repository: Server, cluster: Cluster) -> None:
    configure(fleet, charts=[chart(repository, crds="delete")])
    secret = fleet.run("config", "set", "--secret", "--path", "federated-eks:charts[0].values.word", "sesame")
    assert secret.ok, secret.text
    up = fleet.up()
    assert up.ok, up.text
    assert cluster.api.get("/api/v1/namespaces/speech/configmaps/words")["data"] == {"word": "sesame"}
    assert "sesame" not in json.dumps(fleet.resources())
