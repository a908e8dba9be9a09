"""Auto Scaling's rules that moto lacks: sizes that fit, templates that exist, instances spread over subnets."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random as random

from sandbox.aws import clock, usual, waiting
from sandbox.aws.ec2 import offerings
from sandbox.aws.rules import Given, around, attribute, before

_TAG = "aws:autoscaling:groupName"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"


@before(AutoScalingBackend, "create_auto_scaling_group")
def a_group_s_name_is_unique(autoscaling: Any, given: Given) -> None:
    """Raise AlreadyExists, because moto replaces the first group by a second."""
    if given["name"] in autoscaling.autoscaling_groups:
        raise AutoscalingClientError(
            "AlreadyExists",
            f"AutoScalingGroup by this name already exists - A group with the name {given['name']} already exists",
        )


@before(AutoScalingBackend, "create_auto_scaling_group")
@before(AutoScalingBackend, "update_auto_scaling_group")
def a_group_s_sizes_fit_each_other(autoscaling: Any, given: Given) -> None:
    """Raise ValidationError for a maximum below the minimum, or a desired capacity outside them."""
    group = autoscaling.autoscaling_groups.get(given["name"])
    least = _number(given["min_size"], group.min_size if group else 0)
    most = _number(given["max_size"], group.max_size if group else 0)
    if most < least:
        raise ValidationError(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    desired = given["desired_capacity"]
    if desired is not None and not least <= int(desired) <= most:
        raise ValidationError(f"Desired capacity:{desired} must be between the min size:{least} and max size:{most}")


def _number(given: Any, otherwise: Any) -> int:
    return int(otherwise if given is None else given)


@before(AutoScalingBackend, "set_desired_capacity")
def the_desired_capacity_is_within_the_sizes(autoscaling: Any, given: Given) -> None:
    """Raise ValidationError. A deletion sets zero."""
    group = autoscaling.autoscaling_groups.get(given["group_name"])
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - {given['group_name']}")
    desired = given["desired_capacity"]
    if desired and not group.min_size <= desired <= group.max_size:
        raise ValidationError(
            f"New SetDesiredCapacity value {desired} is not between the group's min size:{group.min_size} and max "
            f"size:{group.max_size}"
        )


@around(FakeAutoScalingGroup, "_set_launch_configuration")
def a_group_s_launch_template_exists(proceed: Any, group: Any, given: Given) -> None:
    """Raise ValidationError, because moto raises EC2's error."""
    try:
        proceed(given)
        if group.ec2_launch_template:
            version = group.ec2_launch_template.get_version(group.launch_template_version)
            _check_types(group.region, [version.data.get("InstanceType"), *_overrides(given)])
    except ValidationError:
        raise
    except (ServiceException, ValueError) as error:
        raise ValidationError(f"You must use a valid fully-formed launch template. {error}") from error


def _overrides(given: Given) -> list[str | None]:
    policy = given["mixed_instances_policy"] or {}
    return [override.get("InstanceType") for override in policy.get("LaunchTemplate", {}).get("Overrides") or []]


def _check_types(region: str, names: list[str | None]) -> None:
    """Raise ValidationError for types that the region lacks, as AWS does after a trial launch of the template."""
    missing = sorted({name for name in names if name} - offerings.offered(region))
    if missing:
        raise ValidationError(
            "You must use a valid fully-formed launch template. The following supplied instance types do not exist: "
            f"[{', '.join(missing)}]"
        )


@before(AutoScalingResponse, "delete_auto_scaling_group")
def a_group_with_instances_is_not_deleted(response: Any, _: Given) -> None:
    """Raise ResourceInUse while it has instances, unless the deletion is forced."""
    group = response.autoscaling_backend.autoscaling_groups.get(response._get_param("AutoScalingGroupName"))
    forced = str(response._get_param("ForceDelete")).lower() == "true"
    if group and group.instance_states and not forced:
        raise AutoscalingClientError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still "
            "in the group.",
        )


@around(AutoScalingResponse, "create_auto_scaling_group")
def instances_are_in_service_after_a_while(proceed: Any, response: Any, given: Given) -> Any:
    """moto's instances are in service at once. EKS waits for the nodes of its own groups."""
    answer = proceed(given)
    if wait := usual.creation(_GROUP):
        group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
        for state in group.instance_states:
            state.lifecycle_state = "Pending"
            waiting.later(wait, partial(_enter_service, state))
    return answer


def _enter_service(state: InstanceState) -> None:
    if state.lifecycle_state == "Pending":
        state.lifecycle_state = "InService"


@around(AutoScalingResponse, "delete_auto_scaling_group")
def a_group_is_deleted_after_a_while(proceed: Any, response: Any, given: Given) -> Any:
    """The status is `Delete in progress` for the sandbox's share of AWS's usual time."""
    wait, name = usual.deletion(_GROUP), response._get_param("AutoScalingGroupName")
    autoscaling = response.autoscaling_backend
    group = autoscaling.autoscaling_groups.get(name)
    if not wait or group is None:
        return proceed(given)
    autoscaling.set_desired_capacity(name, 0)
    group.status = "Delete in progress"
    waiting.later(wait, partial(_delete, autoscaling, group))
    return EmptyResult()


