"""Assuming roles before the first call of AWS: the provider's `assumeRoles`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.plugins.aws.durations import seconds
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

if TYPE_CHECKING:
    from botocore.session import Session

_KEYS = {
    "roleArn": "RoleArn",
    "externalId": "ExternalId",
    "policy": "Policy",
    "sessionName": "RoleSessionName",
    "sourceIdentity": "SourceIdentity",
    "transitiveTagKeys": "TransitiveTagKeys",
}


def parameters(role: Properties) -> dict[str, Any]:
    """The parameters of sts:AssumeRole that take a role as the provider's setting has it."""
    given: dict[str, Any] = {key: role[name] for name, key in _KEYS.items() if role.get(name)}
    given.setdefault("RoleSessionName", f"aws-go-sdk-{time.time_ns()}")
    if role.get("duration"):
        given["DurationSeconds"] = int(seconds(role["duration"]) or 0)
    if role.get("policyArns"):
        given["PolicyArns"] = [{"arn": arn} for arn in role["policyArns"]]
    if role.get("tags"):
        given["Tags"] = [{"Key": key, "Value": value} for key, value in role["tags"].items()]
    return given


def take(session: Session, role: Mapping[str, Any], region: str, endpoint: str) -> Session:
    """A session as the role, which is taken again before its keys expire; raises ProviderError if it can't be."""
    from botocore.credentials import RefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    sts = session.create_client("sts", region_name=region, endpoint_url=endpoint)

    def keys() -> dict[str, str]:
        try:
            credentials = sts.assume_role(**role)["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise ProviderError(f"IAM Role ({role.get('RoleArn')}) cannot be assumed. Error: {error}") from error
        return {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }

    taken = Session()
    taken._credentials = RefreshableCredentials.create_from_metadata(keys(), keys, "sts-assume-role")
    return taken
