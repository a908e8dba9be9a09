"""The page of settings and the JSON schema of stack files: `python -m settings.page docs` writes both into a folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from settings.base import PROJECT
from settings.provider import NAMESPACE, REFUSED, Provider
from settings.schema import OWN, Schema, schema

PAGE, SCHEMA = "settings.md", "settings.schema.json"
EXAMPLES = Path(__file__).parents[1] / "examples" / "settings"

SUBJECTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "The fleet": ("fleet", ("clusters", "name", "host", "labels")),
    "Kubernetes": ("kubernetes", ("kubernetesVersion", "controlPlane", "addons")),
    "Nodes": ("nodes", ("nodeGroups", "fargateProfiles")),
    "Networks": ("networks", ("supernet", "serviceCidr", "network", "peering", "endpoint")),
    "Access": ("access", ("access", "bastion")),
    "Federation": ("federation", ("engine", "beside", "kubefed", "types")),
    "Karmada": ("karmada", ("karmada",)),
    "Software": ("software", ("charts", "manifests")),
    "The account": ("account", ("quotas", "owner", "environment", "costCentre", "tags")),
}
"""The name of each subject's example in EXAMPLES, and its keys."""

HEAD = """# Settings

A stack's settings are in `Pulumi.<stack>.yaml`, under `config`, with `{project}:` before each key. Only `clusters` has
to be set. Invalid settings are refused before anything is created: the message has the key, the value, the rule and the
fix, and for a near miss the key that was probably meant.

Put versions, and texts that look like numbers or dates, in quotes: YAML reads `1.30` as `1.3`. Pulumi itself refuses a
key that is written twice.

Editors with a YAML language server complete and check the keys of a file that begins with this line:

```yaml
# yaml-language-server: $schema=docs/{schema}
```

The schema knows each key's type, form and bounds. Rules between keys, `min` and `max` for instance, are checked by
`pulumi preview` alone. A whole key can be a secret, and so can any of a chart's `values`. A secret elsewhere below a
key is marked by editors, although the program takes it.

Each example below is a whole file, in [examples/settings](../examples/settings).

Made from the models in `settings/` by `python -m settings.page docs`.
"""

TAIL = """## Pulumi's settings of AWS

These keys of Pulumi's begin with `{namespace}:`. They hold in every region, for the clusters and for `python -m ops`:
{known}. `{namespace}:region` counts for nothing, because each cluster names its own.

| key | refused, because it |
| --- | --- |
{refused}
"""


def page() -> str:
    """The page, in Markdown."""
    whole = schema()
    keys = {key: value | value["else"] for key, value in _config(whole).items() if key.startswith(f"{PROJECT}:")}
    parts = [HEAD.format(project=PROJECT, schema=SCHEMA)]
    for subject, (example, names) in SUBJECTS.items():
        parts.append(f"## {subject}\n\n```yaml\n{(EXAMPLES / f'{example}.yaml').read_text()}```\n")
        parts += ["\n".join(_entry(name, keys[f"{PROJECT}:{name}"], whole)) for name in names]
    return "\n".join([*parts, _tail()])


def _tail() -> str:
    known = ", ".join(sorted(f"`{field.alias}`" for field in Provider.model_fields.values() if field.alias != "region"))
    refused = "\n".join(f"| `{key}` | {_cell(text)} |" for key, text in REFUSED.items())
    return TAIL.format(namespace=NAMESPACE, known=known, refused=refused)


def _config(whole: Schema) -> Mapping[str, Schema]:
    return whole["properties"]["config"]["properties"]


def _entry(name: str, value: Schema, whole: Schema) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{_text(value, whole)}\n"
    yield f"- Type: {_type(value)}"
    rows = [*_rows(value, whole, "")]
    if f"{PROJECT}:{name}" in whole["properties"]["config"]["required"]:
        yield "- Required"
    elif default := _default(value) or ("that of each key" if rows else ""):
        yield f"- Default: {default}"
    if rows:
        yield "\n| key | type | default | what |\n| --- | --- | --- | --- |"
        yield from rows
    yield ""


def _rows(value: Schema, whole: Schema, place: str) -> Iterator[str]:
    """A row for each key below a value, and below those keys."""
    group = _group(value, whole)
    for key, inner in group.get("properties", {}).items() if group else ():
        text = _text(inner, whole)
        default = "required" if key in group.get("required", ()) else _default(inner)
        own = OWN in text
        kind = f"as [{key}](#{key.lower()})" if own else _type(inner)
        yield f"| `{place}{key}` | {kind} | {'' if own else default} | {_cell(text)} |"
        if not own:
            yield from _rows(inner, whole, f"{place}{key}{_many(inner)}.")


def _group(value: Schema, whole: Schema) -> Schema:
    """The schema of the group that a value is, or is a list or map of; empty for a plain value."""
    if "$ref" in value:
        return whole["definitions"][value["$ref"].rpartition("/")[2]]
    inner = [*value.get("anyOf", ()), *_inner(value, "items", "additionalProperties")]
    return next(filter(None, (_group(each, whole) for each in inner)), Schema())


def _inner(value: Schema, *keys: str) -> list[Schema]:
    """The schemas below these keys of a value's schema."""
    return [cast(Schema, value[key]) for key in keys if isinstance(value.get(key), dict)]


def _many(value: Schema) -> str:
    return {"array": "[]", "object": ".<name>"}.get(str(value.get("type")), "")


def _text(value: Schema, whole: Schema) -> str:
    """The description of a value, and the forms of its entries and keys."""
    own = value.get("description") or _group(value, whole).get("description")
    forms = [each.get("description") for each in _inner(value, "items", "propertyNames", "additionalProperties")]
    return " ".join(filter(None, [own, *forms]))


def _type(value: Schema) -> str:
    match value:
        case {"enum": [*words]} if len(words) <= 8:
            return " or ".join(f"`{word}`" for word in words)
        case {"anyOf": [*kinds]}:
            return " or ".join(map(_type, kinds))
        case {"$ref": _}:
            return "keys and values"
        case {"type": "array", "items": items}:
            most = f", {value['maxItems']} at most" if "maxItems" in value else ""
            return f"list of {_type(items)}{most}"
        case {"type": "object", "additionalProperties": values} if values is not True:
            return f"name to {_type(values)}"
        case {"type": "object"}:
            return "keys and values"
        case {"type": "integer"}:
            return f"number{_bounds(value)}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "string"}:
            return "text"
        case {"type": ["integer", "string"]}:
            return "number or text"
        case _:
            return "anything"


def _bounds(value: Schema) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    if most is not None:
        return f", {least} to {most}"
    return f", {least} or more" if least is not None else ""


def _default(value: Schema) -> str:
    if "default" not in value:
        return ""
    default = value["default"]
    return "none" if default in ([], {}, "") else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(argv: Sequence[str]) -> None:
    """Write the page and the schema into a folder."""
    (folder,) = argv
    (Path(folder) / PAGE).write_text(page())
    (Path(folder) / SCHEMA).write_text(text())


def text() -> str:
    """The schema, as the text of its file."""
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
