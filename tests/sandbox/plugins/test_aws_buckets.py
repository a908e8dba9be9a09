"""The look at a bucket of S3: what it tells, and the official provider's words for each refusal."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.sandbox import roles
from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import Aborted, Calls

pytestmark = pytest.mark.aws

GET_BUCKET = "aws:s3/getBucket:getBucket"
HERE, THERE = "acme-shots", "acme-elsewhere"
HEAD = r"operation error S3: HeadBucket, https response error StatusCode: {}, RequestID: \S+, HostID: \S+, api error {}"


@pytest.fixture(scope="module", autouse=True)
def buckets(running: aws_cloud.Aws) -> Generator[None]:
    """A bucket in the provider's region, and one in another."""
    homes = {HERE: "eu-west-1", THERE: "eu-west-3"}
    for bucket, region in homes.items():
        constraint = {"LocationConstraint": region}
        running.client("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration=constraint)
    yield
    for bucket, region in homes.items():
        running.client("s3", region).delete_bucket(Bucket=bucket)


def refused(calls: Calls, bucket: str, reason: str) -> None:
    """Look at a bucket, and expect a refusal."""
    with pytest.raises(Aborted, match=rf"reading S3 Bucket \({bucket}\): {reason}$"):
        calls.invoke(GET_BUCKET, bucket=bucket)


def test_a_bucket_is_found_with_its_region_and_its_names(calls: Calls) -> None:
    assert calls.invoke(GET_BUCKET, bucket=HERE) == {
        "arn": f"arn:aws:s3:::{HERE}",
        "bucket": HERE,
        "bucketDomainName": f"{HERE}.s3.amazonaws.com",
        "bucketRegion": "eu-west-1",
        "bucketRegionalDomainName": f"{HERE}.s3.eu-west-1.amazonaws.com",
        "id": HERE,
        "region": "eu-west-1",
    }


def test_a_bucket_that_does_not_exist_is_not_found(calls: Calls) -> None:
    refused(calls, "acme-shot", "couldn't find resource")


def test_a_bucket_of_another_region_is_found_there_alone(calls: Calls) -> None:
    refused(calls, THERE, HEAD.format(301, "MovedPermanently: Moved Permanently"))
    assert calls.invoke(GET_BUCKET, bucket=THERE, region="eu-west-3")["bucketRegion"] == "eu-west-3"


def test_a_caller_without_the_right_is_denied_the_look(aws: aws_cloud.Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    own: dict[str, Any] = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{THERE}"}
    made = {"preview": {"Version": "2012-10-17", "Statement": [own]}}
    arn = roles.give(aws.client, "looking", "preview", made)
    for name, value in roles.session(aws.client, arn).items():
        monkeypatch.setenv(name, value)
    calls = Calls()
    refused(calls, HERE, HEAD.format(403, "Forbidden: Forbidden"))
    # GetBucketWebsite, which it may not call either, is no refusal.
    assert calls.invoke(GET_BUCKET, bucket=THERE, region="eu-west-3")["id"] == THERE
