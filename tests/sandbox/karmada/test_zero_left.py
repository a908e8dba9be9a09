"""The end of a fleet with Karmada."""

from __future__ import annotations

import pytest

from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet


def test_another_engine_is_refused_before_anything_changes(karmada: Fleet) -> None:
    with karmada.settings_put_back(engine="kubefed"):
        refused = karmada.pulumi("preview", check=False)
    assert refused.returncode
    assert "engine: kubefed would replace karmada" in refused.stdout
    refused = karmada.checkout.sandbox("up", "--engine", "kubefed", check=False)
    assert refused.returncode
    assert "error: ENGINE: kubefed can't replace karmada" in refused.stdout


def test_a_fleet_with_karmada_is_destroyed_with_nothing_left(karmada: Fleet) -> None:
    done = karmada.checkout.sandbox("down", check=False, timeout=1200)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert karmada.checkout.processes() == {}
