"""Each rule on a fleet with what it asks for broken: by the real engine, and by the validator alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2 as pb

from policies.federation import KARMADA_MEMBER
from policies.inputs import STACK as STACK_TYPE
from policies.inputs import Block
from policies.pack import RULES
from policies.rule import ResourceRule
from sandbox.plugins.provider.sdk import Sdk, Shape, Type
from tests.policies.breaks import BATCHES, BREAKS, MANIFEST, MEMBER, PROPAGATION, Batch
from tests.policies.conftest import BATCH_OF, STACK, expected, rules
from tests.policies.fleets import Previews, Report, previews
from tests.policies.replay import broken, hidden, judged, unseen

pytestmark = pytest.mark.policies

TEMPLATES = ("aws", "ec2", "describe-launch-templates", "--region", "eu-west-1", "--output", "json")
CRDS = {
    MEMBER: (".sandbox/charts/kubefed/charts/controllermanager/crds/crds.yaml", "KubeFedCluster"),
    PROPAGATION: ("tests/sandbox/clusters/karmada_crds.jsonl", "ClusterPropagationPolicy"),
}
"""The files of the custom types, and their kinds."""
KARMADA_FIELDS = [["spec", "apiEndpoint"], ["spec", "insecureSkipTLSVerification"]]
"""The fields of KARMADA_MEMBER, which is no custom type (Karmada's pkg/apis/cluster/v1alpha1)."""
SDKS = {"aws": "pulumi_aws", "kubernetes": "pulumi_kubernetes"}


def told(report: Report) -> set[tuple[str, str]]:
    """The violations, the stack's name being any."""
    return {(rule, STACK if "-sandbox-" in name else name) for rule, name in report.violations}


@pytest.mark.parametrize("rule", BATCH_OF)
def test_a_rule_is_broken_on_a_real_preview(batch: Callable[[Batch], Report], rule: str) -> None:
    report = batch(BATCH_OF[rule])
    assert expected(rule) <= told(report), report.text


@pytest.mark.parametrize("name", BATCHES)
def test_nothing_else_is_reported_on_a_real_preview(batch: Callable[[Batch], Report], name: Batch) -> None:
    report = batch(name)
    assert told(report) == set.union(*map(expected, rules(name)))
    assert report.code != 0, "a violation fails the preview"
    assert report.text.count("error:") == report.text.count("error: preview failed"), report.text


def test_every_rule_was_broken_on_a_real_preview() -> None:
    assert {*BATCH_OF} == {rule.id for rule in RULES}


def test_an_update_judges_what_a_preview_can_t_know_and_stops_before_it_is_made() -> None:
    """On an AWS of its own, for what comes before it is made."""
    with previews() as engine:
        preview = engine.preview("one", broken=["late"])
        assert (preview.code, preview.violations) == (0, set())
        update = engine.update("one", broken=["late"])
        templates = json.loads(engine.checkout.run(*TEMPLATES).stdout)["LaunchTemplates"]
    assert update.violations == {("user-data-no-secrets", "federated-eks-bastion-template")}
    assert update.code != 0
    assert "xxxx" not in update.text, "it doesn't repeat the secret"
    assert [one for one in templates if one["LaunchTemplateName"].startswith("federated-eks-bastion-template")] == []


@pytest.mark.parametrize("rule", BREAKS)
def test_a_rule_is_broken_by_one_thing_alone(whole: Callable[[str], Report], rule: str) -> None:
    one = BREAKS[rule]
    requests = broken(whole(one.fleet).requests, one)
    assert judged(requests, {rule: one.config}) == expected(rule)


def test_a_public_member_has_to_let_the_host_s_nat_gateway_call(whole: Callable[[str], Report]) -> None:
    *requests, last = whole("dev").requests
    after = pb.AnalyzeStackRequest()
    after.CopyFrom(last)
    for resource in after.resources:
        made_from = resource.propertyDependencies["vpcConfig"]
        kept = [urn for urn in made_from.urns if not urn.endswith("::federated-eks-1-nat")]
        del made_from.urns[:]
        made_from.urns.extend(kept)
    assert judged([*requests, after]) == {("member-reachable", "federated-eks-2-eksCluster")}


def test_a_cluster_of_karmada_s_has_to_let_the_host_call(whole: Callable[[str], Report]) -> None:
    one = BREAKS["member-reachable"]
    assert judged(broken(whole("karmada").requests, one)) == expected("member-reachable")


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if isinstance(rule, ResourceRule) and rule.id in BREAKS])
def test_a_rule_waits_for_what_is_not_known_yet(whole: Callable[[str], Report], rule: str) -> None:
    one = BREAKS[rule]
    if one.change:
        assert judged(broken(whole(one.fleet).requests, one, unknown=True)) == set()


