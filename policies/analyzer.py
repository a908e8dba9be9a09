"""The pack as Pulumi's engine calls it, by the protocol that every policy pack speaks.

Pulumi's own pulumi_policy speaks it too, and would be less to keep. But it reads every resource again for every policy,
hides what is secret and what the stack's settings are, and gives a policy on a whole stack the outputs alone, of which
a preview knows few. Here a resource is read once, and rules on whole stacks see the inputs as those on one resource do.
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
"""As the engine has it: all of a stack's resources come in one message."""
LEVELS = {Level.MANDATORY: pb.MANDATORY, Level.ADVISORY: pb.ADVISORY, Level.DISABLED: pb.DISABLED}
SEVERITIES = {
    Severity.LOW: pb.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: pb.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: pb.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: pb.POLICY_SEVERITY_CRITICAL,
}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Judges resources by rules."""

    def __init__(self, name: str, version: str, rules: Sequence[Rule]) -> None:
        """The rules, under the pack's name and version."""
        self._name = name
        self._version = version
        self._rules = rules
        self._levels = {rule.id: LEVELS[rule.level] for rule in rules}
        self._parameters = {rule.id: {name: one.default for name, one in rule.parameters.items()} for rule in rules}
        self._settings: Mapping[str, str] = {}
        self._read: dict[str, Resource] = {}
        """The resources that were judged one by one, by URN: the stack's inputs."""

    @cached_property
    def wanted(self) -> set[str]:
        """The types of all that some rule judges or looks at."""
        return {type_ for rule in self._rules for type_ in rule.types}

    # What the pack is, and what it is asked for.

    def Handshake(
        self, request: pb.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerHandshakeResponse:
        """Nothing to agree on."""
        return pb.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The pack's version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> pb.AnalyzerInfo:
        """The rules, and what can be set on them."""
        return pb.AnalyzerInfo(
            name=self._name, version=self._version, supportsConfig=True, policies=[_described(r) for r in self._rules]
        )

    def Configure(self, request: pb.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Take levels and parameters, which the engine has held against the schemas."""
        for rule in self._rules:
            if rule.id in request.policyConfig:
                asked = request.policyConfig[rule.id]
                self._levels[rule.id] = asked.enforcementLevel
                self._parameters[rule.id] |= read(asked.properties)[0]
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: pb.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerStackConfigureResponse:
        """Take the stack's settings."""
        self._settings = dict(request.config)
        return pb.AnalyzerStackConfigureResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing here takes long."""
        return empty_pb2.Empty()

    # Judging.

    def Analyze(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """Judge one resource, and keep it for the rules on whole stacks."""
        if request.type not in self.wanted:
            return pb.AnalyzeResponse()
        resource = self._read[request.urn] = _resource(request, {})
        found = (
            self._diagnostic(rule, wrong, resource)
            for rule in self._asked()
            if isinstance(rule, ResourceRule) and resource.type in rule.types
            for wrong in rule.judge(resource, self._context(rule))
        )
        return pb.AnalyzeResponse(diagnostics=found)

    def AnalyzeStack(self, request: pb.AnalyzeStackRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """Judge all resources together."""
        stack = Stack(map(self._with_links, request.resources))
        found = (
            self._diagnostic(rule, wrong, resource)
            for rule in self._asked()
            if isinstance(rule, StackRule)
            for resource, wrong in rule.judge(stack, self._context(rule))
        )
        return pb.AnalyzeResponse(diagnostics=found)

    def Remediate(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.RemediateResponse:
        """Mend nothing: a resource is what the program says, or an error."""
        return pb.RemediateResponse()

    def _asked(self) -> Iterable[Rule]:
        return (rule for rule in self._rules if self._levels[rule.id] != pb.DISABLED)

    def _context(self, rule: Rule) -> Context:
        return Context(self._parameters[rule.id], self._settings)

    def _with_links(self, sent: pb.AnalyzerResource) -> Resource:
        links = {name: (*made_from.urns,) for name, made_from in sent.propertyDependencies.items()}
        known = self._read.get(sent.urn)
        if known is None or sent.type == STACK:
            return _resource(sent, links, unread=sent.type not in self.wanted)
        return replace(known, links=links)

    def _diagnostic(self, rule: Rule, wrong: str, resource: Resource) -> pb.AnalyzeDiagnostic:
        return pb.AnalyzeDiagnostic(
            policyName=rule.id,
            policyPackName=self._name,
            policyPackVersion=self._version,
            description=rule.what,
            message=f"{rule.what}\n{wrong}; {rule.fix}",
            enforcementLevel=self._levels[rule.id],
            severity=SEVERITIES[rule.severity],
            urn=resource.urn,
        )


def serve(analyzer: Analyzer) -> None:
    """Answer the engine until it ends this process; what is printed tells it where."""
    server = grpc.server(futures.ThreadPoolExecutor(), options=MESSAGE_OPTIONS)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    print(port, flush=True)
    # Pulumi's SDKs are loaded while the engine starts the program, which takes longer.
    threading.Thread(target=lambda: analyzer.wanted, daemon=True).start()
    ended.wait()
    os._exit(0)  # in order, it would wait for what is still being loaded


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
    for name, one in rule.parameters.items():
        described.configSchema.properties.update(
            {name: {**one.schema, "default": one.default, "description": one.what}}
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
