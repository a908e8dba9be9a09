"""eks:index:Cluster, as far as the arguments that the provider lets through."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from sandbox.plugins.eks.kubeconfig import kubeconfig
from sandbox.plugins.eks.readiness import answering
from sandbox.plugins.eks.servicerole import cluster_role

_IGNORED = ["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"]
"""The inputs whose changes the official component ignores: EKS reads them only when it creates the cluster."""


class Cluster(pulumi.ComponentResource):
    """A control plane with its role, a Kubernetes provider for it, and add-ons if the arguments have any."""

    state: dict[str, Any]
    """The outputs, by the names of the SDK's class."""

    def __init__(self, name: str, args: dict[str, Any], opts: ResourceOptions) -> None:
        """`args` are those of the SDK's class, by their camelCase names."""
        # The official component records neither its arguments nor what it depends on.
        alone = copy(opts)
        alone.depends_on = None
        super().__init__("eks:index:Cluster", name, None, alone)
        self._name, self._args = name, args
        self._role = None if args.get("serviceRole") else cluster_role(name, args.get("tags"), self)
        self.cluster = self._control_plane()
        given = Output.all(self.cluster.endpoint, args.get("endpointPublicAccess"))
        self._endpoint = given.apply(lambda values: answering(values[0]) if _waits(values[1]) else values[0])
        options = args.get("providerCredentialOpts")
        self.provider = kubernetes.Provider(
            f"{name}-eks-k8s",
            kubeconfig=Output.json_dumps(self._kubeconfig(options), separators=(",", ":")),
            enable_config_map_mutable=args.get("enableConfigMapMutable"),
            opts=ResourceOptions(parent=self),
        )
        self._addon("kube-proxy", "kubeProxyAddonOptions", default=True)
        self._addon("coredns", "corednsAddonOptions", default=False)
        self.state = self._outputs()
        self.register_outputs(self.state)

    def _control_plane(self) -> aws.eks.Cluster:
        args = self._args
        group = args.get("clusterSecurityGroup")
        key = args.get("encryptionConfigKeyArn")
        return aws.eks.Cluster(
            f"{self._name}-eksCluster",
            name=args.get("name"),
            role_arn=self._role.role.arn if self._role else Output.from_input(args["serviceRole"]).arn,
            kubernetes_network_config=self._network(),
            bootstrap_self_managed_addons=_default(args.get("bootstrapSelfManagedAddons"), True),
            vpc_config={
                "security_group_ids": [Output.from_input(group).id] if group else None,
                "subnet_ids": self._subnets(),
                "endpoint_private_access": args.get("endpointPrivateAccess"),
                "endpoint_public_access": args.get("endpointPublicAccess"),
                "public_access_cidrs": args.get("publicAccessCidrs"),
            },
            version=args.get("version"),
            enabled_cluster_log_types=args.get("enabledClusterLogTypes"),
            tags=_tags({"Name": f"{self._name}-eksCluster"}, args.get("clusterTags"), args.get("tags")),
            encryption_config={"provider": {"key_arn": key}, "resources": ["secrets"]} if key else None,
            access_config={
                "authentication_mode": args["authenticationMode"],
                "bootstrap_cluster_creator_admin_permissions": True,
            },
            upgrade_policy=_snake(args.get("upgradePolicy")),
            deletion_protection=args.get("deletionProtection"),
            # EKS needs its role with the policies on it until the cluster is gone.
            opts=ResourceOptions(
                parent=self,
                ignore_changes=_IGNORED,
                depends_on=[self._role.role, *self._role.attachments] if self._role else None,
            ),
        )

    def _network(self) -> Any:
        cidr, family = self._args.get("kubernetesServiceIpAddressRange"), self._args.get("ipFamily")
        if not cidr and not family:
            return None
        return Output.all(cidr, family).apply(
            lambda given: {
                "service_ipv4_cidr": given[0] if (given[1] or "ipv4") == "ipv4" else None,
                "ip_family": given[1] or "ipv4",
            }
        )

    def _subnets(self) -> Input[list[Any]]:
        if (subnets := self._args.get("subnetIds")) is not None:
            return subnets
        given = [self._args.get("publicSubnetIds") or [], self._args.get("privateSubnetIds") or []]
        return Output.all(*given).apply(lambda lists: [*lists[0], *lists[1]])

    def _kubeconfig(self, credentials: Any) -> Output[Any]:
        cluster = self.cluster
        known = Output.all(cluster.name, self._endpoint, cluster.arn, cluster.certificate_authority.data, credentials)
        return known.apply(
            lambda values: kubeconfig(
                cluster=values[0],
                endpoint=values[1],
                region=values[2].split(":")[3],
                authority=values[3],
                credentials=values[4],
            )
        )

    def _addon(self, addon: str, argument: str, *, default: bool) -> None:
        options = self._args.get(argument) or {}
        enabled = _default(options.get("enabled"), default)
        if not enabled and not (addon == "coredns" and options.get("configurationValues")):
            return
        parent = pulumi.InvokeOutputOptions(parent=self)
        version = (
            options.get("version")
            or aws.eks.get_addon_version_output(
                addon_name=addon, kubernetes_version=self.cluster.version, most_recent=True, opts=parent
            ).version
        )
        values = options.get("configurationValues")
        aws.eks.Addon(
            f"{self._name}-{addon}",
            cluster_name=self.cluster.name,
            addon_name=addon,
            preserve=True,
            tags=self._args.get("tags"),
            resolve_conflicts_on_create=options.get("resolveConflictsOnCreate") or "OVERWRITE",
            resolve_conflicts_on_update=options.get("resolveConflictsOnUpdate") or "OVERWRITE",
            addon_version=version,
            configuration_values=Output.from_input(values).apply(json.dumps) if values else None,
            opts=ResourceOptions(parent=self),
        )

    def _outputs(self) -> dict[str, Any]:
        args, cluster = self._args, self.cluster
        group = args.get("clusterSecurityGroup")
        own_group = cluster.vpc_config.cluster_security_group_id
        # What a user gets has no profile in it: that is the business of whoever uses it.
        credentials = Output.from_input(args.get("providerCredentialOpts")).apply(
            lambda given: {"roleArn": given.get("roleArn")} if given else None
        )
        config = self._kubeconfig(credentials)
        issuer = cluster.identities.apply(_issuer)
        return {
            "clusterSecurityGroup": group,
            "core": self._core(config),
            "defaultNodeGroup": None,
            "eksCluster": cluster,
            "eksClusterIngressRule": None,
            "instanceRoles": [],
            "kubeconfig": config,
            "kubeconfigJson": Output.json_dumps(config, separators=(",", ":")),
            "nodeSecurityGroup": None,
            "clusterSecurityGroupId": Output.from_input(group).id if group else own_group,
            "nodeSecurityGroupId": own_group,
            "clusterIngressRuleId": "",
            "defaultNodeGroupAsgName": "",
            "fargateProfileId": "",
            "fargateProfileStatus": "",
            "oidcProviderArn": "",
            "oidcProviderUrl": issuer,
            "oidcIssuer": issuer.apply(lambda url: url.removeprefix("https://")),
            "autoModeNodeRoleName": "",
        }

    def _core(self, config: Output[Any]) -> dict[str, Any]:
        args = self._args
        key = args.get("encryptionConfigKeyArn")
        return {
            "cluster": self.cluster,
            "clusterIamRole": self._role.role if self._role else args.get("serviceRole"),
            "endpoint": self.cluster.endpoint,
            "instanceRoles": [],
            "nodeGroupOptions": {"version": args.get("version")},
            "provider": self.provider,
            "subnetIds": self._subnets(),
            "vpcId": args.get("vpcId"),
            "accessEntries": [],
            "clusterSecurityGroup": args.get("clusterSecurityGroup"),
            "encryptionConfig": {"provider": {"keyArn": key}, "resources": ["secrets"]} if key else None,
            "kubeconfig": config,
            "privateSubnetIds": args.get("privateSubnetIds"),
            "publicSubnetIds": args.get("publicSubnetIds"),
            "storageClasses": {},
            "tags": args.get("tags"),
        }


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _waits(public: Any) -> bool:
    return bool(public) and not pulumi.runtime.is_dry_run()


def _tags(*parts: Any) -> Output[dict[str, str]]:
    return Output.all(*parts).apply(lambda maps: {key: value for given in maps for key, value in (given or {}).items()})


def _snake(policy: Any) -> Any:
    return {"support_type": policy.get("supportType")} if policy else None


def _issuer(identities: Any) -> str:
    oidcs = identities[0].oidcs if identities else None
    return (oidcs[0].issuer or "") if oidcs else ""
