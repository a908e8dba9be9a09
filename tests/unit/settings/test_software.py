"""Charts and manifests as they are read: what they have in them, and what each cluster gets."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.software import ChartArgs, ManifestArgs
from settings import SettingsError, software
from settings.types import federated_types
from tests.unit.components.software.conftest import server
from tests.unit.components.software.served import Server, crd, files
from tests.unit.settings.parse import TWO, parse

__all__ = ["server"]

pytestmark = pytest.mark.unit

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
WIDGETS, GADGETS = "widgets.example.org", "gadgets.example.org"
SCHEMA = {"type": "object", "properties": {"replicas": {"type": "integer"}, "deep": {"type": "object"}}}


@pytest.fixture
def place(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """A repository of charts, and a folder with manifests, where the program runs."""
    monkeypatch.chdir(tmp_path)
    server.publish(
        files("web", "1.2.3", values={"replicas": 1, "deep": {"a": 1}}, schema=SCHEMA),
        files("web", "1.3.0"),
        files("operator", "1.0.0", more={"crds/all.yaml": yaml.safe_dump(crd("widgets", "Widget", size="integer"))}),
    )
    (tmp_path / "widgets.yaml").write_text(yaml.safe_dump(crd("widgets", "Widget")))
    (tmp_path / "gadgets.yaml").write_text(yaml.safe_dump(crd("gadgets", "Gadget", scope="Cluster")))
    broken: Any = crd("broken", "Broken")
    broken["spec"]["versions"][0]["storage"] = False
    (tmp_path / "broken.yaml").write_text(yaml.safe_dump(broken))
    (tmp_path / "empty.yaml").write_text("---\n# nothing\n")
    (tmp_path / "text.yaml").write_text("just text")
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    yield server


def chart(server: Server, chart: str = "web", **more: Any) -> dict[str, Any]:
    """An entry of `charts`, from the server's repository."""
    known = {"web": "1.2.3", "operator": "1.0.0"}
    entry = {"name": chart, "chart": chart, "repository": server.url, "version": known.get(chart, "1.0.0")}
    return {**entry, "namespace": "web", **more}


def manifest(file: str, **more: Any) -> dict[str, Any]:
    return {"name": file.partition(".")[0], "file": file, **more}


def resolved(charts: Any = (), manifests: Any = (), types: Any = ()) -> software.Resolved:
    """What the clusters get by these settings."""
    settings = parse({"clusters": TWO, "charts": [*charts], "manifests": [*manifests], "types": [*types]})
    base = software.resolve(settings)
    federated_types(settings.types, base)
    return base


def test_each_cluster_gets_its_entries_in_their_order_with_its_own_values(place: Server) -> None:
    base = resolved(
        [
            chart(
                place,
                values={"replicas": 2, "deep": {"b": 1}},
                valuesByCluster={SECOND: {"deep": {"b": None, "c": [1]}, "replicas": 3}},
                after=["gadgets"],
            ),
            chart(place, "operator", clusters=[FIRST], crds="delete"),
        ],
        [manifest("gadgets.yaml")],
    )
    by_name = {entry.name: entry for entry in base.clusters[FIRST]}
    assert {*by_name} == {"gadgets", "web", "operator"}
    assert [*by_name].index("gadgets") < [*by_name].index("web")
    gadgets, web = base.clusters[SECOND]
    assert isinstance(web, ChartArgs) and isinstance(gadgets, ManifestArgs)
    assert web.values == {"replicas": 3, "deep": {"b": None, "c": [1]}}
    assert (web.chart, web.version, web.repository, web.namespace) == ("web", "1.2.3", place.url, "web")
    assert [object.key.name for object in gadgets.objects] == [GADGETS]
    own, operator = by_name["web"], by_name["operator"]
    assert isinstance(own, ChartArgs) and own.values == {"replicas": 2, "deep": {"b": 1}}
    assert isinstance(operator, ChartArgs) and not operator.keep_crds
    assert [found.key.name for found in operator.crds] == [WIDGETS]