@pytest.mark.parametrize("fleet", ["dev", "none", "karmada"])
def test_no_rule_stumbles_over_what_is_not_known_yet(whole: Callable[[str], Report], fleet: str) -> None:
    requests = whole(fleet).requests
    assert judged(hidden(requests)) == set()
    assert judged(unseen(requests)) == set()


class Reads:
    """Which properties rules read, of which types."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str]] = set()
        self._at = Block.at

    def at(self, block: Block, path: str) -> Any:
        self.found.add((block.type, f"{block.place}{path}"))
        return self._at(block, path)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Generator[Reads]:
    made = Reads()
    monkeypatch.setattr(Block, "at", lambda block, path: made.at(block, path))
    yield made


def test_rules_read_properties_that_the_sdk_has(engine: Previews, whole: Callable[[str], Report], reads: Reads) -> None:
    schemas = {type_: crd(engine.checkout.project / file, kind) for type_, (file, kind) in CRDS.items()}
    for one in BREAKS.values():
        judged(broken(whole(one.fleet).requests, one))
    assert len(reads.found) > 100
    for type_, path in sorted(reads.found):
        parts = path.split(".")
        has = described(schemas[type_], parts) if type_ in schemas else known(type_, parts)
        assert has, f"{type_} has no {path}"


def known(type_: str, path: list[str]) -> bool:
    """Whether an SDK's type has such a property, or the program's own component."""
    if type_ == MANIFEST:
        return path == ["source"]
    if type_ == KARMADA_MEMBER:
        return path in KARMADA_FIELDS
    shape = of_sdk(type_)
    assert shape is not None, type_
    return path[0] in shape.inputs and within(shape.inputs[path[0]].type, path[1:])


def of_sdk(type_: str) -> Shape | None:
    package = type_.split(":")[2] if type_.startswith("pulumi:providers:") else type_.split(":")[0]
    return Sdk(SDKS[package]).resource(type_)


def within(type_: Type, path: list[str]) -> bool:
    if not path or type_.kind in ("any", "map"):
        return True
    if type_.kind == "list":
        return type_.item is not None and within(type_.item, path)
    if type_.kind == "union":
        return any(within(option, path) for option in type_.options)
    properties = type_.properties_of.properties if type_.properties_of else {}
    return path[0] in properties and within(properties[path[0]].type, path[1:])


def crd(file: Path, kind: str) -> dict[str, Any]:
    """The schema of a kind."""
    text = file.read_text(encoding="utf-8")
    crds = map(json.loads, text.splitlines()) if file.suffix == ".jsonl" else yaml.safe_load_all(text)
    (found,) = (crd for crd in crds if crd["spec"]["names"]["kind"] == kind)
    return found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def described(schema: dict[str, Any], path: list[str]) -> bool:
    within = schema.get("items", schema)
    return not path or (path[0] in within["properties"] and described(within["properties"][path[0]], path[1:]))


def test_every_type_that_a_rule_looks_at_is_one_of_the_sdks() -> None:
    types = {type_ for rule in RULES for type_ in rule.types}
    assert {type_ for type_ in types - {*CRDS, KARMADA_MEMBER, MANIFEST, STACK_TYPE} if of_sdk(type_) is None} == set()
