"""The engine's calls, answered from a provider's handlers."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.plugins.provider import diff as differ
from sandbox.plugins.provider.check import Problem, problems
from sandbox.plugins.provider.diff import Diff
from sandbox.plugins.provider.enginelog import EngineLog
from sandbox.plugins.provider.provider import Provider
from sandbox.plugins.provider.resource import Call, ProviderError, Refused, Resource
from sandbox.plugins.provider.values import UNKNOWN, Properties, has_unknown, marshal, unmarshal

pb = provider_pb2
_KINDS = {
    ("add", False): pb.PropertyDiff.ADD,
    ("add", True): pb.PropertyDiff.ADD_REPLACE,
    ("delete", False): pb.PropertyDiff.DELETE,
    ("delete", True): pb.PropertyDiff.DELETE_REPLACE,
    ("update", False): pb.PropertyDiff.UPDATE,
    ("update", True): pb.PropertyDiff.UPDATE_REPLACE,
}


class Service(provider_pb2_grpc.ResourceProviderServicer):
    """A resource provider as the engine sees it."""

    def __init__(self, provider: Provider[Any], engine: str) -> None:
        """Answer for a provider to the engine at an address (empty: none)."""
        self.provider = provider
        self.log = EngineLog(engine)
        self.client: Any = None
        self.cancelled = threading.Event()

    # What the plugin is.

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.ProviderHandshakeResponse:
        """Secrets stay with the engine: it marks outputs whose inputs were secret."""
        return pb.ProviderHandshakeResponse(supports_autonaming_configuration=False)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The SDK's version."""
        return plugin_pb2.PluginInfo(version=self.provider.version)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Take up another engine."""
        self.log = EngineLog(request.address)
        return empty_pb2.Empty()

    def GetSchema(self, request: pb.GetSchemaRequest, context: grpc.ServicerContext) -> pb.GetSchemaResponse:
        """A schema without types: they are the SDK's."""
        return pb.GetSchemaResponse(schema=f'{{"name": "{self.provider.name}", "version": "{self.provider.version}"}}')

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Make every call that waits give up."""
        self.cancelled.set()
        return empty_pb2.Empty()

    # The provider's own settings.

    def CheckConfig(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """Check the provider's settings against the SDK's Provider class, and by the provider itself."""
        with _errors(context):
            settings = self.provider.settings(unmarshal(request.news))
            found = list(problems(settings, self.provider.shape.inputs))
            try:
                if not found:
                    self.provider.check(settings)
            except Refused as refused:
                found = list(refused.problems)
            return pb.CheckResponse(inputs=request.news, failures=_failures(found))

    def DiffConfig(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Return the changed settings that replace the provider, and with it all its resources."""
        with _errors(context):
            old, new = (self.provider.settings(unmarshal(props)) for props in (request.old_inputs, request.news))
            changed = differ.changes(old, new)
            return _diff_response(Diff(changes=changed, replaces=self.provider.replaces(old, new)))

    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        """Make the client that the handlers get."""
        with _errors(context):
            self.client = self.provider.configure(self.provider.settings(unmarshal(request.args)))
            return pb.ConfigureResponse(supportsPreview=True)

    # Resources.

    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """Refuse what the SDK's class does not have, then let the handler fill in defaults."""
        with _errors(context):
            resource, call = self._call(request)
            inputs = resource.prepare(unmarshal(request.news))
            call.old_inputs, call.seed = unmarshal(request.olds), request.randomSeed
            found = list(problems(inputs, call.shape.inputs))
            try:
                if not found:
                    call.inputs = inputs
                    inputs = resource.check(call)
            except Refused as refused:
                found = list(refused.problems)
            return pb.CheckResponse(inputs=marshal(inputs), failures=_failures(found))

    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Compare the state's inputs with the new ones."""
        with _errors(context):
            resource, call = self._call(request)
            call.old_inputs, call.inputs = unmarshal(request.old_inputs), unmarshal(request.news)
            call.state = unmarshal(request.olds)
            return _diff_response(resource.diff(call))

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """Create, or foretell the outputs."""
        with _errors(context) as failing:
            resource, call = failing.of(self._call(request))
            call.inputs, call.preview, call.timeout = unmarshal(request.properties), request.preview, request.timeout
            if call.preview:
                return pb.CreateResponse(properties=marshal(resource.preview(call)))
            call.id, outputs = resource.create(call)
            return pb.CreateResponse(id=call.id, properties=_known(call, outputs))

    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        """Return the current state of the resource; a response without an id if it is gone."""
        with _errors(context) as failing:
            resource, call = failing.of(self._call(request))
            call.inputs, call.state = unmarshal(request.inputs), unmarshal(request.properties)
            found = resource.read(call)
            if found is None:
                return pb.ReadResponse()
            call.id = found.id
            if found.problem:
                call.inputs, call.partial = found.inputs, (found.id, found.outputs)
                raise ProviderError(found.problem)
            return pb.ReadResponse(id=found.id, inputs=marshal(found.inputs), properties=_known(call, found.outputs))

    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        """Change in place, or foretell the outputs."""
        with _errors(context) as failing:
            resource, call = failing.of(self._call(request))
            call.inputs, call.old_inputs = unmarshal(request.news), unmarshal(request.old_inputs)
            call.state, call.preview, call.timeout = unmarshal(request.olds), request.preview, request.timeout
            if call.preview:
                return pb.UpdateResponse(properties=marshal(resource.preview(call)))
            return pb.UpdateResponse(properties=_known(call, resource.update(call)))

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove."""
        with _errors(context):
            resource, call = self._call(request)
            call.inputs, call.state = unmarshal(request.old_inputs), unmarshal(request.properties)
            call.timeout = request.timeout
            resource.delete(call)
            return empty_pb2.Empty()

    # Functions.

    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        """Call a function."""
        with _errors(context):
            function, shape = self.provider.function(request.tok)
            arguments = unmarshal(request.args)
            found = list(problems(arguments, shape.inputs))
            if found:
                return pb.InvokeResponse(failures=_failures(found))
            response = pb.InvokeResponse()
            getattr(response, "return").CopyFrom(marshal(function(self.client, arguments)))  # a keyword of Python's
            return response

    def _call(self, request: Any) -> tuple[Resource[Any], Call[Any]]:
        token = request.type or request.urn.split("::")[2].split("$")[-1]
        resource, shape = self.provider.resource(token)
        return resource, Call(
            client=self.client,
            urn=request.urn,
            name=request.name or request.urn.split("::")[-1],
            type=token,
            shape=shape,
            id=getattr(request, "id", ""),
            cancelled=self.cancelled,
            log=self._logger(request.urn),
        )

    def _logger(self, urn: str) -> Callable[[str, str], None]:
        return lambda severity, message: self.log.say(severity, message, urn)


def _known(call: Call[Any], outputs: Properties) -> struct_pb2.Struct:
    for name, value in outputs.items():
        if has_unknown(value):
            raise TypeError(f"{call.type} {call.id}: the stand-in gave no value for {name!r}")
    return marshal({name: value for name, value in outputs.items() if value is not UNKNOWN})


def _diff_response(diff: Diff) -> pb.DiffResponse:
    detailed = {
        path: pb.PropertyDiff(kind=_KINDS[change, path in diff.replaces], inputDiff=True)
        for path, change in diff.changes.items()
    }
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if diff.changes else pb.DiffResponse.DIFF_NONE,
        diffs=sorted({path.split(".")[0].split("[")[0] for path in diff.changes}),
        replaces=sorted(diff.replaces),
        deleteBeforeReplace=bool(diff.replaces) and diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _failures(found: Iterable[Problem]) -> Iterator[pb.CheckFailure]:
    return (pb.CheckFailure(property=problem.path, reason=problem.reason) for problem in found)


class _Failing:
    """The call's resource, for the error of a handler that raises."""

    call: Call[Any] | None = None

    def of(self, made: tuple[Resource[Any], Call[Any]]) -> tuple[Resource[Any], Call[Any]]:
        """Keep what this call will have created."""
        self.call = made[1]
        return made


@contextmanager
def _errors(context: grpc.ServicerContext) -> Generator[_Failing]:
    """Turn what a handler raises into the engine's errors; what exists by then goes into its state."""
    failing = _Failing()
    try:
        yield failing
    except Exception as error:
        expected = isinstance(error, ProviderError)
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        if not expected:
            traceback.print_exc(file=sys.stderr)
        if failing.call is not None and failing.call.partial is not None:
            _abort_partial(context, failing.call, message)
        _abort(context, grpc.StatusCode.FAILED_PRECONDITION if expected else grpc.StatusCode.UNKNOWN, message)


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort returned")


def _abort_partial(context: grpc.ServicerContext, call: Call[Any], message: str) -> NoReturn:
    """The error that makes the engine keep the resource, marked as not yet as it should be."""
    assert call.partial is not None  # noqa: S101
    id, outputs = call.partial
    detail = pb.ErrorResourceInitFailed(
        id=id, properties=_known(call, outputs), inputs=marshal(call.inputs), reasons=[message]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    _abort(context, grpc.StatusCode.UNKNOWN, message)
