"""The AWS resource types that the program uses, each with its lookup.

The order is that of creation: later types may depend on earlier ones. The ids are those by which the official
provider imports (terraform-provider-aws, the section "Import" of each resource's page).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.recover.row import Detail, Row


def _where(**filters: str) -> list[dict[str, Any]]:
    """Return EC2's filters. In their names, a double underscore becomes a dot, and a single one a dash."""
    return [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()]


_IN_VPC = {"Filters": _where(vpc_id="{vpcId}")}
_MAKING = ("pending",)


def _rule(type: str, direction: str) -> Row:
    """Return the row of a security group's rules, which get their tags in a call of their own."""
    return Row(
        type=type,
        service="ec2",
        operation="describe-security-group-rules",
        parameters={"Filters": _where(group_id="{securityGroupId}")},
        items=f"SecurityGroupRules[?IsEgress==`{direction}`]",
        id="{SecurityGroupRuleId}",
        same={
            "ipProtocol": "IpProtocol",
            "fromPort": "FromPort",
            "toPort": "ToPort",
            "cidrIpv4": "CidrIpv4",
            "cidrIpv6": "CidrIpv6",
            "prefixListId": "PrefixListId",
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
        },
        tags="",
    )


_OF_EKS: Mapping[str, Any] = {
    "service": "eks",
    "tags": "tags",
    "state": "status",
    "busy": ("creating", "updating", "deleting", "pending"),
    "failed": ("create_failed", "failed"),
}
"""The fields that all of EKS's rows with a state share."""


def _listed_by_eks(noun: str, call: str, names: str, *, name: str, input: str = "") -> Row:
    """Return the row of a cluster's children: EKS lists their `names`, and describes each by the parameter `name`.

    `input` is the provider's word for `name`, if it differs.
    """
    input = input or name
    return Row(
        type=f"aws:eks/{noun}:{noun[0].upper()}{noun[1:]}",
        operation=f"list-{call}s",
        parameters={"clusterName": "{clusterName}"},
        items=f"{names}[?starts_with(@, '{{{input}}}')].{{{name}: @}}",
        id=f"{{clusterName}}:{{{name}}}",
        same={input: name},
        arn=rf"{noun.lower()}/(?P<clusterName>[^/]+)/(?P<{input}>[^/]+)/.+",
        arn_id=f"{{clusterName}}:{{{input}}}",
        details=(
            Detail(
                service="eks",
                operation=f"describe-{call}",
                parameters={"clusterName": "{clusterName}", name: f"{{{name}}}"},
                path=name.removesuffix("Name"),
            ),
        ),
        **_OF_EKS,
    )


