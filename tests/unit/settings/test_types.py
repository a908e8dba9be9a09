"""Settings of federated types."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError
from settings.types import federated_types
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit


def types(*types: Any) -> dict[str, Any]:
    """Return settings with these types."""
    return {"clusters": TWO, "types": [*types]}


BAD: list[Invalid] = [
    (
        "types that are text",
        {"clusters": TWO, "types": "cronjobs.batch"},
        r"types: cronjobs.batch is not a list; write a list",
    ),
    ("a type that is text", types("cronjobs.batch"), r"types\[0\]: cronjobs.batch is not a group of keys"),
    (
        "a type's key that isn't known",
        types({"name": "cronjobs.batch", "kind": "CronJob"}),
        r"types\[0\].kind: is not a setting; the known keys there are crd, federatedGroup, federatedVer",
    ),
    (
        "a type without a name",
        types({"version": "v1"}),
        r"types\[0\].name and crd are not set, so no type is named; set name, or crd for a custom type$",
    ),
    (
        "a type's name that is nearly one",
        types({"name": "cronjobs.batch"}, {"name": "cronjob.batch"}),
        r"types\[1\].name: cronjob.batch is no type of Kubernetes' own, and no custom one either; give "
        r"<plural>.<group>, cronjobs.batch or .* perhaps$",
    ),
    (
        "a type's name that is near nothing",
        types({"name": "xyzzy"}),
        r"types\[0\].name: xyzzy is no type of .*; give <plural>.<group>, prometheuses.monitoring.coreos.com for inst",
    ),
    (
        "a built-in group's unknown type",
        types({"name": "bananas.apps"}),
        r"types\[0\].name: bananas.apps is no type of",
    ),
    (
        "a custom type in capitals",
        types({"name": "Widgets.example.org"}),
        r"types\[0\].name: Widgets.example.org is no",
    ),
    (
        "a built-in type with a CRD",
        types({"name": "cronjobs.batch", "crd": "crds.yaml"}),
        r"types\[0\].crd: crds.yaml is set for cronjobs.batch, which is Kubernetes' own and has none; drop crd$",
    ),
    (
        "a crd that is empty",
        types({"crd": ""}),
        r"types\[0\].crd: \"\" has nothing in it; set it, or leave the key out$",
    ),
    (
        "a type of kubefed's chart",
        types({"name": "deployments.apps"}),
        r"types\[0\].name: deployments.apps is federated by kubefed's chart already; take it out of types$",
    ),
    *(
        (
            f"a type federated in the group {group}",
            types({"name": "cronjobs.batch", "federatedGroup": group}),
            rf"types\[0\].federatedGroup: {group} can't be a federated type's API group; give a domain of your own, "
            r"fleet.example.org for instance$",
        )
        # The last two are kept for Kubernetes' own: its API server refuses a CRD there.
        for group in ("batch", "apps", "Example.org", "example..org", "batch.k8s.io", "my.kubernetes.io")
    ),
    (
        "a version that is a number",
        types({"name": "cronjobs.batch", "version": "1"}),
        r"types\[0\].version: 1 does not have the form of one; use one like v1$",
    ),
    (
        "a federated version that is a number",
        types({"name": "cronjobs.batch", "federatedVersion": "1"}),
        r"types\[0\].federatedVersion: 1 does not have the form of one; use one like v1beta1$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


WIDGETS: Any = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}
            for name in ("v1", "v2")
        ],
    },
}


UNFIT: list[tuple[str, list[Any], str]] = [
    (
        "a type twice",
        [{"name": "cronjobs.batch"}, {"name": "cronjobs.batch", "federatedGroup": "example.org"}],
        r"types: cronjobs.batch is listed 2 times; list it once$",
    ),
    (
        "a CRD beside its type",
        [{"crd": "CRD"}, {"name": "widgets.example.org"}],
        r"types: widgets.example.org is listed 2 times; list it once$",
    ),
    (
        "two types of one plural",
        [{"name": "clusters.one.org"}, {"name": "clusters.other.org"}],
        r"types: clusters.other.org and clusters.one.org would both be federated as federatedclusters.types.kubefed."
        r"io; set another federatedGroup on clusters.other.org$",
    ),
    (
        "a plural that kubefed's chart has",
        [{"name": "services.serving.knative.dev"}],
        r"types: services.serving.knative.dev and services would both be federated as federatedservices.types.kubefed."
        r"io; set another federatedGroup on services.serving.knative.dev$",
    ),
    (
        "a built-in type's version that isn't served",
        [{"name": "cronjobs.batch", "version": "v1beta1"}],
        r"types\[0\].version: v1beta1 of cronjobs.batch is not served by Kubernetes; use v1, or none$",
    ),
    (
        "a custom type's version that isn't served",
        [{"name": "cronjobs.batch"}, {"crd": "CRD", "version": "v3"}],
        r"types\[1\].version: v3 is not served by widgets.example.org; use v1, v2, or none$",
    ),
    (
        "a CRD that can't be read",
        [{"crd": "none.yaml"}],
        r"types\[0\].crd: none.yaml can't be read \(No such file .*\); give the path of a file, or an https URL$",
    ),
    (
        "a CRD over http",
        [{"crd": "http://example.org/crd.yaml"}],
        r"types\[0\].crd: http://example.org/crd.yaml can't be read \(.* is not https\); give the path of a file, or",
    ),
    (
        "a CRD of another name",
        [{"name": "gadgets.example.org", "crd": "CRD"}],
        r"types\[0\].crd: .*crd.yaml has widgets.example.org, and one .* is needed; set name to one that it has$",
    ),
]


@pytest.mark.parametrize(("types", "message"), [pytest.param(t, m, id=case) for case, t, m in UNFIT])
def test_types_that_can_t_be_federated_are_told_key_value_rule_and_fix(
    tmp_path: Path, types: list[Any], message: str
) -> None:
    crd = tmp_path / "crd.yaml"
    crd.write_text(yaml.safe_dump(WIDGETS))
    listed = [{**listed, "crd": str(crd)} if listed.get("crd") == "CRD" else listed for listed in types]
    with pytest.raises(SettingsError, match=rf"^federated-eks:{message}") as caught:
        federated_types(parse({"clusters": TWO, "types": listed}).types)
    assert "\n" not in str(caught.value)


def test_types_are_what_the_settings_and_their_crds_say(tmp_path: Path) -> None:
    crd = tmp_path / "crd.yaml"
    crd.write_text(yaml.safe_dump(WIDGETS))
    listed = [
        {"crd": str(crd), "version": "v1", "federatedGroup": "fleet.example.org", "federatedVersion": "v2"},
        {"name": "horizontalpodautoscalers.autoscaling", "version": "v1"},
        {"name": "prometheuses.monitoring.coreos.com", "version": "v1beta1"},
    ]
    widgets, autoscalers, prometheuses = federated_types(parse({"clusters": TWO, "types": listed}).types)
    assert (widgets.name, widgets.crd, widgets.custom) == ("widgets.example.org", WIDGETS, True)
    assert widgets.federated == "federatedwidgets.fleet.example.org"
    assert widgets.federated_version == "v2"
    assert widgets.target
    assert (widgets.target.kind, widgets.target.version) == ("Widget", "v1")
    assert (autoscalers.crd, autoscalers.custom) == (None, False)
    assert autoscalers.federated == "federatedhorizontalpodautoscalers.types.kubefed.io"
    assert autoscalers.target
    assert autoscalers.target.version == "v1"
    # Its CRD is in the clusters, which are asked.
    assert (prometheuses.crd, prometheuses.target, prometheuses.version) == (None, None, "v1beta1")
    assert prometheuses.custom


def test_karmada_s_own_api_needs_the_crd_of_a_custom_type(tmp_path: Path) -> None:
    crd = tmp_path / "crd.yaml"
    crd.write_text(yaml.safe_dump(WIDGETS))
    listed = [{"crd": str(crd)}, {"name": "cronjobs.batch"}, {"name": "gadgets.example.org"}]
    types = parse({"clusters": TWO, "engine": "karmada", "types": listed}).types
    widgets, _ = federated_types(types[:2], engine="karmada")
    assert widgets.definition == WIDGETS
    with pytest.raises(
        SettingsError,
        match=r"^federated-eks:types\[2\]\.name: gadgets\.example\.org is defined by no CRD of the settings, and "
        r"Karmada's API needs it too; give crd, or bring it by charts or manifests$",
    ):
        federated_types(types, engine="karmada")
