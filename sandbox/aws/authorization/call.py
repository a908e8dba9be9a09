"""A request for authorization: its action, its parameters, and the context that every service adds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from sandbox.aws.authorization.policies import Check, Context, listed
from sandbox.aws.eks import model
from sandbox.aws.eks.errors import EksError
from sandbox.aws.eks.operations import Estate
from sandbox.aws.models import requests
from sandbox.aws.principals import Principal
from sandbox.aws.request import Request

PREFIXES = {"tagging": "tag"}
"""The prefixes in IAM's actions that differ from the service's signing name, by that name."""

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteObjects": "DeleteObject",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "UploadPart": "PutObject",
        "UploadPartCopy": "PutObject",
    }
}
"""The actions that have another name than the operation, by service.

S3 API reference, "Required permissions for Amazon S3 API operations". An operation that isn't listed has its own
name here, which no policy may allow by another.
"""


@dataclass(frozen=True)
class Call:
    """A call of an operation by a principal."""

    request: Request
    principal: Principal
    estate: Estate

    @property
    def service(self) -> str:
        """The service's prefix in IAM's actions, which is its signing name for most services of a fleet."""
        return PREFIXES.get(self.request.service, self.request.service)

    @cached_property
    def operation(self) -> str:
        """The operation's name; empty if AWS's model doesn't know the request."""
        return self._eks[0] if self.service == "eks" else self.request.operation

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """The operation's parameters: structures as mappings, lists as lists."""
        if self.service == "eks":
            return self._eks[1]
        if self.request.protocol == "json":
            return json.loads(self.request.body or b"{}")
        if self.request.protocol == "rest-xml":
            parsed = requests.read(self.request)
            return parsed.params if parsed else {}
        return unflattened(self.request.body.decode("utf-8", "replace") or self.request.query)

    @cached_property
    def _eks(self) -> tuple[str, Mapping[str, Any]]:
        try:
            operation, params = model.read(self.request)
        except EksError:
            return "", {}
        return operation.name, params

    @property
    def action(self) -> str:
        """The operation's IAM action."""
        return f"{self.service}:{ACTIONS.get(self.service, {}).get(self.operation, self.operation)}"

    @property
    def region(self) -> str:
        """The region of the call."""
        return self.request.region

    def arn(self, resource: str, service: str | None = None) -> str:
        """The ARN of a resource in the call's region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.principal.account}:{resource}"

    def check(
        self,
        resource: str,
        *,
        action: str | None = None,
        tags: Mapping[str, str] | None = None,
        requested: Mapping[str, str] | None = None,
        keys: Context | None = None,
        **more: str | tuple[str, ...],
    ) -> Check:
        """A check of the call's action, or of another, on a resource that has `tags`, in a request for `requested`.

        `keys` are further condition keys; in the names of `more`, `_` is their colon: `iam_PolicyARN`.
        """
        context: dict[str, str | tuple[str, ...]] = {**self.context, **(keys or {})}
        context |= {f"aws:ResourceTag/{key}": value for key, value in (tags or {}).items()}
        context |= {f"aws:RequestTag/{key}": value for key, value in (requested or {}).items()}
        if requested:
            context["aws:TagKeys"] = (*requested,)
        context |= {key.replace("_", ":", 1): value for key, value in more.items()}
        return Check(action or self.action, resource, context)

    @property
    def context(self) -> Context:
        """The condition keys of every request."""
        who = self.principal
        names = {
            "aws:userid": f"{who.id}:{who.session}" if who.session else who.id,
            "aws:PrincipalArn": who.canonical_arn,
        }
        names |= {} if who.session else {"aws:username": who.arn.rpartition("/")[2]}
        return {"aws:RequestedRegion": self.region, "aws:PrincipalAccount": who.account, **names}


def tags_of(value: Any) -> dict[str, str]:
    """Tags in any of AWS's forms, as a mapping."""
    if isinstance(value, Mapping):
        return {str(key): str(tag) for key, tag in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return {_first(tag, "Key", "TagKey"): _first(tag, "Value", "TagValue") for tag in listed(value)}


def _first(tag: Mapping[str, str], *names: str) -> str:
    return next((tag[name] for name in names if name in tag), "")


def unflattened(form: str) -> dict[str, Any]:
    """The parameters of a form, in which `Filter.1.Name=...` is a list of structures."""
    tree: dict[str, Any] = {}
    for path, value in parse_qsl(form, keep_blank_values=True):
        place = tree
        *parents, last = [part for part in path.split(".") if part != "member"]
        for part in parents:
            place = place.setdefault(part, {})
        if isinstance(place, dict):
            place[last] = value
    return {key: _as_list(value) for key, value in tree.items()}


def _as_list(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items: Mapping[str, Any] = value
    if items and all(key.isdigit() for key in items):
        return [_as_list(items[key]) for key in sorted(items, key=int)]
    return {key: _as_list(inner) for key, inner in items.items()}


def named(params: Mapping[str, Any], name: str) -> Iterator[str]:
    """The values of a parameter that may have one or several."""
    for value in listed(params.get(name)):
        yield str(value)
