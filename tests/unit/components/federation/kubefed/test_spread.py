"""The spread of replicas: the valid preferences, and kubefed's progress on one."""

import asyncio
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pulumi import Output

from components.federation import EVERYWHERE, diagnosis
from components.federation.engine import Spread, Workload
from components.federation.kubefed import spread
from components.federation.kubefed.spread import share
from components.federation.scheduling import ANY, Preference
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

NAMES = ["fleet-1", "fleet-2", "fleet-3"]
SHARES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9))
PREFERENCES = st.builds(
    lambda weight, least, more: Preference(weight=weight, min=least, max=None if more is None else least + more),
    st.integers(0, 3),
    st.integers(0, 4),
    st.none() | st.integers(0, 4),
)


def workload(shares: dict[str, int], **more: Any) -> dict[str, Any]:
    """A federated Deployment whose replicas kubefed has spread, and placed everywhere."""
    return {
        "metadata": {"generation": 3},
        "spec": {
            "placement": {"clusters": [{"name": name} for name in shares]},
            "overrides": [
                {"clusterName": name, "clusterOverrides": [{"path": "/spec/replicas", "value": share}]}
                for name, share in shares.items()
            ],
        },
        "status": {"observedGeneration": 3, "clusters": [{"name": name} for name in shares]},
        **more,
    }


EVENLY = {"totalReplicas": 7, "clusters": {ANY: share(Preference(weight=1))}}


def test_a_cluster_without_a_limit_has_none_in_its_preference() -> None:
    assert share(Preference(weight=2, min=1)) == {"weight": 2, "minReplicas": 1}
    assert share(Preference(weight=2, max=0)) == {"weight": 2, "minReplicas": 0, "maxReplicas": 0}


REFUSED: list[tuple[str, int, dict[str, Preference], str]] = [
    (
        "StatefulSet",
        1,
        {},
        "workload: StatefulSet has no replicas that kubefed spreads; use a Deployment or a Replica",
    ),
    ("Deployment", -1, {}, "total: -1 is no count of replicas; give 0 or more"),
    (
        "Deployment",
        1,
        {"a": Preference(weight=-1)},
        r"clusters\[a\]: weight -1 or min 0 is negative; give 0 or",
    ),
    ("Deployment", 1, {"a": Preference(min=-2)}, r"clusters\[a\]: weight 0 or min -2 is negative; give 0"),
    ("Deployment", 5, {ANY: Preference(min=3, max=2)}, r"clusters\[\*\]: min 3 is more than max 2; set min <= max"),
    (
        "ReplicaSet",
        5,
        {"a": Preference(min=3), "b": Preference(min=3)},
        r"total: 5 is less than the clusters' minimums together \(6\); set a larger total",
    ),
]


def checked(kind: str, total: int, clusters: dict[str, Preference]) -> None:
    """Check a distribution of a workload that is placed everywhere."""
    placed = Workload(
        api_version=None,
        kind=kind,
        name="web",
        namespace="tour",
        template={},
        placement=EVERYWHERE,
        overrides={},
        retain_replicas=False,
    )
    spread.check(
        Spread(name="web", workload=placed, total=total, clusters=clusters, rebalance=False, within_placement=False)
    )


