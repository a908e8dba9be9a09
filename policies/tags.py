"""Tags: whose a resource is, wherever it is met."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Block, Resource
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

KEYS = {"keys": Parameter.texts(["fleet", "stack"], "The tags that have to be there.")}


@rule(
    "tags-everywhere",
    lambda: (aws.Provider,),
    what="Every AWS resource says which fleet and stack it is of: its provider gives it the tags.",
    fix="make resources by the program's providers, or give this one default_tags",
    sources=("ours",),
    severity=Severity.MEDIUM,
    parameters=KEYS,
)
def tags_everywhere(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Whatever makes anything has them in its default tags. Pulumi's own, of what names no provider, has none."""
    for provider in stack.of(aws.Provider):
        missing = _missing(_defaults(provider.at("defaultTags")), context)
        if missing and stack.provides(provider):
            yield provider, f"defaultTags has no {', '.join(missing)}"


@rule(
    "tags-on-machines",
    lambda: (aws.ec2.LaunchTemplate, aws.autoscaling.Group, aws.eks.NodeGroup),
    what="Instances and their disks say which fleet and stack they are of: a provider's tags don't reach them.",
    fix="name the tags in tag_specifications; in a group's tags, with propagate_at_launch",
    sources=("ours", "CKV_AWS_153", "Amazon EC2 Auto Scaling user guide, Tag groups and instances"),
    severity=Severity.LOW,
    parameters=KEYS,
)
def tags_on_machines(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """A template tags disks, and nodes; an Auto Scaling group its own instances."""
    for template in stack.of(aws.ec2.LaunchTemplate):
        of_nodes = stack.users(template, aws.eks.NodeGroup, "launchTemplate")
        for kind in ("volume", "instance") if of_nodes else ("volume",):
            missing = _missing(_tags(template, kind), context)
            if missing:
                yield template, f"tagSpecifications has no {', '.join(missing)} for an {kind}"
    for group in stack.of(aws.autoscaling.Group):
        given = {tag.at("key"): tag for tag in group.each("tags") if _propagates(tag)}
        missing = _missing(UNKNOWN if group.at("tags") is UNKNOWN else given, context)
        if missing:
            yield group, f"tags has no {', '.join(missing)} that is propagated"


def _defaults(given: Any) -> Any:
    """A provider's settings go over the wire as JSON."""
    read: Any = json.loads(given) if isinstance(given, str) else given
    return read if read in (None, UNKNOWN) else read.get("tags")


def _tags(template: Resource, kind: str) -> Any:
    if template.at("tagSpecifications") is UNKNOWN:
        return UNKNOWN
    return next((one.at("tags") for one in template.each("tagSpecifications") if one.at("resourceType") == kind), None)


def _propagates(tag: Block) -> bool:
    return tag.at("propagateAtLaunch") in (True, UNKNOWN)


def _missing(tags: Any, context: Context) -> list[str]:
    if tags is UNKNOWN:
        return []
    return [key for key in context.parameters["keys"] if key not in cast(Mapping[str, Any], tags or {})]
