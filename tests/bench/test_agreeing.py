"""The plugins that agree to everything: the program finds in their answers what it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import mocks

from tests.bench import agreeing, preview
from tests.bench.agreeing import Agreeing, pb
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).resolve().parents[2]
URN = "urn:pulumi:sandbox::federated-eks::aws:ec2/natGateway:NatGateway::one"


class Answering(Engine):
    """The recording engine, with the answers of the agreeing plugins."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ.startswith("pulumi:"):
            return super().new_resource(args)
        return args.name, agreeing.outputs(args.typ, args.name, "eu-west-1", dict(args.inputs))

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.asked.append(args)
        return agreeing.FUNCTIONS[args.token.rpartition(":")[2]]("eu-west-1", dict(args.args)), []


def test_the_program_gets_to_its_end_with_their_answers() -> None:
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]
    engine = run_program({"clusters": clusters, "bastion": {"instanceType": "t3.micro"}}, Answering())
    assert {"clusters", "kubeconfig"} <= {*engine.outputs}
    assert {one.token.rpartition(":")[2] for one in engine.asked} <= {*agreeing.FUNCTIONS}


def test_a_preview_foretells_the_inputs_and_an_update_has_what_aws_adds() -> None:
    provider = Agreeing()
    provider.Configure(pb.ConfigureRequest(args=agreeing.marshal({"region": "eu-west-3"})), None)
    request = pb.CreateRequest(urn=URN, properties=agreeing.marshal({"subnetId": "a"}), preview=True)
    assert agreeing.unmarshal(provider.Create(request, None).properties) == {"subnetId": "a"}
    request.preview = False
    made = provider.Create(request, None)
    assert (made.id, agreeing.unmarshal(made.properties)) == (
        "one",
        {
            "arn": "arn:aws:bench:eu-west-3:123456789012:one",
            "name": "one",
            "subnetId": "a",
            "publicIp": "192.0.2.1",
        },
    )


def test_equal_inputs_are_no_change() -> None:
    one, other = (agreeing.marshal({"cidr": cidr}) for cidr in ("10.0.0.0/16", "10.1.0.0/16"))
    same, changed = (Agreeing().Diff(pb.DiffRequest(old_inputs=one, news=news), None) for news in (one, other))
    assert (same.changes, changed.changes) == (pb.DiffResponse.DIFF_NONE, pb.DiffResponse.DIFF_SOME)
    assert Agreeing().Delete(pb.DeleteRequest(), None) == empty_pb2.Empty()


def test_there_are_regions_for_fifty_clusters_and_aws_s_own_come_first() -> None:
    fifty = [name for name, _ in zip(preview.regions(), range(50), strict=False)]
    assert len({*fifty}) == 50
    assert "eu-west-1" in fifty[:40] and not [name for name in fifty if name.startswith("cn-")]


def test_the_copy_s_settings_take_regions_that_aws_does_not_have(tmp_path: Path) -> None:
    for file in ("settings/base.py", "components/cluster/readiness.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text((PROJECT / file).read_text())
    preview.loosen(tmp_path)
    assert "-bench-" in (tmp_path / "settings" / "base.py").read_text()
    with pytest.raises(ValueError, match="0 times and not once"):
        preview.loosen(tmp_path)
