"""The provider's own settings: which are honoured, which change nothing here, and which are refused.

The rules are those of terraform-provider-aws (internal/provider) and aws-sdk-go-base (config.go, aws_config.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sandbox.plugins.aws.durations import seconds
from sandbox.plugins.aws.regions import require_region
from sandbox.plugins.aws.roles import parameters
from sandbox.plugins.aws.session import Aws, Config, default_region, profile_session
from sandbox.plugins.aws.tags import Ignored
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

_USED = (
    "accessKey",
    "allowedAccountIds",
    "assumeRoles",
    "customCaBundle",
    "defaultTags",
    "endpoints",
    "forbiddenAccountIds",
    "ignoreTags",
    "maxRetries",
    "profile",
    "region",
    "retryMode",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "skipCredentialsValidation",
    "skipRequestingAccountId",
    "stsRegion",
    "token",
    "useDualstackEndpoint",
    "useFipsEndpoint",
)
_WITHOUT_EFFECT = (
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "insecure",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "tokenBucketRateLimiterCapacity",
    "userAgents",
)
"""Settings that change nothing here.

S3 has one address with buckets in its path, there is no metadata service and no TLS, and regions are always checked.
"""
_SERVICES = {"cloudwatchlogs": "logs", "iam": "iam", "sts": "sts"}
"""The official provider's names of services, where boto3 has others."""
_MODES = ("standard", "adaptive")


def problems(settings: Properties) -> Iterator[Problem]:
    """Yield the problems of the settings, some of which may be unknown."""
    for name, value in settings.items():
        if value is not None and name not in (*_USED, *_WITHOUT_EFFECT):
            yield Problem(name, f"this stand-in for AWS has not got the provider's setting {name!r}")
    for name in ("region", "stsRegion"):
        region = settings.get(name)
        if isinstance(region, str) and region and (reason := require_region(region)):
            yield Problem(name, reason)
    if settings.get("allowedAccountIds") and settings.get("forbiddenAccountIds"):
        yield Problem("forbiddenAccountIds", "conflicts with allowedAccountIds; give one of them")
    for name, what in (("useFipsEndpoint", "FIPS"), ("useDualstackEndpoint", "Dualstack")):
        if settings.get(name) is True:
            # AWS's SDKs say so as soon as AWS_ENDPOINT_URL is set.
            yield Problem(name, f"Invalid Configuration: {what} and custom endpoint are not supported; leave it out")
    mode = settings.get("retryMode")
    if isinstance(mode, str) and mode not in _MODES:
        yield Problem("retryMode", f"{mode!r} is none of {', '.join(_MODES)}")
    for name in ("sharedConfigFiles", "sharedCredentialsFiles"):
        if isinstance(settings.get(name), list) and len(settings[name]) > 1:
            yield Problem(name, f"this stand-in for AWS takes one of {name}; name one")
    yield from _roles(settings.get("assumeRoles"))


def _roles(roles: Any) -> Iterator[Problem]:
    for index, role in enumerate(roles if isinstance(roles, list) else []):
        if isinstance(role, dict) and not role.get("roleArn"):
            yield Problem(f"assumeRoles[{index}].roleArn", "a role to take needs its ARN")
        duration = role.get("duration") if isinstance(role, dict) else None
        if isinstance(duration, str) and not 900 <= (seconds(duration) or 0) <= 43200:
            said = f"{duration!r} must be between 15m and 12h; write one like 1h"
            yield Problem(f"assumeRoles[{index}].duration", said)


def config(settings: Properties) -> Config:
    """The settings for a session; raises ProviderError for a profile or region that there isn't."""
    retries = settings.get("maxRetries")
    ignored: Properties = settings.get("ignoreTags") or {}
    made = Config(
        region=settings.get("region") or "",
        default_tags=(settings.get("defaultTags") or {}).get("tags") or {},
        ignored_tags=Ignored(
            keys=frozenset(ignored.get("keys") or ()), prefixes=tuple(ignored.get("keyPrefixes") or ())
        ),
        access_key=settings.get("accessKey"),
        secret_key=settings.get("secretKey"),
        token=settings.get("token"),
        profile=settings.get("profile"),
        roles=[parameters(role) for role in settings.get("assumeRoles") or []],
        config_file=next(iter(settings.get("sharedConfigFiles") or []), None),
        credentials_file=next(iter(settings.get("sharedCredentialsFiles") or []), None),
        authorities=settings.get("customCaBundle"),
        sts_region=settings.get("stsRegion"),
        endpoints=_endpoints(settings),
        **({"max_retries": retries} if retries is not None else {}),
    )
    profile_session(made)
    region = made.region or default_region(made)
    if not region:
        raise ProviderError("aws: no region; set the provider's region, or `pulumi config set aws:region eu-west-1`")
    if reason := require_region(region):
        raise ProviderError(f"aws: region: {reason}")
    return replace(made, region=region)


def _endpoints(settings: Properties) -> dict[str, str]:
    given: list[dict[str, str]] = settings.get("endpoints") or []
    return {_SERVICES.get(service, service): url for item in given for service, url in item.items() if url}


def check_account(aws: Aws, settings: Properties) -> None:
    """Ask AWS whose credentials these are, and refuse another account than the settings allow."""
    skipped = settings.get("skipCredentialsValidation") and settings.get("skipRequestingAccountId")
    account = "" if skipped else aws.account
    allowed, forbidden = settings.get("allowedAccountIds"), settings.get("forbiddenAccountIds")
    if (allowed and account not in allowed) or account in (forbidden or ()):
        raise ProviderError(f"AWS account ID not allowed: {account}")
