"""An API call over HTTP, with its service, region, access key and operation."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import botocore.loaders

from sandbox.aws import buckets
from sandbox.aws.rest import routed

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]*)/([^/]*)/aws4_request")
_READS = re.compile(r"(Describe|Get|List|BatchGet|Search|Lookup|Head|Query|Scan|Simulate|Validate|Test|Filter|Verify)")
_MAKES = ("GetSessionToken", "GetFederationToken")
"""Operations that begin like reads, but create something."""


@dataclass(frozen=True)
class Answer:
    """A response over HTTP."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Request:
    """An HTTP request to an AWS service."""

    method: str
    path: str
    """The percent-encoded path, in which an ARN's slashes differ from the path's own."""
    query: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in lower case."""
    body: bytes = b""

    def environ(self) -> dict[str, Any]:
        """The request's WSGI environment, for moto."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(self.path, "latin-1"),
            "REQUEST_URI": self.path + (f"?{self.query}" if self.query else ""),
            "RAW_URI": self.path + (f"?{self.query}" if self.query else ""),
            "QUERY_STRING": self.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
            environ[key] = value
        return environ

    @cached_property
    def _scope(self) -> tuple[str, str, str]:
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return (found[1], found[2], found[3].lower()) if found else ("", "", "")

    @property
    def access_key(self) -> str:
        """The access key's id; empty for an unsigned request."""
        return self._scope[0]

    @property
    def region(self) -> str:
        """The region the request is signed for; empty for an unsigned one."""
        return self._scope[1]

    @property
    def service(self) -> str:
        """The signing name of the service, `ec2` for instance; empty for an unsigned request."""
        return self._scope[2]

    @cached_property
    def protocol(self) -> str:
        """The service's protocol: ec2, query, json, rest-json or rest-xml."""
        return _PROTOCOLS.get(self.service) or ("json" if "x-amz-target" in self.headers else "query")

    @cached_property
    def operation(self) -> str:
        """The operation's name, if the request has it; empty for REST services except those of XML."""
        if target := self.headers.get("x-amz-target"):
            return target.rsplit(".", 1)[-1]
        if self.protocol in ("ec2", "query"):
            form = parse_qs(self.body.decode("utf-8", "replace")) or parse_qs(self.query)
            return form.get("Action", [""])[0]
        if self.service == "s3":
            return buckets.operation(self.method, self.path, self.query, self.headers)
        if self.protocol == "rest-xml" and (found := routed(self.service, self.method, self.path)):
            return found.operation
        return ""

    @property
    def changes(self) -> bool:
        """Whether the call may change anything."""
        if self.operation:
            return self.operation in _MAKES or not _READS.match(self.operation)
        return self.method not in ("GET", "HEAD")

    def kept(self) -> dict[str, Any]:
        """The journal's form: everything except the signature and the session's token."""
        headers = {name: value for name, value in self.headers.items() if self._keeps(name)}
        if self.access_key:
            headers["authorization"] = _authorization(*self._scope)
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": quote(self.body, safe=_READABLE),
        }

    def _keeps(self, name: str) -> bool:
        """Whether a replay needs a header: S3 has parameters in headers, and says there how a body is encoded."""
        of_s3 = self.service == "s3" and (name.startswith("x-amz-") or name == "content-encoding")
        return name in _KEPT_HEADERS or (of_s3 and name not in _SECRET_HEADERS)

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Request:
        """The request of a journal's entry."""
        return cls(
            kept["method"],
            kept["path"],
            kept["query"],
            kept["headers"],
            unquote(kept["body"], "latin-1").encode("latin-1"),
        )


_KEPT_HEADERS = ("content-type", "x-amz-target", "host")
_SECRET_HEADERS = ("x-amz-security-token",)
_READABLE = " !\"#$&'()*+,/:;<=>?@[]^`{|}\n"


def _authorization(key: str, region: str, service: str) -> str:
    scope = f"{key}/20000101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _protocols() -> dict[str, str]:
    """Each service's protocol by its signing name, for those the fleet uses."""
    loader = botocore.loaders.create_loader()
    found: dict[str, str] = {}
    for name in ("ec2", "eks", "iam", "sts", "autoscaling", "ssm", "kms", "logs", "route53", "sqs", "events", "s3"):
        metadata = loader.load_service_model(name, "service-2")["metadata"]
        found[metadata.get("signingName", metadata["endpointPrefix"])] = metadata["protocol"]
    return found


_PROTOCOLS = _protocols()
