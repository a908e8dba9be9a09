"""docs/settings.md and the JSON schema of stack files, against the models, the shipped files and invalid ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from settings import Settings
from settings.near import fields
from settings.page import EXAMPLES, PAGE, SCHEMA, SUBJECTS, page, text
from settings.provider import REFUSED
from settings.schema import Schema, schema
from tests.unit.settings.parse import TWO, parse

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]
STACKS = [PROJECT / f"Pulumi.{stack}.yaml" for stack in ("dev", "sandbox")]
FLEETS = sorted([*EXAMPLES.glob("*.yaml"), *(PROJECT / "examples" / "fleets").glob("*.yaml")])
CHARTS = sorted((PROJECT / "examples" / "charts").glob("*.yaml"))
MAKE = "run `python -m settings.page docs`"
WHOLE = schema()

SECRET = {"secure": "v1:encrypted"}
VALID: Mapping[str, dict[str, Any]] = {
    "a whole key that is encrypted": {"federated-eks:charts": SECRET, "federated-eks:owner": SECRET},
    "a value of a chart that is encrypted": {
        "federated-eks:charts": [{"name": "a", "chart": "./a", "namespace": "a", "values": {"password": SECRET}}]
    },
    "settings of other namespaces": {"pulumi:tags": {"team": "one"}, "shop:replicas": "3"},
    "AWS's, as texts too": {"aws:profile": "dev", "aws:maxRetries": "3", "aws:insecure": True},
    "an empty label": {"federated-eks:labels": {"tier": ""}},
    "a percentage, or a number": {"federated-eks:nodeGroups": [{"maxUnavailable": "33%"}, {"maxUnavailable": 2}]},
}
INVALID: Mapping[str, dict[str, Any]] = {
    "no clusters": {"federated-eks:clusters": None},
    "an unknown key": {"federated-eks:nodegroups": []},
    "a key without its namespace": {"clusters": TWO},
    "an unknown key of a cluster": {"federated-eks:clusters": [{"region": "eu-west-1", "zones": 3}]},
    "a cluster without its region": {"federated-eks:clusters": [{"number": 1}]},
    "an unknown region": {"federated-eks:clusters": [{"region": "eu-west-9"}]},
    "a zone for a region": {"federated-eks:host": "eu-west-1a"},
    "a version without quotes": {"federated-eks:kubernetesVersion": 1.35},
    "a version of three numbers": {"federated-eks:kubernetesVersion": "1.35.1"},
    "a list that is none": {"federated-eks:nodeGroups": {"name": "nodes"}},
    "a word that is not in a list": {"federated-eks:nodeGroups": [{"capacity": "Spot"}]},
    "a number below its bound": {"federated-eks:nodeGroups": [{"diskGib": 5}]},
    "a number above its bound": {"federated-eks:bastion": {"maxAgeDays": 400}},
    "a text for a number": {"federated-eks:bastion": {"volumeGib": "8 GiB"}},
    "days for which nothing is kept": {"federated-eks:controlPlane": {"logDays": 91}},
    "an instance type with a space": {"federated-eks:nodeGroups": [{"instanceTypes": ["t3 medium"]}]},
    "a name in upper case": {"federated-eks:name": "Fleet"},
    "a range that is none": {"federated-eks:endpoint": {"allowedCidrs": ["everybody"]}},
    "an ARN of another service": {"federated-eks:access": {"admins": ["arn:aws:s3:::bucket"]}},
    "an unknown quota": {"federated-eks:quotas": {"L-1": 5}},
    "a label with spaces": {"federated-eks:labels": {"the tier": "production"}},
    "a gateway that is none": {
        "federated-eks:endpoint": {"clients": {"office": {"cidr": "10.1.0.0/16", "via": {"eu-west-1": "nat-01234567"}}}}
    },
    "a static key of AWS": {"aws:accessKey": "AKIAIOSFODNN7EXAMPLE"},
}


def broken(config: Mapping[str, Any]) -> list[str]:
    """Where a stack's configuration breaks the schema, and how."""
    found = Draft7Validator(WHOLE).iter_errors({"config": config})
    return [f"{error.json_path}: {error.message}" for error in found]


