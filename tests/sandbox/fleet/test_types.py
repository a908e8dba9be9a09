"""Types that are federated: in the settings, in every cluster, and out of them again."""

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.fleet.app import app, eventually, objects, stopped
from tests.sandbox.fleet.live import NAMESPACE, Fleet

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
PROMETHEUS = {"name": "prometheuses.monitoring.coreos.com", "federatedGroup": "monitoring.coreos.com"}
GADGETS = "gadgets.example.org"


def gadgets(**schema: Any) -> dict[str, Any]:
    """A CRD, cluster-scoped, whose schema can be another."""
    any_object = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": GADGETS},
        "spec": {
            "group": "example.org",
            "names": {"kind": "Gadget", "plural": "gadgets", "singular": "gadget", "shortNames": ["gg"]},
            "scope": "Cluster",
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or any_object}}
            ],
        },
    }


@pytest.fixture
def untouched(live_fleet: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, for settings that are refused; they are put back afterwards."""
    with live_fleet.settings_put_back():
        yield live_fleet


@pytest.fixture
def types(untouched: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, its types as they were afterwards, even if the test has failed."""
    before = untouched.configured()["types"]
    yield untouched
    if untouched.configured()["types"] != before:
        untouched.configure(types=before)
        untouched.pulumi("up", "--yes", "--skip-preview")


@pytest.fixture
def crd(live_fleet: Fleet) -> Path:
    """A file for a CRD."""
    path = live_fleet.checkout.project / "gadgets.yaml"
    path.write_text(yaml.safe_dump(gadgets()))
    return path


def test_a_type_added_is_a_pure_addition_and_one_that_leaves_takes_its_objects_along(types: Fleet, crd: Path) -> None:
    before = types.resources()
    gadget = {"crd": crd.name, "federatedGroup": "fleet.example.org"}
    hpa = {"name": "horizontalpodautoscalers.autoscaling"}
    types.configure(types=[PROMETHEUS, gadget, hpa])
    steps = types.preview()
    assert {step.op for step in steps} == {"create"}
    assert sorted(step.name for step in steps if step.type.endswith("CustomResourceDefinition")) == [
        f"{FIRST}-types-{GADGETS}",
        f"{SECOND}-types-{GADGETS}",
        f"{GADGETS}-federated",
        "horizontalpodautoscalers.autoscaling-federated",
    ]
    types.pulumi("up", "--yes", "--skip-preview")
    assert {urn: id for urn, id in types.resources().items() if urn in before} == before

    with app(types, "gadgets") as made:
        made.up(
            """
            federated("Gadget", "one", None, {"spec": {"size": 3}})
            federated("HorizontalPodAutoscaler", "web", namespace("scaled"), {"spec": {
                "maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}})
            """
        )
        for cluster in (FIRST, SECOND):
            assert objects(types, cluster, "gadgets", "default")["one"]["spec"] == {"size": 3}
            assert objects(types, cluster, "hpa", "scaled")["web"]["spec"]["maxReplicas"] == 5

        types.configure(types=[PROMETHEUS])
        types.pulumi("up", "--yes", "--skip-preview")
        for cluster in (FIRST, SECOND):
            assert "example.org" not in types.kubectl(cluster, "get", "crds", "-o", "name").stdout
            assert objects(types, cluster, "hpa", "scaled") == {}
        assert types.resources() == before
        made.write("")
        made.up("", "--refresh")


def test_a_type_whose_crd_is_there_already_is_federated_by_its_name(types: Fleet, crd: Path) -> None:
    types.configure(types=[PROMETHEUS, {"name": GADGETS}])
    missing = types.pulumi("preview", check=False)
    assert missing.returncode != 0
    assert GADGETS in missing.stdout and "does not exist" in missing.stdout
    for cluster in (FIRST, SECOND):
        types.kubectl(cluster, "create", "-f", str(crd))
    try:
        types.pulumi("up", "--yes", "--skip-preview")
        config = json.loads(
            types.kubectl(FIRST, "-n", NAMESPACE, "get", "federatedtypeconfigs", GADGETS, "-o", "json").stdout
        )
        assert config["spec"]["targetType"] == {
            "group": "example.org",
            "kind": "Gadget",
            "pluralName": "gadgets",
            "scope": "Cluster",
            "version": "v1",
        }
        assert types.preview() == []
        types.configure(types=[PROMETHEUS])
        types.pulumi("up", "--yes", "--skip-preview")
        for cluster in (FIRST, SECOND):
            assert GADGETS in types.kubectl(cluster, "get", "crds", "-o", "name").stdout
    finally:
        for cluster in (FIRST, SECOND):
            types.kubectl(cluster, "delete", "crd", GADGETS)


def test_without_the_grant_nothing_propagates_and_only_the_controller_s_log_says_why(live_fleet: Fleet) -> None:
    grant = "kubefed-controller:federatedprometheuses.monitoring.coreos.com"
    binding = live_fleet.kubectl(FIRST, "get", "clusterrolebinding", grant, "-o", "json").stdout
    live_fleet.kubectl(FIRST, "delete", "clusterrolebinding", grant)
    with app(live_fleet, "trap") as made:
        program = """
            federated("Prometheus", "metrics", namespace("trap"), {"spec": {"replicas": 1}}, timeout_minutes=1)
            """
        done = made.up(program, check=False)
        assert done.returncode != 0
        for cluster in (FIRST, SECOND):
            assert objects(live_fleet, cluster, "prometheuses", "trap") == {}
        log = "".join(
            path.read_text(errors="replace") for path in live_fleet.checkout.paths.log.rglob("*controller-manager*")
        )
        assert re.search(r"federatedprometheuses\.monitoring\.coreos\.com .*is forbidden", log)

        # As it was, under the manager that it had.
        granted = json.loads(binding)
        granted["metadata"] = {name: granted["metadata"][name] for name in ("name", "annotations")}
        manager = granted["metadata"]["annotations"]["pulumi.com/patchFieldManager"]
        path = made.folder / "grant.json"
        path.write_text(json.dumps(granted))
        live_fleet.kubectl(FIRST, "apply", "--server-side", "--field-manager", manager, "-f", str(path))
        made.up(program)
        for cluster in (FIRST, SECOND):
            assert "metrics" in objects(live_fleet, cluster, "prometheuses", "trap")


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a URL that doesn't answer": (
        {"crd": "https://localhost:9/crd.yaml"},
        "types[0].crd: https://localhost:9/crd.yaml can't be read",
    ),
    "a group that does not exist": ({"name": "deployments.app"}, "custom resource"),
    "a kind that does not exist": ({"name": "deploymentz.apps"}, "types[0].name: deploymentz.apps is no type of"),
    "a version that is not served": (
        {"name": "cronjobs.batch", "version": "v1beta1"},
        "types[0].version: v1beta1 of cronjobs.batch is not served",
    ),
    "the chart's own": ({"name": "configmaps"}, "types[0].name: configmaps is federated by kubefed's chart already"),
}


