"""A recording mock engine: it runs the program, or a component, and keeps what was registered."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import json
import os
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import pulumi_aws as aws
from google.protobuf import struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime import resource as registration
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import callback_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

from components.quotas.known import KNOWN, ON_DEMAND, SPOT

PROGRAM = Path(__file__).parents[2] / "__main__.py"
CLUSTER_CA = "Y2VydGlmaWNhdGU="
VCPUS = {"m5.xlarge": 4, "trn1.2xlarge": 8}
"""Of instance types that don't have two."""
SIZES = {"t3.micro": (1024, 2, 2), "t3.small": (2048, 3, 4)}
"""MiB, interfaces and addresses of each, of instance types that don't have t3.medium's."""
Held = tuple[str, dict[str, str]]
"""Something that stands in an account: its region, and what filters know it by."""


@dataclass(frozen=True)
class Registered:
    """A resource as the program registered it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    """The parent's name; the stack's is empty."""
    provider: str
    """The provider's name; empty for a component."""
    depends_on: frozenset[str]
    """Names of the resources it waits for, whether by depends_on or by an output."""
    waits: frozenset[str] = frozenset()
    """Their URNs."""
    deleted_with: str = ""
    """The name of the resource whose deletion takes it along; empty where nothing does."""
    kept: bool = False
    """Whether it stays when it leaves the program."""
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Names of hooks, by the event that calls them."""
    patience: str = ""
    """For how long its creation may take; empty is the provider's own time."""
    ignored: tuple[str, ...] = ()
    """Inputs whose changes count for nothing."""
    id: str = ""
    """Of a resource that is read; empty for one that is made."""
    protect: bool = False
    replaced_with: tuple[str, ...] = ()
    """Names of the resources with which it is replaced."""
    replaced_by: Any = None
    """A value whose change replaces it."""
    deleted_first: bool = False
    """Whether it is deleted before it is replaced."""
    urn: str = ""
    parent_urn: str = ""