def _delete(autoscaling: Any, group: Any) -> None:
    if autoscaling.autoscaling_groups.get(group.name) is group:
        autoscaling.delete_auto_scaling_group(group.name)


@around(FakeAutoScalingGroup, "set_desired_capacity")
def remaining_instances_keep_their_order(proceed: Any, group: Any, given: Given) -> None:
    """moto keeps the remaining instances in no order, so that a replay would terminate others."""
    order = {state.instance.id: place for place, state in enumerate(group.instance_states)}
    proceed(given)
    group.instance_states.sort(key=lambda state: order.get(state.instance.id, len(order)))


@around(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
def instances_are_spread_over_the_subnets(_: Any, group: Any, given: Given) -> None:
    """Each instance goes into the subnet with the fewest, because moto puts all into the first subnet.

    The instances have the group's version of the launch template, because moto uses the default one.
    """
    subnets = (group.vpc_zone_identifier or "").split(",")
    counts = Counter(state.instance.subnet_id for state in group.instance_states)
    for _ in range(given["count_needed"]):
        subnet = min(subnets, key=lambda name: (counts[name], subnets.index(name)))
        counts[subnet] += 1
        group.instance_states.append(_launched(group, subnet, {**given["propagated_tags"], _TAG: group.name}))


def _launched(group: Any, subnet: str, tags: dict[str, str]) -> InstanceState:
    template = None
    if group.ec2_launch_template:
        template = {"LaunchTemplateId": group.ec2_launch_template.id, "Version": str(group.launch_template_version)}
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=group.instance_type,
        tags={"instance": {**tags, **group.instance_tags}},
        launch_config=group.launch_config,
        launch_template=template,
        is_instance_type_default=False,
        associate_public_ip=group.launch_config.associate_public_ip_address if group.launch_config else None,
        subnet_id=subnet or None,
        placement=None if subnet else group.availability_zones[0],
        region_name=group.region,
    )
    instance = reservation.instances[0]
    instance.autoscaling_group = group
    return InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)


@around(FakeAutoScalingGroup, "__init__")
def a_group_has_the_time_of_its_creation(proceed: Any, group: Any, given: Given) -> None:
    """moto uses another clock for this."""
    proceed(given)
    group.created_time = clock.now().isoformat()


_SHORTEST, _LONGEST = 86400, 31536000
"""The bounds of an instance's lifetime in seconds; 0 stands for no limit."""


@before(AutoScalingResponse, "create_auto_scaling_group")
@before(AutoScalingResponse, "update_auto_scaling_group")
def limit_the_lifetime_of_instances(response: Any, _: Given) -> None:
    """Raise ValidationError for a limit below a day or above a year."""
    seconds = response._get_int_param("MaxInstanceLifetime")
    if seconds and not _SHORTEST <= seconds <= _LONGEST:
        raise ValidationError(
            f"Invalid MaxInstanceLifetime {seconds}. The value must be 0, or between {_SHORTEST} and {_LONGEST}."
        )


@around(AutoScalingResponse, "create_auto_scaling_group")
@around(AutoScalingResponse, "update_auto_scaling_group")
def a_group_keeps_its_instances_lifetime(proceed: Any, response: Any, given: Given) -> Any:
    """moto drops MaxInstanceLifetime."""
    answer = proceed(given)
    seconds = response._get_int_param("MaxInstanceLifetime")
    if seconds is not None:
        group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
        group.max_instance_lifetime = seconds or None
    return answer


def start_instance_refresh(response: Any) -> ActionResult:
    """Replace the group's instances by new ones, at once; moto has no such operation.

    As on AWS an unknown group is refused, and a refresh of a group that has no instances is there but does nothing.
    """
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
    old, desired = [state.instance.id for state in group.instance_states], group.desired_capacity
    if old:
        group.ec2_backend.terminate_instances(old)
        group.instance_states = []
        group.set_desired_capacity(desired)
    refresh = {
        "InstanceRefreshId": str(random.uuid4()),
        "AutoScalingGroupName": name,
        "Status": "Successful",
        "StartTime": clock.now(),
        "EndTime": clock.now(),
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
        "Preferences": response._get_params().get("Preferences") or {},
    }
    group.instance_refreshes = [refresh, *getattr(group, "instance_refreshes", [])]
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def describe_instance_refreshes(response: Any) -> ActionResult:
    """The refreshes of a group, the latest first."""
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
    return ActionResult({"InstanceRefreshes": getattr(group, "instance_refreshes", [])})


attribute(AutoScalingResponse, "start_instance_refresh", start_instance_refresh)
attribute(AutoScalingResponse, "describe_instance_refreshes", describe_instance_refreshes)
