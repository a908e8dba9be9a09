"""The bucket of Karmada's snapshots, which exists before the fleet: looked up before anything is created."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import Output

from .ask import UnansweredError, ask

GET_BUCKET = "aws:s3/getBucket:getBucket"
"""Calls HeadBucket, HeadBucket again for the region, and GetBucketWebsite, whose failure the provider only logs.

terraform-provider-aws, internal/service/s3/bucket_data_source.go: dataSourceBucketRead calls findBucket,
findBucketRegion and findBucketWebsite.
"""

NOT_FOUND = "couldn't find resource"
"""The provider's text for HTTP's status 404 (internal/service/s3/bucket.go, findBucket)."""

MOVED = "MovedPermanently"
"""The code of HTTP's status 301, which S3 returns for a bucket of another region (S3 API reference, HeadBucket)."""


def check_bucket(bucket: str | None, within: aws.Provider) -> Output[None]:
    """Raise pulumi.RunError for a bucket that doesn't exist, or is not in the provider's region; None needs no call.

    A warning says that AWS denies the call: S3 answers alike if the caller lacks s3:ListBucket on the bucket, and if
    another account owns it.
    """
    if bucket is None:
        return Output.from_input(None)
    return within.region.apply(lambda region: _look_up(bucket, region, within))


async def _look_up(bucket: str, region: str | None, within: aws.Provider) -> None:
    try:
        found = await ask(GET_BUCKET, {"bucket": bucket}, pulumi.InvokeOptions(provider=within))
    except UnansweredError as error:
        if not error.denied:
            raise _refusal(bucket, region, error) from None
        pulumi.warn(
            f"karmada.snapshots.bucket: AWS does not tell whether {bucket} exists ({error.reason}); if the account "
            "owns it, allow s3:ListBucket on it (docs/permissions.md), and otherwise name another bucket"
        )
    else:
        if found["bucketRegion"] != region:
            raise _elsewhere(bucket, region)


def _refusal(bucket: str, region: str | None, error: UnansweredError) -> pulumi.RunError:
    """Return the refusal that S3's response means; the error itself if it says nothing of the bucket."""
    if MOVED in error.reason:
        return _elsewhere(bucket, region)
    if NOT_FOUND in error.reason:
        return pulumi.RunError(
            f"karmada.snapshots.bucket: {bucket} does not exist ({error.reason}); create it in {region} before the "
            "update, as docs/karmada.md shows"
        )
    return error


def _elsewhere(bucket: str, region: str | None) -> pulumi.RunError:
    return pulumi.RunError(
        f"karmada.snapshots.bucket: {bucket} is not in {region}, the host's region, which puts the snapshots; name a "
        "bucket there, or create one as docs/karmada.md shows"
    )