def config(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())["config"]


def used(value: Any, schema: Schema, place: str) -> Iterator[str]:
    """The keys of groups that a value has, by their places in the schema's groups."""
    if isinstance(value, list):
        for each in value:
            yield from used(each, schema.get("items", {}), place)
        return
    if not isinstance(value, dict):
        return
    known, name = group(schema, place)
    for key, each in value.items():
        inner = known.get(key) or schema.get("additionalProperties")
        if key in known:
            yield f"{name}.{key}"
        if isinstance(inner, dict):
            yield from used(each, inner, name)


def group(schema: Schema, name: str) -> tuple[dict[str, Schema], str]:
    """The keys of the group that a schema refers to, and its name."""
    for each in (schema, *schema.get("anyOf", ())):
        if "$ref" in each:
            name = each["$ref"].rpartition("/")[2]
            return WHOLE["definitions"][name]["properties"], name
    return {}, name


def groups() -> Iterator[tuple[str, Schema]]:
    """Each key of the fleet's groups, without those of Pulumi's own AWS settings."""
    for name, definition in WHOLE["definitions"].items():
        if name not in ("AssumeRole", "IgnoreTags", "Secret"):
            yield from ((f"{name}.{key}", value) for key, value in definition["properties"].items())


def test_the_page_and_the_schema_are_up_to_date() -> None:
    assert (PROJECT / "docs" / PAGE).read_text() == page(), MAKE
    assert (PROJECT / "docs" / SCHEMA).read_text() == text(), MAKE


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(WHOLE)


def test_each_key_has_a_place_on_the_page() -> None:
    listed = [key for _, keys in SUBJECTS.values() for key in keys]
    assert sorted(listed) == sorted(fields(Settings))
    assert sorted(example for example, _ in SUBJECTS.values()) == sorted(file.stem for file in EXAMPLES.iterdir())


def test_each_key_has_a_description() -> None:
    assert [name for name, value in groups() if not (value.get("description") or group(value, "")[0])] == []


def test_each_key_is_in_an_example() -> None:
    keys = WHOLE["properties"]["config"]["properties"]
    found: set[str] = set()
    for file in EXAMPLES.iterdir():
        for key, value in config(file).items():
            found |= {key, *used(value, keys[key].get("else", {}), "")}
    own = {key for key in keys if key.startswith("federated-eks:")}
    assert sorted((own | {name for name, _ in groups()}) - found) == []


@pytest.mark.parametrize("file", [*STACKS, *FLEETS], ids=lambda file: file.name)
def test_a_shipped_file_keeps_to_the_schema(file: Path) -> None:
    assert broken(config(file)) == []


@pytest.mark.parametrize("file", CHARTS, ids=lambda file: file.name)
def test_an_example_chart_keeps_to_the_schema(file: Path) -> None:
    assert broken({"federated-eks:clusters": TWO, **config(file)}) == []


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_the_program_takes_an_example(file: Path) -> None:
    parse({key.removeprefix("federated-eks:"): value for key, value in config(file).items()})


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_a_stack_file_names_the_schema_for_editors(file: Path) -> None:
    first, *_ = file.read_text().splitlines()
    prefix, schema = first.split("$schema=")
    assert prefix == "# yaml-language-server: "
    assert (PROJECT / schema).read_text() == text()


@pytest.mark.parametrize("values", VALID.values(), ids=VALID)
def test_the_schema_takes_what_the_program_takes(values: dict[str, Any]) -> None:
    assert broken({"federated-eks:clusters": TWO, **values}) == []


@pytest.mark.parametrize("values", INVALID.values(), ids=INVALID)
def test_the_schema_refuses_a_mistake_where_it_is(values: dict[str, Any]) -> None:
    (key,) = values
    found = broken({"federated-eks:clusters": TWO, **values})
    assert len(found) == 1
    assert key.partition(":")[2] in found[0]


@pytest.mark.parametrize("key", REFUSED)
def test_the_schema_refuses_what_the_program_refuses_of_aws(key: str) -> None:
    assert broken({"federated-eks:clusters": TWO, f"aws:{key}": "text"}) != []
