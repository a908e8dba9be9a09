"""aws:cloudwatch/logGroup:LogGroup and aws:ec2/flowLog:FlowLog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.table import Calls, Plain, Row
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

_GONE = "ResourceNotFoundException"


class LogGroup(Plain):
    """A log group; its id is its name."""

    kind = "aws:cloudwatch/logGroup:LogGroup"
    row = Row(
        service="logs",
        calls=Calls(create="CreateLogGroup", read="DescribeLogGroups", delete="DeleteLogGroup"),
        id="{name}",
        missing=[_GONE],
        spelled={"name": "logGroupName"},
        outputs=("arn",),
    )
    knows = ("name", "kmsKeyId", "logGroupClass", "retentionInDays", "deletionProtectionEnabled")
    unread = ("skipDestroy",)
    defaults = {"retentionInDays": 0, "skipDestroy": False}
    named = "name"
    names = Names(longest=512, pattern=r"[.\-_/#A-Za-z0-9]+", prefix=483)
    replace_on = ("name", "logGroupClass")
    computed = ("deletionProtectionEnabled", "logGroupClass")
    owned = ("kmsKeyId",)

    def make(self, api: Api) -> str:
        """Create it, and set its retention."""
        name = super().make(api)
        if api.get("retentionInDays"):
            self._retain(api)
        return name

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """The group among those whose names begin with its name."""
        listed = api.request("logs", "DescribeLogGroups", logGroupNamePrefix=api.id)["logGroups"]
        return only([group for group in listed if group["logGroupName"] == api.id])

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its tags."""
        arn = item["arn"].removesuffix(":*")
        return super().outputs(api, item, known) | {
            "arn": arn,
            "logGroupClass": item.get("logGroupClass", "STANDARD"),
            "tagsAll": tags.own(api.request("logs", "ListTagsForResource", resourceArn=arn)["tags"]),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Set its retention, key and protection."""
        if "retentionInDays" in changed:
            self._retain(api)
        if "kmsKeyId" in changed and api.get("kmsKeyId"):
            api.request("logs", "AssociateKmsKey", logGroupName=api.id, kmsKeyId=api.get("kmsKeyId"))
        elif "kmsKeyId" in changed:
            api.request("logs", "DisassociateKmsKey", logGroupName=api.id)
        if "deletionProtectionEnabled" in changed:
            api.request(
                "logs",
                "PutLogGroupDeletionProtection",
                logGroupIdentifier=api.id,
                deletionProtectionEnabled=bool(api.get("deletionProtectionEnabled")),
            )

    def remove(self, api: Api) -> None:
        """Delete the group, or leave it if skipDestroy is set."""
        if not api.state.get("skipDestroy"):
            self.delete_once(api)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        arn = api.state["arn"]
        if drop:
            api.request("logs", "UntagResource", resourceArn=arn, tagKeys=drop)
        if add:
            api.request("logs", "TagResource", resourceArn=arn, tags=add)

    def _retain(self, api: Api) -> None:
        days = api.get("retentionInDays")
        if days:
            api.request("logs", "PutRetentionPolicy", logGroupName=api.id, retentionInDays=days)
        else:
            api.request("logs", "DeleteRetentionPolicy", logGroupName=api.id)


_TRAFFIC_SOURCES = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}


class FlowLog(Ec2Resource):
    """A flow log of a VPC, subnet or network interface, to a log group or a bucket."""

    kind = "aws:ec2/flowLog:FlowLog"
    knows = (
        *_TRAFFIC_SOURCES,
        "deliverCrossAccountRole",
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
        "trafficType",
    )
    defaults = {"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600}
    replace_on = knows
    computed = ("logDestination", "logFormat")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield anything but one source and a destination."""
        given = [name for name in _TRAFFIC_SOURCES if name in inputs]
        if len(given) != 1:
            yield Problem(given[-1] if given else "vpcId", f"a flow log has one of {', '.join(_TRAFFIC_SOURCES)}")
        if "logDestination" not in inputs:
            yield Problem("logDestination", "a flow log needs the ARN of its log group or bucket")
        if "trafficType" not in inputs:
            yield Problem("trafficType", "a flow log needs its kind of traffic; ACCEPT, REJECT or ALL")

    def make(self, api: Api) -> str:
        """Create it; a role that was just made may not be known yet."""
        source = next(name for name in _TRAFFIC_SOURCES if api.get(name))
        made = api.retry(
            lambda: api.ec2(
                "CreateFlowLogs",
                ResourceIds=[api.get(source)],
                ResourceType=_TRAFFIC_SOURCES[source],
                TrafficType=api.get("trafficType"),
                LogDestination=api.get("logDestination"),
                LogDestinationType=api.get("logDestinationType"),
                LogFormat=api.get("logFormat"),
                MaxAggregationInterval=api.get("maxAggregationInterval"),
                DeliverLogsPermissionArn=api.get("iamRoleArn"),
                DeliverCrossAccountRole=api.get("deliverCrossAccountRole"),
                TagSpecifications=specification("vpc-flow-log", api.tags),
            ),
            ["InvalidParameter"],
            timeout=120,
            says=["Unable to assume given IAM role"],
        )
        if problem := only(made.get("Unsuccessful", [])):
            error = problem["Error"]
            raise ProviderError(f"ec2 CreateFlowLogs: {error['Code']}: {error['Message']}")
        return api.created(made["FlowLogIds"][0])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The flow log."""
        log = only(api.ec2("DescribeFlowLogs", FlowLogIds=[api.id])["FlowLogs"])
        if log is None:
            return None
        source = log["ResourceId"]
        prefixes = {"vpcId": "vpc-", "subnetId": "subnet-", "eniId": "eni-"}
        group = log.get("LogGroupName")
        destination = log.get("LogDestination") or (api.arn("logs", f"log-group:{group}") if group else "")
        return {
            "arn": api.arn("ec2", f"vpc-flow-log/{api.id}"),
            "deliverCrossAccountRole": log.get("DeliverCrossAccountRole", ""),
            **{name: source if source.startswith(prefix) else "" for name, prefix in prefixes.items()},
            "iamRoleArn": log.get("DeliverLogsPermissionArn", ""),
            "logDestination": destination,
            "logDestinationType": log.get("LogDestinationType", "cloud-watch-logs"),
            "logFormat": log.get("LogFormat", ""),
            "maxAggregationInterval": log.get("MaxAggregationInterval", 600),
            "trafficType": log["TrafficType"],
            "tagsAll": tags_of(log),
        }

    def remove(self, api: Api) -> None:
        """Delete it."""
        found(lambda: api.ec2("DeleteFlowLogs", FlowLogIds=[api.id]), "InvalidFlowLogId.NotFound")