_NETWORK = (
    Row(
        type="aws:ec2/vpc:Vpc",
        service="ec2",
        operation="describe-vpcs",
        items="Vpcs",
        id="{VpcId}",
        same={"cidrBlock": "CidrBlock"},
        state="State",
        busy=_MAKING,
        arn=r"vpc/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        service="ec2",
        operation="describe-security-groups",
        parameters={"Filters": _where(vpc_id="{vpcId}", group_name="default")},
        items="SecurityGroups",
        id="{GroupId}",
        tags="",
        again=True,
    ),
    Row(
        type="aws:ec2/subnet:Subnet",
        service="ec2",
        operation="describe-subnets",
        parameters=_IN_VPC,
        items="Subnets",
        id="{SubnetId}",
        same={"cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone"},
        state="State",
        busy=_MAKING,
        arn=r"subnet/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/internetGateway:InternetGateway",
        service="ec2",
        operation="describe-internet-gateways",
        items="InternetGateways[?!Attachments || Attachments[0].VpcId=='{vpcId}']",
        id="{InternetGatewayId}",
        arn=r"internet-gateway/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/eip:Eip",
        service="ec2",
        operation="describe-addresses",
        items="Addresses",
        id="{AllocationId}",
        arn=r"elastic-ip/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/natGateway:NatGateway",
        service="ec2",
        operation="describe-nat-gateways",
        parameters={"Filter": _where(subnet_id="{subnetId}")},
        items="NatGateways",
        id="{NatGatewayId}",
        same={"allocationId": "NatGatewayAddresses[0].AllocationId"},
        state="State",
        busy=("pending", "deleting"),
        failed=("failed",),
        gone=("deleted",),
        arn=r"natgateway/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/routeTable:RouteTable",
        service="ec2",
        operation="describe-route-tables",
        parameters=_IN_VPC,
        items="RouteTables",
        id="{RouteTableId}",
        arn=r"route-table/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/routeTableAssociation:RouteTableAssociation",
        service="ec2",
        operation="describe-route-tables",
        parameters={"Filters": _where(association__subnet_id="{subnetId}")},
        items="RouteTables[].Associations[?SubnetId=='{subnetId}'][]",
        id="{subnetId}/{routeTableId}",
        same={"routeTableId": "RouteTableId"},
        tags="",
        state="AssociationState.State",
        busy=("associating", "disassociating"),
        gone=("disassociated", "failed"),
    ),
    Row(
        type="aws:ec2/securityGroup:SecurityGroup",
        service="ec2",
        operation="describe-security-groups",
        parameters=_IN_VPC,
        items="SecurityGroups[?GroupName!='default']",
        id="{GroupId}",
        same={"name": "GroupName", "description": "Description"},
        # The provider revokes AWS's rule to everywhere in a call of its own, and no update looks for that rule.
        unfinished="length(IpPermissionsEgress[?IpProtocol=='-1'].IpRanges[]) > `0`",
        finished_by={"type": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "ipProtocol": "-1"},
        arn=r"security-group/(?P<id>.+)",
    ),
    _rule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "false"),
    _rule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "true"),
    Row(
        type="aws:ec2/vpcEndpoint:VpcEndpoint",
        service="ec2",
        operation="describe-vpc-endpoints",
        parameters=_IN_VPC,
        items="VpcEndpoints",
        id="{VpcEndpointId}",
        same={"serviceName": "ServiceName"},
        state="State",
        busy=("pending", "deleting"),
        failed=("failed", "rejected", "expired"),
        gone=("deleted",),
        arn=r"vpc-endpoint/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        service="ec2",
        operation="describe-vpc-peering-connections",
        parameters={
            "Filters": _where(
                requester_vpc_info__vpc_id="{vpcId}",
                accepter_vpc_info__vpc_id="{peerVpcId}",
            )
        },
        items="VpcPeeringConnections",
        id="{VpcPeeringConnectionId}",
        state="Status.Code",
        busy=("initiating-request", "provisioning", "deleting"),
        gone=("deleted", "failed", "expired", "rejected"),
        arn=r"vpc-peering-connection/(?P<id>.+)",
    ),
    *(
        Row(
            type=type,
            service="ec2",
            operation="describe-vpc-peering-connections",
            parameters={"VpcPeeringConnectionIds": ["{vpcPeeringConnectionId}"]},
            items="VpcPeeringConnections",
            id="{VpcPeeringConnectionId}",
            tags="",
            again=True,
        )
        for type in (
            "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
            "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
        )
    ),
    Row(
        type="aws:ec2/route:Route",
        service="ec2",
        operation="describe-route-tables",
        parameters={"Filters": _where(route_table_id="{routeTableId}")},
        items="RouteTables[].Routes[]",
        id="{routeTableId}_{destinationCidrBlock|destinationIpv6CidrBlock|destinationPrefixListId}",
        same={
            "destinationCidrBlock": "DestinationCidrBlock",
            "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
            "destinationPrefixListId": "DestinationPrefixListId",
        },
        tags="",
    ),
)

_IDENTITIES = (
    Row(
        type="aws:iam/role:Role",
        service="iam",
        operation="list-roles",
        items="Roles[?starts_with(RoleName, '{name}')]",
        id="{RoleName}",
        same={"name": "RoleName"},
        # The list has no tags.
        details=(Detail(service="iam", operation="get-role", parameters={"RoleName": "{RoleName}"}, path="Role"),),
    ),
    Row(
        type="aws:iam/rolePolicy:RolePolicy",
        service="iam",
        operation="list-role-policies",
        parameters={"RoleName": "{role}"},
        items="PolicyNames[?starts_with(@, '{name}')].{PolicyName: @}",
        id="{role}:{PolicyName}",
        same={"name": "PolicyName"},
        tags="",
    ),
    Row(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        service="iam",
        operation="list-attached-role-policies",
        parameters={"RoleName": "{role}"},
        items="AttachedPolicies",
        id="{role}/{policyArn}",
        same={"policyArn": "PolicyArn"},
        tags="",
    ),
    Row(
        type="aws:iam/instanceProfile:InstanceProfile",
        service="iam",
        operation="list-instance-profiles",
        items="InstanceProfiles[?starts_with(InstanceProfileName, '{name}')]",
        id="{InstanceProfileName}",
        same={"name": "InstanceProfileName"},
        details=(
            Detail(
                service="iam",
                operation="get-instance-profile",
                parameters={"InstanceProfileName": "{InstanceProfileName}"},
                path="InstanceProfile",
            ),
        ),
        arn=r"instance-profile/(?:.+/)?(?P<name>[^/]+)",
        arn_id="{name}",
    ),
)

