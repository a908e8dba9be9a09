"""An API server's rules for a CRD's versions and the conversion between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ....documents import fields, items
from .names import is_label, is_subdomain
from .structural import follow

Object = Mapping[str, Any]

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("int32", "int64", "float", "double", "byte", "date", "date-time", "password")

MAX_SELECTABLE_FIELDS = 8


def invalid_versions(spec: Object) -> Iterator[str]:
    """The problems of a CRD's versions, apart from their schemas, and of its conversion."""
    versions = spec["versions"]
    if not any(version.get("served") for version in versions):
        yield "it serves no version"
    for name, count in Counter(version["name"] for version in versions).items():
        if count > 1:
            yield f"version {name} is listed {count} times"
    stored = [version["name"] for version in versions if version.get("storage")]
    if len(stored) != 1:
        yield f"spec.versions: {', '.join(stored) or 'none'} has storage: true, and exactly one must have it"
    for version in versions:
        yield from (f"version {version['name']}: {problem}" for problem in _version(version))
    if spec.get("preserveUnknownFields"):
        yield (
            "spec.preserveUnknownFields is true; x-kubernetes-preserve-unknown-fields in a schema has taken its place"
        )
    yield from (f"spec.conversion: {problem}" for problem in _conversion(spec.get("conversion")))


def _version(version: Object) -> Iterator[str]:
    if not is_label(version["name"]):
        yield "its name is no name of at most 63 letters, digits and dashes that begins with a letter"
    yield from _deprecation(version)
    schema: Object | None = fields(version.get("schema")).get("openAPIV3Schema")
    if schema is None:
        yield "has no schema.openAPIV3Schema"
    yield from _scale(fields(version.get("subresources")).get("scale"))
    for index, column in enumerate(items(version.get("additionalPrinterColumns"))):
        yield from (f"additionalPrinterColumns[{index}]: {problem}" for problem in _column(column))
    yield from _selectable(items(version.get("selectableFields")), fields(schema))


def _deprecation(version: Object) -> Iterator[str]:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    if not version.get("deprecated"):
        yield "has a deprecationWarning and is not deprecated"
    if not 0 < len(warning.encode()) <= 256 or not warning.isprintable():
        yield "its deprecationWarning is not 1 to 256 printable characters"


def _scale(scale: Object | None) -> Iterator[str]:
    roots = {"specReplicasPath": (".spec.",), "statusReplicasPath": (".status.",)}
    for field, under in {**roots, "labelSelectorPath": (".spec.", ".status.")}.items():
        path = fields(scale).get(field)
        if scale is not None and (path or field in roots) and not (path or "").startswith(under):
            yield f"subresources.scale.{field}: {path or 'nothing'} is no path below {' or '.join(under)}"


def _column(column: Object) -> Iterator[str]:
    if not column["name"]:
        yield "has no name"
    if column["type"] not in COLUMN_TYPES:
        yield f"type: {column['type'] or 'nothing'} is none of {', '.join(COLUMN_TYPES)}"
    if column.get("format") and column["format"] not in COLUMN_FORMATS:
        yield f"format: {column['format']} is none of {', '.join(COLUMN_FORMATS)}"
    if not column["jsonPath"].startswith("."):
        yield f"jsonPath: {column['jsonPath'] or 'nothing'} does not begin with a dot"


def _selectable(chosen: Any, schema: Object) -> Iterator[str]:
    paths = [field["jsonPath"] for field in chosen]
    for path in dict.fromkeys(paths):
        where = f"selectableFields: {path or 'nothing'}"
        if paths.count(path) > 1:
            yield f"{where} is listed {paths.count(path)} times"
        if re.match(r"\.metadata(\.|$)", path):
            yield f"{where} is in metadata"
        elif fields(follow(schema, path)).get("type") not in ("string", "boolean", "integer"):
            yield f"{where} is no field of type string, boolean or integer"
    if len(set(paths)) > MAX_SELECTABLE_FIELDS:
        yield f"selectableFields has {len(set(paths))} fields, more than {MAX_SELECTABLE_FIELDS}"


def _conversion(conversion: Object | None) -> Iterator[str]:
    if conversion is None:
        return
    strategy, webhook = conversion["strategy"], conversion.get("webhook")
    if strategy not in ("None", "Webhook"):
        yield f"strategy: {strategy or 'nothing'} is neither None nor Webhook"
    if strategy != "Webhook":
        if webhook is not None:
            yield "webhook is set, and the strategy is not Webhook"
        return
    client = fields(webhook).get("clientConfig")
    if client is None:
        yield "webhook has no clientConfig, which the strategy Webhook needs"
    else:
        yield from _client(client)
    yield from _reviews(items(fields(webhook).get("conversionReviewVersions")))


def _client(client: Object) -> Iterator[str]:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        yield "webhook.clientConfig has not exactly one of url and service"
    elif url is not None:
        parts = urlsplit(str(url))
        if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
            yield f"webhook.clientConfig.url: {url} is no https URL without user, query and fragment"
    elif service:
        yield from _service(service)


def _service(service: Object) -> Iterator[str]:
    for field in ("name", "namespace"):
        if not service[field]:
            yield f"webhook.clientConfig.service has no {field}"
    if not 1 <= service.get("port", 443) <= 65535:
        yield f"webhook.clientConfig.service.port: {service['port']} is no port"
    path = service.get("path")
    if path is not None and not _is_path(path):
        yield f"webhook.clientConfig.service.path: {path} is no path of DNS subdomains that begins with a slash"


def _is_path(path: str) -> bool:
    steps = path.strip("/").split("/")
    return path == "/" or (path.startswith("/") and "//" not in path and all(map(is_subdomain, steps)))


def _reviews(versions: Any) -> Iterator[str]:
    if not {"v1", "v1beta1"} & {*versions}:
        yield f"webhook.conversionReviewVersions: {', '.join(versions) or 'none'} has neither v1 nor v1beta1"
    for name in dict.fromkeys(versions):
        if versions.count(name) > 1:
            yield f"webhook.conversionReviewVersions: {name} is listed {versions.count(name)} times"
        if not is_label(name):
            yield f"webhook.conversionReviewVersions: {name or 'nothing'} is no version's name"
