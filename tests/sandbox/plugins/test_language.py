"""The language host: programs that work, that fail, and what a person then reads."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.sandbox.plugins.engine import Stack

pytestmark = pytest.mark.kubernetes


PACK = """
from concurrent import futures
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as pb, analyzer_pb2_grpc, plugin_pb2

class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="0.0.1")
    def GetAnalyzerInfo(self, request, context):
        policies = [pb.PolicyInfo(name="none", enforcementLevel=pb.MANDATORY)]
        return pb.AnalyzerInfo(name="tiny", version="0.0.1", policies=policies)
    def Configure(self, request, context):
        return empty_pb2.Empty()
    def Analyze(self, request, context):
        diagnostic = pb.AnalyzeDiagnostic(
            policyName="none", policyPackName="tiny", policyPackVersion="0.0.1", urn=request.urn,
            message=f"{request.name} is not to be", enforcementLevel=pb.MANDATORY)
        return pb.AnalyzeResponse(diagnostics=[diagnostic])
    def AnalyzeStack(self, request, context):
        return pb.AnalyzeResponse()

server = grpc.server(futures.ThreadPoolExecutor(4))
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""
"""What pulumi_policy starts for a pack with one policy, which nothing keeps to."""


@pytest.fixture
def tiny(stacks: Callable[..., Stack]) -> Stack:
    return stacks()


def test_a_program_runs_with_its_settings_and_what_it_prints_is_shown(tiny: Stack) -> None:
    (tiny.folder / "beside.py").write_text("HELLO = 'hello from beside'\n")
    tiny.program(
        """
        import os, sys
        import pulumi
        from beside import HELLO
        print(HELLO)
        print("a complaint", file=sys.stderr)
        pulumi.log.warn("a warning")
        pulumi.export("word", pulumi.Config().require_secret("word"))
        pulumi.export("where", [os.getcwd(), pulumi.get_stack(), pulumi.get_project(), pulumi.get_organization()])
        """
    )
    assert tiny.run("config", "set", "--secret", "word", "sesame").ok
    up = tiny.up()
    assert up.ok
    assert "hello from beside" in up.text
    assert "a complaint" in up.text
    assert "warning: a warning" in up.text
    assert "sesame" not in up.text
    assert tiny.outputs() == {"word": "sesame", "where": [str(tiny.folder), "dev", "tiny", "organization"]}


def test_the_engine_writes_no_log_of_its_own(tiny: Stack) -> None:
    assert tiny.up().ok
    home = Path(tiny.env["PULUMI_HOME"])
    assert not [file for file in home.rglob("*.log*") if file.is_file()]
    assert "automatic logging unavailable" in tiny.run("stack", "ls", "--logtostderr", "-v=3").text


def test_a_plugin_that_asks_for_an_older_neighbour_gets_the_one_that_is_there(tiny: Stack) -> None:
    """As the official plugin for EKS, whose children ask for the versions in its npm package."""
    tiny.program(
        """
        import pulumi, pulumi_kubernetes as k
        server = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
        context = {"name": "c", "context": {"cluster": "c"}}
        config = {"clusters": [server], "contexts": [context], "current-context": "c"}
        k.Provider(
            "older", kubeconfig=pulumi.Output.json_dumps(config), opts=pulumi.ResourceOptions(version="4.21.1")
        )
        """
    )
    preview = tiny.preview()
    assert preview.ok, preview.text
    assert preview.changes == {"create": 2}


def test_the_commands_that_ask_a_language_host_work(tiny: Stack) -> None:
    assert tiny.up().ok
    about = tiny.run("about")
    assert "This project is written in python: executable=" in about.text
    assert "pulumi-eks" in about.text
    for kind, name in (("resource", "kubernetes"), ("resource", "eks"), ("resource", "aws"), ("language", "python")):
        assert any(line.split()[:2] == [kind, name] for line in about.text.splitlines()), about.text
    assert "pulumi:pulumi:Stack" in tiny.run("stack").text
    assert "warning" not in tiny.preview().text


def test_a_settings_error_is_one_line_without_a_traceback(tiny: Stack) -> None:
    said = "clusters[0].region: 'mars' is no region; use one of AWS's"
    preview = tiny.program(f'import pulumi\nraise pulumi.RunError("{said}")\n').preview()
    assert not preview.ok
    assert f"error: {said}" in preview.text
    assert "Traceback" not in preview.text
    assert preview.text.count(said) == 2, preview.text  # in the progress, and in the diagnostics


def test_an_exception_shows_the_programs_own_frames(tiny: Stack) -> None:
    preview = tiny.program("def boom():\n    1 / 0\nboom()\n").preview()
    assert not preview.ok
    assert "ZeroDivisionError: division by zero" in preview.text
    assert "in boom" in preview.text
    assert "pulumi-language-python-exec" not in preview.text


def test_an_exit_code_is_told(tiny: Stack) -> None:
    preview = tiny.program("import sys\nsys.exit(3)\n").preview()
    assert not preview.ok
    assert "program exited with non-zero exit code: 3" in preview.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"virtualenv": "nowhere"}, "runtime option virtualenv: 'nowhere' is no virtual environment"),
        (
            {"toolchain": "poetry"},
            "runtime option toolchain: 'poetry' is not in the sandbox's language host; use pip or uv",
        ),
        ({"typechecker": "mypy"}, "runtime option 'typechecker' is not in the sandbox's language host"),
    ],
)
def test_a_runtime_option_that_cannot_be_honoured_is_named(tiny: Stack, options: dict[str, str], said: str) -> None:
    runtime = {"name": "python", "options": options}
    (tiny.folder / "Pulumi.yaml").write_text(json.dumps({"name": "tiny", "runtime": runtime}))
    preview = tiny.preview()
    assert not preview.ok
    assert said in preview.text


def test_a_policy_pack_is_run(tiny: Stack) -> None:
    pack = tiny.folder.parent / "pack"
    pack.mkdir()
    runtime = json.loads((tiny.folder / "Pulumi.yaml").read_text())["runtime"]
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": runtime, "version": "0.0.1"}))
    (pack / "__main__.py").write_text(PACK)
    refused = tiny.change("preview", "--policy-pack", str(pack))
    assert not refused.ok
    assert "tiny-dev is not to be" in refused.text


def test_ctrl_c_ends_the_program_without_a_traceback(tiny: Stack) -> None:
    tiny.program("import time\nprint('sleeping', flush=True)\ntime.sleep(100)\n")
    with tiny.begin("preview") as pulumi:
        assert pulumi.stdout
        for line in pulumi.stdout:
            if "sleeping" in line:
                break
        began = time.monotonic()
        os.killpg(pulumi.pid, signal.SIGINT)
        rest = pulumi.stdout.read()
    assert pulumi.returncode
    assert time.monotonic() - began < 4, rest
    assert "Traceback" not in rest
    assert "KeyboardInterrupt" not in rest


def test_nothing_is_left_of_a_killed_engine(tiny: Stack) -> None:
    tiny.program("import time\nprint('sleeping', flush=True)\ntime.sleep(100)\n")
    with tiny.begin("preview") as pulumi:
        assert pulumi.stdout
        for line in pulumi.stdout:
            if "sleeping" in line:
                break
        children = psutil.Process(pulumi.pid).children(recursive=True)
        assert children
        pulumi.kill()
        _, living = psutil.wait_procs(children, timeout=5)
    assert not living
