"""Tags: the fleet and the stack of every resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Block, Resource
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

KEYS = {"keys": Parameter.texts(["fleet", "stack"], "The required tags.")}


@rule(
    "tags-everywhere",
    lambda: (aws.Provider,),
    what="Every AWS resource has the tags of its fleet and stack, which its provider adds.",
    fix="create resources with the program's providers, or give this provider default_tags",
    sources=("ours",),
    severity=Severity.MEDIUM,
    parameters=KEYS,
)
def tags_everywhere(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield providers with resources, but without the default tags. An unused default provider has none."""
    for provider in stack.of(aws.Provider):
        missing = _missing(_defaults(provider.at("defaultTags")), context)
        if missing and stack.provides(provider):
            yield provider, f"defaultTags has no {', '.join(missing)}"


@rule(
    "tags-on-machines",
    lambda: (aws.ec2.LaunchTemplate, aws.autoscaling.Group, aws.eks.NodeGroup),
    what="Instances and their disks have tags of their fleet and stack, because a provider's tags don't reach them.",
    fix="set the tags in tag_specifications, or in a group's tags with propagate_at_launch",
    sources=("ours", "CKV_AWS_153", "Amazon EC2 Auto Scaling user guide, Tag groups and instances"),
    severity=Severity.LOW,
    parameters=KEYS,
)
def tags_on_machines(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield templates without tags for disks and nodes, and Auto Scaling groups without tags for instances."""
    for template in stack.of(aws.ec2.LaunchTemplate):
        of_nodes = stack.users(template, aws.eks.NodeGroup, "launchTemplate")
        for kind in ("volume", "instance") if of_nodes else ("volume",):
            missing = _missing(_tags(template, kind), context)
            if missing:
                yield template, f"tagSpecifications has no {', '.join(missing)} for an {kind}"
    for group in stack.of(aws.autoscaling.Group):
        propagated = {tag.at("key"): tag for tag in group.each("tags") if _propagates(tag)}
        missing = _missing(UNKNOWN if group.at("tags") is UNKNOWN else propagated, context)
        if missing:
            yield group, f"tags has no {', '.join(missing)} that is propagated"


def _defaults(raw: Any) -> Any:
    """Return a provider's default tags. The engine sends a provider's settings as JSON."""
    read: Any = json.loads(raw) if isinstance(raw, str) else raw
    return read if read in (None, UNKNOWN) else read.get("tags")


def _tags(template: Resource, kind: str) -> Any:
    if template.at("tagSpecifications") is UNKNOWN:
        return UNKNOWN
    return next(
        (
            specification.at("tags")
            for specification in template.each("tagSpecifications")
            if specification.at("resourceType") == kind
        ),
        None,
    )


def _propagates(tag: Block) -> bool:
    return tag.at("propagateAtLaunch") in (True, UNKNOWN)


def _missing(tags: Any, context: Context) -> list[str]:
    if tags is UNKNOWN:
        return []
    return [key for key in context.parameters["keys"] if key not in cast(Mapping[str, Any], tags or {})]
