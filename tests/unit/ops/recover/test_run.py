"""A run of the command: the calls of Pulumi, their order, and the consent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import main
from ops.errors import UserError
from ops.recover import run as running
from ops.recover.run import Options, Run, pulumi
from ops.recover.state import State
from ops.recover.step import Step, Verb
from tests.unit.ops.recover.fleet import TAGS, Aws, listed, resource, state
from wire import UNKNOWN

pytestmark = pytest.mark.unit

VPC = resource("aws:ec2/vpc:Vpc", "one", {"cidrBlock": "10.1.0.0/16"})
NAT = resource("aws:ec2/natGateway:NatGateway", "nat", {"subnetId": "subnet-1"})
FOUND = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16", "State": "available", "Tags": listed(TAGS)}]}
LOOK = ["stack export", "preview --json"]
"""What every round begins with."""
FAILED = {"NatGateways": [{"NatGatewayId": "nat-1", "State": "failed", "Tags": listed(TAGS)}]}


class Pulumi:
    """Keeps a state, and what it was asked."""

    def __init__(self, state: State) -> None:
        self.state: Any = state.exported
        self.asked: list[str] = []
        self.creations: list[list[dict[str, Any]]] = []
        """What each preview would create; the last stays."""
        self.gone: set[str] = set()
        """The URNs that a refresh finds gone."""

    def __call__(self, *arguments: str, input: str = "") -> str:
        self.asked.append(" ".join(arguments))
        if arguments[:2] == ("stack", "import"):
            self.state = json.loads(input)
        if arguments[0] == "refresh":
            kept = self.state["deployment"]["resources"]
            self.state["deployment"]["resources"] = [one for one in kept if one["urn"] not in self.gone]
        if arguments[0] == "preview":
            made = self.creations.pop(0) if len(self.creations) > 1 else [*self.creations, []][0]
            return json.dumps({"steps": [{"op": "create", "urn": one["urn"], "newState": one} for one in made]})
        return json.dumps(self.state) if arguments[:2] == ("stack", "export") else ""

    @property
    def resources(self) -> dict[str, str]:
        """The ids of the state's resources of AWS, by URN."""
        found = self.state["deployment"]["resources"]
        return {one["urn"]: one["id"] for one in found if one["type"].startswith("aws:")}


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.outputs, "whatever", lambda stack: {})
    monkeypatch.setattr(running.sign_in, "use", lambda stack, outputs: None)


def recover(
    pulumi: Pulumi,
    aws: Aws,
    consent: Callable[[str], bool] = lambda _: True,
    said: Callable[[str], None] = lambda _: None,
) -> list[tuple[str, str]]:
    run = Run(
        Options(stack="dev", minutes=0),
        consent=consent,
        say=said,
        call=aws,
        run=pulumi,
        sleep=lambda _: None,
    )
    return [(step.verb.value, step.id) for step in run.recover()]


def test_what_is_imported_is_put_into_the_state_and_read_by_its_provider() -> None:
    engine = Pulumi(state(creating=[VPC]))
    assert recover(engine, Aws(describe_vpcs=FOUND)) == [("import", "vpc-1")]
    assert engine.resources == {VPC["urn"]: "vpc-1"}
    assert engine.asked == [
        *LOOK,
        "stack import",
        f"refresh --target {VPC['urn']} --yes --skip-preview",
        *LOOK,
    ]
    assert recover(engine, Aws(describe_vpcs=FOUND)) == [("read", "vpc-1")], "the pretended refresh has read nothing"


def test_what_is_forgotten_leaves_the_state_and_nobody_is_asked() -> None:
    engine = Pulumi(state(creating=[VPC]))
    assert recover(engine, Aws(describe_vpcs={"Vpcs": []})) == [("forget", "")]
    assert engine.resources == {}
    assert engine.asked == [*LOOK, "stack import"]


def test_what_is_deleted_is_deleted_by_its_provider_under_a_name_of_its_own() -> None:
    engine = Pulumi(state(creating=[{**NAT, "protect": True}]))
    urn = NAT["urn"].replace("::nat", "::recovered-nat")
    assert recover(engine, Aws(describe_nat_gateways=FAILED)) == [("delete", "nat-1")]
    assert engine.resources == {urn: "nat-1"}
    assert engine.state["deployment"]["resources"][-1]["protect"] is False
    assert engine.asked[3:] == [
        f"refresh --target {urn} --yes --skip-preview",
        "stack export",
        f"destroy --target {urn} --yes --skip-preview",
    ]


