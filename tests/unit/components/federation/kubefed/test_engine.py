"""Placements and overrides in kubefed's form."""

from typing import Any

import pytest

from components.federation import EVERYWHERE, Override, Placement
from components.federation.kubefed.engine import check, clusters, patch

pytestmark = pytest.mark.unit

LABELS = {"matchLabels": {"environment": "test"}}


@pytest.mark.parametrize(
    ("placement", "spec"),
    [
        (Placement(clusters=["fleet-1", "fleet-2"]), {"clusters": [{"name": "fleet-1"}, {"name": "fleet-2"}]}),
        (Placement(clusters=[]), {"clusters": []}),
        (Placement(selector=LABELS), {"clusterSelector": LABELS}),
        (EVERYWHERE, {"clusterSelector": {}}),
    ],
)
def test_a_placement_reads_as_kubefed_has_it(placement: Placement, spec: Any) -> None:
    assert clusters(placement) == spec


@pytest.mark.parametrize(
    ("override", "spec"),
    [
        (Override(path="/spec/replicas", value=3), {"op": "replace", "path": "/spec/replicas", "value": 3}),
        (Override(path="/spec/paused", value=False), {"op": "replace", "path": "/spec/paused", "value": False}),
        (Override(op="add", path="/data/a", value=None), {"op": "add", "path": "/data/a", "value": None}),
        (Override(op="remove", path="/data/a"), {"op": "remove", "path": "/data/a"}),
    ],
)
def test_an_override_reads_as_kubefed_has_it(override: Override, spec: Any) -> None:
    assert patch(override) == spec


@pytest.mark.parametrize("field", ["annotations", "finalizers"])
def test_metadata_that_kubefed_drops_from_a_template_is_refused(field: str) -> None:
    check({"metadata": {"labels": {"a": "b"}, field: {}}})
    with pytest.raises(ValueError, match=rf"^template.metadata.{field}: kubefed drops them .*path=./metadata/{field}"):
        check({"metadata": {field: {"a": "b"}}})


def test_a_template_without_metadata_is_placed() -> None:
    check({"metadata": None})
    check({})
