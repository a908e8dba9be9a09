"""The engine's requests to the pack for a whole fleet, repeated without the engine and with a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as pb

from policies.analyzer import Analyzer
from policies.pack import NAME, RULES
from policies.rule import ResourceRule
from tests.policies.breaks import Break, changed, token
from wire import SIGNATURE, UNKNOWN

NOBODY: Any = None
"""In place of the engine's call, of which the pack wants nothing."""
LEVELS = {"advisory": pb.ADVISORY, "mandatory": pb.MANDATORY, "disabled": pb.DISABLED}


def judged(requests: Iterable[Any], config: Mapping[str, Mapping[str, Any]] | None = None) -> set[tuple[str, str]]:
    """Each violation's rule, and the name of the resource it is reported on."""
    analyzer = Analyzer(NAME, "0.0.1", RULES)
    analyzer.Configure(configuration(config or {}), NOBODY)
    found: set[tuple[str, str]] = set()
    for request in requests:
        answer: Any = {
            pb.AnalyzerStackConfigureRequest: analyzer.ConfigureStack,
            pb.AnalyzeRequest: analyzer.Analyze,
            pb.AnalyzeStackRequest: analyzer.AnalyzeStack,
        }[type(request)](request, NOBODY)
        for one in getattr(answer, "diagnostics", ()):
            found.add((one.policyName, one.urn.split("::")[-1]))
    return found


def configuration(config: Mapping[str, Mapping[str, Any]]) -> pb.ConfigureAnalyzerRequest:
    """As the engine sends it: every rule's level, and what is set on it."""
    request = pb.ConfigureAnalyzerRequest()
    for rule in RULES:
        given = dict(config.get(rule.id, {}))
        sent = request.policyConfig[rule.id]
        sent.enforcementLevel = LEVELS[given.pop("enforcementLevel", rule.level.value)]
        sent.properties.update(given)
    return request


def broken(requests: Iterable[Any], one: Break, *, unknown: bool = False) -> Iterator[Any]:
    """The requests of a fleet with one thing broken; or with what would be broken not known yet."""
    changes = {(type_, name): change for type_, name, change in one.changes}
    # A subnet and its route table have one name; rules look at those of the type that they ask for.
    names: dict[str, list[str]] = {}
    for request in requests:
        if isinstance(request, pb.AnalyzeRequest):
            names.setdefault(request.name, []).append(request.urn)
    links: dict[str, dict[str, list[str]]] = {}
    for request in requests:
        if isinstance(request, pb.AnalyzeRequest) and (request.type, request.name) in changes:
            request, links[request.urn] = _changed(request, changes[request.type, request.name], one, names, unknown)
        if isinstance(request, pb.AnalyzeStackRequest):
            request = _linked(request, links)
        yield request


def hidden(requests: Iterable[Any]) -> Iterator[Any]:
    """Each resource that a rule judges, once for every one of its inputs and every part of one: not known yet."""
    judged_ = {type_ for rule in RULES if isinstance(rule, ResourceRule) for type_ in rule.types}
    for request in requests:
        if isinstance(request, pb.AnalyzeRequest) and request.type in judged_:
            inputs = json_format.MessageToDict(request.properties)
            for path in _paths(inputs):
                yield _sent(request, changed(inputs, {path: UNKNOWN}))


def unseen(requests: Iterable[Any]) -> Iterator[Any]:
    """A fleet of which nothing is known but what is made from what."""
    for request in requests:
        if isinstance(request, pb.AnalyzeRequest):
            request = _sent(request, dict.fromkeys(json_format.MessageToDict(request.properties), UNKNOWN))
        yield request


def _changed(
    request: pb.AnalyzeRequest, change: Mapping[str, Any], one: Break, names: Mapping[str, list[str]], unknown: bool
) -> tuple[pb.AnalyzeRequest, dict[str, list[str]]]:
    """The request with other inputs, and for each of those that was changed what it is made from now."""
    inputs = json_format.MessageToDict(request.properties)
    own = one.links if (token(one.type), one.name) == (request.type, request.name) else {}
    ids = {key: [UNKNOWN] if isinstance(made_from, list) else UNKNOWN for key, made_from in own.items()}
    after = changed(inputs, {**(dict.fromkeys(change, UNKNOWN) if unknown else change), **ids})
    links = {
        key: [urn for name in ([given] if isinstance(given, str) else given) for urn in names[name]]
        for key, given in own.items()
    }
    known = [name for name in {path.split(".")[0] for path in change} if UNKNOWN not in str(after.get(name))]
    return _sent(request, after), {**{key: [] for key in known}, **links}


def _linked(request: pb.AnalyzeStackRequest, links: Mapping[str, Mapping[str, list[str]]]) -> pb.AnalyzeStackRequest:
    """The request with what was changed made from something else, or from nothing."""
    after = pb.AnalyzeStackRequest()
    after.CopyFrom(request)
    for resource in after.resources:
        for name, urns in links.get(resource.urn, {}).items():
            del resource.propertyDependencies[name].urns[:]
            resource.propertyDependencies[name].urns.extend(urns)
    return after


def _sent(request: pb.AnalyzeRequest, inputs: Mapping[str, Any]) -> pb.AnalyzeRequest:
    after = pb.AnalyzeRequest()
    after.CopyFrom(request)
    after.properties.CopyFrom(struct_pb2.Struct())
    after.properties.update(inputs)
    return after


def _paths(value: Any, place: str = "") -> Iterator[str]:
    """The paths of all that an object holds, objects and lists too."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in pairs:
        # A dot in a name, of a label for instance, would read as two.
        if "." not in str(name) and name != SIGNATURE:
            yield f"{place}{name}"
            yield from _paths(one, f"{place}{name}.")
