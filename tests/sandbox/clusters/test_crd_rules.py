"""What the program says of a CRD without an API server, against what API servers say, the newest and the oldest."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from components.documents import documents
from components.federation.kubefed.crd_rules import problems
from sandbox.contract import ClusterKey
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet, Kubectl
from tests.unit.components.federation.kubefed.crds import REFUSED, RICH, TAKEN, changed, mutant
from tests.unit.components.yamls import READ, UNREADABLE

pytestmark = pytest.mark.kubernetes

MUTANTS = 150

Refusal = Callable[[Any], str]


@pytest.fixture(scope="module", params=[HOST, MEMBER], ids=["newest", "oldest"])
def plane(planes: Fleet, request: pytest.FixtureRequest) -> Kubectl:
    """A cluster on the newest Kubernetes that the sandbox has, and one on the oldest."""
    key: ClusterKey = request.param
    return planes.kubectl(key)


@pytest.fixture(scope="module")
def refusal(plane: Kubectl) -> Refusal:
    """What the API server says to a CRD; empty where it takes it. Nothing is created."""

    def ask(crd: Any) -> str:
        asked = plane("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=json.dumps(crd), check=False)
        return asked.stderr if asked.returncode else ""

    return ask


def all_at_once(refusal: Refusal, crds: list[Any]) -> list[str]:
    with ThreadPoolExecutor(4) as threads:
        return [*threads.map(refusal, crds)]


def test_the_api_server_takes_the_crd_that_has_it_all(refusal: Refusal) -> None:
    assert refusal(RICH) == ""


def test_the_api_server_refuses_what_the_program_refuses(refusal: Refusal) -> None:
    said = all_at_once(refusal, [changed(path, value) for _, path, value, _ in REFUSED])
    assert [case for (case, *_), refused in zip(REFUSED, said, strict=True) if not refused] == []


def test_the_api_server_takes_what_the_program_takes(refusal: Refusal) -> None:
    said = all_at_once(refusal, [changed(path, value) for _, path, value in TAKEN])
    assert {case: refused for (case, *_), refused in zip(TAKEN, said, strict=True) if refused} == {}


def test_of_crds_changed_by_chance_none_that_the_api_server_refuses_gets_through(refusal: Refusal) -> None:
    passed = [crd for crd in map(mutant, range(MUTANTS)) if is_crd(crd) and not [*problems(crd)]]
    said = all_at_once(refusal, passed)
    # A rule in CEL is compiled by an API server alone.
    missed = [refused for refused in said if refused and "x-kubernetes-validations[0].rule" not in refused]
    assert passed
    assert missed == []


def is_crd(crd: Any) -> bool:
    """Whether it is one at all: another kind, or one without a name, is passed over before any rule."""
    metadata = crd.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name")
    return bool(named) and crd.get("kind") == RICH["kind"] and crd.get("apiVersion") == RICH["apiVersion"]


def test_kubectl_reads_yaml_as_the_program_does(planes: Fleet) -> None:
    fields = "\n".join(f"  f{number}: {text}" for number, (text, _) in enumerate(READ))
    manifest = f"apiVersion: example.org/v1\nkind: A\nmetadata: {{name: a}}\nspec:\n{fields}\n  on: 1\n  1.5: 2\n"
    read = json.loads(
        planes.kubectl(HOST)("annotate", "--local", "-f", "-", "a=b", "-o", "json", stdin=manifest).stdout
    )
    (own,) = documents(manifest)
    assert read["spec"] == own["spec"]
    assert {f"f{number}": value for number, (_, value) in enumerate(READ)}.items() <= own["spec"].items()


@pytest.mark.parametrize("text", [text for text, told in UNREADABLE if "twice" not in told])
def test_kubectl_refuses_what_the_program_can_t_read(planes: Fleet, text: str) -> None:
    asked = planes.kubectl(HOST)("annotate", "--local", "-f", "-", "a=b", "-o", "json", stdin=text, check=False)
    assert asked.returncode
