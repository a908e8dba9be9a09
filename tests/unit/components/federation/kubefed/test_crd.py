"""CRDs from outside: where they come from, which are taken, and what is read of them."""

import http.client
import io
import ssl
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components import source
from components.federation.kubefed import crd
from components.federation.kubefed.builtin_types import Target
from tests.unit.components.federation.kubefed.crds import REFUSED, TAKEN, changed
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

URL = "https://example.org/crds/widgets.yaml"
TEXT = {"type": "string"}


def field(**schema: Any) -> dict[str, Any]:
    """A schema of one field, spec.it."""
    it: Any = {k.replace("_", "-") if k.startswith("x_") else k: v for k, v in schema.items()}
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": {"it": it}}}}


def version(name: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "served": True,
        "storage": name == "v1",
        "schema": {"openAPIV3Schema": schema or field(**TEXT)},
        **more,
    }


def manifest(plural: str = "widgets", kind: str = "Widget", *versions: Mapping[str, Any], **spec: Any) -> Any:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [*versions] or [version("v1")],
            **spec,
        },
    }


WIDGETS, GADGETS = manifest(), manifest("gadgets", "Gadget")


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    """Documents saved to a file; its path."""

    def save(*documents: Any) -> str:
        path = tmp_path / "crds.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        return str(path)

    return save


class Answer(io.BytesIO):
    """What a URL gives, and where it led."""

    url = ""


def fetched(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, led_to: str = "") -> list[str]:
    """Answer each fetch; the URLs that were asked for."""
    asked: list[str] = []

    def urlopen(request: Request, timeout: float) -> Answer:
        asked.append(url := request.full_url)
        assert 0 < timeout <= 60
        if isinstance(answer, Exception):
            raise answer
        given = Answer(answer)
        given.url = led_to or url
        return given

    monkeypatch.setattr(source, "urlopen", urlopen)
    return asked


def test_a_url_that_leads_away_from_https_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(monkeypatch, yaml.safe_dump(WIDGETS).encode(), led_to="http://example.org/crd.yaml")
    with pytest.raises(ValueError, match=r"leads to http://example.org/crd.yaml, which is not https\); give"):
        crd.load("https://example.org/crd.yaml")


def test_the_only_crd_of_a_file_needs_no_name(saved: Callable[..., str]) -> None:
    assert crd.load(saved(WIDGETS)) == WIDGETS


def test_what_else_a_file_holds_is_passed_over(saved: Callable[..., str]) -> None:
    others = [None, "text", {"kind": "Namespace", "metadata": {"name": "widgets.example.org"}}, [WIDGETS]]
    assert crd.load(saved(*others, WIDGETS)) == WIDGETS


@pytest.mark.parametrize("wanted", [WIDGETS, GADGETS])
def test_of_several_crds_the_named_one_is_taken(saved: Callable[..., str], wanted: Any) -> None:
    assert crd.load(saved(WIDGETS, GADGETS), wanted["metadata"]["name"]) == wanted


@pytest.mark.parametrize("name", [None, "gizmos.example.org"])
def test_several_crds_and_none_of_them_named_is_told_with_their_names(
    saved: Callable[..., str], name: str | None
) -> None:
    with pytest.raises(
        ValueError,
        match=r"crds.yaml has widgets.example.org, gadgets.example.org, and one CustomResourceDefinition is needed; "
        r"set name to one that it has$",
    ):
        crd.load(saved(WIDGETS, GADGETS), name)


def test_a_crd_of_another_name_is_told_with_the_name_it_has(saved: Callable[..., str]) -> None:
    with pytest.raises(ValueError, match=r"crds.yaml has widgets.example.org, and one .* set name to one that it"):
        crd.load(saved(WIDGETS), "gadgets.example.org")


def test_a_file_without_any_crd_is_told_so(saved: Callable[..., str]) -> None:
    with pytest.raises(ValueError, match=r"crds.yaml has none, and .* is needed; give the URL or the file of a CRD$"):
        crd.load(saved({"kind": "Namespace", "metadata": {"name": "a"}}))


