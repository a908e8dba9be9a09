"""The readiness of a workload, by the status of Karmada's objects."""

from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.dynamic.exceptions import NotFoundError

from components.federation import diagnosis
from components.federation.karmada import status
from components.federation.karmada.status import DECLARED, TEMPLATE_GENERATION, Placed, behind, unhealthy, words
from components.federation.karmada.types import Template

pytestmark = pytest.mark.unit

BOTH = ("fleet-1", "fleet-2")


def work(cluster: str, declared: str = "new", **more: Any) -> dict[str, Any]:
    """The work of a Deployment in a cluster, applied and healthy."""
    annotations = {DECLARED: declared, TEMPLATE_GENERATION: "4"}
    healthy = {"status": {"resourceTemplateGeneration": 4}, "health": "Healthy"}
    found = {"conditions": [{"type": "Applied", "status": "True"}], "manifestStatuses": [healthy]}
    return {
        "metadata": {"namespace": f"karmada-es-{cluster}"},
        "spec": {"workload": {"manifests": [{"metadata": {"annotations": annotations}}]}},
        "status": {**found, **more},
    }


def binding(*clusters: str, observed: int = 2, scheduled: str = "True", message: str = "", **spec: Any) -> Any:
    """A binding whose scheduler has chosen these clusters."""
    return {
        "metadata": {"generation": 2},
        "spec": {"clusters": [{"name": name} for name in clusters], **spec},
        "status": {
            "schedulerObservedGeneration": observed,
            "conditions": [
                {"type": "Scheduled", "status": scheduled, "reason": "NoClusterFit", "message": message},
                # Karmada's own summary may be of the last change: it isn't looked at.
                {"type": "FullyApplied", "status": "False"},
            ],
        },
    }


def placed(found: Any, *works: dict[str, Any], declared: str | None = "new") -> Placed:
    annotations = {} if declared is None else {DECLARED: declared}
    return Placed(template={"metadata": {"annotations": annotations}}, binding=found, works=works)


def test_a_workload_is_placed_once_each_cluster_has_it_applied_and_healthy() -> None:
    found = placed(binding(*BOTH), work("fleet-1"), work("fleet-2"))
    assert behind(found, BOTH) == ""
    assert behind(found, None) == ""
    assert words(found) == unhealthy(found) == {}


def test_an_object_whose_status_has_no_generation_is_placed_by_its_health() -> None:
    without = work("fleet-1", manifestStatuses=[{"health": "Healthy"}])
    assert behind(placed(binding("fleet-1"), without), ["fleet-1"]) == ""


def test_a_namespace_that_was_there_before_has_no_annotation() -> None:
    own = work("fleet-1")
    del own["spec"]["workload"]["manifests"][0]["metadata"]["annotations"][DECLARED]
    assert behind(placed(binding("fleet-1"), own, declared=None), ["fleet-1"]) == ""


UNSCHEDULED: list[tuple[Any, Any, str]] = [
    (None, BOTH, "Karmada has not looked at it yet"),
    (binding(*BOTH, observed=1), BOTH, "Karmada has not scheduled it yet"),
    (binding("fleet-1"), BOTH, "Karmada has not scheduled it to fleet-2"),
    (
        binding(scheduled="False", message="0/2 clusters are available"),
        None,
        "Karmada does not schedule it: 0/2 clusters are available",
    ),
    (binding(scheduled="False", observed=1), BOTH, "Karmada does not schedule it: NoClusterFit"),
    (binding("fleet-1"), (), "Karmada has not scheduled it yet"),
]


@pytest.mark.parametrize(("found", "expected", "why"), UNSCHEDULED)
def test_a_workload_that_is_not_scheduled_is_behind(found: Any, expected: Any, why: str) -> None:
    assert behind(placed(found, work("fleet-1"), work("fleet-2")), expected) == why