_MACHINES = (
    Row(
        type="aws:kms/key:Key",
        service="resourcegroupstaggingapi",
        operation="get-resources",
        # KMS lists no tags, and tells those of a key only to whom the key's own policy admits.
        parameters={"ResourceTypeFilters": ["kms:key"]},
        items="ResourceTagMappingList",
        id="{KeyId}",
        details=(
            Detail(service="kms", operation="describe-key", parameters={"KeyId": "{ResourceARN}"}, path="KeyMetadata"),
        ),
        state="KeyState",
        busy=("creating",),
        gone=("pendingdeletion", "pendingreplicadeletion"),
        arn=r"key/(?P<id>.+)",
    ),
    Row(
        type="aws:kms/alias:Alias",
        service="kms",
        operation="list-aliases",
        parameters={"KeyId": "{targetKeyId}"},
        items="Aliases",
        id="{AliasName}",
        same={"name": "AliasName"},
        tags="",
    ),
    Row(
        type="aws:cloudwatch/logGroup:LogGroup",
        service="logs",
        operation="describe-log-groups",
        parameters={"logGroupNamePrefix": "{name}"},
        items="logGroups",
        id="{logGroupName}",
        same={"name": "logGroupName"},
        tags="tags",
        # The list has no tags, and this call takes the ARN without `:*`.
        details=(
            Detail(
                service="logs",
                operation="list-tags-for-resource",
                parameters={"resourceArn": "{logGroupArn}"},
                path="{tags: tags}",
            ),
        ),
        arn=r"log-group:(?P<name>[^:]+)(?::\*)?",
        arn_id="{name}",
    ),
    Row(
        type="aws:ec2/flowLog:FlowLog",
        service="ec2",
        operation="describe-flow-logs",
        parameters={"Filter": _where(resource_id="{vpcId|subnetId|eniId}")},
        items="FlowLogs",
        id="{FlowLogId}",
        same={"logDestination": "LogDestination"},
        arn=r"vpc-flow-log/(?P<id>.+)",
    ),
    Row(
        type="aws:ec2/launchTemplate:LaunchTemplate",
        service="ec2",
        operation="describe-launch-templates",
        items="LaunchTemplates[?starts_with(LaunchTemplateName, '{name}')]",
        id="{LaunchTemplateId}",
        same={"name": "LaunchTemplateName"},
        arn=r"launch-template/(?P<id>.+)",
    ),
    Row(
        type="aws:autoscaling/group:Group",
        service="autoscaling",
        operation="describe-auto-scaling-groups",
        items="AutoScalingGroups[?starts_with(AutoScalingGroupName, '{name}')]",
        id="{AutoScalingGroupName}",
        same={"name": "AutoScalingGroupName"},
        state="Status",
        busy=("delete in progress",),
    ),
    Row(
        type="aws:ssm/document:Document",
        service="ssm",
        operation="describe-document",
        parameters={"Name": "{name}"},
        items="[Document]",
        id="{Name}",
        tags="",
        state="Status",
        busy=("creating", "updating", "deleting"),
        failed=("failed",),
        arn=r"document/(?P<name>.+)",
        arn_id="{name}",
    ),
    Row(
        type="aws:ssm/parameter:Parameter",
        service="ssm",
        operation="describe-parameters",
        parameters={"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["{name}"]}]},
        items="Parameters",
        id="{Name}",
        tags="",
        arn=r"parameter(?P<name>/.+)",
        arn_id="{name}",
    ),
)

_CLUSTERS = (
    Row(
        type="aws:eks/cluster:Cluster",
        operation="describe-cluster",
        parameters={"name": "{name}"},
        items="[cluster]",
        id="{name}",
        arn=r"cluster/(?P<name>.+)",
        arn_id="{name}",
        **_OF_EKS,
    ),
    Row(
        type="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        service="iam",
        operation="list-open-id-connect-providers",
        # The ARN has the issuer's URL without its scheme.
        items="OpenIDConnectProviderList[?ends_with(Arn, ':oidc-provider/{url:bare}')]",
        id="{Arn}",
        tags="",
        arn=r"oidc-provider/(?P<url>.+)",
        arn_id="{arn}",
    ),
    Row(
        type="aws:eks/accessEntry:AccessEntry",
        service="eks",
        operation="describe-access-entry",
        parameters={"clusterName": "{clusterName}", "principalArn": "{principalArn}"},
        items="[accessEntry]",
        id="{clusterName}:{principalArn}",
        tags="tags",
    ),
    Row(
        type="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        service="eks",
        operation="list-associated-access-policies",
        parameters={"clusterName": "{clusterName}", "principalArn": "{principalArn}"},
        items="associatedAccessPolicies[?policyArn=='{policyArn}']",
        id="{clusterName}#{principalArn}#{policyArn}",
        tags="",
    ),
    Row(
        type="aws:eks/podIdentityAssociation:PodIdentityAssociation",
        service="eks",
        operation="list-pod-identity-associations",
        parameters={
            "clusterName": "{clusterName}",
            "namespace": "{namespace}",
            "serviceAccount": "{serviceAccount}",
        },
        items="associations",
        id="{clusterName},{associationId}",
        tags="",
        arn=r"podidentityassociation/(?P<clusterName>[^/]+)/(?P<id>.+)",
        arn_id="{clusterName},{id}",
    ),
    _listed_by_eks("nodeGroup", "nodegroup", "nodegroups", name="nodegroupName", input="nodeGroupName"),
    _listed_by_eks("fargateProfile", "fargate-profile", "fargateProfileNames", name="fargateProfileName"),
    Row(
        type="aws:eks/addon:Addon",
        operation="describe-addon",
        parameters={"clusterName": "{clusterName}", "addonName": "{addonName}"},
        items="[addon]",
        id="{clusterName}:{addonName}",
        arn=r"addon/(?P<clusterName>[^/]+)/(?P<addonName>[^/]+)/.+",
        arn_id="{clusterName}:{addonName}",
        **_OF_EKS,
    ),
)

_NAMES = (
    Row(
        type="aws:route53/healthCheck:HealthCheck",
        service="route53",
        operation="list-health-checks",
        items="HealthChecks",
        id="{Id}",
        same={
            "type": "HealthCheckConfig.Type",
            "fqdn": "HealthCheckConfig.FullyQualifiedDomainName",
            "ipAddress": "HealthCheckConfig.IPAddress",
            "port": "HealthCheckConfig.Port",
            "resourcePath": "HealthCheckConfig.ResourcePath",
        },
        details=(
            Detail(
                service="route53",
                operation="list-tags-for-resource",
                parameters={"ResourceType": "healthcheck", "ResourceId": "{Id}"},
                path="ResourceTagSet",
            ),
        ),
    ),
    Row(
        type="aws:route53/record:Record",
        service="route53",
        operation="list-resource-record-sets",
        parameters={"HostedZoneId": "{zoneId}"},
        items="ResourceRecordSets[?Name=='{name:fqdn}' && Type=='{type}']",
        id="{zoneId:bare}_{name}_{type}",
        id_end="_{setIdentifier}",
        same={"setIdentifier": "SetIdentifier"},
        tags="",
    ),
    Row(
        type="aws:route53/zoneAssociation:ZoneAssociation",
        service="route53",
        operation="list-hosted-zones-by-vpc",
        parameters={"VPCId": "{vpcId}", "VPCRegion": "{vpcRegion}"},
        items="HostedZoneSummaries[?HostedZoneId=='{zoneId:bare}']",
        id="{zoneId:bare}:{vpcId}:{vpcRegion}",
        tags="",
    ),
)

ROWS: tuple[Row, ...] = (*_NETWORK, *_IDENTITIES, *_MACHINES, *_CLUSTERS, *_NAMES)


def actions() -> frozenset[str]:
    """Return the IAM actions of all calls."""
    calls = {(row.service, row.operation) for row in ROWS}
    calls |= {(detail.service, detail.operation) for row in ROWS for detail in row.details}
    return frozenset(_action(service, operation) for service, operation in calls)


def _action(service: str, operation: str) -> str:
    prefix = "tag" if service == "resourcegroupstaggingapi" else service
    name = "".join(part.title() for part in operation.split("-"))
    return f"{prefix}:{name.replace('OpenId', 'OpenID').replace('ByVpc', 'ByVPC')}"


TABLE: Mapping[str, Row] = {row.type: row for row in ROWS}
"""The rows by Pulumi's type token."""