def test_an_undo_comes_before_pulumi_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Pulumi(state(creating=[VPC]))
    step = Step(verb=Verb.UNDO, resource=VPC, why="", undo=lambda: engine.asked.append("undone"))
    monkeypatch.setattr(Run, "_steps", lambda *_: [step])
    recover(engine, Aws())
    assert engine.asked == ["stack export", "undone", "stack import"]


def test_what_has_gone_by_itself_is_not_deleted() -> None:
    engine = Pulumi(state(creating=[NAT]))
    engine.gone = {NAT["urn"].replace("::nat", "::recovered-nat")}
    recover(engine, Aws(describe_nat_gateways=FAILED))
    assert engine.asked[-1] == "stack export"


def test_strays_are_deleted_by_their_provider() -> None:
    arn = "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"
    tagged = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": listed(TAGS)}]}
    engine = Pulumi(state())
    assert recover(engine, Aws(describe_vpcs=FOUND, get_resources=tagged)) == [("delete", "vpc-1")]
    assert engine.asked[-1].startswith("destroy --target ")


def test_what_is_imported_is_no_stray() -> None:
    arn = "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"
    tagged = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": listed(TAGS)}]}
    engine = Pulumi(state(creating=[VPC]))
    assert recover(engine, Aws(describe_vpcs=FOUND, get_resources=tagged)) == [("import", "vpc-1")]