def test_a_file_that_is_no_yaml_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "crd.yaml"
    path.write_text("kind: [\n")
    with pytest.raises(
        ValueError, match=r"crd.yaml is not YAML \(line 2: .+\); give a CustomResourceDefinition's manifest$"
    ):
        crd.load(str(path))


def test_a_file_that_is_not_there_is_told_so() -> None:
    with pytest.raises(
        ValueError, match=r"^crds/none.yaml can't be read \(No such file.*\); give the path of a file, or an https URL$"
    ):
        crd.load("crds/none.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"can't be read \(Is a directory\); give the path of a file"):
        crd.load(str(tmp_path))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x80", b"PK\x03\x04\x00"])
def test_a_binary_file_is_no_crd(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "crd.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"crd.zip (can't be read \(it is no text\)|is not YAML \(.+\)); give"):
        crd.load(str(path))


def test_a_crd_is_fetched_from_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fetched(monkeypatch, yaml.safe_dump(WIDGETS).encode())
    assert crd.load(URL) == WIDGETS
    assert asked == [URL]


@pytest.mark.parametrize("url", ["http://example.org/crd.yaml", "ftp://example.org/crd.yaml", "file:///etc/passwd"])
def test_nothing_is_fetched_but_over_https(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    asked = fetched(monkeypatch, yaml.safe_dump(WIDGETS).encode())
    with pytest.raises(ValueError, match=rf"^{url} can't be read \({url} is not https\); give the path of a file, or"):
        crd.load(url)
    assert asked == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(URLError("Name or service not known"), "Name or service not known", id="no such host"),
        pytest.param(TimeoutError("timed out"), "timed out", id="no answer"),
        pytest.param(HTTPError(URL, 404, "Not Found", http.client.HTTPMessage(), None), "404.*Not Found", id="404"),
        pytest.param(ssl.SSLError(1, "certificate verify failed"), "certificate verify failed", id="a certificate"),
        pytest.param(http.client.IncompleteRead(b"kind:"), "IncompleteRead", id="half an answer"),
        pytest.param(http.client.InvalidURL("URL can't contain control characters"), "control", id="a broken URL"),
        pytest.param(b"\x80\x81", "it is no text", id="no text"),
    ],
)
def test_a_url_that_gives_nothing_is_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, reason: str
) -> None:
    fetched(monkeypatch, answer)
    with pytest.raises(ValueError, match=rf"^{URL} can't be read \(.*{reason}.*\); give the path of a file, or"):
        crd.load(URL)


def test_a_web_page_is_no_crd(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(monkeypatch, b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n")
    with pytest.raises(ValueError, match=rf"^{URL} has none, and .*; give the URL or the file of a CRD$"):
        crd.load(URL)


def test_a_manifest_is_read_as_kubernetes_reads_it(tmp_path: Path) -> None:
    text = yaml.safe_dump(manifest(versions=[version("v1", field(type="string", enum="HERE"))]))
    path = tmp_path / "crd.yaml"
    path.write_text(text.replace("HERE", "['!=', =, =~, 2020-01-01]"))
    assert crd.load(str(path)) == manifest(
        versions=[version("v1", field(type="string", enum=["!=", "=", "=~", "2020-01-01"]))]
    )


UNREADABLE: list[tuple[str, Any, str]] = [
    (
        "the version before",
        {**WIDGETS, "apiVersion": "apiextensions.k8s.io/v1beta1"},
        "its apiVersion is apiextensions.k8s.io/v1beta1 and not apiextensions.k8s.io/v1",
    ),
    ("no version", manifest(versions=None), "spec has no versions"),
    ("versions that are none", manifest(versions=["v1"]), r"spec.versions\[0\] is v1 and not a mapping"),
    ("no version served", manifest(versions=[version("v1", served=False)]), "it serves no version"),
    (
        "a version without a name",
        manifest(versions=[version("v1"), {"served": True}]),
        r"spec.versions\[1\] has no name",
    ),
    (
        "no schema",
        manifest(versions=[version("v1"), version("v2") | {"schema": None}]),
        "version v2: has no schema.openAPIV3Schema",
    ),
    ("no names", manifest(names=None), "spec has no names"),
    ("no scope", manifest(scope=None), "spec has no scope"),
]


@pytest.mark.parametrize(("document", "problem"), [pytest.param(d, p, id=case) for case, d, p in UNREADABLE])
def test_a_crd_that_kubernetes_can_t_read_is_refused(saved: Callable[..., str], document: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"crds.yaml: {problem}.*, which Kubernetes refuses; correct the CRD$"):
        crd.load(saved(document))


@pytest.mark.parametrize(
    ("path", "value", "problem"), [pytest.param(path, value, told, id=case) for case, path, value, told in REFUSED]
)
def test_a_crd_that_an_api_server_would_refuse_is_refused(
    saved: Callable[..., str], path: str, value: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=rf"crds.yaml: {problem}.*, which Kubernetes refuses; correct the CRD$"):
        crd.load(saved(changed(path, value)))


@pytest.mark.parametrize(("path", "value"), [pytest.param(path, value, id=case) for case, path, value in TAKEN])
def test_a_crd_that_an_api_server_takes_is_taken(saved: Callable[..., str], path: str, value: Any) -> None:
    document = changed(path, value)
    assert crd.load(saved(document)) == document


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(field(x_kubernetes_int_or_string=True), id="int or string"),
        pytest.param(
            field(x_kubernetes_int_or_string=True, anyOf=[{"type": "integer"}, TEXT]), id="int or string, by anyOf"
        ),
        pytest.param(field(x_kubernetes_preserve_unknown_fields=True), id="anything"),
        pytest.param(field(type="object", additionalProperties=True), id="any values"),
        pytest.param(field(type="object", properties={"type": TEXT, "properties": TEXT}), id="fields called as keys"),
        pytest.param(field(type="string", oneOf=[{"pattern": "^a"}, {"pattern": "^b"}]), id="oneOf without types"),
    ],
)
def test_what_a_structural_schema_may_have_is_taken(saved: Callable[..., str], schema: Any) -> None:
    document = manifest(versions=[version("v1", schema)])
    assert crd.load(saved(document)) == document


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "v1", "Cluster", "type"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "served", "schema", "openAPIV3Schema", "type", "properties", "anyOf", "kind"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


FULL = manifest(
    versions=[version("v1", field(type="array", items=TEXT, anyOf=[{"minItems": 1}])), version("v1beta1")],
    names={"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
)


@given(st.sampled_from(places(FULL)), ANYTHING)
def test_whatever_stands_in_a_crd_s_place_is_a_type_or_told_as_wrong(path: tuple[Any, ...], new: Any) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        fetched(monkeypatch, yaml.safe_dump(put(FULL, path, new)).encode())
        try:
            assert crd.target(crd.load(URL)).name == "widgets.example.org"
        except ValueError as error:
            assert str(error).startswith(URL)
            assert "; " in str(error)


KUBERNETES_ORDER = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]


@pytest.mark.parametrize(("one", "next_"), list(pairwise(KUBERNETES_ORDER)))
def test_versions_are_preferred_in_the_order_of_kubernetes_documentation(one: str, next_: str) -> None:
    assert crd.preferred([one, next_]) == crd.preferred([next_, one]) == one


@pytest.mark.parametrize(
    ("one", "next_"),
    [("v1beta2", "v1beta1"), ("v1alpha10", "v1alpha9"), ("v1alpha1", "a"), ("bar10", "foo1"), ("foo10", "foo2")],
)
def test_stages_count_up_as_versions_do_and_other_names_go_by_the_alphabet(one: str, next_: str) -> None:
    assert crd.preferred([one, next_]) == crd.preferred([next_, one]) == one


VERSIONS = st.builds("{}{}{}".format, st.just("v"), st.integers(1, 12), st.sampled_from(["", "alpha1", "beta2", "x"]))


@given(
    st.lists(VERSIONS | st.sampled_from(KUBERNETES_ORDER), min_size=1).flatmap(
        lambda versions: st.tuples(st.just(versions), st.permutations(versions))
    )
)
def test_the_preferred_version_does_not_depend_on_the_order_of_the_list(lists: tuple[list[str], list[str]]) -> None:
    assert crd.preferred(lists[0]) == crd.preferred(lists[1])


@given(st.lists(VERSIONS, min_size=1), st.lists(VERSIONS, min_size=1))
def test_the_preferred_of_two_lists_is_the_preferred_of_both_together(one: list[str], other: list[str]) -> None:
    together = crd.preferred([*one, *other])
    assert together in [*one, *other]
    assert together == crd.preferred([crd.preferred(one), crd.preferred(other)])


def test_a_type_is_read_at_the_preferred_version_of_those_served() -> None:
    versions = [version("v1alpha1"), version("v2", served=False), version("v1beta1")]
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wd", "wdg"]}
    assert crd.target(manifest(versions=versions, names=names, scope="Cluster")) == Target(
        group="example.org",
        version="v1beta1",
        kind="Widget",
        plural="widgets",
        namespaced=False,
        short_names=("wd", "wdg"),
        scalable=False,
    )


def test_a_type_is_read_at_the_version_asked_for() -> None:
    found = crd.target(manifest(versions=[version("v1"), version("v1beta1")]), "v1beta1")
    assert (found.version, found.namespaced, found.short_names) == ("v1beta1", True, ())


def test_a_version_that_is_not_served_is_refused_with_those_that_are() -> None:
    versions = [version("v1"), version("v2", served=False), version("v1beta1")]
    with pytest.raises(ValueError, match=r"^v2 is not served by widgets.example.org; use v1, v1beta1, or none$"):
        crd.target(manifest(versions=versions), "v2")


REPLICAS = {"type": "integer", "format": "int32"}


@pytest.mark.parametrize(
    ("replicas", "scalable"),
    [
        (REPLICAS, True),
        ({"type": "integer", "format": "int64"}, False),
        ({"type": "integer"}, False),
        ({"type": "object", "properties": {"replicas": REPLICAS}}, False),
        (None, False),
    ],
)
def test_just_a_type_with_a_number_of_replicas_scales(replicas: Any, scalable: bool) -> None:
    fields: Any = {"replicas": replicas} if replicas else {"size": REPLICAS}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}, "status": REPLICAS}}
    assert crd.target(manifest(versions=[version("v1", schema)])).scalable is scalable


