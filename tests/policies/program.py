"""The real program, with what the environment asks for broken in it: it stands in __main__.py's place, that one aside.

FLEET_BREAKS names rules, by commas. What is called `late` is a secret in user data that only an update knows. With
FLEET_NAMES, there are records of a name as well; with FLEET_WORKLOADS, a namespace that Karmada propagates.
"""

from __future__ import annotations

import os
import runpy
from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import (
    Output,
    ResourceTransformArgs,
    ResourceTransformationArgs,
    ResourceTransformationResult,
    ResourceTransformResult,
)

from tests.policies.breaks import BASTION, BREAKS, USER_DATA, Break, changed, token

names = os.environ.get("FLEET_BREAKS", "").split(",")
asked = [BREAKS[name] for name in names if name in BREAKS]
made: dict[str, pulumi.CustomResource] = {}


def broken(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
    """The inputs as the breaks have them, where this program registers the resource."""
    if isinstance(args.resource, pulumi.CustomResource):
        made.setdefault(args.name, args.resource)
    # With a URN it is a reference to one that stands: what a component in another process has registered.
    inputs = None if args.opts.urn else apply(args.type_, args.name, dict(args.props))
    return ResourceTransformationResult(props=inputs, opts=args.opts) if inputs is not None else None


def broken_elsewhere(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """The inputs as the breaks have them, of what a component in another process registers."""
    inputs = apply(args.type_, args.name, dict(args.props)) if args.type_ == "aws:eks/cluster:Cluster" else None
    return ResourceTransformResult(props=inputs, opts=args.opts) if inputs is not None else None


def apply(type_: str, name: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """The resource's inputs with all that is to be broken of it; None where nothing is."""
    if "late" in names and name == f"{BASTION}-template":
        return {**inputs, "user_data": not_yet(USER_DATA)}
    touched = False
    for one in asked:
        for its_type, its_name, change in one.changes:
            if (its_type, its_name) == (type_, name):
                inputs, touched = changed(inputs, {**change, **linked(one, type_, name)}), True
    return inputs if touched else None


def not_yet(value: str) -> Output[str]:
    """A value that a preview doesn't know."""
    return made[f"{BASTION}-sessions"].id.apply(lambda _: value)


def linked(one: Break, type_: str, name: str) -> Mapping[str, Any]:
    """Return the outputs that become other resources' ids."""
    if (token(one.type), one.name) != (type_, name):
        return {}
    return {
        key: [made[each].id for each in names] if isinstance(names, list) else made[names].id
        for key, names in one.links.items()
    }


pulumi.runtime.register_stack_transformation(broken)
pulumi.runtime.register_resource_transform(broken_elsewhere)
runpy.run_path("fleet.py", run_name="__main__")
if os.environ.get("FLEET_NAMES"):
    # The fleet's own program has no names; those of users' programs do.
    for name, region in {"one": "eu-west-1", "two": "eu-west-3"}.items():
        target: aws.route53.RecordAliasArgsDict = {
            "name": f"a-1.{region}.elb.amazonaws.com",
            "zone_id": "Z9",
            "evaluate_target_health": True,
        }
        aws.route53.Record(
            name,
            zone_id="Z1",
            name="shop.example.org",
            type="A",
            aliases=[target],
            set_identifier=name,
            latency_routing_policies=[{"region": region}],
            opts=pulumi.ResourceOptions(provider=cast(aws.Provider, made["aws-eu-west-1"])),
        )
if os.environ.get("FLEET_WORKLOADS"):
    # Nor has it workloads.
    kubernetes.apiextensions.CustomResource(
        "shop",
        api_version="policy.karmada.io/v1alpha1",
        kind="ClusterPropagationPolicy",
        metadata={"name": "shop"},
        spec={"resourceSelectors": [{"apiVersion": "v1", "kind": "Namespace", "name": "shop"}]},
        opts=pulumi.ResourceOptions(provider=cast(kubernetes.Provider, made["federated-eks-karmada-provider"])),
    )
if "outputs-secret" in names:
    pulumi.export("copy", {"kubeconfig": "apiVersion: v1"})
