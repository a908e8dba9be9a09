"""S3's check of a call: a bucket or an object, by the action that has another name than the operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.aws import buckets
from sandbox.aws.authorization.call import Call
from sandbox.aws.authorization.policies import Check

ACTIONS: Mapping[str, str] = {
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
"""The actions of operations (S3 API reference, "Required permissions for Amazon S3 API operations").

An operation that isn't listed has its own name here, which no policy may allow by another.
"""


def checks(call: Call) -> Iterator[Check]:
    """The check on the object, on its bucket, or on `*`. DeleteObjects is judged on every object of the bucket."""
    bucket, key = buckets.named(call.request.path)
    key = key or ("*" if call.operation == "DeleteObjects" else "")
    resource = "/".join(filter(None, (bucket, key)))
    action = f"s3:{ACTIONS.get(call.operation, call.operation)}"
    yield call.check(f"arn:aws:s3:::{resource}" if resource else "*", action=action)
