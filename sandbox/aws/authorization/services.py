"""Each service's checks of a call, with those of CloudWatch Logs, Systems Manager and Auto Scaling.

Service Authorization Reference, the page of each service. A call that isn't listed is judged on `*`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sandbox.aws.authorization import balancers, dns, ec2, eks, identity, keys, objects
from sandbox.aws.authorization.call import Call, tags_of
from sandbox.aws.authorization.policies import Check, listed


def logs(call: Call) -> Iterator[Check]:
    """The checks on log groups by their names."""
    params = call.params
    named = params.get("logGroupName") or params.get("resourceArn") or ""
    if call.operation.startswith("Describe") or not named:
        yield call.check("*")
        return
    group = named if named.startswith("arn:") else call.arn(f"log-group:{named}")
    yield call.check(group, requested=tags_of(params.get("tags")))
    if call.operation == "CreateLogGroup" and params.get("tags"):
        yield call.check(group, action="logs:TagResource", requested=tags_of(params["tags"]))
    if key := params.get("kmsKeyId"):
        yield call.check(key, action="kms:DescribeKey", tags=keys.key_tags(call, key))


def ssm(call: Call) -> Iterator[Check]:
    """The checks on documents and parameters by their names."""
    params = call.params
    if call.operation in ("DescribeParameters", "ListDocuments"):
        yield call.check("*")
        return
    document = "Document" in call.operation or params.get("ResourceType") == "Document"
    names = [str(name) for name in listed(params.get("Names") or params.get("Name") or params.get("ResourceId"))]
    requested = tags_of(params.get("Tags"))
    for name in names or ["*"]:
        arn = call.arn(f"document/{name}" if document else f"parameter/{name.lstrip('/')}")
        if name.startswith("/aws/"):  # AWS's own
            arn = f"arn:aws:ssm:{call.region}::parameter{name}"
        yield call.check(arn, requested=requested)
        if requested and call.operation in ("CreateDocument", "PutParameter"):
            yield call.check(arn, action="ssm:AddTagsToResource", requested=requested)


def autoscaling(call: Call) -> Iterator[Check]:
    """The checks on groups by their names, and of RunInstances with the launch template, if there is one."""
    params = call.params
    if call.operation.startswith("Describe"):
        yield call.check("*")
        return
    names = {
        params.get("AutoScalingGroupName") or each.get("ResourceId", "") for each in listed(params.get("Tags")) or [{}]
    }
    for name in sorted(filter(None, names)):
        yield call.check(call.arn(f"autoScalingGroup:*:autoScalingGroupName/{name}"))
        if call.operation == "CreateAutoScalingGroup" and params.get("Tags"):
            group = call.arn(f"autoScalingGroup:*:autoScalingGroupName/{name}")
            yield call.check(group, action="autoscaling:CreateOrUpdateTags")
    if template := params.get("LaunchTemplate"):
        named = template.get("LaunchTemplateId") or template.get("LaunchTemplateName", "")
        yield from identity.launched(call, named, template.get("Version"))
    if call.operation == "CreateAutoScalingGroup":
        yield from identity.linked_role(call, "autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling")


JUDGED: Mapping[str, Callable[[Call], Iterator[Check]]] = {
    "ec2": ec2.checks,
    "elasticloadbalancing": balancers.checks,
    "iam": identity.checks,
    "kms": keys.checks,
    "logs": logs,
    "route53": dns.checks,
    "s3": objects.checks,
    "ssm": ssm,
    "autoscaling": autoscaling,
    "eks": eks.checks,
}
"""The checks of calls, by service."""

BY_TRUST = frozenset({"sts:AssumeRole", "sts:GetSessionToken"})
"""Actions that a role's trust policy (sandbox.aws.sts) permits, or that need no permission: only a denial counts."""


def checks(call: Call) -> list[Check]:
    """Every check of a call; none for a call that AWS's model doesn't know, or for GetCallerIdentity.

    STS answers that call even to denied callers (STS API reference, GetCallerIdentity).
    """
    if not call.operation or call.action == "sts:GetCallerIdentity":
        return []
    judged = JUDGED.get(call.service)
    return [*judged(call)] if judged else [call.check("*")]