def test_a_chart_in_a_folder_has_its_own_version(place: Server, tmp_path: Path) -> None:
    for path, text in files("base", "0.1.0").items():
        (tmp_path / "base").mkdir(exist_ok=True)
        (tmp_path / "base" / path).write_text(text)
    entry = {"name": "base", "chart": "./base", "namespace": "web"}
    (found,) = resolved([entry]).clusters[FIRST]
    assert isinstance(found, ChartArgs) and (found.chart, found.version, found.repository) == ("./base", None, None)


BAD: list[tuple[str, dict[str, Any], str]] = [
    (
        "a repository that does not answer",
        {"charts": [("web", {"repository": "http://127.0.0.1:1"})]},
        r"charts\[0\].repository: http://127.0.0.1:1 doesn't give web 1.2.3 \(http://127.0.0.1:1/index.yaml does not "
        r"answer: .*refused\); check the URL, and that this machine reaches it$",
    ),
    (
        "a chart that the repository lacks",
        {"charts": [("operater", {})]},
        r"charts\[0\].chart: operater is not in http://.*; did you mean operator\?$",
    ),
    (
        "a version that the repository lacks",
        {"charts": [("web", {}), ("web", {"name": "other", "version": "1.2.4"})]},
        r"charts\[1\].version: 1.2.4 of web is not in http://.*; the nearest are 1.3.0, 1.2.3$",
    ),
    (
        "a folder that is no chart",
        {"charts": [("./none", {"name": "none", "repository": None, "version": None})]},
        r"charts\[0\].chart: ./none is no chart \(there is no folder ./none\); give a chart's folder$",
    ),
    (
        "a key of values that the chart doesn't know",
        {"charts": [("web", {"values": {"replcas": 2}})]},
        r"charts\[0\].values.replcas: is no value of web 1.2.3; did you mean replicas\?$",
    ),
    (
        "a key of values that is near nothing",
        {"charts": [("web", {"values": {"xyzzy": 2}})]},
        r"charts\[0\].values.xyzzy: is no value of web 1.2.3; the known ones are deep, replicas$",
    ),
    (
        "a cluster's key of values that the chart doesn't know",
        {"charts": [("web", {"valuesByCluster": {SECOND: {"replcas": 2}}})]},
        rf"charts\[0\].valuesByCluster.{SECOND}.replcas: is no value of web 1.2.3; did you mean replicas\?$",
    ),
    (
        "a value that the schema refuses",
        {"charts": [("web", {"values": {"replicas": "two"}})]},
        r"charts\[0\].values.replicas: two is refused by the schema of web 1.2.3 \(type: integer\); set a value",
    ),
    (
        "a cluster's value that the schema refuses",
        {"charts": [("web", {"values": {"replicas": 2}, "valuesByCluster": {SECOND: {"replicas": "two"}}})]},
        rf"charts\[0\].valuesByCluster.{SECOND}.replicas: two is refused by the schema of web 1.2.3 \(type: integer\)",
    ),
    (
        "a manifest that can't be read",
        {"manifests": [("none.yaml", {})]},
        r"manifests\[0\].file: none.yaml can't be read \(No such file .*\); give a manifest",
    ),
    (
        "a manifest that is no text",
        {"manifests": [("image.png", {})]},
        r"manifests\[0\].file: image.png can't be read \(it is no text\); give a manifest that can$",
    ),
    (
        "a manifest that is none",
        {"manifests": [("text.yaml", {})]},
        r"manifests\[0\].file: text.yaml is no manifest \(a document of it has no apiVersion and kind, .*\); cor",
    ),
    (
        "a manifest without objects",
        {"manifests": [("empty.yaml", {})]},
        r"manifests\[0\].file: empty.yaml has no objects; give a manifest that has$",
    ),
    (
        "a CRD that Kubernetes refuses",
        {"manifests": [("broken.yaml", {})]},
        r"manifests\[0\].file: broken.yaml has the CustomResourceDefinition broken.example.org, which Kubernetes ref",
    ),
    (
        "one CRD of two entries",
        {"charts": [("operator", {})], "manifests": [("widgets.yaml", {"clusters": [SECOND]})]},
        rf"manifests\[0\].name: widgets brings CustomResourceDefinition.apiextensions.k8s.io {WIDGETS} into {SECOND}, "
        r"as operator does; take it out of one of them, or let them go into different clusters$",
    ),
    (
        "a CRD of a type and of an entry",
        {"charts": [("operator", {})], "types": [{"crd": "widgets.yaml"}]},
        rf"types\[0\].crd: widgets.yaml defines {WIDGETS}, which operator brings already; set name: {WIDGETS}, and no",
    ),
    (
        "a type of an entry that doesn't go everywhere",
        {"charts": [("operator", {"clusters": [FIRST]})], "types": [{"name": WIDGETS}]},
        rf"types\[0\].name: {WIDGETS} is brought by operator, which does not go into {SECOND}, and kubefed needs a fed",
    ),
    (
        "a version of a type that an entry's CRD doesn't serve",
        {"charts": [("operator", {})], "types": [{"name": WIDGETS, "version": "v2"}]},
        rf"types\[0\].version: v2 is not served by {WIDGETS}; use v1, or none$",
    ),
]