TABLE = resource("aws:ec2/routeTable:RouteTable", "table", {"vpcId": "vpc-1"})
ROUTE = resource("aws:ec2/route:Route", "out", {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"})
TABLES = {
    "RouteTables": [
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0"}],
            "Tags": listed(TAGS),
        }
    ]
}


def test_what_a_restored_state_lacks_is_imported_from_the_outside_in_and_then_strays_are_looked_for() -> None:
    component = resource("federated-eks:index:Network", "net", {}, custom=False)
    table = {**TABLE, "parent": component["urn"]}
    unknown = {**ROUTE, "inputs": {**ROUTE["inputs"], "routeTableId": UNKNOWN}, "dependencies": [table["urn"]]}
    engine = Pulumi(state())
    engine.creations = [[component, table, unknown], [ROUTE], []]
    arn = "arn:aws:ec2:eu-west-1:123456789012:"
    tagged = {
        "ResourceTagMappingList": [
            {"ResourceARN": f"{arn}route-table/rtb-1", "Tags": listed(TAGS)},
            {"ResourceARN": f"{arn}vpc/vpc-1", "Tags": listed(TAGS)},
        ]
    }
    aws = Aws(describe_route_tables=TABLES, describe_vpcs=FOUND, get_resources=tagged)
    done = recover(engine, aws)
    assert done == [("import", "rtb-1"), ("import", "rtb-1_0.0.0.0/0"), ("delete", "vpc-1")]
    assert engine.asked.count("preview --json") == 3
    assert component["urn"] in [one["urn"] for one in engine.state["deployment"]["resources"]]


def test_a_refusal_in_a_later_round_says_that_something_was_changed() -> None:
    engine = Pulumi(state(creating=[TABLE]))
    answers = iter([True, False])
    engine.creations = [[], [ROUTE]]
    with pytest.raises(UserError, match="nothing further was changed, because the answer"):
        recover(engine, Aws(describe_route_tables=TABLES), lambda _: next(answers))


def test_a_program_that_has_no_preview_yet_is_said_and_the_rest_is_recovered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Failing(Pulumi):
        def __call__(self, *arguments: str, input: str = "") -> str:
            if arguments[0] == "preview":
                raise UserError("--stack: dev: `pulumi preview --json` fails: no")
            return super().__call__(*arguments, input=input)

    assert recover(Failing(state(creating=[VPC])), Aws(describe_vpcs=FOUND), said=print) == [("import", "vpc-1")]
    assert "fails: no. Without a preview, recovery knows only what was pending" in capsys.readouterr().out


def test_nothing_is_changed_without_consent() -> None:
    engine = Pulumi(state(creating=[VPC]))
    shown: list[str] = []
    with pytest.raises(UserError, match="nothing was changed, because the answer was another than the stack's name"):
        recover(engine, Aws(describe_vpcs=FOUND), lambda text: bool(shown.append(text)))
    assert "import  aws:ec2/vpc:Vpc  one   vpc-1" in shown[0]
    assert engine.asked == LOOK


def test_a_stack_at_rest_is_left_alone() -> None:
    engine = Pulumi(state({**VPC, "id": "vpc-1", "outputs": {"a": 1}}))
    assert recover(engine, Aws()) == []
    assert engine.asked == LOOK


def test_an_empty_stack_asks_nobody() -> None:
    engine = Pulumi(State(exported={"deployment": {}}))
    assert recover(engine, Aws()) == []


def test_operations_that_leave_nothing_to_do_are_forgotten() -> None:
    component = {"urn": "urn:c", "type": "federated-eks:index:Network", "custom": False}
    engine = Pulumi(state(updating=[component]))
    assert recover(engine, Aws()) == []
    assert engine.asked == [*LOOK, "stack import"]
    assert "pending_operations" not in engine.state["deployment"]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `pulumi` on PATH that is this shell script."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(running, "PROJECT", tmp_path)

    def write(script: str) -> None:
        (tmp_path / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "pulumi").chmod(0o755)

    return write


def test_pulumi_is_asked_for_the_stack_and_not_at_a_terminal(program: Callable[[str], None]) -> None:
    program('cat; echo "$@"')
    assert pulumi("dev")("stack", "import", input="state ") == "state stack import --non-interactive --stack dev\n"


def test_a_lock_is_said_with_how_to_lift_it(program: Callable[[str], None]) -> None:
    program("echo 'error: the stack is currently locked by 1 lock(s).' >&2; exit 1")
    match = (
        "`pulumi stack import` fails: the stack is currently locked by 1 .* if it was killed: pulumi cancel. Then run"
    )
    with pytest.raises(UserError, match=match):
        pulumi("dev")("stack", "import")


def test_a_preview_that_fails_is_said_by_its_last_error(program: Callable[[str], None]) -> None:
    digest = {"diagnostics": [{"message": "error: no\n"}, {"message": "error: nodes: too many\nTraceback"}]}
    program(f"printf %s '{json.dumps(digest)}'; exit 1")
    with pytest.raises(UserError, match="`pulumi preview --json` fails: nodes: too many; Then run"):
        pulumi("dev")("preview", "--json")


def test_a_program_s_own_error_is_said_and_not_that_it_ended(program: Callable[[str], None]) -> None:
    ended = "error: an unhandled error occurred: program exited with non-zero exit code: 1"
    program(f"echo 'error: nodes: too many'; echo '{ended}'; exit 1")
    with pytest.raises(UserError, match="`pulumi refresh --yes` fails: nodes: too many; Then run"):
        pulumi("dev")("refresh", "--yes")


def test_a_failure_without_a_word_is_one_message(program: Callable[[str], None]) -> None:
    program("exit 7")
    with pytest.raises(UserError, match="`pulumi refresh --yes` fails: it ended with exit code 7; Then run"):
        pulumi("dev")("refresh", "--yes")


def test_pulumi_that_is_not_there_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="pulumi: not found on PATH"):
        pulumi("dev")("stack", "export")


def test_the_command_asks_at_a_terminal_only(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    provider = {"urn": "urn:p", "type": "pulumi:providers:aws", "inputs": {}}
    (tmp_path / "state").write_text(json.dumps(state(creating=[provider]).exported))
    monkeypatch.setattr("ops.recover.strays.find", lambda *_: [])
    program(f'case "$1 $2" in *export) cat {tmp_path}/state ;; preview*) echo "{{}}" ;; esac')
    assert main(["recover", "--stack", "dev"]) == 1
    printed = capsys.readouterr()
    assert "forget  pulumi:providers:aws" in printed.out
    assert printed.err.endswith("there is no terminal to ask at; add --yes\n")
    assert main(["recover", "--stack", "dev", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("Recovered (forget: 1). To go on: pulumi up -s dev\n")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "dev")
    assert main(["recover", "--stack", "dev"]) == 0
    (tmp_path / "state").write_text(json.dumps(state().exported))
    capsys.readouterr()
    assert main(["recover", "--stack", "dev"]) == 0
    assert capsys.readouterr().out == "Nothing to recover.\n"