@dataclass
class Engine(mocks.Mocks):
    """The registered resources, by name within their type: `engine["aws:ec2/vpc:Vpc"]["federated-eks-1-vpc"]`."""

    standing: dict[str, Any] = field(default_factory=dict)
    """The outputs that the stack's last update left."""
    zones: tuple[str, ...] = ("a", "b", "c", "d")
    caller: str = "arn:aws:iam::123456789012:user/operator"
    registered: list[Registered] = field(default_factory=list)
    read: list[Registered] = field(default_factory=list)
    """What the program only looks at."""
    outputs: dict[str, Any] = field(default_factory=dict)
    error_hooks: dict[str, pulumi.ErrorHook] = field(default_factory=dict)
    """By name, to be called as the real engine calls them."""
    resource_hooks: dict[str, pulumi.ResourceHook] = field(default_factory=dict)
    """By name too."""
    answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    """What functions of AWS's answer to their arguments, by token, beside what every account does."""
    living: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is in the clusters already, by the id that it is read by."""
    log_groups: dict[str, dict[str, str]] = field(default_factory=dict)
    """The log groups of every region, with their tags."""
    quotas: dict[str, int] = field(default_factory=lambda: {ON_DEMAND.code: 64, SPOT.code: 64})
    """What the account has, by code, where it isn't AWS's default."""
    held: dict[str, list[Held]] = field(default_factory=dict)
    """What is in the account already, by the function that finds it."""
    denied: set[str] = field(default_factory=set)
    """Functions that the account's administrator doesn't allow."""
    denial: str = "AccessDeniedException: not authorized"
    """What they answer."""
    asked: list[mocks.MockCallArgs] = field(default_factory=list)
    """Every call of a function."""
    transforms: list[Callable[[pulumi.ResourceTransformArgs], Any]] = field(default_factory=list)
    """What the program's resources go through."""

    def __getitem__(self, type_: str) -> dict[str, Registered]:
        return {resource.name: resource for resource in self.registered if resource.type == type_}

    def register_error_hook(self, hook: pulumi.ErrorHook) -> None:
        self.error_hooks[hook.name] = hook

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        assert hook.name not in self.resource_hooks, f"{hook.name} is registered twice"
        self.resource_hooks[hook.name] = hook

    def register_transform(self, transform: pulumi.ResourceTransform) -> callback_pb2.Callback:
        """What a component's resources go through; none of a remote component's are registered here."""
        return callback_pb2.Callback(token=repr(transform))

    def register_stack_transform(self, transform: Callable[[pulumi.ResourceTransformArgs], Any]) -> None:
        self.transforms.append(transform)

    def transform(self, request: Any) -> None:
        """Put the inputs that transforms add into a registration; those of remote components' resources aren't here."""
        for transform in self.transforms:
            inputs = rpc.deserialize_properties(request.object)
            args = pulumi.ResourceTransformArgs(
                custom=request.custom,
                type_=request.type,
                name=request.name,
                props=inputs,
                opts=pulumi.ResourceOptions(),
            )
            result = transform(args)
            for key, value in result.props.items() if result else ():
                if key not in inputs:
                    request.object[key] = value

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = dict(args.inputs) | self.living.get(args.resource_id or "", {})
        match args.typ:
            case "pulumi:pulumi:StackReference":
                state |= {"outputs": self.standing, "secretOutputNames": []}
            case "aws:ec2/eip:Eip":
                state["publicIp"] = "192.0.2.1"
            case "aws:ec2/launchTemplate:LaunchTemplate":
                state["latestVersion"] = 1
            case "aws:kms/key:Key" | "aws:cloudwatch/logGroup:LogGroup" | "aws:ssm/parameter:Parameter":
                state["arn"] = f"arn:{args.name}"
            case "aws:iam/role:Role":
                state |= {"name": args.name, "arn": f"arn:aws:iam::123456789012:role/{args.name}"}
            case "aws:autoscaling/group:Group" | "aws:iam/instanceProfile:InstanceProfile":
                state |= {"name": args.name, "arn": f"arn:{args.name}"}
            case "aws:eks/cluster:Cluster":
                arn = f"arn:aws:eks:xx:123456789012:cluster/{args.inputs['name']}"
                endpoint = f"https://{args.inputs['name']}"
                state |= {"arn": arn, "endpoint": endpoint, "certificateAuthority": {"data": CLUSTER_CA}}
                state["identities"] = [
                    {"oidcs": [{"issuer": f"https://oidc.eks.xx.amazonaws.com/id/{args.inputs['name']}"}]}
                ]
                state.setdefault("version", "1.35")
            case "kubernetes:core/v1:Secret":
                state.setdefault("data", {"token": "c2VjcmV0", "ca.crt": CLUSTER_CA})
                state["metadata"] = {**args.inputs["metadata"], "uid": f"{args.name}-uid"}
            case "kubernetes:core/v1:Service":
                state["status"] = {"loadBalancer": {"ingress": [{"hostname": f"{args.name}.elb.amazonaws.com"}]}}
            case "kubernetes:helm.sh/v3:Release":
                state["status"] = {"namespace": args.inputs["namespace"]}
            case _:
                pass
        return args.resource_id or f"{args.name}-id", state

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.asked.append(args)
        if args.token in self.denied:
            return {}, [("", self.denial)]
        return self._answer(args), []

    def _answer(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        region = _provider(args.provider).removeprefix("aws-").removesuffix("-before")
        match args.token:
            case token if token in self.answers:
                return self.answers[token](args.args)
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                return {"names": [region + zone for zone in reversed(self.zones)], "id": region}
            case "aws:iam/getPolicy:getPolicy":
                return {"arn": args.args["arn"], "policy": "{}"}
            case "aws:s3/getBucket:getBucket":
                return {"bucket": args.args["bucket"], "bucketRegion": region}
            case "aws:index/getPartition:getPartition":
                return {"partition": "aws", "dnsSuffix": "amazonaws.com"}
            case "aws:eks/getAddonVersion:getAddonVersion":
                newest = "latest" if args.args.get("mostRecent") else "default"
                return {"version": f"{newest}-of-{args.args['addonName']}-for-{args.args['kubernetesVersion']}"}
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": "123456789012", "arn": self.caller}
            case "aws:eks/getClusterVersions:getClusterVersions":
                offered = [
                    {"clusterVersion": f"1.{minor}", "versionStatus": "STANDARD_SUPPORT"} for minor in range(33, 38)
                ]
                return {"clusterVersions": offered, "region": region}
            case "aws:cloudwatch/getLogGroups:getLogGroups":
                return {"logGroupNames": [*self.log_groups], "arns": [], "region": region}
            case "aws:cloudwatch/getLogGroup:getLogGroup":
                return {"name": args.args["name"], "tags": self.log_groups[args.args["name"]]}
            case "aws:ec2/getInstanceType:getInstanceType":
                name = args.args["instanceType"]
                memory, interfaces, addresses = SIZES.get(name, (4096, 3, 6))
                return {
                    "defaultVcpus": VCPUS.get(name, 2),
                    "memorySize": memory,
                    "maximumNetworkInterfaces": interfaces,
                    "maximumIpv4AddressesPerInterface": addresses,
                }
            case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
                return {"instanceTypes": args.args["filters"][0]["values"]}
            case "aws:servicequotas/getServiceQuota:getServiceQuota":
                quota = KNOWN[args.args["quotaCode"]]
                assert args.args["serviceCode"] == quota.service
                return {"value": float(self.quotas.get(quota.code, quota.default))}
            case (
                "aws:ec2/getVpcs:getVpcs"
                | "aws:ec2/getInstances:getInstances"
                | "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections"
            ):
                return {"ids": self._found(args.token, region, args.args)}
            case "aws:ec2/getEips:getEips":
                return {"allocationIds": self._found(args.token, region, args.args)}
            case _:
                raise NotImplementedError(f"the program calls {args.token}, which the mock engine doesn't know")

    def _found(self, function: str, region: str, arguments: Mapping[str, Any]) -> list[str]:
        wanted = {one["name"]: one["values"] for one in arguments["filters"]}
        return [
            f"{function}-{number}"
            for number, (where, filters) in enumerate(self.held.get(function, []))
            if where == region and all(name == "instance-type" or filters.get(name) in wanted[name] for name in wanted)
        ]


class Monitor(mocks.MockMonitor):
    """Keeps what the requests say beside the inputs: parents, providers, dependencies."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine

    def RegisterResource(self, request: Any) -> Any:
        _name_references(request.object)
        self._engine.transform(request)
        response = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            return response
        if request.type == "eks:index:Cluster":
            self._make_cluster(request, response)
        waits = {urn for sent in request.propertyDependencies.values() for urn in sent.urns} | {*request.dependencies}
        self._engine.registered.append(
            Registered(
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.object),
                parent=_parent(request.parent),
                provider=_provider(request.provider),
                depends_on=frozenset(map(_name, waits)),
                waits=frozenset(waits),
                deleted_with=_name(request.deletedWith),
                kept=request.retainOnDelete,
                hooks={event.name: (*names,) for event, names in request.hooks.ListFields()},
                patience=request.customTimeouts.create,
                protect=request.protect,
                ignored=(*request.ignoreChanges,),
                replaced_with=(*map(_name, request.replace_with),),
                replaced_by=request.replacement_trigger.string_value or None,
                deleted_first=request.deleteBeforeReplace,
                urn=response.urn,
                parent_urn=request.parent,
            )
        )
        return response

    def ReadResource(self, request: Any) -> Any:
        self._engine.read.append(
            Registered(
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.properties),
                parent=_parent(request.parent),
                provider=_provider(request.provider),
                depends_on=frozenset(map(_name, request.dependencies)),
                id=request.id,
            )
        )
        return super().ReadResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if "pulumi:pulumi:Stack" in request.urn:
            self._engine.outputs = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)

    def _make_cluster(self, request: Any, response: Any) -> None:
        """What the remote component answers with: a kubeconfig, and a reference to the EKS cluster it made."""
        inputs = rpc.deserialize_properties(request.object)
        urn = self.make_urn(response.urn, "aws:eks/cluster:Cluster", f"{request.name}-eksCluster")
        args = mocks.MockResourceArgs("aws:eks/cluster:Cluster", request.name, {"name": inputs["name"]})
        id_, state = self._engine.new_resource(args)
        self.resources[urn] = mocks.MockMonitor.ResourceRegistration(urn, id_, state)
        response.object["eksCluster"] = {
            rpc._special_sig_key: rpc._special_resource_sig,
            "urn": urn,
            "id": id_,
            "packageVersion": "",
        }
        response.object["kubeconfigJson"] = kubeconfig(inputs["name"])


def kubeconfig(name: str) -> str:
    """Return a kubeconfig with one context, as the component writes it."""
    return json.dumps(
        {
            "clusters": [{"name": "kubernetes", "cluster": {"server": f"https://{name}"}}],
            "users": [{"name": "aws", "user": {"exec": {"command": "aws", "args": [name]}}}],
            "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        }
    )


def run(declare: Callable[[], object], engine: Engine | None = None) -> Engine:
    """Run a program to its end, with all that waits on its outputs. Return the engine, with what it registered."""
    engine = engine or Engine()
    # Pulumi's runtime keeps a run in context variables. With a context of its own, a run is freed when it is over.
    contextvars.copy_context().run(_run, declare, engine)
    return engine


def _run(declare: Callable[[], object], engine: Engine) -> None:
    _ = aws.eks.Cluster  # registers the class that a reference to a cluster becomes
    loop = asyncio.new_event_loop()
    # What a program fails with is raised here; that others of its tasks fail too is nobody's to hear of afterwards.
    loop.set_exception_handler(lambda loop, context: None)
    asyncio.set_event_loop(loop)
    mocks.set_mocks(
        engine, project="federated-eks", stack="test", preview=False, monitor=Monitor(engine), organization="org"
    )
    runtime.SETTINGS.outputs.clear()  # type: ignore[attr-defined]  # of a run that failed: they wait on its loop for ever
    runtime.SETTINGS.callbacks = engine  # type: ignore[attr-defined]  # the mocks have none
    runtime.set_root_resource(None)  # type: ignore[arg-type]  # the mocks' own stack, for the program brings one

    def once() -> None:
        declare()

    # The SDK sends the stack trace of each registration, which no test reads; to collect them takes a fifth of a run.
    with mock.patch.object(registration, "_get_stack_trace", source_pb2.StackTrace):
        loop.run_until_complete(run_in_stack(once))


@functools.cache
def _freeze() -> None:
    """Exempt the SDKs, which the first run has loaded, from garbage collection. It would scan them in every run."""
    gc.collect()
    gc.freeze()


def run_program(config: Mapping[str, Any], engine: Engine | None = None) -> Engine:
    """Run the whole program with these settings, its exports in `engine.outputs`."""
    text = {
        key if ":" in key else f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v)
        for key, v in config.items()
    }
    with mock.patch.dict(os.environ, PULUMI_CONFIG=json.dumps(text)):
        engine = run(lambda: runpy.run_path(str(PROGRAM), run_name="__main__"), engine)
    _freeze()
    return engine


def _name_references(inputs: struct_pb2.Struct) -> None:
    """Put the name where an input is a resource: read back here, on a worker's thread, it would never finish."""
    for key, value in inputs.fields.items():
        if rpc._special_sig_key in value.struct_value.fields and "urn" in value.struct_value.fields:
            inputs.fields[key].string_value = _name(value.struct_value.fields["urn"].string_value)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _parent(urn: str) -> str:
    """The stack is nobody's name; whatever stands under it has its type in its own."""
    return "" if "::pulumi:pulumi:Stack::" in urn else _name(urn)


def _provider(reference: str) -> str:
    """A reference to a provider is its URN and its id."""
    return _name(reference.rpartition("::")[0])