UNAPPLIED: list[tuple[dict[str, Any], str]] = [
    (work("fleet-2", declared="old"), "the last change is not passed on yet"),
    (work("fleet-2", conditions=[]), "not applied yet"),
    (
        work("fleet-2", conditions=[{"type": "Applied", "status": "False", "message": "no such kind"}]),
        "no such kind",
    ),
    (work("fleet-2", manifestStatuses=[]), "its status is not read yet"),
    (
        work("fleet-2", manifestStatuses=[{"status": {"resourceTemplateGeneration": 3}, "health": "Healthy"}]),
        "the last change is not applied yet",
    ),
]


@pytest.mark.parametrize(("late", "word"), UNAPPLIED)
def test_a_cluster_that_is_behind_is_told_with_karmada_s_word(late: dict[str, Any], word: str) -> None:
    found = placed(binding(*BOTH), work("fleet-1"), late)
    assert behind(found, BOTH) == f"fleet-2: {word}"
    assert words(found) == {"fleet-2": word}


def test_karmada_s_summary_of_the_last_change_is_not_taken_for_this_one() -> None:
    # karmada-io/karmada#5867, #5019: FullyApplied is True of the last generation, and before anything is healthy.
    summary = {"type": "FullyApplied", "status": "True"}
    found = binding(*BOTH)
    found["status"]["conditions"] = [{"type": "Scheduled", "status": "True"}, summary]
    old = placed(found, work("fleet-1"), work("fleet-2", declared="old"))
    assert behind(old, BOTH) == "fleet-2: the last change is not passed on yet"
    ill = placed(found, work("fleet-1"), work("fleet-2", manifestStatuses=[{"health": "Unhealthy"}]))
    assert behind(ill, BOTH) == "fleet-2: applied, and its health is Unhealthy"


@pytest.mark.parametrize("health", ["Unhealthy", "Unknown"])
def test_a_cluster_where_the_object_is_not_healthy_is_behind_though_it_has_it(health: str) -> None:
    late = work("fleet-2", manifestStatuses=[{} if health == "Unknown" else {"health": health}])
    found = placed(binding(*BOTH), work("fleet-1"), late)
    assert behind(found, BOTH) == f"fleet-2: applied, and its health is {health}"
    assert words(found) == {}


def test_a_cluster_that_is_behind_is_not_told_unhealthy_as_well() -> None:
    late = work("fleet-2", declared="old", manifestStatuses=[{"health": "Unhealthy"}])
    assert behind(placed(binding("fleet-2"), late), None) == "fleet-2: the last change is not passed on yet"


@pytest.mark.parametrize(
    ("generations", "declared", "expected"),
    [((1, 1), "new", True), ((1, 2), "new", False), ((1,), None, False), ((), "new", False)],
)
def test_works_that_were_never_changed_are_of_this_declaration(
    generations: tuple[int, ...], declared: str | None, expected: bool
) -> None:
    works = [work(f"fleet-{number}") for number, _ in enumerate(generations, 1)]
    for made, generation in zip(works, generations, strict=True):
        made["metadata"]["generation"] = generation
    assert status.never_changed(placed(binding("fleet-1"), *works, declared=declared)) is expected


def test_a_cluster_without_a_work_is_behind() -> None:
    assert behind(placed(binding(*BOTH), work("fleet-1")), BOTH) == "fleet-2: no work yet"


@pytest.mark.parametrize("suspended", [True, ["fleet-2"]])
def test_a_suspended_cluster_is_not_waited_for(suspended: Any) -> None:
    late = work("fleet-2", declared="old")
    assert behind(placed(binding(*BOTH), work("fleet-1"), late), BOTH, suspended) == ""
    assert behind(placed(binding(*BOTH), work("fleet-1"), late), BOTH, ["fleet-1"]) != ""


def test_a_cluster_that_the_object_leaves_is_waited_for() -> None:
    found = placed(binding("fleet-1"), work("fleet-1"), work("fleet-2", declared="old"))
    assert behind(found, ["fleet-1"]) == "fleet-2: not removed yet"
    assert behind(placed(binding(), work("fleet-2")), ()) == "fleet-2: not removed yet"
    assert behind(placed(binding(scheduled="False")), ()) == "", "it is nowhere, as it should be"


