"""The provider itself: its settings, and which types it has."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.plugins.aws import (
    autoscaling,
    buckets,
    dns,
    eks_access,
    eks_addon,
    eks_cluster,
    eks_fargate,
    eks_nodes,
    eks_pods,
    endpoints,
    gateways,
    iam,
    inventory,
    kms,
    launch_template,
    logs,
    peering,
    provider_settings,
    route53,
    route53_record,
    routes,
    security_group_rules,
    security_groups,
    ssm,
    vpc,
)
from sandbox.plugins.aws.functions import FUNCTIONS
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.session import Aws
from sandbox.plugins.provider.provider import Provider
from sandbox.plugins.provider.resource import Refused
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
    gateways.EgressOnlyInternetGateway,
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
    route53.HealthCheck,
    route53.ZoneAssociation,
    route53_record.Record,
    routes.Route,
    routes.RouteTable,
    routes.RouteTableAssociation,
    security_groups.DefaultSecurityGroup,
    security_groups.SecurityGroup,
    security_group_rules.SecurityGroupEgressRule,
    security_group_rules.SecurityGroupIngressRule,
    ssm.Document,
    ssm.Parameter,
    vpc.Subnet,
    vpc.Vpc,
)
RESOURCES: Mapping[str, type[AwsResource]] = {type_.kind: type_ for type_ in _TYPES}
"""The resource types by token."""


class AwsProvider(Provider[Aws]):
    """The stand-in for pulumi_aws's provider."""

    def __init__(self) -> None:
        """Know every type and function."""
        super().__init__(
            "aws", "pulumi_aws", RESOURCES, {**FUNCTIONS, **buckets.FUNCTIONS, **dns.DNS, **inventory.FUNCTIONS}
        )

    def check(self, settings: Properties) -> None:
        """Refuse settings that are not implemented, and values that the official provider refuses."""
        if problems := list(provider_settings.problems(settings)):
            raise Refused(*problems)

    def replaces(self, old: Properties, new: Properties) -> frozenset[str]:
        """Another region is another place for every resource."""
        return frozenset(name for name in ("region",) if old.get(name) != new.get(name))

    def configure(self, settings: Properties) -> Aws:
        """See who asks, unless that is not to be checked."""
        aws = Aws(provider_settings.config(settings))
        provider_settings.check_account(aws, settings)
        return aws
