"""The provider itself: its settings, and which types it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import (
    autoscaling,
    eks_access,
    eks_addon,
    eks_cluster,
    eks_fargate,
    eks_nodes,
    eks_pods,
    endpoints,
    gateways,
    holdings,
    iam,
    kms,
    launch_template,
    logs,
    peering,
    routes,
    security_groups,
    ssm,
    vpc,
)
from sandbox.plugins.aws.functions import FUNCTIONS
from sandbox.plugins.aws.regions import require_region
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.session import Aws, Config, default_region
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.provider import Provider
from sandbox.plugins.provider.resource import ProviderError, Refused
from sandbox.plugins.provider.values import Properties

_TYPES: tuple[type[AwsResource], ...] = (
    autoscaling.Group,
    eks_access.AccessEntry,
    eks_access.AccessPolicyAssociation,
    eks_addon.Addon,
    eks_cluster.Cluster,
    eks_fargate.FargateProfile,
    eks_nodes.NodeGroup,
    eks_pods.PodIdentityAssociation,
    endpoints.VpcEndpoint,
    gateways.Eip,
    gateways.InternetGateway,
    gateways.NatGateway,
    iam.InstanceProfile,
    iam.OpenIdConnectProvider,
    iam.Role,
    iam.RolePolicy,
    iam.RolePolicyAttachment,
    kms.Alias,
    kms.Key,
    launch_template.LaunchTemplate,
    logs.FlowLog,
    logs.LogGroup,
    peering.PeeringConnectionOptions,
    peering.VpcPeeringConnection,
    peering.VpcPeeringConnectionAccepter,
    routes.Route,
    routes.RouteTable,
    routes.RouteTableAssociation,
    security_groups.DefaultSecurityGroup,
    security_groups.SecurityGroup,
    security_groups.SecurityGroupEgressRule,
    security_groups.SecurityGroupIngressRule,
    ssm.Document,
    ssm.Parameter,
    vpc.Subnet,
    vpc.Vpc,
)
RESOURCES: Mapping[str, type[AwsResource]] = {one.kind: one for one in _TYPES}
"""By token."""

_USED = (
    "accessKey",
    "allowedAccountIds",
    "defaultTags",
    "endpoints",
    "forbiddenAccountIds",
    "maxRetries",
    "profile",
    "region",
    "secretKey",
    "token",
)
_WITHOUT_EFFECT = (
    "s3UsePathStyle",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
)
"""Settings that change nothing here: there is no S3, no metadata service, and nothing is validated over the network."""
_SERVICES = {"cloudwatchlogs": "logs", "iam": "iam", "sts": "sts"}
"""The official provider's names of services, where boto3 has others."""


class AwsProvider(Provider[Aws]):
    """The stand-in for pulumi_aws's provider."""

    def __init__(self) -> None:
        """Know every type and function."""
        super().__init__("aws", "pulumi_aws", RESOURCES, {**FUNCTIONS, **holdings.FUNCTIONS})

    def check(self, settings: Properties) -> None:
        """Refuse settings that are not implemented, and a region that doesn't exist."""
        if problems := list(_problems(settings)):
            raise Refused(*problems)

    def replaces(self, old: Properties, new: Properties) -> frozenset[str]:
        """Another region is another place for every resource."""
        return frozenset(name for name in ("region",) if old.get(name) != new.get(name))

    def configure(self, settings: Properties) -> Aws:
        """Connect nothing yet, unless accounts are to be checked."""
        region = settings.get("region") or default_region()
        if not region:
            raise ProviderError(
                "aws: no region; set the provider's region, or `pulumi config set aws:region eu-west-1`"
            )
        if reason := require_region(region):
            raise ProviderError(f"aws: region: {reason}")
        aws = Aws(
            Config(
                region=region,
                default_tags=(settings.get("defaultTags") or {}).get("tags") or {},
                access_key=settings.get("accessKey"),
                secret_key=settings.get("secretKey"),
                token=settings.get("token"),
                profile=settings.get("profile"),
                **({"max_retries": settings["maxRetries"]} if settings.get("maxRetries") is not None else {}),
                endpoints=_endpoints(settings),
            )
        )
        _check_account(aws, settings)
        return aws


def _problems(settings: Properties) -> Iterator[Problem]:
    for name, value in settings.items():
        if value is not None and name not in (*_USED, *_WITHOUT_EFFECT):
            yield Problem(name, f"this stand-in for AWS has not got the provider's setting {name!r}")
    region = settings.get("region")
    if isinstance(region, str) and (reason := require_region(region)):
        yield Problem("region", reason)


def _endpoints(settings: Properties) -> dict[str, str]:
    given: list[dict[str, str]] = settings.get("endpoints") or []
    return {_SERVICES.get(service, service): url for item in given for service, url in item.items() if url}


def _check_account(aws: Aws, settings: Mapping[str, Any]) -> None:
    allowed, forbidden = settings.get("allowedAccountIds"), settings.get("forbiddenAccountIds")
    if allowed and aws.account not in allowed:
        raise ProviderError(f"AWS account ID not allowed: {aws.account} is none of allowedAccountIds")
    if forbidden and aws.account in forbidden:
        raise ProviderError(f"AWS account ID not allowed: {aws.account} is among forbiddenAccountIds")
