"""Settings of tags."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "a tag that is no text",
        {"clusters": TWO, "tags": {"a": True}},
        r'tags.a: true is no text; put it in quotes, "true"$',
    ),
    (
        "a tag's key of AWS's own",
        {"clusters": TWO, "tags": {"aws:fleet": "a"}},
        r"tags: aws:fleet can't be a tag's key in AWS; use 1 to 128 letters, .*, and not aws: first$",
    ),
    (
        "a tag's value with a comma",
        {"clusters": TWO, "tags": {"team": "one, other"}},
        r"tags.team: one, other can't be a tag's value in AWS; use up to 256 letters, digits, spaces and ",
    ),
    ("a tag that is a number", {"clusters": TWO, "tags": {"team": 42}}, r"tags.team: 42 is a number and no text; put"),
    (
        "a tag that has a setting",
        {"clusters": TWO, "tags": {"cost-centre": "42"}},
        r"tags: cost-centre is a tag that the fleet sets on everything; set costCentre$",
    ),
    (
        "a tag that the fleet sets",
        {"clusters": TWO, "tags": {"stack": "prod"}},
        r"tags: stack is a tag that the fleet sets on everything; take another key$",
    ),
    (
        "more tags than AWS takes",
        {"clusters": TWO, "tags": {f"tag-{number}": "a" for number in range(41)}},
        r"tags: 41 tags are more than the 40 that AWS takes on a resource beside the fleet's; list fewer$",
    ),
    (
        "a tag like one of the fleet's own",
        {"clusters": TWO, "tags": {"Environment": "Production"}},
        r"tags: Environment differs from environment, which the fleet sets, by case alone, and IAM takes only one of "
        r"them; take another key, or set environment$",
    ),
    (
        "a tag like the owner's",
        {"clusters": TWO, "owner": "platform", "tags": {"Owner": "me"}},
        r"tags: Owner differs from owner, which the fleet sets, by case alone, .*; take another key, or set owner$",
    ),
    (
        "a tag like the cost centre's",
        {"clusters": TWO, "costCentre": "42", "tags": {"Cost-Centre": "43"}},
        r"tags: Cost-Centre differs from cost-centre, .*; take another key, or set costCentre$",
    ),
    (
        "a tag like the name",
        {"clusters": TWO, "tags": {"name": "a"}},
        r"tags: name differs from Name, which the fleet sets, by case alone, .*; take another key$",
    ),
    (
        "a tag like the stack's",
        {"clusters": TWO, "tags": {"Stack": "a"}},
        r"tags: Stack differs from stack, .*; take another key$",
    ),
    (
        "a tag like the fleet's",
        {"clusters": TWO, "tags": {"FLEET": "a"}},
        r"tags: FLEET differs from fleet, .*; take another key, or set name$",
    ),
    (
        "two tags that differ by case alone",
        {"clusters": TWO, "tags": {"team": "a", "Team": "b"}},
        r"tags: team and Team differ by case alone, and IAM takes only one of them; keep one$",
    ),
    ("an owner with a comma", {"clusters": TWO, "owner": "a,b"}, r"owner: a,b can't be a tag's value in AWS; use up"),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_tag_like_one_that_the_fleet_does_not_set_is_taken() -> None:
    assert parse({"clusters": TWO, "tags": {"Owner": "me", "Cost-Centre": "42"}}).tags["Owner"] == "me"