def test_whether_a_type_scales_is_decided_by_its_own_version() -> None:
    scaling = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"replicas": REPLICAS}}}}
    document = manifest(versions=[version("v1"), version("v1beta1", scaling)])
    assert not crd.target(document).scalable
    assert crd.target(document, "v1beta1").scalable


LIVING = manifest(
    "widgets",
    "Widget",
    version("v1", {"type": "object", "properties": {"spec": {"type": "object", "properties": {"replicas": REPLICAS}}}}),
    version("v1beta1"),
    names={"plural": "widgets", "kind": "Widget", "listKind": "WidgetList", "shortNames": ["wd"]},
)


def read(spec: Any, asked: str | None) -> list[Target]:
    """The type as it is read of a CRD that lives in a cluster."""
    found: list[Target] = []

    def declare() -> None:
        living = kubernetes.apiextensions.v1.CustomResourceDefinition.get("widgets", "widgets.example.org")
        pulumi.export("target", crd.known(living, asked).apply(lambda target: found.append(target)))

    run(declare, Engine(living={"widgets.example.org": {"spec": spec}}))
    return found


@pytest.mark.parametrize("asked", [None, "v1", "v1beta1"])
def test_a_crd_in_a_cluster_tells_the_same_as_its_manifest(asked: str | None) -> None:
    assert read(LIVING["spec"], asked) == [crd.target(LIVING, asked)]


def test_a_cluster_s_crd_that_does_not_serve_the_version_ends_the_program_without_a_traceback() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"^types: v9 is not served by widgets.example.org; use v1, v1beta1, or none$"
    ):
        read(LIVING["spec"], "v9")


def test_a_cluster_s_crd_that_serves_nothing_is_told_so() -> None:
    unserved = {**LIVING["spec"], "versions": [version("v1", served=False)]}
    with pytest.raises(pulumi.RunError, match=r"^types: widgets.example.org serves no version; .*take it out$"):
        read(unserved, None)
