"""What a control plane logged last arrives when its cluster is gone, and with it the log group."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.eks import logs
from tests.sandbox.aws.account import HOME, Account, refused, until

pytestmark = pytest.mark.aws

LOGGING = {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}
OFF = {"clusterLogging": [{"types": ["api", "audit"], "enabled": False}]}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records arrive after a fifth of a second, and none after two."""
    monkeypatch.setattr(logs, "DELIVERED_AFTER", timedelta(seconds=0.2))
    monkeypatch.setattr(logs, "DELIVERED_UNTIL", timedelta(seconds=2))


def group(aws: Account, cluster: str) -> list[dict[str, Any]]:
    """The cluster's log group, if it exists."""
    return aws.client("logs").describe_log_groups(logGroupNamePrefix=logs.group(cluster))["logGroups"]


def destroyed(aws: Account, cluster: str) -> None:
    """Delete the cluster, then the log group, as a `destroy` does."""
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    aws.client("logs").delete_log_group(logGroupName=logs.group(cluster))


def test_a_log_group_that_is_deleted_after_its_cluster_comes_back(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.client("logs").put_retention_policy(logGroupName=logs.group(cluster), retentionInDays=90)
    destroyed(aws, cluster)
    line = f"{HOME} logs log group {logs.group(cluster)}"
    assert line in aws.cloud.world.leftovers(), "the census counts it before it is back"
    (found,) = until(lambda: group(aws, cluster))
    assert "retentionInDays" not in found, "it keeps for ever what is in it"
    assert "kmsKeyId" not in found
    assert aws.cloud.world.leftovers().count(line) == 1
    with refused("ResourceAlreadyExistsException"):
        aws.client("logs").create_log_group(logGroupName=logs.group(cluster))


def test_it_comes_back_once(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    destroyed(aws, cluster)
    until(lambda: group(aws, cluster))
    aws.client("logs").delete_log_group(logGroupName=logs.group(cluster))
    until(lambda: not aws.cloud.world.eks.estate.undelivered)
    assert not group(aws, cluster)
    assert not [line for line in aws.cloud.world.leftovers() if logs.group(cluster) in line]


def test_a_log_group_that_is_deleted_late_stays_away(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    until(lambda: not aws.cloud.world.eks.estate.undelivered)
    aws.client("logs").delete_log_group(logGroupName=logs.group(cluster))
    assert not [line for line in aws.cloud.world.leftovers() if logs.group(cluster) in line]


def test_a_log_group_stays_away_if_logging_was_off_for_long_enough(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.eks.update_cluster_config(name=cluster, logging=OFF)
    aws.until_status(cluster, "ACTIVE")
    estate = aws.cloud.world.eks.estate
    until(lambda: estate.clusters[aws.key(cluster)].logged_until is None)
    destroyed(aws, cluster)
    assert not estate.undelivered
    assert not [line for line in aws.cloud.world.leftovers() if logs.group(cluster) in line]


def test_a_log_group_comes_back_if_logging_was_turned_off_too_late(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.eks.update_cluster_config(name=cluster, logging=OFF)
    aws.until_status(cluster, "ACTIVE")
    destroyed(aws, cluster)
    until(lambda: group(aws, cluster))


def test_a_living_clusters_last_records_arrive_too(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    aws.eks.update_cluster_config(name=cluster, logging=OFF)
    aws.until_status(cluster, "ACTIVE")
    aws.client("logs").delete_log_group(logGroupName=logs.group(cluster))
    until(lambda: group(aws, cluster))


def test_logging_that_is_on_again_is_not_over(aws: Account) -> None:
    cluster = aws.cluster(logging=LOGGING)
    for logging in (OFF, LOGGING):
        aws.eks.update_cluster_config(name=cluster, logging=logging)
        aws.until_status(cluster, "ACTIVE")
    assert aws.cloud.world.eks.estate.clusters[aws.key(cluster)].logged_until is None


def test_a_cluster_that_never_logged_leaves_nothing(aws: Account) -> None:
    cluster = aws.cluster()
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    assert aws.key(cluster) not in aws.cloud.world.eks.estate.undelivered


def test_a_restart_between_forgets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "DELIVERED_AFTER", timedelta(seconds=1))
    monkeypatch.setattr(logs, "DELIVERED_UNTIL", timedelta(seconds=60))
    account = Account(tmp_path)
    try:
        cluster = account.cluster(logging=LOGGING)
        destroyed(account, cluster)
        account.stop()
        account.start()
        assert [line for line in account.cloud.world.leftovers() if logs.group(cluster) in line]
        until(lambda: group(account, cluster))
        account.stop()
        # Only what was written down can be there: nothing is delivered anew.
        monkeypatch.setattr(logs, "DELIVERED_AFTER", timedelta(seconds=60))
        account.start()
        assert group(account, cluster)
    finally:
        account.stop()
