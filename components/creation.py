"""Errors of what AWS takes minutes to create, with the region and the way on, which the provider's own error lacks."""

from __future__ import annotations

import pulumi
from pulumi import Output, ResourceOptions, ResourceTransformArgs, ResourceTransformResult

from .text import one_line

CLUSTER = "aws:eks/cluster:Cluster"


def explained(name: str, region: Output[str]) -> pulumi.ErrorHook:
    """An error hook that logs what could not be created in a region, why, and what to do. It never retries.

    A create that has failed stays in the state, and its provider replaces it in the next update. `name` is unique among
    the stack's hooks.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        if failed.failed_operation == "create":
            # A resource of a peering's other side names its own region.
            where = (failed.new_inputs or {}).get("region") or await region.future()
            pulumi.log.error(message(failed.name, failed.type, str(where), failed.errors))
        return False

    return pulumi.ErrorHook(name, explain)


def message(name: str, type_: str, region: str, errors: list[str]) -> str:
    """The error for a resource that could not be created; `errors` begins with the newest."""
    kind = type_.rpartition(":")[2]
    cause = one_line(errors[0]) if errors else "the provider gives no reason"
    return (
        f"{name}: {kind} in {region} was not created ({cause}); what was created before stays: remove the cause, and "
        "run the update again, which creates the rest"
    )


def binding(component: pulumi.Resource) -> pulumi.ResourceHookBinding | None:
    """The hook of a component's region, for its children; None if its provider has none."""
    hook = getattr(component.get_provider(CLUSTER), "creation", None)
    return pulumi.ResourceHookBinding(on_error=[hook]) if hook else None


def explain_cluster(component: pulumi.Resource) -> pulumi.ResourceTransform:
    """A transform: the EKS cluster that pulumi_eks creates gets the hook of a component's region."""
    hooks = binding(component)

    def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
        if args.type_ != CLUSTER or hooks is None:
            return None
        return ResourceTransformResult(args.props, ResourceOptions.merge(args.opts, ResourceOptions(hooks=hooks)))

    return transform
