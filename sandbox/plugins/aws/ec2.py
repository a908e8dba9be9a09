"""The base of EC2's resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.resource import Api, AwsResource


class Ec2Resource(AwsResource):
    """A resource of EC2's that is tagged by its id."""

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop:
            api.ec2("DeleteTags", Resources=[api.id], Tags=[{"Key": name} for name in drop])
        if add:
            api.ec2("CreateTags", Resources=[api.id], Tags=tags.to_list(add))


def where(**filters: str) -> list[dict[str, Any]]:
    """Return EC2's filters. An underscore means a hyphen, two mean a dot."""
    return [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a description carries."""
    return tags.from_list(item.get("Tags"))
