"""An Auto Scaling group's instances: waiting for them, renewing them, letting them go."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sandbox.plugins.aws.durations import seconds
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.session import Answer, AwsError
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

_CANCELLING = 900.0
"""Seconds until a refresh that is cancelled has ended, as the official provider has it."""
_ENDED = ("Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful")


def group_of(api: Api) -> dict[str, Any] | None:
    """The group; None if it is gone."""
    answer = found(
        lambda: api.request("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[api.id]),
        "ValidationError",
    )
    return only(answer["AutoScalingGroups"]) if answer else None


def wait_for_capacity(api: Api, *, exactly: bool) -> None:
    """Wait until the group has so many healthy instances; raises ProviderError once a launch of this call failed."""
    limit = seconds(api.get("waitForCapacityTimeout") or "10m")
    least = max(api.get("minSize") or 0, api.get("desiredCapacity") or 0)
    if not limit or not (least or exactly):
        return
    begun = datetime.now(timezone.utc)

    def enough() -> bool:
        if not api.get("ignoreFailedScalingActivities"):
            _refuse_failures(api, begun)
        healthy = _in_service(api)
        return healthy == least if exactly else healthy >= least

    api.wait(f"{least} instances of {api.id} in service", enough, limit)


def _in_service(api: Api) -> int:
    instances = (group_of(api) or {}).get("Instances", [])
    return sum(
        instance["LifecycleState"] == "InService" and instance["HealthStatus"].lower() == "healthy"
        for instance in instances
    )


def _refuse_failures(api: Api, since: datetime) -> None:
    """An instance profile that Auto Scaling doesn't know yet is no failure: it tries again."""
    activities = api.request("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=api.id)["Activities"]
    failed = [
        f"scaling activity ({activity['ActivityId']}): Failed: {activity.get('StatusMessage', '')}"
        for activity in activities
        if activity["StatusCode"] == "Failed"
        and activity.get("Progress") == 100
        and activity["StartTime"] > since
        and "Invalid IAM Instance Profile" not in activity.get("StatusMessage", "")
    ]
    if failed:
        raise ProviderError(f"instances of {api.id}: {'; '.join(failed)}")


def refresh(api: Api, wanted: Properties) -> None:
    """Begin to renew the instances; a refresh that is under way is cancelled first."""
    preferences = wanted.get("preferences") or {}
    begin = {
        "AutoScalingGroupName": api.id,
        "Strategy": wanted.get("strategy", "Rolling"),
        "Preferences": {key[0].upper() + key[1:]: value for key, value in preferences.items()} or None,
    }

    def attempt() -> None:
        try:
            api.request("autoscaling", "StartInstanceRefresh", **begin)
        except AwsError as error:
            if error.code.startswith("InstanceRefreshInProgress"):
                _cancel(api)
            raise

    api.retry(attempt, ["InstanceRefreshInProgress", "InstanceRefreshInProgressFault"], timeout=_CANCELLING)


def _cancel(api: Api) -> None:
    cancelled = found(
        lambda: api.request("autoscaling", "CancelInstanceRefresh", AutoScalingGroupName=api.id),
        "ActiveInstanceRefreshNotFound",
        "ActiveInstanceRefreshNotFoundFault",
    )
    if cancelled is None:
        return
    which = {"AutoScalingGroupName": api.id, "InstanceRefreshIds": [cancelled["InstanceRefreshId"]]}

    def ended() -> bool:
        current = only(api.request("autoscaling", "DescribeInstanceRefreshes", **which)["InstanceRefreshes"])
        return current is None or current["Status"] in _ENDED

    api.wait(f"refresh of {api.id} to be cancelled", ended, _CANCELLING)


def drain(api: Api, group: Answer) -> None:
    """Let all instances go, those too that are protected."""
    of = {"AutoScalingGroupName": api.id}
    api.request("autoscaling", "UpdateAutoScalingGroup", MinSize=0, MaxSize=0, DesiredCapacity=0, **of)
    if protected := [
        instance["InstanceId"] for instance in group.get("Instances", []) if instance.get("ProtectedFromScaleIn")
    ]:
        api.request("autoscaling", "SetInstanceProtection", InstanceIds=protected, ProtectedFromScaleIn=False, **of)
    api.wait(f"instances of {api.id} to be gone", lambda: not (group_of(api) or {}).get("Instances"), 600)
