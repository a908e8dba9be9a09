"""Auto Scaling's actions on instances that moto lacks: later scaling in, and cancelling a refresh."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse

from sandbox.aws.rules import Given, around, attribute


@around(AutoScalingBackend, "set_instance_protection")
def instances_without_protection_are_scaled_in(proceed: Any, autoscaling: Any, given: Given) -> None:
    """moto checks only when the capacity is set, and keeps instances that were protected then for ever."""
    proceed(given)
    group = autoscaling.autoscaling_groups[given["group_name"]]
    if len(group.instance_states) > (group.desired_capacity or 0):
        group.set_desired_capacity(group.desired_capacity)


def cancel_instance_refresh(_: Any) -> None:
    """Raise ActiveInstanceRefreshNotFound, because a refresh ends here before its call returns."""
    raise AutoscalingClientError("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found")


attribute(AutoScalingResponse, "cancel_instance_refresh", cancel_instance_refresh)
