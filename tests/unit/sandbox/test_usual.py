"""The share of AWS's usual times that the sandbox waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.aws import usual
from sandbox.errors import UserError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("text", "share"), [("", 0), ("0", 0), ("0.05", 0.05), ("1", 1)])
def test_the_share_is_none_unless_it_is_set(text: str, share: float) -> None:
    assert usual.factor({usual.VARIABLE: text}) == share
    assert usual.factor({}) == 0


@pytest.mark.parametrize("text", ["a lot", "-1", "2", "nan"])
def test_a_share_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UserError, match=rf"^FEDERATED_EKS_AWS_TIMES: {text} is not a number from 0 to 1; write 0.05"):
        usual.factor({usual.VARIABLE: text})


def test_the_waits_are_the_usual_times_by_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(usual.VARIABLE, raising=False)
    assert usual.creation("AWS::EKS::Cluster") == usual.deletion("AWS::EKS::Cluster") == timedelta()
    monkeypatch.setenv(usual.VARIABLE, "0.5")
    assert usual.creation("AWS::EKS::Cluster") == timedelta(seconds=270)
    assert usual.deletion("AWS::EKS::Cluster") == timedelta(seconds=75)


def test_each_time_has_a_source_or_says_that_it_is_an_estimate() -> None:
    for kind, told in usual.USUAL.items():
        assert "github.com/" in told.source or "estimate" in told.source, kind
        assert min(told.create, told.delete) >= usual.CALL, kind
