"""aws:autoscaling/group:Group."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sandbox.plugins.aws.capacity import drain, group_of, refresh, wait_for_capacity
from sandbox.plugins.aws.durations import seconds
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, AwsResource
from sandbox.plugins.aws.session import Answer
from sandbox.plugins.provider.check import Problem
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
_CLEARED = {
    "capacityRebalance": False,
    "defaultInstanceWarmup": 0,
    "maxInstanceLifetime": 0,
    "terminationPolicies": ["Default"],
}
"""The values that reset settings without a value (terraform-provider-aws internal/service/autoscaling/group.go)."""
_NO_POLICY = {"minHealthyPercentage": -1, "maxHealthyPercentage": -1}


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
    computed = (
        "defaultCooldown",
        "desiredCapacity",
        "healthCheckType",
        "launchTemplate",
        "launchTemplate.id",
        "launchTemplate.name",
        "launchTemplate.version",
        "serviceLinkedRoleArn",
        "vpcZoneIdentifiers",
    )
    nested_defaults = {
        "instanceRefresh.preferences": {
            "maxHealthyPercentage": 100,
            "minHealthyPercentage": 90,
            "scaleInProtectedInstances": "Ignore",
            "skipMatching": False,
            "standbyInstances": "Ignore",
        }
    }

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield a missing template, missing subnets, and sizes out of order."""
        for name, what in (("launchTemplate", "a launch template"), ("vpcZoneIdentifiers", "subnets")):
            if name not in inputs:
                yield Problem(name, f"an Auto Scaling group needs {what}")
        sizes = [inputs[name] for name in ("minSize", "desiredCapacity", "maxSize") if name in inputs]
        if all(isinstance(size, int) for size in sizes) and sizes != sorted(sizes):
            yield Problem("maxSize", f"minSize, desiredCapacity and maxSize are {sizes}; they must not fall")
        timeout = inputs.get("waitForCapacityTimeout", "10m")
        if isinstance(timeout, str) and seconds(timeout) is None:
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
        wait_for_capacity(api, exactly=False)
        return name

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The group."""
        group = group_of(api)
        if group is None or group.get("Status", "").startswith("Delete"):
            return None
        template = group.get("LaunchTemplate", {})
        maintenance = group.get("InstanceMaintenancePolicy")
        metrics = group.get("EnabledMetrics", [])
        return {
            "arn": group["AutoScalingGroupARN"],
            "availabilityZones": sorted(group["AvailabilityZones"]),
            **{name: group[key] for name, key in _SETTINGS.items() if group.get(key) is not None},
            "enabledMetrics": sorted(metric["Metric"] for metric in metrics),
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
            "suspendedProcesses": sorted(process["ProcessName"] for process in group.get("SuspendedProcesses", [])),
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
        if settings := _settings(api, changed):
            protected = bool(api.get("protectFromScaleIn"))
            settings = {"NewInstancesProtectedFromScaleIn": protected, **settings}
            api.request("autoscaling", "UpdateAutoScalingGroup", AutoScalingGroupName=name, **settings)
        if "tags" in changed:
            self._tag(api)
        renewal = api.get("instanceRefresh")
        if renewal and changed & {"launchTemplate", *(renewal.get("triggers") or [])}:
            refresh(api, renewal)
        if changed & {"minSize", "desiredCapacity"}:
            wait_for_capacity(api, exactly=True)
        if changed & {"enabledMetrics", "metricsGranularity"}:
            self._metrics(api, before["enabledMetrics"], set(api.get("enabledMetrics") or []))
        if "suspendedProcesses" in changed:
            self._suspend(api, before["suspendedProcesses"], set(api.get("suspendedProcesses") or []))

    def remove(self, api: Api) -> None:
        """Empty it, delete it, wait until it is gone."""
        name = api.id
        group = group_of(api)
        if group is None:
            return
        force = bool(api.state.get("forceDelete"))
        if not force:
            drain(api, group)
        api.retry(
            lambda: api.request(
                "autoscaling", "DeleteAutoScalingGroup", AutoScalingGroupName=name, ForceDelete=force or None
            ),
            ["ResourceInUse", "ResourceInUseFault", "ScalingActivityInProgress", "ScalingActivityInProgressFault"],
        )
        api.wait(f"Auto Scaling group {name} to be gone", lambda: group_of(api) is None, 600)

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


def _settings(api: Api, changed: Collection[str] = ()) -> Answer:
    """The settings of a new group, or of those that changed; what is given up gets AWS's own default."""
    names = changed or {*api.inputs}
    cleared = _CLEARED if changed else {}
    given = {
        key: value
        for name, key in _SETTINGS.items()
        if name in names and (value := api.inputs.get(name, cleared.get(name))) is not None
    }
    if "launchTemplate" in names:
        given["LaunchTemplate"] = _template(api)
    if "vpcZoneIdentifiers" in names:
        given["VPCZoneIdentifier"] = ",".join(api.inputs["vpcZoneIdentifiers"])
    if "instanceMaintenancePolicy" in names:
        policy = api.get("instanceMaintenancePolicy") or _NO_POLICY
        given["InstanceMaintenancePolicy"] = {key[0].upper() + key[1:]: value for key, value in policy.items()}
    return given


def _template(api: Api) -> Answer:
    """The launch template by its id or its name, as the program has it: AWS takes one of them."""
    template = api.call.inputs.get("launchTemplate") or api.inputs["launchTemplate"]
    key, name = ("LaunchTemplateId", "id") if template.get("id") else ("LaunchTemplateName", "name")
    return {key: template[name], "Version": api.inputs["launchTemplate"].get("version") or "$Default"}


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


def _lowered(values: Answer) -> Properties:
    return {key[0].lower() + key[1:]: value for key, value in values.items()}
