"""The engine's calls to the language host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox.paths import Paths
from sandbox.plugins.language_python.toolchain import OptionError, Toolchain, environment

pb = language_pb2
_EXECUTOR = Paths(Path(__file__).resolve().parents[3]).executor
_LOGGED = 32
"""The executor's exit code after it has shown an error that a person can act on."""


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """A language host for Python programs."""

    def __init__(self, engine: str) -> None:
        """Serve the engine at an address."""
        self.engine = engine
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def end(self) -> None:
        """End the programs that still run."""
        for child in list(self._children):
            child.kill()

    # What the plugin is.

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.LanguageHandshakeResponse:
        """Take the engine's address."""
        self.engine = request.engine_address or self.engine
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The SDK's version."""
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End the programs, for the person asked to stop."""
        self.end()
        return empty_pb2.Empty()

    # What a program needs.

    def About(self, request: pb.AboutRequest, context: grpc.ServicerContext) -> pb.AboutResponse:
        """Return the Python that runs programs."""
        with _errors(context):
            toolchain = _toolchain(request.info)
            return pb.AboutResponse(executable=str(toolchain.executable), version=toolchain.version())

    def GetRequiredPackages(
        self, request: pb.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> pb.GetRequiredPackagesResponse:
        """The plugins of the SDKs installed beside the program."""
        with _errors(context):
            packages = [
                plugin_pb2.PackageDependency(
                    name=plugin["name"], kind="resource", version=plugin["version"], server=plugin.get("server", "")
                )
                for plugin in _toolchain(request.info).plugins()
            ]
            return pb.GetRequiredPackagesResponse(packages=packages)

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> pb.GetProgramDependenciesResponse:
        """The packages installed beside the program."""
        with _errors(context):
            packages = _toolchain(request.info).packages()
            return pb.GetProgramDependenciesResponse(
                dependencies=[pb.DependencyInfo(name=name, version=number) for name, number in packages]
            )

    def RuntimeOptionsPrompts(
        self, request: pb.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> pb.RuntimeOptionsResponse:
        """Return no prompts."""
        return pb.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Make the virtual environment if it isn't there, and install requirements.txt into it."""
        with _errors(context):
            options = json_format.MessageToDict(request.info.options)
            virtualenv = environment(options, Path(request.info.root_directory))
            if virtualenv and not (virtualenv / "bin" / "python").exists():
                yield from self._install([sys.executable, "-m", "venv", str(virtualenv)], request.directory)
            if (Path(request.directory) / "requirements.txt").is_file():
                python = str(_toolchain(request.info).executable)
                install = [python, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"]
                yield from self._install(install, request.directory)

    def _install(self, argv: Sequence[str], folder: str) -> Iterator[pb.InstallDependenciesResponse]:
        with self._started(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            assert child.stdout is not None  # noqa: S101
            for line in child.stdout:
                yield pb.InstallDependenciesResponse(stdout=line)
            if child.wait():
                raise OptionError(f"`{' '.join(argv)}` failed (exit code {child.returncode})")

    # Running.

    def Run(self, request: pb.RunRequest, context: grpc.ServicerContext) -> pb.RunResponse:
        """Run a program to its end; `bail` says that the engine has been told what went wrong."""
        try:
            toolchain = _toolchain(request.info)
        except OptionError as error:
            return pb.RunResponse(error=str(error))
        argv = [str(toolchain.executable), "-u", str(_EXECUTOR), *self._arguments(request)]
        with self._started(argv, env=_config(request)) as child:
            code = child.wait()
        if code == _LOGGED:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request: pb.RunPluginRequest, context: grpc.ServicerContext) -> Iterator[pb.RunPluginResponse]:
        """Run a plugin written in Python: a policy pack, or a provider in a folder of source."""
        with _errors(context):
            program = request.info.program_directory
            python = [str(_toolchain(request.info).executable), "-u"]
            argv = [*python, "-m", "pulumi.policy", *request.args, program]
            if request.kind != "analyzer":
                argv = [*python, program, *request.args]
            env = {**os.environ, **dict(item.split("=", 1) for item in request.env)}
            cwd = program if request.kind == "analyzer" else request.pwd
            with self._started(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
                context.add_callback(child.kill)
                yield from _output(child)
                yield pb.RunPluginResponse(exitcode=child.wait())

    def _arguments(self, request: pb.RunRequest) -> list[str]:
        """The executor's arguments, as the official host has them (pulumi-language-python main.go)."""
        options = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        given = [part for name, value in options.items() if value for part in (f"--{name}", value)]
        return [*given, request.info.entry_point, *request.args]

    @contextmanager
    def _started(self, argv: Sequence[str], **options: Any) -> Generator[subprocess.Popen[bytes]]:
        child: subprocess.Popen[bytes] = subprocess.Popen[bytes](argv, stdin=subprocess.DEVNULL, **options)
        with self._lock:
            self._children.add(child)
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
            with self._lock:
                self._children.discard(child)


def _toolchain(info: pb.ProgramInfo) -> Toolchain:
    return Toolchain.of(json_format.MessageToDict(info.options), Path(info.root_directory))


def _config(request: pb.RunRequest) -> dict[str, str]:
    """The environment that the SDK reads a program's settings from."""
    return {
        **os.environ,
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def _output(child: subprocess.Popen[bytes]) -> Iterator[pb.RunPluginResponse]:
    """Yield a process's output as it comes; another thread collects its errors."""
    assert child.stdout is not None and child.stderr is not None  # noqa: S101
    errors: list[bytes] = []
    reader = threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True)
    reader.start()
    for line in child.stdout:
        yield pb.RunPluginResponse(stdout=line)
    reader.join()
    yield from (pb.RunPluginResponse(stderr=line) for line in errors)


@contextmanager
def _errors(context: grpc.ServicerContext) -> Generator[None]:
    try:
        yield
    except OptionError as error:
        _abort(context, str(error))


def _abort(context: grpc.ServicerContext, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)
    raise AssertionError("abort returned")