def test_a_cluster_that_a_failover_empties_is_not_waited_for() -> None:
    moved = binding("fleet-1", gracefulEvictionTasks=[{"fromCluster": "fleet-2"}])
    assert behind(placed(moved, work("fleet-1"), work("fleet-2", manifestStatuses=[{}])), None) == ""


class Host:
    """A host that has a template, a binding, and works with labels."""

    def __init__(self, *, bound: bool = True) -> None:
        self.bound = bound
        self.asked: list[dict[str, Any]] = []
        self.resources = SimpleNamespace(get=self._kind)

    def _kind(self, *, api_version: str, kind: str) -> Any:
        def get(_request_timeout: float, **which: Any) -> Any:
            self.asked.append({"apiVersion": api_version, "kind": kind, **which})
            if kind.endswith("Binding") and not self.bound:
                raise NotFoundError(SimpleNamespace(status=404, reason="", body="", headers={}))
            object = {"metadata": {"labels": {f"{kind.lower()}.karmada.io/permanent-id": "7"}}, "items": ["a work"]}
            return SimpleNamespace(to_dict=lambda: object)

        return SimpleNamespace(get=get)


def test_a_template_is_read_with_its_binding_and_its_works() -> None:
    host = Host()
    template = Template(api_version="apps/v1", kind="Deployment", name="web", namespaced=True)
    found = status.read(host, template, "tour")
    assert found.works == ["a work"]
    assert host.asked == [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "tour"},
        {
            "apiVersion": "work.karmada.io/v1alpha2",
            "kind": "ResourceBinding",
            "name": "web-deployment",
            "namespace": "tour",
        },
        {
            "apiVersion": "work.karmada.io/v1alpha1",
            "kind": "Work",
            "label_selector": "resourcebinding.karmada.io/permanent-id=7",
        },
    ]


def test_a_cluster_scoped_template_is_read_without_a_namespace() -> None:
    host = Host()
    status.read(host, Template(api_version="v1", kind="Namespace", name="tour", namespaced=False), "tour")
    assert [(asked["kind"], asked.get("namespace")) for asked in host.asked[:2]] == [
        ("Namespace", None),
        ("ClusterResourceBinding", None),
    ]
    assert host.asked[2]["label_selector"] == "clusterresourcebinding.karmada.io/permanent-id=7"


def test_a_template_that_karmada_has_not_looked_at_has_no_binding() -> None:
    template = Template(api_version="apps/v1", kind="Deployment", name="web", namespaced=True)
    found = status.read(Host(bound=False), template, "tour")
    assert (found.binding, found.works) == (None, ())
    assert words(found) == {}


def test_a_failure_is_explained_by_karmada_s_word_for_each_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def read(*where: Any) -> Placed:
        asked.append(where)
        return placed(binding(*BOTH), work("fleet-1"))

    given: list[Any] = []
    monkeypatch.setattr(status, "read", read)
    monkeypatch.setattr(diagnosis, "explained", lambda *found: given.extend(found))
    status.explained("a kubeconfig")  # type: ignore[arg-type]
    assert given[:2] == ["karmada-reason", "a kubeconfig"]
    living = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "tour"}}
    assert [*given[2]("the host", living)] == ["fleet-2: no work yet"]
    template = Template(api_version="apps/v1", kind="Deployment", name="web", namespaced=True)
    assert asked == [("the host", template, "tour")]


def test_a_deleted_object_tells_what_it_waits_for() -> None:
    def cluster(**metadata: Any) -> dict[str, Any]:
        return {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "a", **metadata}}

    joined = cluster(finalizers=["karmada.io/cluster-controller"])
    leaving = cluster(finalizers=["karmada.io/cluster-controller"], deletionTimestamp="now")
    assert [*status.reasons(Host(bound=False), joined)] == []
    assert [*status.reasons(Host(bound=False), leaving)] == ["it waits for karmada.io/cluster-controller"]
    assert [*status.reasons(Host(bound=False), cluster(deletionTimestamp="now"))] == []