@pytest.mark.parametrize(("settings", "message"), [pytest.param(given, text, id=case) for case, given, text in BAD])
def test_what_can_t_run_is_told_key_value_rule_and_fix(place: Server, settings: dict[str, Any], message: str) -> None:
    charts = [
        {key: value for key, value in chart(place, name, **more).items() if value is not None}
        for name, more in settings.get("charts", ())
    ]
    manifests = [manifest(file, **more) for file, more in settings.get("manifests", ())]
    with pytest.raises(SettingsError, match=rf"^federated-eks:{message}") as caught:
        resolved(charts, manifests, settings.get("types", ()))
    assert "\n" not in str(caught.value)


def test_a_url_of_a_manifest_is_read(place: Server) -> None:
    place.pages["/v1/gadgets.yaml"] = Path("gadgets.yaml").read_bytes()
    entry = {"name": "gadgets", "url": f"{place.url}/v1/gadgets.yaml"}
    (found,) = resolved(manifests=[entry]).clusters[FIRST]
    assert isinstance(found, ManifestArgs) and found.title == entry["url"]
    with pytest.raises(
        SettingsError, match=r"manifests\[0\].url: http://.*/none.yaml can't be read \(http.* answers 404"
    ):
        resolved(manifests=[{"name": "none", "url": f"{place.url}/none.yaml"}])


def test_entries_that_go_into_different_clusters_may_bring_one_crd(place: Server) -> None:
    base = resolved([chart(place, "operator", clusters=[FIRST])], [manifest("widgets.yaml", clusters=[SECOND])])
    assert {cluster: entry for cluster, (entry, _) in base.bringing(WIDGETS).items()} == {
        FIRST: "operator",
        SECOND: "widgets",
    }


def test_a_type_that_an_entry_brings_is_known_before_any_cluster_has_it(place: Server) -> None:
    settings = parse({"clusters": TWO, "charts": [chart(place, "operator")], "types": [{"name": WIDGETS}]})
    (widgets,) = federated_types(settings.types, software.resolve(settings))
    assert widgets.crd is None
    assert widgets.definition and widgets.definition["metadata"]["name"] == WIDGETS
    assert widgets.target and (widgets.target.kind, widgets.target.version) == ("Widget", "v1")


def test_secret_values_stay_secret_and_are_in_no_message(place: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_config_secret", lambda key: key == "federated-eks:charts")
    (web,) = resolved([chart(place, values={"replicas": 2})]).clusters[FIRST]
    assert isinstance(web, ChartArgs) and isinstance(web.values, pulumi.Output)
    with pytest.raises(SettingsError, match=r"values.replicas: \[secret\] is refused") as caught:
        resolved([chart(place, values={"replicas": "sesame"})])
    assert "sesame" not in str(caught.value)


def test_a_chart_from_a_registry_is_named_by_it(place: Server) -> None:
    place.push(files("web", "1.2.3"), "team")
    entry = chart(place, repository=f"oci://{place.host}/team")
    (web,) = resolved([entry]).clusters[FIRST]
    assert isinstance(web, ChartArgs) and web.repository == entry["repository"]
