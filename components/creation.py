"""Errors of resources that AWS creates in minutes, with the region and the fix, which the provider's errors lack."""

from __future__ import annotations

import pulumi
from pulumi import Output, ResourceOptions, ResourceTransformArgs, ResourceTransformResult

from .text import one_line

CLUSTER = "aws:eks/cluster:Cluster"


def explained(name: str, region: Output[str]) -> pulumi.ErrorHook:
    """Return an error hook that logs what was not created in a region, why, and what to do. It never retries.

    A failed create stays in the state, and its provider replaces it in the next update. `name` is unique among the
    stack's hooks.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        if failed.failed_operation == "create":
            # A resource on a peering's other side has its own region.
            place = (failed.new_inputs or {}).get("region") or await region.future()
            pulumi.log.error(message(failed.name, failed.type, str(place), failed.errors))
        return False

    return pulumi.ErrorHook(name, explain)


def message(name: str, type_: str, region: str, errors: list[str]) -> str:
    """Return the error for a resource that was not created; `errors` begins with the newest."""
    kind = type_.rpartition(":")[2]
    cause = one_line(errors[0]) if errors else "the provider gives no reason"
    return (
        f"{name}: {kind} in {region} was not created ({cause}); what was created before stays: remove the cause, and "
        "run the update again, which creates the rest"
    )


def binding(component: pulumi.Resource) -> pulumi.ResourceHookBinding | None:
    """Return the hook of a component's region, for its children; None if the provider has none."""
    hook = getattr(component.get_provider(CLUSTER), "creation", None)
    return pulumi.ResourceHookBinding(on_error=[hook]) if hook else None


def explain_cluster(component: pulumi.Resource) -> pulumi.ResourceTransform:
    """Return a transform that gives the hook of a component's region to pulumi_eks's EKS cluster."""
    hooks = binding(component)

    def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
        if args.type_ != CLUSTER or hooks is None:
            return None
        return ResourceTransformResult(args.props, ResourceOptions.merge(args.opts, ResourceOptions(hooks=hooks)))

    return transform
