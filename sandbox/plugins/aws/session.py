"""AWS as one configured provider sees it: its region, its default tags, and its services' operations."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.plugins.aws.roles import take
from sandbox.plugins.aws.tags import Ignored
from sandbox.plugins.provider.resource import ProviderError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

Answer = dict[str, Any]
"""An operation's response, as boto3 returns it."""

_DEFAULT_RETRIES = 25
"""The official provider's default for maxRetries."""

_THROTTLED = frozenset(
    {
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""aws-sdk-go-v2's (aws/retry/standard.go, DefaultThrottleErrorCodes), without those of services that no fleet uses."""
_LONGEST_PAUSE = 5.0
"""Seconds between two attempts at most."""


class AwsError(ProviderError):
    """AWS refused an operation."""

    def __init__(self, service: str, operation: str, code: str, message: str, status: int = 400) -> None:
        """Take the error's code (`DependencyViolation`), AWS's own message, and HTTP's status."""
        super().__init__(f"{service} {operation}: {code}: {message}")
        self.code = code
        self.message = message
        self.passes = status >= 500 or code in _THROTTLED
        """Whether the same call may well succeed a little later."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """A provider's settings, checked."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    profile: str | None = None
    ignored_tags: Ignored = field(default_factory=Ignored)
    roles: Sequence[Mapping[str, Any]] = ()
    """Roles to take, one by the other: each the parameters of sts:AssumeRole."""
    config_file: str | None = None
    credentials_file: str | None = None
    """The file with the profiles; AWS's own places if it isn't given."""
    authorities: str | None = None
    """A file of certificate authorities."""
    sts_region: str | None = None
    max_retries: int = _DEFAULT_RETRIES
    endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    """URLs by boto3's name of the service, for those that have one of their own."""

    def all_tags(self, tags: Mapping[str, str] | None) -> dict[str, str]:
        """Return all tags of a resource with these tags of its own."""
        return self.ignored_tags.without({**self.default_tags, **(tags or {})})


class Aws:
    """The client that every call of a configured provider gets; safe to use from many threads."""

    def __init__(self, config: Config) -> None:
        """Connect nothing yet: boto3 is imported at the first operation."""
        self.config = config
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._lock = threading.Lock()

    def request(self, region: str, service: str, operation: str, **parameters: Any) -> Answer:
        """Call an operation by AWS's name for it, `CreateVpc`; parameters that are None are left out.

        Throttling and AWS's own faults are tried again. Raises AwsError with AWS's code, and ProviderError where
        boto3's model of AWS does not know a parameter, or nothing answers.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        pause = 0.2
        for _ in range(self.config.max_retries):
            try:
                return self._ask(region, service, operation, given)
            except AwsError as error:
                if not error.passes:
                    raise
                # Chance keeps the calls that were throttled together from coming back together.
                time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
                pause = min(pause * 2, _LONGEST_PAUSE)
        return self._ask(region, service, operation, given)

    def _ask(self, region: str, service: str, operation: str, parameters: Answer) -> Answer:
        from botocore import xform_name
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionClosedError,
            EndpointConnectionError,
        )

        try:
            return getattr(self._client(service, region), xform_name(operation))(**parameters)
        except ClientError as error:
            details = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            code, message = details.get("Code", "?"), details.get("Message", str(error))
            raise AwsError(service, operation, code, message, status) from error
        except ConnectionClosedError as error:
            # aws-sdk-go-v2 tries a connection that was reset again (aws/retry/retryable_error.go).
            raise AwsError(service, operation, "RequestError", str(error), 503) from error
        except EndpointConnectionError as error:
            raise ProviderError(f"{service} {operation}: {error} Is the sandbox up? `make up` starts it.") from error
        except BotoCoreError as error:
            raise ProviderError(f"{service} {operation}: {error}") from error

    def parameters(self, region: str, service: str, operation: str) -> Collection[str]:
        """The names of an operation's parameters, by botocore's model."""
        shape = self._client(service, region).meta.service_model.operation_model(operation).input_shape
        return shape.members if shape else ()

    @cached_property
    def identity(self) -> Answer:
        """GetCallerIdentity's answer: Account, Arn, UserId."""
        return self.request(self.config.sts_region or self.config.region, "sts", "GetCallerIdentity")

    @property
    def account(self) -> str:
        """The account's 12 digits."""
        return self.identity["Account"]

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, ..."""
        return self.identity["Arn"].split(":")[1]

    def _client(self, service: str, region: str) -> BaseClient:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make_client(service, region)
            return self._clients[service, region]

    def _make_client(self, service: str, region: str) -> BaseClient:
        from botocore.config import Config as BotoConfig

        endpoint = self._endpoint(service)
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            verify=self.config.authorities,
            config=BotoConfig(
                # Its own retries would take minutes to say that nothing answers.
                retries={"mode": "standard", "total_max_attempts": 1},
                max_pool_connections=64,
                inject_host_prefix=False,
            ),
        )

    @cached_property
    def _session(self) -> Session:
        session = profile_session(self.config)
        if self.config.access_key or self.config.secret_key:
            session.set_credentials(self.config.access_key, self.config.secret_key, self.config.token)
        for role in self.config.roles:
            session = take(session, role, self.config.sts_region or self.config.region, self._endpoint("sts"))
        return session

    def _endpoint(self, service: str) -> str:
        endpoint = self.config.endpoints.get(service) or os.environ.get("AWS_ENDPOINT_URL")
        if not endpoint:
            raise ProviderError(
                "this stand-in for pulumi-resource-aws speaks to the sandbox only, and AWS_ENDPOINT_URL isn't set; "
                "run `source .sandbox/env`, or install the official plugin for AWS itself"
            )
        return endpoint


def profile_session(config: Config) -> Session:
    """A session of the profile that the provider or the environment names; raises ProviderError if there is none.

    The official plugin says the same (pulumi-aws provider/errors/profile_not_found.txt). A profile that the provider
    names comes before keys in the environment.
    """
    from botocore.session import Session

    session = Session(profile=config.profile)
    if config.config_file:
        session.set_config_variable("config_file", config.config_file)
    if config.credentials_file:
        session.set_config_variable("credentials_file", config.credentials_file)
    wanted = config.profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    known = session.available_profiles
    if wanted and wanted != "default" and wanted not in known:
        others = [name for name in known if name != "default"]
        listed = f" Configured profiles: {', '.join(others)}." if others else ""
        raise ProviderError(
            f'The AWS profile "{wanted}" was not found.{listed} Check the `aws:profile` configuration and the '
            "AWS_PROFILE environment variable."
        )
    return session


def default_region(config: Config) -> str | None:
    """The region that the environment names, or else the profile, as AWS's own tools read it."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return named or profile_session(config).get_config_variable("region")
