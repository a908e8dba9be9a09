"""The pack as Pulumi's engine calls it: the analyzer protocol of every policy pack.

Pulumi's own pulumi_policy speaks the protocol too, with less code here. But it reads every resource again for every
policy. It hides which values are secret, and the stack's settings. A policy on a whole stack gets outputs only, few of
which a preview knows. This module reads a resource once. Rules on whole stacks see the inputs, as rules on a single
resource do.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import replace
from functools import cached_property
from types import FrameType

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.inputs import STACK, Resource
from policies.rule import Context, Level, ResourceRule, Rule, Severity, StackRule
from policies.stack import Stack
from policies.values import read

pb = analyzer_pb2
MESSAGE_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]
"""The engine's own limit, because one message carries all of a stack's resources."""
LEVELS = {Level.MANDATORY: pb.MANDATORY, Level.ADVISORY: pb.ADVISORY, Level.DISABLED: pb.DISABLED}
SEVERITIES = {
    Severity.LOW: pb.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: pb.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: pb.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: pb.POLICY_SEVERITY_CRITICAL,
}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Judge resources by rules."""

    def __init__(self, name: str, version: str, rules: Sequence[Rule]) -> None:
        """Take the rules, and the pack's name and version."""
        self._name = name
        self._version = version
        self._rules = rules
        self._levels = {rule.id: LEVELS[rule.level] for rule in rules}
        self._parameters = {
            rule.id: {name: parameter.default for name, parameter in rule.parameters.items()} for rule in rules
        }
        self._settings: Mapping[str, str] = {}
        self._read: dict[str, Resource] = {}
        """The resources that Analyze received, by URN. AnalyzeStack reads their inputs."""

    @cached_property
    def types(self) -> set[str]:
        """The types of all resources that a rule judges or reads."""
        return {type_ for rule in self._rules for type_ in rule.types}

    # The pack's description and configuration.

    def Handshake(
        self, request: pb.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerHandshakeResponse:
        """Return an empty response: the pack negotiates nothing."""
        return pb.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the pack's version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> pb.AnalyzerInfo:
        """Return the rules and the schemas of their parameters."""
        return pb.AnalyzerInfo(
            name=self._name, version=self._version, supportsConfig=True, policies=[_described(r) for r in self._rules]
        )

    def Configure(self, request: pb.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Store levels and parameters, which the engine has validated against the schemas."""
        for rule in self._rules:
            if rule.id in request.policyConfig:
                configured = request.policyConfig[rule.id]
                self._levels[rule.id] = configured.enforcementLevel
                self._parameters[rule.id] |= read(configured.properties)[0]
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: pb.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerStackConfigureResponse:
        """Store the stack's settings."""
        self._settings = dict(request.config)
        return pb.AnalyzerStackConfigureResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Do nothing, because no call takes long."""
        return empty_pb2.Empty()

    # Judging.

    def Analyze(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """Judge a single resource, and store it for the rules on whole stacks."""
        if request.type not in self.types:
            return pb.AnalyzeResponse()
        resource = self._read[request.urn] = _resource(request, {})
        found = (
            self._diagnostic(rule, violation, resource)
            for rule in self._enabled()
            if isinstance(rule, ResourceRule) and resource.type in rule.types
            for violation in rule.judge(resource, self._context(rule))
        )
        return pb.AnalyzeResponse(diagnostics=found)

    def AnalyzeStack(self, request: pb.AnalyzeStackRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """Judge all resources together."""
        stack = Stack(map(self._with_links, request.resources))
        found = (
            self._diagnostic(rule, violation, resource)
            for rule in self._enabled()
            if isinstance(rule, StackRule)
            for resource, violation in rule.judge(stack, self._context(rule))
        )
        return pb.AnalyzeResponse(diagnostics=found)

    def Remediate(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.RemediateResponse:
        """Change nothing: the program alone decides a resource's inputs."""
        return pb.RemediateResponse()

    def _enabled(self) -> Iterable[Rule]:
        return (rule for rule in self._rules if self._levels[rule.id] != pb.DISABLED)

    def _context(self, rule: Rule) -> Context:
        return Context(self._parameters[rule.id], self._settings)

    def _with_links(self, sent: pb.AnalyzerResource) -> Resource:
        links = {name: (*dependencies.urns,) for name, dependencies in sent.propertyDependencies.items()}
        known = self._read.get(sent.urn)
        if known is None or sent.type == STACK:
            return _resource(sent, links, unread=sent.type not in self.types)
        return replace(known, links=links)

    def _diagnostic(self, rule: Rule, violation: str, resource: Resource) -> pb.AnalyzeDiagnostic:
        return pb.AnalyzeDiagnostic(
            policyName=rule.id,
            policyPackName=self._name,
            policyPackVersion=self._version,
            description=rule.what,
            message=f"{rule.what}\n{violation}; {rule.fix}",
            enforcementLevel=self._levels[rule.id],
            severity=SEVERITIES[rule.severity],
            urn=resource.urn,
        )


def serve(analyzer: Analyzer) -> None:
    """Serve the engine until it ends this process. The engine connects to the port that is printed."""
    server = grpc.server(futures.ThreadPoolExecutor(), options=MESSAGE_OPTIONS)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stopped = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    print(port, flush=True)
    # Loading Pulumi's SDKs takes seconds: do it while the engine starts the program, which takes longer.
    threading.Thread(target=lambda: analyzer.types, daemon=True).start()
    stopped.wait()
    os._exit(0)  # an orderly exit would wait for the thread that loads the SDKs


def _described(rule: Rule) -> pb.PolicyInfo:
    kind = pb.POLICY_TYPE_RESOURCE if isinstance(rule, ResourceRule) else pb.POLICY_TYPE_STACK
    described = pb.PolicyInfo(
        name=rule.id,
        description=rule.what,
        enforcementLevel=LEVELS[rule.level],
        severity=SEVERITIES[rule.severity],
        remediation_steps=rule.fix,
        tags=rule.sources,
        policy_type=kind,
    )
    for name, parameter in rule.parameters.items():
        described.configSchema.properties.update(
            {name: {**parameter.schema, "default": parameter.default, "description": parameter.what}}
        )
    return described


def _resource(
    sent: pb.AnalyzeRequest | pb.AnalyzerResource, links: Mapping[str, tuple[str, ...]], *, unread: bool = False
) -> Resource:
    inputs, secrets = ({}, frozenset[str]()) if unread else read(sent.properties)
    region = sent.provider.properties.fields["region"].string_value if sent.HasField("provider") else ""
    return Resource(
        type=sent.type,
        values=inputs,
        urn=sent.urn,
        name=sent.name,
        protected=sent.options.protect,
        secret_outputs=frozenset(sent.options.additionalSecretOutputs),
        secrets=secrets,
        provider=sent.provider.urn,
        region=region,
        links=links,
    )