@pytest.mark.parametrize("case", [case for case in BAD if case != "a group that does not exist"])
def test_a_bad_type_is_told_and_nothing_is_touched(untouched: Fleet, case: str) -> None:
    chosen, message = BAD[case]
    before = untouched.resources()
    untouched.configure(types=[chosen])
    done = untouched.pulumi("up", "--yes", check=False)
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout
    assert untouched.resources() == before


def test_a_crd_that_is_not_structural_is_told_and_nothing_is_touched(untouched: Fleet, crd: Path) -> None:
    crd.write_text(yaml.safe_dump(gadgets(type="object", properties={"spec": {"properties": {}}})))
    before = untouched.resources()
    untouched.configure(types=[PROMETHEUS, {"crd": crd.name}])
    done = untouched.pulumi("up", "--yes", check=False)
    assert done.returncode != 0
    assert "types[1].crd: gadgets.yaml: version v1: .spec has no type" in " ".join(done.stdout.split()), done.stdout
    assert untouched.resources() == before
    refused = untouched.kubectl(FIRST, "create", "-f", str(crd), check=False)
    assert refused.returncode != 0, "the API server agrees"


def test_a_crd_of_the_federated_name_that_is_somebody_else_s_is_not_taken(types: Fleet) -> None:
    """A preview can't tell: Pulumi's plugin forces its dry run of what isn't in the state."""
    name = "federatedcronjobs.types.kubefed.io"
    theirs = gadgets()
    theirs["metadata"] = {"name": name, "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}}
    theirs["spec"] |= {"group": "types.kubefed.io", "scope": "Namespaced"}
    theirs["spec"]["names"] = {"kind": "FederatedCronJob", "plural": "federatedcronjobs"}
    theirs["spec"]["versions"][0]["name"] = "v1beta1"
    path = types.checkout.project / "theirs.yaml"
    path.write_text(yaml.safe_dump(theirs))

    def found() -> dict[str, Any]:
        told = types.kubectl(FIRST, "get", "crd", name, "-o", "json", "--show-managed-fields").stdout
        metadata, spec = (json.loads(told)[part] for part in ("metadata", "spec"))
        return {"uid": metadata["uid"], "managers": metadata["managedFields"], "spec": spec}

    types.kubectl(FIRST, "create", "-f", str(path))
    eventually(lambda: len(found()["managers"]), 2)  # its author, and the API server, which has accepted the names
    before, kept = types.resources(), found()
    try:
        types.configure(types=[PROMETHEUS, {"name": "cronjobs.batch"}])
        done = types.pulumi("up", "--yes", check=False)
        assert done.returncode != 0
        assert re.search(
            rf"cronjobs.batch-federated\):\s+error: .*conflict with \"kubectl-create\".*{name}", done.stdout
        )
        assert found() == kept
        # What was made before it goes again, and theirs stays.
        types.configure(types=[PROMETHEUS])
        types.pulumi("up", "--yes", "--skip-preview")
        assert types.resources() == before
        assert found() == kept
    finally:
        types.kubectl(FIRST, "delete", "crd", name)


def test_a_federated_type_does_not_become_another_in_place(untouched: Fleet) -> None:
    untouched.configure(types=[{**PROMETHEUS, "federatedGroup": "other.example.org"}])
    before = untouched.resources()
    done = untouched.pulumi("up", "--yes", check=False)
    assert done.returncode != 0
    assert "types: prometheuses.monitoring.coreos.com is federated as" in " ".join(done.stdout.split())
    assert untouched.resources() == before


def test_a_type_that_leaves_while_a_member_does_not_answer_names_it_and_goes_once_it_does(types: Fleet) -> None:
    hasty = {"chart": ".sandbox/charts/kubefed", "timeoutMinutes": 1}
    types.configure(types=[PROMETHEUS, {"name": "cronjobs.batch"}], kubefed=hasty)
    types.pulumi("up", "--yes", "--skip-preview")
    with app(types, "nightly") as made:
        made.up(
            """
            container = {"name": "c", "image": "c"}
            pods = {"spec": {"restartPolicy": "Never", "containers": [container]}}
            spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": pods}}}
            federated("CronJob", "nightly", namespace("nightly"), {"spec": spec})
            """
        )
        types.configure(types=[PROMETHEUS])
        with stopped(types, SECOND):
            eventually(lambda: types.ready()[SECOND] != "True", True)
            done = types.pulumi("up", "--yes", "--skip-preview", check=False)
        assert done.returncode != 0
        assert f"kubefed waits for {SECOND}, not Ready" in " ".join(done.stdout.split()), done.stdout
        eventually(lambda: types.ready()[SECOND], "True")
        types.pulumi("up", "--yes", "--skip-preview")
        for cluster in (FIRST, SECOND):
            assert objects(types, cluster, "cronjobs", "nightly") == {}
        made.up("", "--refresh")
