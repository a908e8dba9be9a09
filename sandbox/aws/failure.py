"""AWS's errors in the form of each protocol."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from sandbox.aws.request import Answer, Request


def refuse(request: Request, code: str, message: str, status: int = 400) -> Answer:
    """The answer with an error's code and message, in the protocol of the request's service."""
    protocol = request.protocol
    if protocol in ("json", "rest-json"):
        return _json(code, message, status)
    code, message = escape(code), escape(message)
    if protocol == "ec2":
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif request.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    else:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>sandbox</RequestId></ErrorResponse>"
    return Answer(status, [("Content-Type", "text/xml")], body.encode())


def _json(code: str, message: str, status: int) -> Answer:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Answer(status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)], body)
