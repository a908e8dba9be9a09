"""The form of a value, for editors and for docs/settings.md."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Form:
    """The form of a type's values, which its validators check. Put it into the type's Annotated, after them."""

    text: str
    """A sentence without its verb: `A VPC's id.`"""
    pattern: str | None = None
    """A regular expression that matches every valid value as a whole."""
    values: tuple[str | int, ...] = ()
    """The valid values, if the type has a list of them."""
    kinds: tuple[str, ...] = ()
    """The types of JSON Schema that a value may have, if they are not those of the annotation."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The type's JSON schema with its form."""
        schema = handler(core)
        own = {
            "description": self.text,
            "pattern": f"^({self.pattern})$" if self.pattern else None,
            "enum": [*self.values],
            "type": [*self.kinds],
        }
        return schema | {key: value for key, value in own.items() if value}
