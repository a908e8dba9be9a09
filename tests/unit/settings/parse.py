"""Settings as Pulumi passes them, and the checks that each invalid one has to pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

import settings
from settings import Settings, SettingsError
from settings.plan import Plan
from tests.unit.engine import Engine, run_program

TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]
"""The clusters of most cases."""

VPC: dict[str, Any] = {
    "id": "vpc-0123456789abcdef0",
    "cidr": "10.20.0.0/16",
    "privateSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "routeTableIds": ["rtb-01234567"],
}
"""An existing VPC."""

Invalid = tuple[str, dict[str, Any], str]
"""A case's name, its settings, and their error as a regular expression."""


def parse(values: dict[str, Any]) -> Settings:
    """Parse settings in the form in which Pulumi passes them: text, and JSON for lists and objects."""
    return settings.parse(
        {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}
    )


def plan_of(*clusters: str | dict[str, Any], **more: Any) -> Plan:
    """Return the plan of these clusters, each a region or its settings, and of more settings of the fleet."""
    listed = [{"region": cluster} if isinstance(cluster, str) else cluster for cluster in clusters]
    return parse({"clusters": listed, **more}).plan


def in_vpc(*more: Any, **vpc: Any) -> dict[str, Any]:
    """Return settings of a cluster in VPC, changed by `vpc`, and of more clusters."""
    return {"clusters": [{"region": "eu-west-1", "vpc": {**VPC, **vpc}}, *more]}


def with_messages(cases: Sequence[Invalid]) -> pytest.MarkDecorator:
    """Run a test for each case, with its `values` and its `message`."""
    return pytest.mark.parametrize(
        ("values", "message"), [pytest.param(values, message, id=name) for name, values, message in cases]
    )


def without_messages(cases: Sequence[Invalid]) -> pytest.MarkDecorator:
    """Run a test for each case, with its `values`."""
    return pytest.mark.parametrize("values", [pytest.param(values, id=name) for name, values, _ in cases])


def check_message(values: dict[str, Any], message: str) -> None:
    """Check that settings are refused with `message`, in one line that begins with the key."""
    with pytest.raises(SettingsError, match=r"^federated-eks:" + message.removeprefix("federated-eks:")) as caught:
        parse(values)
    assert "\n" not in str(caught.value)


def check_nothing_registered(values: dict[str, Any]) -> None:
    """Check that settings end the program before it registers anything."""
    engine = Engine()
    with pytest.raises(SettingsError):
        run_program(values, engine)
    assert engine.registered == []
