"""What Auto Scaling does with its instances and moto doesn't: scaling in later, and cancelling a refresh."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse

from sandbox.aws.rules import Given, around, attribute


@around(AutoScalingBackend, "set_instance_protection")
def instances_that_are_no_longer_protected_go(go_on: Any, autoscaling: Any, given: Given) -> None:
    """moto looks only when the capacity is set, and leaves what was protected then for ever."""
    go_on(given)
    group = autoscaling.autoscaling_groups[given["group_name"]]
    if len(group.instance_states) > (group.desired_capacity or 0):
        group.set_desired_capacity(group.desired_capacity)


def cancel_instance_refresh(_: Any) -> None:
    """ActiveInstanceRefreshNotFound: here a refresh has ended by the time that it is answered."""
    raise AutoscalingClientError("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found")


attribute(AutoScalingResponse, "cancel_instance_refresh", cancel_instance_refresh)
