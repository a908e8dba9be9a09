"""aws:autoscaling/group:Group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, AwsResource, found, only
from sandbox.plugins.aws.session import Answer
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import TimedOut
from sandbox.plugins.provider.values import Properties

_SETTINGS = {
    "capacityRebalance": "CapacityRebalance",
    "defaultCooldown": "DefaultCooldown",
    "defaultInstanceWarmup": "DefaultInstanceWarmup",
    "desiredCapacity": "DesiredCapacity",
    "healthCheckGracePeriod": "HealthCheckGracePeriod",
    "healthCheckType": "HealthCheckType",
    "maxInstanceLifetime": "MaxInstanceLifetime",
    "maxSize": "MaxSize",
    "minSize": "MinSize",
    "protectFromScaleIn": "NewInstancesProtectedFromScaleIn",
    "serviceLinkedRoleArn": "ServiceLinkedRoleARN",
    "terminationPolicies": "TerminationPolicies",
}
_WAITS = {"forceDelete": False, "ignoreFailedScalingActivities": False, "waitForCapacityTimeout": "10m"}
_HEALTHY = ("InService",)


class Group(AwsResource):
    """An Auto Scaling group of a launch template; the provider's default tags don't reach it, as with the official."""

    kind = "aws:autoscaling/group:Group"
    taggable = False
    knows = (
        *_SETTINGS,
        "enabledMetrics",
        "instanceMaintenancePolicy",
        "launchTemplate",
        "metricsGranularity",
        "name",
        "suspendedProcesses",
        "tags",
        "vpcZoneIdentifiers",
    )
    unread = (*_WAITS, "instanceRefresh")
    defaults = {**_WAITS, "healthCheckGracePeriod": 300, "metricsGranularity": "1Minute", "protectFromScaleIn": False}
    named = "name"
    names = Names(prefix=229)
    replace_on = ("name",)
    unordered = ("enabledMetrics", "suspendedProcesses", "tags", "vpcZoneIdentifiers")
    owned = ("tags", "suspendedProcesses", "enabledMetrics")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """It launches from a template, into subnets, and its sizes are in order."""
        for name, what in (("launchTemplate", "a launch template"), ("vpcZoneIdentifiers", "subnets")):
            if name not in inputs:
                yield Problem(name, f"an Auto Scaling group needs {what}")
        sizes = [inputs[name] for name in ("minSize", "desiredCapacity", "maxSize") if name in inputs]
        if all(isinstance(size, int) for size in sizes) and sizes != sorted(sizes):
            yield Problem("maxSize", f"minSize, desiredCapacity and maxSize are {sizes}; they must not fall")
        timeout = inputs.get("waitForCapacityTimeout", "10m")
        if isinstance(timeout, str) and _seconds(timeout) is None:
            yield Problem("waitForCapacityTimeout", f"{timeout!r} is not a duration; write one like 10m")

    def make(self, api: Api) -> str:
        """Create it, set what Create cannot, wait for its instances."""
        name = api.inputs["name"]
        api.retry(
            lambda: api.request(
                "autoscaling",
                "CreateAutoScalingGroup",
                AutoScalingGroupName=name,
                Tags=_tags(name, api.get("tags")) or None,
                **_settings(api),
            ),
            ["ValidationError"],
            timeout=60,
            says=["Invalid IAM Instance Profile", "You are not authorized"],
        )
        api.created(name)
        self._metrics(api, set(), set(api.get("enabledMetrics") or []))
        self._suspend(api, set(), set(api.get("suspendedProcesses") or []))
        _wait_for_capacity(api)
        return name

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The group."""
        group = _group(api)
        if group is None or group.get("Status", "").startswith("Delete"):
            return None
        template = group.get("LaunchTemplate", {})
        maintenance = group.get("InstanceMaintenancePolicy")
        metrics = group.get("EnabledMetrics", [])
        return {
            "arn": group["AutoScalingGroupARN"],
            "availabilityZones": sorted(group["AvailabilityZones"]),
            **{name: group[key] for name, key in _SETTINGS.items() if group.get(key) is not None},
            "enabledMetrics": sorted(one["Metric"] for one in metrics),
            **({"instanceMaintenancePolicy": _lowered(maintenance)} if maintenance else {}),
            "launchTemplate": {
                "id": template.get("LaunchTemplateId", ""),
                "name": template.get("LaunchTemplateName", ""),
                "version": template.get("Version", ""),
            },
            "loadBalancers": group.get("LoadBalancerNames", []),
            "metricsGranularity": metrics[0]["Granularity"] if metrics else "1Minute",
            "name": group["AutoScalingGroupName"],
            "predictedCapacity": group.get("PredictedCapacity", 0),
            "suspendedProcesses": sorted(one["ProcessName"] for one in group.get("SuspendedProcesses", [])),
            "tags": [
                {"key": tag["Key"], "value": tag["Value"], "propagateAtLaunch": tag["PropagateAtLaunch"]}
                for tag in sorted(group.get("Tags", []), key=lambda tag: tag["Key"])
                if not tag["Key"].startswith("aws:")
            ],
            "targetGroupArns": group.get("TargetGroupARNs", []),
            "trafficSources": [],
            "vpcZoneIdentifiers": sorted(filter(None, group.get("VPCZoneIdentifier", "").split(","))),
            "warmPoolSize": group.get("WarmPoolSize", 0),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change what differs, renew the instances if that is wanted, wait for them."""
        name = api.id
        before = {key: set(api.call.old_inputs.get(key) or []) for key in ("enabledMetrics", "suspendedProcesses")}
        if changed & {*_SETTINGS, "launchTemplate", "vpcZoneIdentifiers", "instanceMaintenancePolicy"}:
            api.request("autoscaling", "UpdateAutoScalingGroup", AutoScalingGroupName=name, **_settings(api))
        if "tags" in changed:
            self._tag(api)
        if changed & {"enabledMetrics", "metricsGranularity"}:
            self._metrics(api, before["enabledMetrics"], set(api.get("enabledMetrics") or []))
        if "suspendedProcesses" in changed:
            self._suspend(api, before["suspendedProcesses"], set(api.get("suspendedProcesses") or []))
        if changed & {"minSize", "maxSize", "desiredCapacity"}:
            _wait_for_capacity(api)
        refresh = api.get("instanceRefresh")
        if refresh and changed & {"launchTemplate", *(refresh.get("triggers") or [])}:
            self._refresh(api, refresh)

    def remove(self, api: Api) -> None:
        """Empty it, delete it, wait until it is gone."""
        name = api.id
        if _group(api) is None:
            return
        force = bool(api.state.get("forceDelete"))
        if not force:
            empty = {"MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0}
            api.request("autoscaling", "UpdateAutoScalingGroup", AutoScalingGroupName=name, **empty)
            api.wait(f"instances of {name} to be gone", lambda: not (_group(api) or {}).get("Instances"), 600)
        api.retry(
            lambda: api.request(
                "autoscaling", "DeleteAutoScalingGroup", AutoScalingGroupName=name, ForceDelete=force or None
            ),
            ["ResourceInUse", "ResourceInUseFault", "ScalingActivityInProgress", "ScalingActivityInProgressFault"],
        )
        api.wait(f"Auto Scaling group {name} to be gone", lambda: _group(api) is None, 600)

    def find(self, api: Api) -> Iterator[str]:
        """By its name."""
        api.id = api.inputs["name"]
        if _group(api):
            yield api.id

    def _tag(self, api: Api) -> None:
        old = {tag["key"]: tag for tag in api.call.old_inputs.get("tags") or []}
        new = {tag["key"]: tag for tag in api.get("tags") or []}
        if gone := [old[key] for key in sorted(old.keys() - new.keys())]:
            api.request("autoscaling", "DeleteTags", Tags=_tags(api.id, gone))
        if new:
            api.request("autoscaling", "CreateOrUpdateTags", Tags=_tags(api.id, list(new.values())))

    def _metrics(self, api: Api, before: set[str], after: set[str]) -> None:
        group = {"AutoScalingGroupName": api.id}
        if gone := sorted(before - after):
            api.request("autoscaling", "DisableMetricsCollection", Metrics=gone, **group)
        if new := sorted(after - before):
            granularity = api.get("metricsGranularity")
            api.request("autoscaling", "EnableMetricsCollection", Metrics=new, Granularity=granularity, **group)

    def _suspend(self, api: Api, before: set[str], after: set[str]) -> None:
        group = {"AutoScalingGroupName": api.id}
        if gone := sorted(before - after):
            api.request("autoscaling", "ResumeProcesses", ScalingProcesses=gone, **group)
        if new := sorted(after - before):
            api.request("autoscaling", "SuspendProcesses", ScalingProcesses=new, **group)

    def _refresh(self, api: Api, wanted: Properties) -> None:
        preferences = wanted.get("preferences") or {}
        api.request(
            "autoscaling",
            "StartInstanceRefresh",
            AutoScalingGroupName=api.id,
            Strategy=wanted.get("strategy", "Rolling"),
            Preferences={key[0].upper() + key[1:]: value for key, value in preferences.items()} or None,
        )


def _settings(api: Api) -> Answer:
    given = {key: api.inputs[name] for name, key in _SETTINGS.items() if api.inputs.get(name) is not None}
    template = api.inputs["launchTemplate"]
    chosen = {"LaunchTemplateId": template.get("id"), "LaunchTemplateName": template.get("name")}
    chosen["Version"] = template.get("version") or "$Default"
    given["LaunchTemplate"] = {key: value for key, value in chosen.items() if value}
    given["VPCZoneIdentifier"] = ",".join(api.inputs["vpcZoneIdentifiers"])
    if policy := api.get("instanceMaintenancePolicy"):
        given["InstanceMaintenancePolicy"] = {key[0].upper() + key[1:]: value for key, value in policy.items()}
    return given


def _tags(group: str, tags: list[Properties] | None) -> list[Answer]:
    return [
        {
            "ResourceId": group,
            "ResourceType": "auto-scaling-group",
            "Key": tag["key"],
            "Value": tag["value"],
            "PropagateAtLaunch": tag["propagateAtLaunch"],
        }
        for tag in tags or []
    ]


def _group(api: Api) -> dict[str, Any] | None:
    answer = found(
        lambda: api.request("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[api.id]),
        "ValidationError",
    )
    return only(answer["AutoScalingGroups"]) if answer else None


def _wait_for_capacity(api: Api) -> None:
    limit = _seconds(api.get("waitForCapacityTimeout") or "10m")
    wanted = api.get("desiredCapacity")
    least = max(api.get("minSize") or 0, wanted if wanted is not None else 0)
    if not limit or not least:
        return
    try:
        api.wait(f"{least} instances of {api.id} in service", lambda: _in_service(api) >= least, limit)
    except TimedOut as error:
        reasons = _failures(api)
        raise TimedOut(f"{error}{'; ' + reasons if reasons else ''}") from None


def _in_service(api: Api) -> int:
    instances = (_group(api) or {}).get("Instances", [])
    return sum(one["LifecycleState"] in _HEALTHY and one["HealthStatus"].lower() == "healthy" for one in instances)


def _failures(api: Api) -> str:
    told = api.request("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=api.id)["Activities"]
    return "; ".join(one.get("StatusMessage", "") for one in told if one["StatusCode"] == "Failed")


def _lowered(values: Answer) -> Properties:
    return {key[0].lower() + key[1:]: value for key, value in values.items()}


def _seconds(duration: str) -> float | None:
    """Go's form of a duration, `1h30m` or `90s`; None where it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|m|s)", duration)
    if (duration != "0" and "".join(number + unit for number, unit in parts) != duration) or not duration:
        return None
    return sum(float(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)
