"""S3's check of a call: a bucket or an object."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.aws import buckets
from sandbox.aws.authorization.call import Call
from sandbox.aws.authorization.policies import Check


def checks(call: Call) -> Iterator[Check]:
    """The check on the object, on its bucket, or on `*`. DeleteObjects is judged on every object of the bucket."""
    bucket, key = buckets.named(call.request.path)
    key = key or ("*" if call.operation == "DeleteObjects" else "")
    resource = "/".join(filter(None, (bucket, key)))
    yield call.check(f"arn:aws:s3:::{resource}" if resource else "*")
