"""Pulumi's own settings of AWS, `aws:profile` for instance, which Pulumi hands to its default provider alone.

A fleet has a provider of its own for each region. Each gets what is set here, and the clusters are called with the
same identity. Settings that only one of them knows are refused:
https://www.pulumi.com/registry/packages/aws/installation-configuration.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from components.cluster import SignIn
from settings.access import RoleArn
from settings.base import PROJECT, Section
from settings.form import Form
from settings.tags import OWN

NAMESPACE = "aws"

BY_PROFILE = "put it into a profile of the AWS configuration (role_arn, source_profile) and set aws:profile"

_STATIC = (
    "is a static key, which would be kept in the stack's settings and state; sign in by a profile (aws:profile), by "
    "`aws sso login` or by the environment, and take it out: pulumi config rm aws:{}"
)

REFUSED = {
    **{key: _STATIC.format(key) for key in ("accessKey", "secretKey", "token")},
    "assumeRoleWithWebIdentity": "is known to the AWS provider alone, and the clusters would be called as somebody "
    "else; set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE in the environment, which both read",
    "defaultTags": f"would be tags beside the fleet's own, and reach neither nodes nor their disks; set {PROJECT}:tags",
}
"""The refused settings, each with the rule and the fix. No message shows the value, which can be a secret."""


def _account(value: Any) -> Any:
    text = str(value)
    if not re.fullmatch(r"\d{12}", text):
        raise ValueError("is not an account's number; write its 12 digits, in quotes")
    return text


def _of_profile(value: Any) -> Any:
    raise ValueError(f"can't be given to `aws eks get-token --role-arn`, which calls the clusters; {BY_PROFILE}")


OfProfile = Annotated[None, BeforeValidator(_of_profile)]
AccountId = Annotated[
    str,
    BeforeValidator(_account),
    Form("An account's 12 digits, in quotes.", r"\d{12}", kinds=("integer", "string")),
]


class AssumeRole(Section):
    """A role that is assumed before any call."""

    role_arn: RoleArn
    session_name: str | None = None
    duration: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] | None = None

    external_id: OfProfile = None
    source_identity: OfProfile = None
    tags: OfProfile = None
    transitive_tag_keys: OfProfile = None


class IgnoreTags(Section):
    """Tags that others set, which the program leaves alone."""

    keys: tuple[str, ...] = ()
    key_prefixes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _none_of_the_fleet_s(self) -> IgnoreTags:
        for key in self.keys:
            if key in OWN:
                raise ValueError(f"keys: {key} is a tag that the fleet sets on everything; take it out")
        for prefix in self.key_prefixes:
            for key in OWN:
                if key.startswith(prefix):
                    raise ValueError(
                        f"keyPrefixes: {prefix} begins {key}, a tag that the fleet sets on everything; take it out"
                    )
        return self


class Provider(Section):
    """The settings of the AWS provider that a fleet uses, by Pulumi's names."""

    profile: str | None = Field(default=None, min_length=1)
    allowed_account_ids: tuple[AccountId, ...] | None = None
    forbidden_account_ids: tuple[AccountId, ...] | None = None
    assume_roles: tuple[AssumeRole, ...] | None = None
    shared_config_files: tuple[str, ...] | None = None
    shared_credentials_files: tuple[str, ...] | None = None
    custom_ca_bundle: str | None = None
    ec2_metadata_service_endpoint: str | None = None
    ec2_metadata_service_endpoint_mode: str | None = None
    endpoints: tuple[dict[str, str], ...] | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    ignore_tags: IgnoreTags | None = None
    insecure: bool | None = None
    max_retries: int | None = Field(default=None, ge=0)
    no_proxy: str | None = None
    region: str | None = None
    """Unused, because each cluster has a region of its own."""
    retry_mode: str | None = None
    s3_us_east1_regional_endpoint: str | None = None
    s3_use_path_style: bool | None = None
    skip_credentials_validation: bool | None = None
    skip_metadata_api_check: bool | None = None
    skip_region_validation: bool | None = None
    skip_requesting_account_id: bool | None = None
    sts_region: str | None = None
    tag_policy_compliance: str | None = None
    token_bucket_rate_limiter_capacity: int | None = Field(default=None, ge=0)
    use_dualstack_endpoint: bool | None = None
    use_fips_endpoint: bool | None = None
    user_agents: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Provider:
        if self.allowed_account_ids and self.forbidden_account_ids:
            raise ValueError("allowedAccountIds and forbiddenAccountIds are both set; set one of them")
        if self.skip_requesting_account_id and (self.allowed_account_ids or self.forbidden_account_ids):
            raise ValueError(
                "skipRequestingAccountId: true leaves the account unknown, and allowedAccountIds and "
                "forbiddenAccountIds need it; take it out"
            )
        if len(self.assume_roles or ()) > 1:
            raise ValueError(
                f"assumeRoles: {len(self.assume_roles or ())} roles can't be given to `aws eks get-token`, which calls "
                f"the clusters; name the last one, or for a chain {BY_PROFILE}"
            )
        for key, files in (
            ("sharedConfigFiles", self.shared_config_files),
            ("sharedCredentialsFiles", self.shared_credentials_files),
        ):
            if len(files or ()) > 1:
                raise ValueError(f"{key}: {', '.join(files or ())} are several, and `aws` reads one file; name one")
        return self

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `aws.Provider`: those that are set, nested keys by Pulumi's names."""
        given = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"region"})
        return {
            name: given[field.alias or name] for name, field in Provider.model_fields.items() if field.alias in given
        }

    @property
    def sign_in(self) -> SignIn:
        """The identity for `aws`, the same as the providers'."""
        given = {key: getattr(self, name) for key, name in ENVIRONMENT.items()}
        return SignIn(
            profile=self.profile,
            role_arn=self.assume_roles[0].role_arn if self.assume_roles else None,
            environment={key: value if isinstance(value, str) else value[0] for key, value in given.items() if value},
        )


ENVIRONMENT = {
    "AWS_CA_BUNDLE": "custom_ca_bundle",
    "AWS_CONFIG_FILE": "shared_config_files",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "ec2_metadata_service_endpoint",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ec2_metadata_service_endpoint_mode",
    "AWS_SHARED_CREDENTIALS_FILE": "shared_credentials_files",
    "HTTPS_PROXY": "https_proxy",
    "HTTP_PROXY": "http_proxy",
    "NO_PROXY": "no_proxy",
}
"""Environment variables of `aws` that decide on the identity and the route, and the settings that equal them."""
