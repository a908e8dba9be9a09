"""The rows of plain AWS types, against the SDK's classes and botocore's models of the services."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape, StructureShape

from sandbox.plugins.aws.provider import RESOURCES
from sandbox.plugins.aws.table import Plain, Row
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.sdk import Sdk

pytestmark = pytest.mark.unit

ROWS = {kind: cast("type[Plain]", resource)() for kind, resource in RESOURCES.items() if issubclass(resource, Plain)}
SDK = Sdk("pulumi_aws")
each = pytest.mark.parametrize("kind", ROWS)


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def parameters(row: Row, operation: str) -> set[str]:
    """The parameters of an operation, and the singular of those that are lists of ids."""
    shape = model(row.service).operation_model(operation).input_shape
    assert shape
    return {*shape.members, *(name.removesuffix("s") for name in shape.members)}


def answer(row: Row, operation: str, place: str) -> Shape:
    """The shape at a place of an operation's answer."""
    shape: Any = model(row.service).operation_model(operation).output_shape
    for step in place.split(".") if place else ():
        shape = shape.member if step == "0" else shape.members[step]
    return shape


def overrides(resource: Plain, *methods: str) -> bool:
    return any(getattr(type(resource), method) is not getattr(Plain, method) for method in methods)


@each
def test_a_row_s_properties_are_the_sdk_s(kind: str) -> None:
    shape, resource = SDK.resource(kind), ROWS[kind]
    assert shape
    assert {*resource.knows, *resource.unread, *resource.row.parents} - {*shape.inputs, *shape.outputs} == set()
    assert {*resource.row.outputs, *resource.row.spelled} - {*shape.outputs} == set()


@each
def test_an_input_that_create_does_not_take_is_seen_to_by_the_class(kind: str) -> None:
    resource = ROWS[kind]
    others = {resource.aws_name(name) for name in resource.knows} - parameters(resource.row, resource.row.calls.create)
    assert not others or overrides(resource, "make", "arguments"), others


@each
def test_an_output_that_read_does_not_answer_is_seen_to_by_the_class(kind: str) -> None:
    resource, row = ROWS[kind], ROWS[kind].row
    place = f"{row.item}.0" if row.match else row.item
    for name in row.places.values():
        assert answer(row, row.calls.read, f"{place}.{name}").type_name != "structure"
    if not overrides(resource, "look"):
        thing = answer(row, row.calls.read, place)
        assert isinstance(thing, StructureShape)
        in_id = {name for name in resource.knows if f"{{{name}}}" in row.id}
        others = {
            name
            for name in {*resource.knows, *row.outputs}
            - in_id
            - {"ownerId", *row.places}
            - ({"arn"} if row.noun else set())
            if resource.aws_name(name) not in thing.members
        }
        assert not others or overrides(resource, "outputs"), others


@each
def test_an_id_of_aws_s_own_is_in_the_answer_of_create(kind: str) -> None:
    row = ROWS[kind].row
    if "{" not in row.id:
        assert answer(row, row.calls.create, row.id).type_name == "string"


@each
def test_what_names_a_thing_is_a_parameter_of_each_call(kind: str) -> None:
    resource, row = ROWS[kind], ROWS[kind].row
    named = {resource.aws_name(name) for name in (*resource.knows, *row.parents) if f"{{{name}}}" in row.id}
    named |= set() if named else {row.id.rpartition(".")[2]}
    if row.calls.delete:
        assert named - parameters(row, row.calls.delete) == set()
    if row.calls.update:
        assert named - parameters(row, row.calls.update) == set()
    if not overrides(resource, "look"):
        assert named - {row.match} - parameters(row, row.calls.read) == set()


def test_an_id_of_another_form_is_refused() -> None:
    entry = ROWS["aws:eks/accessEntry:AccessEntry"]
    with pytest.raises(ProviderError, match=r"the id 'fleet' is not of the form {clusterName}:{principalArn}$"):
        entry.fields("fleet")
    assert entry.fields("fleet:arn:aws:iam::1:role/r") == {
        "clusterName": "fleet",
        "principalArn": "arn:aws:iam::1:role/r",
    }
