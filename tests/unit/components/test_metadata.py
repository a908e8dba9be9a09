"""The metadata of objects: the manager that their fields have."""

from unittest import mock

import pulumi
import pytest

from components.metadata import MANAGER_LENGTH, metadata

pytestmark = pytest.mark.unit


def manager(project: str, stack: str) -> str:
    """The field manager that an object of this stack has."""
    with mock.patch.multiple(pulumi, get_project=lambda: project, get_stack=lambda: stack):
        return str(metadata("web")["annotations"]["pulumi.com/patchFieldManager"])


def test_two_stacks_on_one_fleet_have_a_manager_each_so_that_neither_takes_the_other_s_objects() -> None:
    assert manager("shop", "prod") == "shop/prod"
    assert len({manager(*stack) for stack in (("shop", "prod"), ("shop", "dev"), ("billing", "prod"))}) == 3


def test_a_manager_of_long_names_is_as_long_as_kubernetes_takes_and_still_the_stack_s_own() -> None:
    long = "p" * 100
    found = {manager(long, "s" * 99 + end) for end in "ab"}
    assert len(found) == 2
    assert {len(name) for name in found} == {MANAGER_LENGTH}
    assert found == {manager(long, "s" * 99 + end) for end in "ab"}, "always the same"
