"""aws:ssm Document and Parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, AwsResource, found
from sandbox.plugins.aws.session import AwsError
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import Call
from sandbox.plugins.provider.values import UNKNOWN, Properties

_GONE = "InvalidDocument"
_SESSION = {
    "s3BucketName": str,
    "s3KeyPrefix": str,
    "s3EncryptionEnabled": bool,
    "cloudWatchLogGroupName": str,
    "cloudWatchEncryptionEnabled": bool,
    "cloudWatchStreamingEnabled": bool,
    "kmsKeyId": str,
    "idleSessionTimeout": str,
    "maxSessionDuration": str,
    "runAsEnabled": bool,
    "runAsDefaultUser": str,
    "shellProfile": dict,
}
"""The inputs of a session's document, and their kinds (Systems Manager user guide, "Session document schema")."""


class Document(AwsResource):
    """A document of type Session, in JSON; a change of its content is a new version, which becomes the default."""

    kind = "aws:ssm/document:Document"
    knows = ("content", "documentFormat", "documentType", "name")
    defaults = {"documentFormat": "JSON"}
    named = "name"
    names = Names(shortest=3, longest=128, pattern=r"[0-9A-Za-z_.-]+")
    replace_on = ("name",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """A session's document, with inputs that Session Manager has."""
        if inputs.get("documentType") not in ("Session", UNKNOWN):
            yield Problem(
                "documentType",
                f"this stand-in for AWS has only documents of type Session, not {inputs.get('documentType')}",
            )
        if inputs.get("documentFormat", "JSON") != "JSON":
            yield Problem("documentFormat", "this stand-in for AWS has only documents in JSON")
        content = inputs.get("content")
        if isinstance(content, str):
            yield from (Problem("content", reason) for reason in _wrong(content))

    def preview(self, call: Call[Any]) -> Properties:
        """Other content is another version."""
        outputs = super().preview(call)
        if call.state and any(path.startswith("content") for path in self._changes(call)):
            outputs |= dict.fromkeys(("defaultVersion", "documentVersion", "latestVersion", "hash"), UNKNOWN)
        return outputs

    def make(self, api: Api) -> str:
        """Create it."""
        api.request(
            "ssm",
            "CreateDocument",
            Name=api.get("name"),
            Content=api.get("content"),
            DocumentFormat=api.get("documentFormat"),
            DocumentType=api.get("documentType"),
            Tags=tags.to_list(api.tags) or None,
        )
        return api.created(api.inputs["name"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The document, and the content of its latest version."""
        answer = found(lambda: api.request("ssm", "DescribeDocument", Name=api.id), _GONE)
        if answer is None:
            return None
        document = answer["Document"]
        content = api.request("ssm", "GetDocument", Name=api.id, DocumentVersion="$LATEST", DocumentFormat="JSON")
        api.request("ssm", "DescribeDocumentPermission", Name=api.id, PermissionType="Share")
        return {
            "arn": api.arn("ssm", f"document/{api.id}"),
            "content": _kept(content["Content"], known.get("content")),
            "createdDate": str(document["CreatedDate"]),
            "defaultVersion": document["DefaultVersion"],
            "description": document.get("Description", ""),
            "documentFormat": document["DocumentFormat"],
            "documentType": document["DocumentType"],
            "documentVersion": document["DocumentVersion"],
            "hash": document["Hash"],
            "hashType": document["HashType"],
            "latestVersion": document["LatestVersion"],
            "name": document["Name"],
            "owner": document["Owner"],
            "platformTypes": ["Linux"],
            "schemaVersion": document["SchemaVersion"],
            "status": document["Status"],
            "tagsAll": tags.from_list(document.get("Tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Make a version of the new content the default; content that an older version has already is that one's."""
        if "content" not in changed:
            return
        try:
            made = api.request(
                "ssm",
                "UpdateDocument",
                Name=api.id,
                Content=api.get("content"),
                DocumentFormat=api.get("documentFormat"),
                DocumentVersion=api.state["latestVersion"],
            )
            version = made["DocumentDescription"]["DocumentVersion"]
        except AwsError as error:
            if error.code != "DuplicateDocumentContent":
                raise
            version = api.state["latestVersion"]
        api.request("ssm", "UpdateDocumentDefaultVersion", Name=api.id, DocumentVersion=version)

    def remove(self, api: Api) -> None:
        """Delete it with all its versions; one that is shared would have to be withdrawn first."""
        found(lambda: api.request("ssm", "DescribeDocumentPermission", Name=api.id, PermissionType="Share"), _GONE)
        found(lambda: api.request("ssm", "DeleteDocument", Name=api.id), _GONE)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        _retag(api, "Document", drop, add)


class Parameter(AwsResource):
    """A parameter of type String; a change of its value is another version under the same name.

    Calls and defaults as terraform-provider-aws has them, internal/service/ssm/parameter.go.
    """

    kind = "aws:ssm/parameter:Parameter"
    knows = ("description", "insecureValue", "name", "type")
    named = "name"
    names = Names(longest=2048)
    replace_on = ("name",)
    owned = ("description",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """A text that may be shown: secrets are not implemented."""
        if inputs.get("type") not in ("String", UNKNOWN):
            yield Problem("type", f"this stand-in for AWS has only parameters of type String, not {inputs.get('type')}")
        if not inputs.get("insecureValue"):
            yield Problem("insecureValue", "a parameter has a value, and this stand-in for AWS no other input for it")

    def preview(self, call: Call[Any]) -> Properties:
        """Another value or description is another version."""
        outputs = super().preview(call)
        if call.state and {"insecureValue", "description"} & self._changes(call).keys():
            outputs["version"] = UNKNOWN
        return outputs

    def make(self, api: Api) -> str:
        """Create it; one of that name that exists is somebody else's."""
        self._put(api, Overwrite=False, Tags=tags.to_list(api.tags) or None)
        return api.created(api.inputs["name"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The parameter, its value and its tags."""
        answer = found(
            lambda: api.request("ssm", "GetParameter", Name=api.id, WithDecryption=True), "ParameterNotFound"
        )
        if answer is None:
            return None
        parameter = answer["Parameter"]
        named = [{"Key": "Name", "Option": "Equals", "Values": [api.id]}]
        (about,) = api.request("ssm", "DescribeParameters", ParameterFilters=named)["Parameters"]
        listed = api.request("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=api.id)["TagList"]
        return {
            "arn": parameter["ARN"],
            "dataType": about["DataType"],
            "description": about.get("Description") or "",
            "insecureValue": parameter["Value"],
            "name": parameter["Name"],
            "tier": about["Tier"],
            "type": parameter["Type"],
            "version": parameter["Version"],
            "tagsAll": tags.from_list(listed),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Write the next version."""
        self._put(api, Overwrite=True, Tier=api.state["tier"])

    def remove(self, api: Api) -> None:
        """Delete it with all its versions."""
        found(lambda: api.request("ssm", "DeleteParameter", Name=api.id), "ParameterNotFound")

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        _retag(api, "Parameter", drop, add)

    def _put(self, api: Api, **more: Any) -> None:
        api.request(
            "ssm",
            "PutParameter",
            Name=api.get("name"),
            Value=api.get("insecureValue"),
            Type=api.get("type"),
            Description=api.get("description"),
            **more,
        )


def _retag(api: Api, kind: str, drop: list[str], add: dict[str, str]) -> None:
    thing = {"ResourceType": kind, "ResourceId": api.id}
    if drop:
        api.request("ssm", "RemoveTagsFromResource", TagKeys=drop, **thing)
    if add:
        api.request("ssm", "AddTagsToResource", Tags=tags.to_list(add), **thing)


def _wrong(text: str) -> Iterator[str]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        yield "it is not an object in JSON"
        return
    if content.get("schemaVersion") != "1.0":
        yield f"schemaVersion is {content.get('schemaVersion')!r}; a session's is '1.0'"
    if content.get("sessionType") != "Standard_Stream":
        yield f"this stand-in for AWS has only sessionType Standard_Stream, not {content.get('sessionType')!r}"
    for name, value in content.get("inputs", {}).items():
        if name not in _SESSION:
            yield f"a session has no input {name!r}"
        elif not isinstance(value, _SESSION[name]):
            yield f"the input {name!r} is {value!r}, and has to be of kind {_SESSION[name].__name__}"


def _kept(content: str, known: Any) -> str:
    """The content as it was declared, where AWS's means the same."""
    return known if isinstance(known, str) and json.loads(known) == json.loads(content) else content
