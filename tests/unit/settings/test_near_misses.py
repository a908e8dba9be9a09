"""Near misses: what was probably meant is in the message."""

from typing import Any

import pytest

from settings import SettingsError
from tests.unit.settings.parse import TWO, VPC, parse

pytestmark = pytest.mark.unit

ONE = [{"region": "eu-west-1"}]

NEAR: list[tuple[dict[str, Any], str]] = [
    # Keys, at every depth.
    ({"nodegroups": []}, r"nodegroups: is not a setting; did you mean nodeGroups\?$"),
    ({"node-groups": []}, r"node-groups: .*; did you mean nodeGroups\?$"),
    ({"cluster": ONE}, r"cluster: .*; did you mean clusters\?$"),
    ({"kubernetes_version": "1.35"}, r"kubernetes_version: .*; did you mean kubernetesVersion\?$"),
    ({"costCenter": "a"}, r"costCenter: .*; did you mean costCentre\?$"),
    ({"bastion": {"instancetype": "t3.micro"}}, r"bastion.instancetype: .*; did you mean instanceType\?$"),
    (
        {"nodeGroups": [{"instanceType": "t3.micro"}]},
        r"nodeGroups\[0\].instanceType: .*; did you mean instanceTypes\?$",
    ),
    ({"network": {"flowLogs": {"retention": 1}}}, r"network.flowLogs.retention: .*; did you mean retentionDays\?$"),
    ({"clusters": [{"Region": "eu-west-1"}]}, r"clusters\[0\].Region: .*; did you mean region\?"),
    ({"clusters": [{"region": "eu-west-1", "nodegroups": []}]}, r"clusters\[0\].nodegroups: .*; did you mean nodeGr"),
    ({"clusters": [{"region": "eu-west-1", "vpc": {**VPC, "vpcId": "a"}}]}, r"vpc.vpcId: .*"),
    (
        {"access": {"podIdentities": [{"service_account": "a"}]}},
        r"\[0\].service_account: .*did you mean serviceAccount",
    ),
    # A key of another group.
    ({"instanceTypes": ["t3.micro"]}, r"instanceTypes: is not a setting; it belongs in nodeGroups\[\]$"),
    ({"allowedCidrs": []}, r"allowedCidrs: is not a setting; it belongs in endpoint$"),
    ({"bastion": {"nat": "one"}}, r"bastion.nat: is not a setting; it belongs in network$"),
    (
        {"clusters": [{"region": "eu-west-1", "desired": 3}]},
        r"clusters\[0\].desired: .*; it belongs in nodeGroups\[\]$",
    ),
    # Regions.
    ({"clusters": [{"region": "EU-WEST-1"}]}, r"clusters\[0\].region: EU-WEST-1 is not an AWS region; use eu-west-1$"),
    ({"clusters": [{"region": "eu_west_1"}]}, r"region: eu_west_1 is not an AWS region; use eu-west-1$"),
    ({"clusters": [{"region": " eu-west-1"}]}, r"region:  eu-west-1 is not an AWS region; use eu-west-1$"),
    ({"clusters": [{"region": "eu-west-1a"}]}, r"region: eu-west-1a is a zone of a region; use eu-west-1$"),
    ({"clusters": [{"region": "eu-wset-1"}]}, r"region: eu-wset-1 is not an AWS region; use eu-west-1"),
    ({"host": "eu-west1"}, r"host: eu-west1 is not an AWS region; use eu-west-1$"),
    # One of a few words.
    (
        {"endpoint": {"access": "Private"}},
        r"endpoint.access: Private is not one of private, public-and-private; use private$",
    ),
    (
        {"endpoint": {"access": "public"}},
        r"endpoint.access: public is not one of private, public-and-private; use public-and-private$",
    ),
    ({"network": {"nat": "None"}}, r"network.nat: None is not one of none, one, zone; use none$"),
    ({"nodeGroups": [{"capacity": "ondemand"}]}, r"capacity: ondemand is not one of on-demand, spot; use on-demand$"),
    ({"nodeGroups": [{"capacity": "SPOT"}]}, r"capacity: SPOT is not one of on-demand, spot; use spot$"),
    ({"nodeGroups": [{"taints": [{"key": "a", "effect": "NoSchedule"}]}]}, r"effect: NoSchedule .*; use NO_SCHEDULE$"),
    ({"peering": {"topology": "fullmesh"}}, r"topology: fullmesh is not one of .*; use full-mesh$"),
    ({"controlPlane": {"logs": ["Audit"]}}, r"logs\[0\]: Audit is not one of .*; use audit$"),
    (
        {"access": {"principals": [{"policy": "clusteradmin"}]}},
        r"policy: clusteradmin is not one of .*; use cluster-admi",
    ),
    # Instance types.
    ({"bastion": {"instanceType": "t3.mirco"}}, r"bastion.instanceType: t3.mirco is not one of .*; use t3.micro$"),
    (
        {"nodeGroups": [{"instanceTypes": ["T3.Medium"]}]},
        r"instanceTypes\[0\]: T3.Medium is no instance type; use t3.medium$",
    ),
    ({"nodeGroups": [{"instanceTypes": ["t3-medium"]}]}, r"instanceTypes\[0\]: t3-medium is no .*; use t3.medium$"),
    (
        {"nodeGroups": [{"instanceTypes": ["t3medium"]}]},
        r"instanceTypes\[0\]: t3medium is no .*; use one like t3.medium",
    ),
    # Versions of Kubernetes.
    ({"kubernetesVersion": "v1.34"}, r"kubernetesVersion: v1.34 is no version of EKS's; use 1.34$"),
    ({"kubernetesVersion": "1.34.2"}, r"kubernetesVersion: 1.34.2 is no version of EKS's; use 1.34$"),
    ({"kubernetesVersion": "34"}, r"kubernetesVersion: 34 is no version of EKS's; use 1.34$"),
    (
        {"kubernetesVersion": "latest"},
        r"kubernetesVersion: latest is no version of EKS's; use one like 1.35, or leave the key",
    ),
    # Add-ons and their versions.
    ({"addons": [{"name": "CoreDNS"}]}, r"addons\[0\].name: CoreDNS is no add-on's name; use coredns$"),
    ({"addons": [{"name": "kube_proxy"}]}, r"addons\[0\].name: kube_proxy is no add-on's name; use kube-proxy$"),
    ({"addons": [{"name": "vpc-cni", "version": "1.21.1-eksbuild.3"}]}, r"version: 1.21.1-.* use v1.21.1-eksbuild.3$"),
    (
        {"addons": [{"name": "vpc-cni", "version": "Latest"}]},
        r"version: Latest is not an add-on's version; use latest$",
    ),
    # Ranges.
    (
        {"endpoint": {"allowedCidrs": ["198.51.100.7/24"]}},
        r"\[0\]: 198.51.100.7/24 has bits set .*; use 198.51.100.0/24",
    ),
    ({"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.0"}]}, r"cidr: 172.21.0.0 .*VPC"),
    ({"endpoint": {"allowedCidrs": [True]}}, r"allowedCidrs\[0\]: true is not an IPv4 range; use one like"),
    (
        {"clusters": [{"region": "eu-west-1", "cidr": 2887057408}]},
        r"cidr: 2887057408 is not an IPv4 range; use one like",
    ),
    ({"clusters": [{"region": "eu-west-1", "vpc": {**VPC, "natAddresses": [7]}}]}, r"\[0\]: 7 is not an IPv4 address"),
    # Federated types.
    ({"types": [{"name": "Deployment.apps"}]}, r"types\[0\].name: Deployment.apps .*"),
]


@pytest.mark.parametrize(("values", "message"), NEAR, ids=[str(values) for values, _ in NEAR])
def test_a_near_miss_is_told_what_was_meant(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse({"clusters": TWO, **values})


def test_a_near_miss_of_the_namespace_is_told() -> None:
    import settings

    with pytest.raises(SettingsError, match=r"^federated-ekz:owner: .*; did you mean federated-eks:owner\?$"):
        settings.parse({"federated-eks:clusters": '[{"region": "eu-west-1"}]', "federated-ekz:owner": "x"})
