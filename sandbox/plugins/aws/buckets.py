"""The function that looks up a bucket of S3."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sandbox.plugins.aws.arguments import region_of
from sandbox.plugins.aws.regions import dns_suffix
from sandbox.plugins.aws.session import Aws, AwsError
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

Result = Mapping[str, Any]


def get_bucket(aws: Aws, arguments: Properties) -> Result:
    """A bucket by its name, without the outputs about its website. Raises ProviderError for another region's.

    The calls are those of terraform-provider-aws (internal/service/s3/bucket_data_source.go): findBucket's HeadBucket,
    findBucketRegion's, and GetBucketWebsite, whose failure is only logged.
    """
    region, bucket = region_of(aws, arguments), arguments["bucket"]
    try:
        for _ in ("findBucket", "findBucketRegion"):
            home = aws.request(region, "s3", "HeadBucket", Bucket=bucket)["BucketRegion"]
            if home != region:
                # botocore follows the redirect, and the SDK for Go doesn't.
                raise ProviderError(_response_error(bucket, HTTPStatus.MOVED_PERMANENTLY))
    except AwsError as error:
        raise ProviderError(_explained(bucket, error)) from None
    _read_website(aws, region, bucket)
    suffix = dns_suffix(region)
    return {
        "arn": f"arn:{aws.partition}:s3:::{bucket}",
        "bucket": bucket,
        "bucketDomainName": f"{bucket}.s3.{suffix}",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{bucket}.s3.{region}.{suffix}",
        "id": bucket,
        "region": region,
    }


def _explained(bucket: str, error: AwsError) -> str:
    """The official provider's text for an error of HeadBucket, of which HTTP's status is all that S3 tells."""
    if error.code == str(HTTPStatus.NOT_FOUND.value):
        return f"reading S3 Bucket ({bucket}): couldn't find resource"
    if error.code == str(HTTPStatus.FORBIDDEN.value):
        return _response_error(bucket, HTTPStatus.FORBIDDEN)
    return f"reading S3 Bucket ({bucket}): {error}"


def _response_error(bucket: str, status: HTTPStatus) -> str:
    """An error of AWS's SDK for Go (service/s3), whose code is the status where the response has no body."""
    return (
        f"reading S3 Bucket ({bucket}): operation error S3: HeadBucket, https response error StatusCode: "
        f"{status.value}, RequestID: sandbox, HostID: sandbox, api error {status.phrase.replace(' ', '')}: "
        f"{status.phrase}"
    )


def _read_website(aws: Aws, region: str, bucket: str) -> None:
    try:
        aws.request(region, "s3", "GetBucketWebsite", Bucket=bucket)
    except AwsError:
        return


FUNCTIONS = {"aws:s3/getBucket:getBucket": get_bucket}
"""The functions by token."""