@pytest.mark.parametrize(("kind", "total", "clusters", "message"), REFUSED)
def test_a_preference_that_kubefed_would_not_follow_is_refused(
    kind: str, total: int, clusters: dict[str, Preference], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        checked(kind, total, clusters)


@given(st.sampled_from(["Deployment", "ReplicaSet"]), st.dictionaries(st.sampled_from([ANY, *NAMES]), PREFERENCES))
def test_a_preference_whose_minimums_its_total_covers_is_taken(kind: str, clusters: dict[str, Preference]) -> None:
    least = sum(of.min for name, of in clusters.items() if name != ANY)
    checked(kind, least, clusters)
    if least:
        with pytest.raises(ValueError, match=rf"^total: {least - 1} is less than .* \({least}\)"):
            checked(kind, least - 1, clusters)


@given(SHARES, SHARES)
def test_replicas_are_counted_in_the_clusters_of_the_placement(placed: dict[str, int], left: dict[str, int]) -> None:
    found = workload(placed)
    found["spec"]["overrides"] += workload({k: v for k, v in left.items() if k not in placed})["spec"]["overrides"]
    assert spread.replicas(found) == placed


def test_just_overrides_of_replicas_are_counted() -> None:
    found = workload({"fleet-1": 3})
    others = [{"path": "/spec/minReadySeconds", "value": 9}, {"path": "/spec/replicas/x", "value": 9}]
    found["spec"]["overrides"][0]["clusterOverrides"] += others
    assert spread.replicas(found) == {"fleet-1": 3}
    assert spread.replicas({"spec": {"placement": {"clusterSelector": {}}}}) == {}


@given(PREFERENCES, PREFERENCES)
def test_a_cluster_s_own_preference_goes_before_the_others(own: Preference, others: Preference) -> None:
    clusters = {"fleet-1": share(own), ANY: share(others)}
    assert spread.most(clusters, "fleet-1") == spread.most({"fleet-1": share(own)}, "fleet-1")
    assert spread.most(clusters, "fleet-2") == spread.most({ANY: share(others)}, "fleet-3")


@pytest.mark.parametrize(
    ("clusters", "most"),
    [
        ({ANY: Preference(weight=1)}, math.inf),
        ({ANY: Preference(weight=1, max=0)}, 0),
        ({ANY: Preference(weight=1, min=2, max=4)}, 4),
        ({ANY: Preference(min=2, max=4)}, 2),
        ({ANY: Preference()}, 0),
        ({"fleet-2": Preference(weight=1)}, 0),
        ({"fleet-1": Preference(), ANY: Preference(weight=1)}, 0),
    ],
)
def test_a_cluster_gets_at_most_what_its_preference_lets_it_have(clusters: dict[str, Preference], most: float) -> None:
    assert spread.most({name: share(of) for name, of in clusters.items()}, "fleet-1") == most


@given(st.integers(0, 12), st.dictionaries(st.sampled_from([ANY, *NAMES]), PREFERENCES), SHARES)
def test_a_preference_is_followed_once_the_clusters_have_all_that_they_may_have(
    total: int, clusters: dict[str, Preference], shares: dict[str, int]
) -> None:
    spec = {"totalReplicas": total, "clusters": {name: share(of) for name, of in clusters.items()}}
    ours = [clusters.get(name, clusters.get(ANY, Preference())) for name in shares]
    caps = [(math.inf if of.max is None else of.max) if of.weight else of.min for of in ours]
    settled = bool(shares) and sum(shares.values()) >= min(total, sum(caps))
    assert (spread.unsettled(spec, workload(shares)) == "") is settled


@given(st.integers(0, 12), SHARES)
def test_replicas_that_nothing_limits_are_spread_once_all_are(total: int, shares: dict[str, int]) -> None:
    assume(shares)
    why = spread.unsettled({**EVENLY, "totalReplicas": total}, workload(shares))
    assert bool(why) is (sum(shares.values()) < total)
    if why:
        assert why.startswith(f"kubefed has spread {sum(shares.values())} of {total} replicas (")


def test_what_is_not_yet_spread_is_told_by_cluster() -> None:
    assert spread.unsettled(EVENLY, workload({"fleet-2": 1, "fleet-1": 3})) == (
        "kubefed has spread 4 of 7 replicas (fleet-1: 3, fleet-2: 1)"
    )
    assert spread.unsettled(EVENLY, workload({})) == "kubefed has spread 0 of 7 replicas (none)"


@pytest.mark.parametrize("status", [None, {}, {"observedGeneration": 2}])
def test_replicas_that_are_spread_and_not_looked_at_are_not_placed(status: Any) -> None:
    found = workload({"fleet-1": 3, "fleet-2": 4}, status=status)
    assert spread.unsettled(EVENLY, found) == "kubefed has not placed the replicas yet"


def test_replicas_that_a_cluster_has_not_got_are_told_with_kubefed_s_word() -> None:
    clusters = [{"name": "fleet-1"}, {"name": "fleet-2", "status": "UpdateTimedOut"}]
    found = workload({"fleet-1": 3, "fleet-2": 4}, status={"observedGeneration": 3, "clusters": clusters})
    assert spread.unsettled(EVENLY, found) == (
        "kubefed has not placed the replicas everywhere: fleet-2: UpdateTimedOut"
    )


MADE = {
    "kind": "ReplicaSchedulingPreference",
    "metadata": {"name": "web", "namespace": "tour"},
    "spec": EVENLY,
}
SPREAD, SPREADING = workload({"fleet-1": 3, "fleet-2": 4}), workload({"fleet-1": 3})


class Clock:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any], float], tuple[list[Any], Clock]]:
    """Call the hook on a cluster whose workload is, look after look, as told, the last one for ever."""

    def watch(looks: list[Any], seconds: float) -> tuple[list[Any], Clock]:
        clock, asked, coming = Clock(), [], iter(looks)

        def get(cluster: Any, object: Any) -> Any:
            asked.append((cluster, object))
            return next(coming, looks[-1])

        monkeypatch.setattr(diagnosis, "connect", lambda kubeconfig: f"the cluster of {kubeconfig}")
        monkeypatch.setattr(diagnosis, "get", get)
        # The module's own names alone: the event loop lives by the real clock.
        monkeypatch.setattr(spread, "time", clock)
        monkeypatch.setattr(spread, "asyncio", SimpleNamespace(to_thread=asyncio.to_thread, sleep=clock.sleep))
        answers: list[Any] = []

        def declare() -> None:
            type_ = {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedDeployment"}
            hook = spread.followed("followed", Output.secret("a kubeconfig"), type_, seconds)
            made = pulumi.ResourceHookArgs("urn", "id", "name", "type", new_inputs=MADE)
            answers.append(asyncio.ensure_future(hook(made)))  # type: ignore[arg-type]

        engine = Engine()
        run(declare, engine)
        assert list(engine.resource_hooks) == ["followed"]
        asyncio.get_event_loop().run_until_complete(answers[0])
        return asked, clock

    return watch


Watch = Callable[[list[Any], float], tuple[list[Any], Clock]]


def test_the_hook_ends_once_the_replicas_stay_spread(watched: Watch) -> None:
    asked, clock = watched([SPREADING, SPREADING, SPREAD], 60)
    assert len(asked) == 2 + spread.CALM
    assert set(clock.slept) == {spread.PAUSE}


def test_the_hook_looks_at_the_workload_of_the_preference_s_name(watched: Watch) -> None:
    asked, _ = watched([SPREAD], 60)
    workload = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedDeployment",
        "metadata": {"name": "web", "namespace": "tour"},
    }
    assert asked == [("the cluster of a kubeconfig", workload)] * spread.CALM


def test_replicas_that_move_again_begin_the_count_anew(watched: Watch) -> None:
    asked, _ = watched([SPREAD, SPREAD, SPREADING, SPREAD], 60)
    assert len(asked) == 3 + spread.CALM


def test_replicas_that_are_not_spread_in_time_fail_the_update_with_what_is_spread(watched: Watch) -> None:
    with pytest.raises(
        pulumi.RunError,
        match=r"^ReplicaSchedulingPreference web: kubefed has spread 3 of 7 replicas \(fleet-1: 3\)$",
    ):
        watched([SPREADING], 10)


@pytest.mark.parametrize("early", range(11))
def test_replicas_that_are_spread_at_the_last_moment_are_spread(watched: Watch, early: int) -> None:
    asked, _ = watched([SPREADING] * early + [SPREAD], 10)
    assert len(asked) == early + spread.CALM


def test_the_hook_looks_until_its_time_is_up_and_no_longer(watched: Watch) -> None:
    looks = [workload({f"second-{second}": 1}) for second in range(20)]
    with pytest.raises(pulumi.RunError, match=r"spread 1 of 7 replicas \(second-11: 1\)$"):
        watched(looks, 10)
