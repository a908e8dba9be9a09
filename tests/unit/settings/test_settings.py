"""Settings: what they default to, and what each bad one is told."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import settings
from settings import Settings, SettingsError
from settings.clusters import Cluster, PerCluster
from settings.types import federated_types
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

PROJECT = Path(settings.__file__).parents[1]
TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]
ROLE = "arn:aws:iam::123456789012:role"
AWS, ALL = "arn:aws:iam::aws:policy", "AdministratorAccess"


def parse(values: dict[str, Any]) -> Settings:
    """As Pulumi hands a configuration over: text, and JSON for what isn't a scalar."""
    return settings.parse(
        {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}
    )


def types(*types: Any) -> dict[str, Any]:
    """Settings with these types."""
    return {"clusters": TWO, "types": [*types]}


VPC: dict[str, Any] = {
    "id": "vpc-0123456789abcdef0",
    "cidr": "10.20.0.0/16",
    "privateSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "routeTableIds": ["rtb-01234567"],
}


def in_vpc(*more: Any, **vpc: Any) -> dict[str, Any]:
    """Settings with a cluster in a VPC that is there already, `vpc` of it otherwise; and more clusters."""
    return {"clusters": [{"region": "eu-west-1", "vpc": {**VPC, **vpc}}, *more]}


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no clusters key", {}, r"federated-eks:clusters: is not set; list the regions, \[{region: eu-west-1}\]"),
    ("no clusters", {"clusters": []}, r"clusters: \[\] is no fleet; list at least one"),
    ("clusters is text", {"clusters": "eu-west-1"}, r"clusters: 'eu-west-1' is refused .*; give a list"),
    ("a cluster is text", {"clusters": ["eu-west-1"]}, r"clusters\[0\]: 'eu-west-1' is refused .*; give keys and"),
    (
        "an unknown number of NAT gateways",
        {"clusters": TWO, "network": {"nat": "two"}},
        r"network.nat: 'two' is refused",
    ),
    (
        "a retention that CloudWatch Logs hasn't",
        {"clusters": TWO, "network": {"flowLogs": {"retentionDays": 100}}},
        r"network.flowLogs.retentionDays: 100 is not a time for which .*; take 90 or 120 days$",
    ),
    (
        "no way out at all",
        {"clusters": TWO, "network": {"nat": "none", "endpoints": "gateway-only"}},
        r"network.endpoints: gateway-only leaves nodes without .*; set endpoints: auto, or nat: one$",
    ),
    (
        "a region without EKS's interface endpoint",
        {"clusters": [{"region": "eu-west-1"}, {"region": "mx-central-1", "network": {"nat": "none"}}]},
        r"network.endpoints: mx-central-1 has not got all the .*, or names them otherwise; set nat: one and .*: auto$",
    ),
    (
        "a region that names its endpoints otherwise",
        {"clusters": [{"region": "cn-north-1"}], "network": {"endpoints": "all"}},
        r"network.endpoints: cn-north-1 has not got all .*; set nat: one and endpoints: auto$",
    ),
    (
        "the addresses of old",
        {"clusters": TWO, "network": {"addressQuota": 6}},
        r"network.addressQuota: is not a setting any more; AWS is asked; set quotas.L-0263D0A3 where it does not tell$",
    ),
    (
        "a cluster's addresses of old",
        {"clusters": [{"region": "eu-west-1", "network": {"addressQuota": 6}}]},
        r"clusters\[0\].network.addressQuota: is not a setting any more; AWS is asked",
    ),
    (
        "a host that can't pull kubefed",
        {"clusters": [{"region": "eu-west-1", "network": {"nat": "none"}}]},
        r"network.nat: none leaves federated-eks-1 no way to quay.io; set nat: one, or copy kubefed's images into ECR "
        r"in eu-west-1 and set kubefed.registry to ",
    ),
    (
        "a host that can't pull the hook's image",
        {
            "clusters": [{"region": "eu-west-1", "network": {"nat": "none"}}],
            "kubefed": {"registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet"},
        },
        r"network.nat: none leaves federated-eks-1 no way to docker.io; .* set kubefed.hookImage to ",
    ),
    (
        "a bastion that can't call a public endpoint",
        {
            "clusters": [{"region": "eu-west-1", "network": {}}],
            "network": {"nat": "none"},
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
        },
        r"network.nat: none leaves bastion no address to call federated-eks-1 from, .*; set nat: one, or "
        r"endpoint.access: private$",
    ),
    (
        "a VPC without a range",
        {"clusters": [{"region": "eu-west-1", "vpc": {name: given for name, given in VPC.items() if name != "cidr"}}]},
        r"clusters\[0\].vpc.cidr: is not set; set it$",
    ),
    ("a VPC by its name", in_vpc(id="main"), r"clusters\[0\].vpc.id: main is no VPC's id; give one, vpc-0123456789ab"),
    (
        "a VPC's range that none has",
        in_vpc(cidr="10.0.0.0/8"),
        r"clusters\[0\].vpc.cidr: 10.0.0.0/8 can't be a VPC's range; give the one that the VPC has, from /16 to /28$",
    ),
    (
        "a subnet that is none",
        in_vpc(privateSubnetIds=["subnet-1", "subnet-01234567"]),
        r"clusters\[0\].vpc.privateSubnetIds\[0\]: subnet-1 is no subnet's id; give one, subnet-0123456789abcdef0 for ",
    ),
    (
        "one subnet",
        in_vpc(privateSubnetIds=["subnet-01234567"]),
        r"clusters\[0\].vpc.privateSubnetIds: \['subnet-01234567'\] are fewer than the two .*; list two or more, in ",
    ),
    (
        "a subnet twice",
        in_vpc(privateSubnetIds=["subnet-01234567"] * 2),
        r"clusters\[0\].vpc.privateSubnetIds: \[.*\] has subnet-01234567 2 times; list it once$",
    ),
    (
        "no route table",
        in_vpc(routeTableIds=[]),
        r"clusters\[0\].vpc.routeTableIds: \[\] is empty, and no route would lead to .*; list the subnets' tables$",
    ),
    (
        "a route table that is none",
        in_vpc(routeTableIds=["main"]),
        r"clusters\[0\].vpc.routeTableIds\[0\]: main is no route table's id; give one, rtb-0123456789abcdef0 for ",
    ),
    (
        "a route table twice",
        in_vpc(routeTableIds=["rtb-01234567"] * 2),
        r"clusters\[0\].vpc.routeTableIds: \[.*\] has rtb-01234567 2 times; list it once$",
    ),
    (
        "a NAT gateway's range",
        in_vpc(natAddresses=["198.51.100.0/24"]),
        r"clusters\[0\].vpc.natAddresses\[0\]: '198.51.100.0/24' is refused .*; give an address, 198.51.100.7 for ",
    ),
    (
        "a NAT gateway's private address",
        in_vpc(natAddresses=["10.20.0.7"]),
        r"clusters\[0\].vpc.natAddresses\[0\]: 10.20.0.7 is a private address, .*; give the NAT gateway's public one$",
    ),
    (
        "a VPC's key that isn't known",
        in_vpc(subnets=[]),
        r"clusters\[0\].vpc.subnets: is not a setting; the known ones there are cidr, id, natAddresses, ",
    ),
    (
        "a range beside a VPC",
        {"clusters": [{"region": "eu-west-1", "vpc": VPC, "cidr": "10.20.0.0/16"}]},
        r"clusters\[0\].cidr is for a VPC that the fleet makes, and vpc names vpc-0123456789abcdef0, .*; drop cidr",
    ),
    (
        "a network beside a VPC",
        {"clusters": [{"region": "eu-west-1", "vpc": VPC, "network": {"nat": "one"}}]},
        r"clusters\[0\].network is for a VPC that the fleet makes, .*; drop network, or vpc$",
    ),
    (
        "a VPC over the bastion's",
        in_vpc(cidr="172.20.0.0/16"),
        r"clusters \(eu-west-1\): 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion.*choose another range",
    ),
    (
        "a host in a VPC that can't call a public endpoint",
        {
            **in_vpc({"region": "eu-west-3"}),
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]},
        },
        r"clusters\[0\].vpc.natAddresses: none are listed for federated-eks-1 to call federated-eks-2 from, .*; list "
        r"the public addresses of the VPC's NAT gateways, or set endpoint.access: private$",
    ),
    ("an image's place with a tag", {"clusters": TWO, "kubefed": {"registry": "quay.io/a:b"}}, r"kubefed.registry: .*"),
    ("a cluster without region", {"clusters": [{}]}, r"clusters\[0\].region: is not set; set it"),
    (
        "unknown region",
        {"clusters": [*TWO, {"region": "eu-west-9"}]},
        r"clusters\[2\].region: eu-west-9 is not an AWS region; take .*eu-west-1",
    ),
    (
        "one region twice",
        {"clusters": [*TWO, TWO[0]]},
        r"clusters: region eu-west-1 is listed 2 times; .* list it once",
    ),
    (
        "one number twice",
        {"clusters": [{"region": "eu-west-1", "number": 2}, {"region": "eu-west-3"}]},
        r"clusters: number 2 is listed 2 times; give each cluster its own",
    ),
    (
        "one name twice",
        {"clusters": [{"region": "eu-west-1", "name": "a"}, {"region": "eu-west-3", "name": "a"}]},
        r"clusters: name a is listed 2 times; give each cluster a name of its own",
    ),
    ("number zero", {"clusters": [{"region": "eu-west-1", "number": 0}]}, r"clusters\[0\].number: 0 is refused"),
    (
        "two partitions",
        {"clusters": [{"region": "eu-west-1"}, {"region": "cn-north-1"}]},
        r"clusters: cn-north-1 and eu-west-1 lie in different AWS partitions \(aws, aws-cn\).*make a stack for each",
    ),
    ("a bad fleet name", {"clusters": TWO, "name": "Fleet_1"}, r"name: Fleet_1 can't name a cluster .* lower-case"),
    (
        "a bad cluster name",
        {"clusters": [{"region": "eu-west-1", "name": "eu-"}]},
        r"clusters\[0\].name: eu- can't name a cluster .* no hyphen last",
    ),
    (
        "a cluster's key that isn't known",
        {"clusters": [{"region": "eu-west-1", "zone": "a"}]},
        r"clusters\[0\].zone: is not a setting; the known ones there are addons, cidr, .*endpoint, ",
    ),
    (
        "an unknown key",
        {"clusters": TWO, "regions": TWO},
        r"regions: is not a setting; .* are access, addons, .*bastion, clusters, ",
    ),
    (
        "an unknown key of a section",
        {"clusters": TWO, "nodeGroups": [{"size": 3}]},
        r"nodeGroups\[0\].size: is not a setting; .* min",
    ),
    ("a host without cluster", {"clusters": TWO, "host": "eu-west-2"}, r"host: eu-west-2 has no cluster.*eu-west-1"),
    ("a host that is no region", {"clusters": TWO, "host": "Paris"}, r"host: Paris is not an AWS region"),
    (
        "a range too small",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.0/26"}]},
        r"clusters\[0\].cidr: 172.21.0.0/26 can't be a VPC of 3 private and 3 public subnets; give .* /16 to /24",
    ),
    (
        "a range larger than a VPC",
        {"clusters": [{"region": "eu-west-1", "cidr": "10.0.0.0/8"}]},
        r"clusters\[0\].cidr: 10.0.0.0/8 can't be a VPC",
    ),
    (
        "a range with host bits",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.1/16"}]},
        r"clusters\[0\].cidr: '172.21.0.1/16' is refused .*; give a range, 172.21.0.0/16 for instance",
    ),
    (
        "overlap with the bastion",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.20.128.0/20"}]},
        r"clusters \(eu-west-1\): 172.20.128.0/20 overlaps 172.20.0.0/16 of bastion.*choose another range",
    ),
    (
        "overlap of two clusters",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.22.0.0/16"}, {"region": "eu-west-3"}]},
        r"clusters \(eu-west-3\): 172.22.0.0/16 overlaps 172.22.0.0/16 of clusters \(eu-west-1\)",
    ),
    (
        "services over the bastion",
        {"clusters": TWO, "serviceCidr": "172.20.0.0/16"},
        r"serviceCidr: 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion",
    ),
    (
        "public services",
        {"clusters": TWO, "serviceCidr": "8.8.0.0/16"},
        r"serviceCidr: 8.8.0.0/16 is not a range EKS takes for services; give a /12 to /24",
    ),
    (
        "a supernet too small",
        {"clusters": TWO, "supernet": "172.16.0.0/14"},
        r"supernet: 172.16.0.0/14 holds 0 clusters' networks .* number 2 is asked for; set .*10.0.0.0/8",
    ),
    (
        "a fleet too large for the supernet",
        {"clusters": [{"region": "eu-west-1", "number": 12}]},
        r"supernet: 172.16.0.0/12 holds 11 clusters' networks .* number 12 is asked for",
    ),
    (
        "the peerings of old",
        {"clusters": TWO, "peering": {"quota": 60}},
        r"peering.quota: is not a setting any more; AWS is asked; set quotas.L-7E9ECCDB where it does not tell$",
    ),
    (
        "a quota that nothing counts against",
        {"clusters": TWO, "quotas": {"L-0": 1}},
        r"quotas: L-0 is none of the quotas that a fleet is held against; take the code of one, L-F678F1CE \(VPCs per ",
    ),
    ("less than nothing", {"clusters": TWO, "quotas": {"L-F678F1CE": -1}}, r"quotas.L-F678F1CE: -1 is refused"),
    (
        "an unknown topology",
        {"clusters": TWO, "peering": {"topology": "ring"}},
        r"peering.topology: 'ring' is refused \(Input should be 'hub-and-spoke' or 'full-mesh'\)",
    ),
    (
        "a type mismatch",
        {"clusters": TWO, "nodeGroups": [{"min": "few"}]},
        r"nodeGroups\[0\].min: 'few' is refused .* int",
    ),
    ("a section that is text", {"clusters": TWO, "bastion": "t3.micro"}, r"bastion: 't3.micro' is refused"),
    (
        "a bastion that is no small t3",
        {"clusters": TWO, "bastion": {"instanceType": "m5.large"}},
        r"bastion.instanceType: 'm5.large' is refused \(Input should be 't3.micro', .* or 't3a.large'\); give that",
    ),
    (
        "a bastion's disk that its image doesn't fit on",
        {"clusters": TWO, "bastion": {"volumeGib": 7}},
        r"bastion.volumeGib: 7 is refused \(Input should be greater than or equal to 8\)",
    ),
    (
        "a bastion older than AWS lets an instance of a group be",
        {"clusters": TWO, "bastion": {"maxAgeDays": 366}},
        r"bastion.maxAgeDays: 366 is refused \(Input should be less than or equal to 365\)",
    ),
    (
        "a retention that CloudWatch Logs hasn't got",
        {"clusters": TWO, "bastion": {"sessionLogDays": 17}},
        r"bastion.sessionLogDays: 17 is not a time for which .*; take 7 or 14 days$",
    ),
    (
        "nodes out of order",
        {"clusters": TWO, "nodeGroups": [{"min": 3}]},
        r"nodeGroups\[0\].min 3, desired 2 and max 4 are out of order; set min <= desired <= max",
    ),
    ("a disk too small", {"clusters": TWO, "nodeGroups": [{"diskGib": 1}]}, r"nodeGroups\[0\].diskGib: 1 is refused"),
    (
        "the one node group of old",
        {"clusters": TWO, "nodes": {"min": 1}},
        r"nodes: is not a setting any more; list node groups, nodeGroups: ",
    ),
    (
        "a cluster's one node group of old",
        {"clusters": [{"region": "eu-west-1", "nodes": {}}]},
        r"clusters\[0\].nodes: is not a setting any more; list node groups",
    ),
    (
        "a node group's name",
        {"clusters": TWO, "nodeGroups": [{"name": "Big_Machines"}]},
        r"nodeGroups\[0\].name: Big_Machines can't name .*; use 1 to 12 lower-case",
    ),
    (
        "a node group's name twice",
        {"clusters": TWO, "nodeGroups": [{}, {"max": 9}]},
        r"nodeGroups \(eu-west-1\): name nodes is there 2 times; give each",
    ),
    (
        "too many node groups",
        {"clusters": TWO, "nodeGroups": [{"name": f"g{number}"} for number in range(31)]},
        r"nodeGroups \(eu-west-1\): 31 are more than EKS's 30 for a cluster; drop some",
    ),
    (
        "no instance type",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": []}]},
        r"nodeGroups\[0\].instanceTypes: \[\] is no machine; list one",
    ),
    (
        "an instance type that can't be one",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3"]}]},
        r"nodeGroups\[0\].instanceTypes: t3 is not an instance type; give one like t3.medium",
    ),
    (
        "an instance type twice",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3.large", "t3.large"]}]},
        r"nodeGroups\[0\].instanceTypes: t3.large, t3.large has one twice; list each once",
    ),
    (
        "two architectures in a group",
        {"clusters": TWO, "nodeGroups": [{"instanceTypes": ["t3.medium", "t4g.medium"]}]},
        r"nodeGroups\[0\].instanceTypes: t3.medium, t4g.medium are of two architectures.*; make a node group for each",
    ),
    (
        "a label that EKS keeps",
        {"clusters": TWO, "nodeGroups": [{"labels": {"node.kubernetes.io/tier": "gold"}}]},
        r"nodeGroups\[0\].labels: node.kubernetes.io/tier is a label that EKS keeps for itself; use none of",
    ),
    (
        "a taint's effect in Kubernetes' words",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NoSchedule"}]}]},
        r"nodeGroups\[0\].taints\[0\].effect: 'NoSchedule' is refused .*NO_SCHEDULE",
    ),
    (
        "a taint twice",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NO_EXECUTE"}] * 2}]},
        r"nodeGroups\[0\].taints: only with NO_EXECUTE is there twice; keep one",
    ),
    (
        "too many taints",
        {
            "clusters": TWO,
            "nodeGroups": [{"taints": [{"key": f"k{number}", "effect": "NO_EXECUTE"} for number in range(51)]}],
        },
        r"nodeGroups\[0\].taints: 51 are more than EKS's 50 for a group; drop some",
    ),
    (
        "more than all nodes out of service",
        {"clusters": TWO, "nodeGroups": [{"maxUnavailable": "120%"}]},
        r"nodeGroups\[0\].maxUnavailable: 120% is neither a number of nodes nor a share of them; give 1 to 100",
    ),
    (
        "a host whose nodes keep pods away",
        {"clusters": TWO, "nodeGroups": [{"taints": [{"key": "only", "effect": "NO_SCHEDULE"}]}]},
        r"nodeGroups \(eu-west-1\): no group has nodes for any pod.* takes kube-federation-system, where kubefed runs",
    ),
    (
        "a host on Fargate without room for names",
        {
            "clusters": TWO[:1],
            "nodeGroups": [],
            "fargateProfiles": [{"name": "fleet", "selectors": [{"namespace": "kube-federation-system"}]}],
        },
        r"nodeGroups \(eu-west-1\): no group has .* takes kube-system, where coredns runs; add",
    ),
    (
        "a member without room for its add-ons",
        {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3", "nodeGroups": []}]},
        r"nodeGroups \(eu-west-3\): no group has .* takes kube-system, where coredns runs",
    ),
    (
        "a Fargate profile without selectors",
        {"clusters": TWO, "fargateProfiles": [{"name": "jobs", "selectors": []}]},
        r"fargateProfiles\[0\].selectors: 0 are not 1 to 5; make another profile",
    ),
    (
        "a Fargate profile with too many selectors",
        {"clusters": TWO, "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "a"}] * 6}]},
        r"fargateProfiles\[0\].selectors: 6 are not 1 to 5; make another profile",
    ),
    (
        "a selector with too many labels",
        {
            "clusters": TWO,
            "fargateProfiles": [
                {"name": "jobs", "selectors": [{"namespace": "a", "labels": dict.fromkeys("abcdef", "x")}]}
            ],
        },
        r"fargateProfiles\[0\].selectors\[0\].labels: 6 are more than the 5 of a selector; drop some",
    ),
    (
        "too many Fargate profiles",
        {
            "clusters": TWO,
            "fargateProfiles": [{"name": f"p{number}", "selectors": [{"namespace": "a"}]} for number in range(11)],
        },
        r"fargateProfiles \(eu-west-1\): 11 are more than EKS's 10 for a cluster",
    ),
    (
        "an add-on's version that can't be one",
        {"clusters": TWO, "addons": [{"name": "vpc-cni", "version": "1.21"}]},
        r"addons\[0\].version: 1.21 is not an add-on's version; give default, latest, or one",
    ),
    (
        "an add-on twice",
        {"clusters": TWO, "addons": [{"name": "vpc-cni"}, {"name": "vpc-cni", "version": "latest"}]},
        r"addons \(eu-west-1\): vpc-cni is there 2 times; list it once",
    ),
    (
        "an EBS driver without what gives it its role",
        {"clusters": TWO, "addons": [{"name": "aws-ebs-csi-driver"}]},
        r"addons \(eu-west-1\): aws-ebs-csi-driver gets its role from eks-pod-identity-agent, .*; list it too",
    ),
    (
        "an add-on for nodes where there are none",
        {
            "clusters": TWO[:1],
            "nodeGroups": [],
            "fargateProfiles": [{"name": "all", "selectors": [{"namespace": "*"}]}],
            "addons": [{"name": "eks-pod-identity-agent"}],
        },
        r"addons \(eu-west-1\): eks-pod-identity-agent works on nodes alone and there is no node group; drop it",
    ),
    (
        "a public endpoint for nobody",
        {"clusters": TWO, "endpoint": {"access": "public-and-private"}},
        r"endpoint.allowedCidrs is empty and access is public-and-private.*list who may call",
    ),
    (
        "callers of a private endpoint",
        {"clusters": TWO, "endpoint": {"allowedCidrs": ["198.51.100.7/32"]}},
        r"endpoint.allowedCidrs is for a public endpoint and access is private; drop allowedCidrs",
    ),
    (
        "an endpoint open to all",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["0.0.0.0/0"]}},
        r"endpoint.allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call",
    ),
    (
        "more callers than EKS takes",
        {
            "clusters": TWO,
            "endpoint": {"access": "public-and-private", "allowedCidrs": [f"52.0.{n}.0/24" for n in range(41)]},
        },
        r"endpoint.allowedCidrs: 41 ranges are more than the 40 that EKS takes.*list fewer",
    ),
    (
        "a log type that EKS hasn't got",
        {"clusters": TWO, "controlPlane": {"logs": ["kubelet"]}},
        r"controlPlane.logs\[0\]: 'kubelet' is refused \(Input should be 'api', 'audit'",
    ),
    (
        "a log type twice",
        {"clusters": TWO, "controlPlane": {"logs": ["api", "api"]}},
        r"controlPlane.logs: api, api has a type twice; list each once",
    ),
    (
        "a retention that CloudWatch hasn't got",
        {"clusters": TWO, "controlPlane": {"logDays": 17}},
        r"controlPlane.logDays: 17 is not a time for which .*; take 7 or 14 days$",
    ),
    (
        "an admin that is everyone",
        {"clusters": TWO, "access": {"admins": ["*"]}},
        r"access.admins\[0\]: \* is no IAM role's or user's ARN; name one principal",
    ),
    (
        "an admin that is an account",
        {"clusters": TWO, "access": {"admins": ["arn:aws:iam::123456789012:root"]}},
        r"access.admins\[0\]: arn:aws:iam::123456789012:root is no IAM role's or user's ARN; name one",
    ),
    (
        "a user that is a session",
        {"clusters": TWO, "access": {"users": ["arn:aws:sts::123456789012:assumed-role/Dev/me"]}},
        r"access.users\[0\]: arn:aws:sts::123456789012:assumed-role/Dev/me is a session.*give its role",
    ),
    (
        "a principal that is AWS's",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/aws-service-role/x/Y", "policy": "view"}]}},
        r"access.principals\[0\].arn: .* is a role of an AWS service's own.*leave it out",
    ),
    (
        "a principal that may do nothing",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev"}]}},
        r"access.principals\[0\].policy and groups are not set, so .*Dev may do nothing; set one",
    ),
    (
        "a cluster's admin of a namespace",
        {
            "clusters": TWO,
            "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "cluster-admin", "namespaces": ["a"]}]},
        },
        r"access.principals\[0\].namespaces: a are given and policy is cluster-admin.*set policy: admin",
    ),
    (
        "a namespace in capitals",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "edit", "namespaces": ["A"]}]}},
        r"access.principals\[0\].namespaces\[0\]: A can't be a namespace; use",
    ),
    (
        "a group that is Kubernetes' own",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "groups": ["system:masters"]}]}},
        r"access.principals\[0\].groups\[0\]: system:masters can't be an access entry's group.*bind a group of your",
    ),
    (
        "a principal twice",
        {"clusters": TWO, "access": {"principals": [{"arn": f"{ROLE}/Dev", "policy": "view"}] * 2}},
        r"access.principals: .*Dev is listed 2 times.*list it once",
    ),
    (
        "no administrator",
        {"clusters": TWO, "access": {"creatorAdmin": False}},
        r"access.creatorAdmin: False leaves the clusters without an administrator; add {arn: <whoever runs pulumi>",
    ),
    (
        "pods without rights",
        {"clusters": TWO, "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b"}]}},
        r"access.podIdentities\[0\].roleArn and policies are not set for a/b; set roleArn",
    ),
    (
        "pods with every right",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "policies": [f"{AWS}/{ALL}"]}]},
        },
        r"access.podIdentities\[0\].policies\[0\]: .*AdministratorAccess gives pods the whole account; give",
    ),
    (
        "pods with a policy that is none",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "policies": ["S3"]}]},
        },
        r"access.podIdentities\[0\].policies\[0\]: S3 is no IAM policy's ARN; give one",
    ),
    (
        "pods with a role that is a policy",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "roleArn": f"{AWS}/b"}]},
        },
        r"access.podIdentities\[0\].roleArn: .*policy/b is no IAM role's ARN; give one",
    ),
    (
        "a service account with a slash",
        {"clusters": TWO, "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b/c", "policies": []}]}},
        r"access.podIdentities\[0\].serviceAccount: b/c can't be a service account's name; use",
    ),
    (
        "a service account twice",
        {
            "clusters": TWO,
            "access": {"podIdentities": [{"namespace": "a", "serviceAccount": "b", "roleArn": f"{ROLE}/b"}] * 2},
        },
        r"access.podIdentities: a/b is listed 2 times, and has one role; list it once",
    ),
    ("an odd version", {"clusters": TWO, "kubernetesVersion": "latest"}, r"kubernetesVersion: 'latest' is refused"),
    (
        "an image without registry",
        {"clusters": TWO, "kubefed": {"hookImage": "kubectl"}},
        r"kubefed.hookImage: kubectl is not <registry>/<image>:<tag>; name all three",
    ),
    ("tags that are a list", {"clusters": TWO, "tags": ["a"]}, r"tags: \['a'\] is refused"),
    ("a tag that is no text", {"clusters": TWO, "tags": {"a": True}}, r"tags.a: True is refused .*; put it in quotes$"),
    (
        "a label's key with a space",
        {"clusters": TWO, "labels": {"my tier": "gold"}},
        r"labels: my tier can't be a label's key in Kubernetes; use 1 to 63 letters, digits, -, _ and ., a letter or "
        r"digit first and last, tier for instance$",
    ),
    *(
        (f"a label's key with the prefix {prefix}", {"clusters": TWO, "labels": {f"{prefix}/tier": "gold"}}, message)
        for prefix, message in (
            ("", r"labels: /tier can't be a label's key"),
            ("Example.org", r"labels: Example.org/tier can't be a label's key"),
            ("a..b", r"labels: a..b/tier can't be a label's key"),
            ("a-.b", r"labels: a-.b/tier can't be a label's key"),
        )
    ),
    (
        "a label's value with a space",
        {"clusters": TWO, "labels": {"tier": "very gold"}},
        r"labels.tier: very gold can't be a label's value in Kubernetes; use up to 63 letters, digits, -, _ and ., a "
        r"letter or digit first and last$",
    ),
    ("a label's value that ends badly", {"clusters": TWO, "labels": {"tier": "gold-"}}, r"labels.tier: gold- can't be"),
    ("a label's value too long", {"clusters": TWO, "labels": {"tier": "g" * 64}}, r"labels.tier: g{64} can't be"),
    (
        "a cluster's label's key",
        {"clusters": [{"region": "eu-west-1", "labels": {"a b": "c"}}]},
        r"clusters\[0\].labels: a b can't be a label's key in Kubernetes; use",
    ),
    (
        "a cluster's label's value",
        {"clusters": [{"region": "eu-west-1", "labels": {"example.org/tier": "a b"}}]},
        r"clusters\[0\].labels.example.org/tier: a b can't be a label's value in Kubernetes; use",
    ),
    ("types that are text", {"clusters": TWO, "types": "cronjobs.batch"}, r"types: 'cronjobs.batch' .*; give a list$"),
    ("a type that is text", types("cronjobs.batch"), r"types\[0\]: 'cronjobs.batch' is refused .*; give keys and val"),
    (
        "a type's key that isn't known",
        types({"name": "cronjobs.batch", "kind": "CronJob"}),
        r"types\[0\].kind: is not a setting; the known ones there are crd, federatedGroup, federatedVer",
    ),
    (
        "a type without a name",
        types({"version": "v1"}),
        r"types\[0\].name and crd are not set, so no type is named; set name, or crd for a custom type$",
    ),
    (
        "a type's name that is nearly one",
        types({"name": "cronjobs.batch"}, {"name": "cronjob.batch"}),
        r"types\[1\].name: cronjob.batch is no type of Kubernetes' own, and no custom one either; give "
        r"<plural>.<group>, cronjobs.batch or .* perhaps$",
    ),
    (
        "a type's name that is near nothing",
        types({"name": "xyzzy"}),
        r"types\[0\].name: xyzzy is no type of .*; give <plural>.<group>, prometheuses.monitoring.coreos.com for inst",
    ),
    (
        "a built-in group's unknown type",
        types({"name": "bananas.apps"}),
        r"types\[0\].name: bananas.apps is no type of",
    ),
    (
        "a custom type in capitals",
        types({"name": "Widgets.example.org"}),
        r"types\[0\].name: Widgets.example.org is no",
    ),
    (
        "a built-in type with a CRD",
        types({"name": "cronjobs.batch", "crd": "crds.yaml"}),
        r"types\[0\].crd: crds.yaml is given for cronjobs.batch, which is Kubernetes' own and has none; drop crd$",
    ),
    ("a crd that is empty", types({"crd": ""}), r"types\[0\].crd: '' is refused .*; give it, or leave the key out$"),
    (
        "a type of kubefed's chart",
        types({"name": "deployments.apps"}),
        r"types\[0\].name: deployments.apps is federated by kubefed's chart already; take it out of types$",
    ),
    *(
        (
            f"a type federated in the group {group}",
            types({"name": "cronjobs.batch", "federatedGroup": group}),
            rf"types\[0\].federatedGroup: {group} can't be a federated type's API group; give a domain of your own, "
            r"fleet.example.org for instance$",
        )
        # The last two are kept for Kubernetes' own: its API server refuses a CRD there.
        for group in ("batch", "apps", "Example.org", "example..org", "batch.k8s.io", "my.kubernetes.io")
    ),
    (
        "a tag's key of AWS's own",
        {"clusters": TWO, "tags": {"aws:fleet": "a"}},
        r"tags: aws:fleet can't be a tag's key in AWS; use 1 to 128 letters, .*, and not aws: first$",
    ),
    (
        "a tag's value with a comma",
        {"clusters": TWO, "tags": {"team": "one, other"}},
        r"tags.team: one, other can't be a tag's value in AWS; use up to 256 letters, digits, spaces and ",
    ),
    ("a tag that is a number", {"clusters": TWO, "tags": {"team": 42}}, r"tags.team: 42 is refused .*; put it in quot"),
    (
        "a tag that has a setting",
        {"clusters": TWO, "tags": {"cost-centre": "42"}},
        r"tags: cost-centre is a tag that the fleet sets on everything; set costCentre$",
    ),
    (
        "a tag that the fleet sets",
        {"clusters": TWO, "tags": {"stack": "prod"}},
        r"tags: stack is a tag that the fleet sets on everything; take another key$",
    ),
    (
        "more tags than AWS takes",
        {"clusters": TWO, "tags": {f"tag-{number}": "a" for number in range(41)}},
        r"tags: 41 tags are more than the 40 that AWS takes on a resource beside the fleet's; list fewer$",
    ),
    ("an owner with a comma", {"clusters": TWO, "owner": "a,b"}, r"owner: a,b can't be a tag's value in AWS; use up"),
    (
        "an environment that can't be a label",
        {"clusters": TWO, "environment": "pre prod"},
        r"environment: pre prod can't be a label's value in Kubernetes; use up to 63",
    ),
    (
        "a version that is a number",
        types({"name": "cronjobs.batch", "version": "1"}),
        r"types\[0\].version: '1' is refused \(String should match pattern .*\); give one that does$",
    ),
    (
        "a federated version that is a number",
        types({"name": "cronjobs.batch", "federatedVersion": "1"}),
        r"types\[0\].federatedVersion: '1' is refused .*; give one that does$",
    ),
]


@pytest.mark.parametrize(("values", "message"), [pytest.param(v, m, id=case) for case, v, m in BAD])
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=r"^federated-eks:" + message.removeprefix("federated-eks:")) as caught:
        parse(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [pytest.param(v, id=case) for case, v, _ in BAD])
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    engine = Engine()
    with pytest.raises(SettingsError):
        run_program(values, engine)
    assert engine.registered == []


WIDGETS: Any = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {"name": name, "served": True, "schema": {"openAPIV3Schema": {"type": "object"}}} for name in ("v1", "v2")
        ],
    },
}

UNFIT: list[tuple[str, list[Any], str]] = [
    (
        "a type twice",
        [{"name": "cronjobs.batch"}, {"name": "cronjobs.batch", "federatedGroup": "example.org"}],
        r"types: cronjobs.batch is listed 2 times; list it once$",
    ),
    (
        "a CRD beside its type",
        [{"crd": "CRD"}, {"name": "widgets.example.org"}],
        r"types: widgets.example.org is listed 2 times; list it once$",
    ),
    (
        "two types of one plural",
        [{"name": "clusters.one.org"}, {"name": "clusters.other.org"}],
        r"types: clusters.other.org and clusters.one.org would both be federated as federatedclusters.types.kubefed."
        r"io; set another federatedGroup on clusters.other.org$",
    ),
    (
        "a plural that kubefed's chart has",
        [{"name": "services.serving.knative.dev"}],
        r"types: services.serving.knative.dev and services would both be federated as federatedservices.types.kubefed."
        r"io; set another federatedGroup on services.serving.knative.dev$",
    ),
    (
        "a built-in type's version that isn't served",
        [{"name": "cronjobs.batch", "version": "v1beta1"}],
        r"types\[0\].version: v1beta1 of cronjobs.batch is not served by Kubernetes; take v1, or none$",
    ),
    (
        "a custom type's version that isn't served",
        [{"name": "cronjobs.batch"}, {"crd": "CRD", "version": "v3"}],
        r"types\[1\].version: v3 is not served by widgets.example.org; take v1, v2, or none$",
    ),
    (
        "a CRD that can't be read",
        [{"crd": "none.yaml"}],
        r"types\[0\].crd: none.yaml can't be read \(No such file .*\); give the path of a file, or an https URL$",
    ),
    (
        "a CRD over http",
        [{"crd": "http://example.org/crd.yaml"}],
        r"types\[0\].crd: http://example.org/crd.yaml is not fetched over https; give an https URL, or the path of a",
    ),
    (
        "a CRD of another name",
        [{"name": "gadgets.example.org", "crd": "CRD"}],
        r"types\[0\].crd: .*crd.yaml holds widgets.example.org and one .* is wanted; set name to one that it holds$",
    ),
]


@pytest.mark.parametrize(("types", "message"), [pytest.param(t, m, id=case) for case, t, m in UNFIT])
def test_types_that_can_t_be_federated_are_told_key_value_rule_and_fix(
    tmp_path: Path, types: list[Any], message: str
) -> None:
    crd = tmp_path / "crd.yaml"
    crd.write_text(yaml.safe_dump(WIDGETS))
    listed = [{**listed, "crd": str(crd)} if listed.get("crd") == "CRD" else listed for listed in types]
    with pytest.raises(SettingsError, match=rf"^federated-eks:{message}") as caught:
        federated_types(parse({"clusters": TWO, "types": listed}).types)
    assert "\n" not in str(caught.value)


def test_types_are_what_the_settings_and_their_crds_say(tmp_path: Path) -> None:
    crd = tmp_path / "crd.yaml"
    crd.write_text(yaml.safe_dump(WIDGETS))
    listed = [
        {"crd": str(crd), "version": "v1", "federatedGroup": "fleet.example.org", "federatedVersion": "v2"},
        {"name": "horizontalpodautoscalers.autoscaling", "version": "v1"},
        {"name": "prometheuses.monitoring.coreos.com", "version": "v1beta1"},
    ]
    widgets, autoscalers, prometheuses = federated_types(parse({"clusters": TWO, "types": listed}).types)
    assert (widgets.name, widgets.crd, widgets.custom) == ("widgets.example.org", WIDGETS, True)
    assert widgets.federated == "federatedwidgets.fleet.example.org"
    assert widgets.federated_version == "v2"
    assert widgets.target
    assert (widgets.target.kind, widgets.target.version) == ("Widget", "v1")
    assert (autoscalers.crd, autoscalers.custom) == (None, False)
    assert autoscalers.federated == "federatedhorizontalpodautoscalers.types.kubefed.io"
    assert autoscalers.target
    assert autoscalers.target.version == "v1"
    # Its CRD is in the clusters, which are asked.
    assert (prometheuses.crd, prometheuses.target, prometheuses.version) == (None, None, "v1beta1")
    assert prometheuses.custom


def test_a_cluster_in_a_vpc_that_is_there_takes_nothing_of_the_supernet_or_of_the_network_settings() -> None:
    more = {"supernet": "172.16.0.0/14", "bastion": {"enabled": False}, "network": {"nat": "none"}}
    fleet = parse({**in_vpc(cidr="10.20.0.0/28"), **more})
    assert [(one.name, str(one.cidr), one.vpc) for one in fleet.plan.clusters] == [
        ("federated-eks-1", "10.20.0.0/28", "vpc-0123456789abcdef0")
    ]
    ((cluster, setting, vpc),) = fleet.in_existing_vpcs(fleet.plan)
    assert (cluster.name, setting, vpc.nat_addresses) == ("federated-eks-1", "clusters[0].vpc", ())


def test_a_host_in_a_vpc_needs_no_addresses_where_no_other_endpoint_is_public() -> None:
    public = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    assert parse({**in_vpc(), "endpoint": public}).plan.host.vpc
    assert parse(in_vpc({"region": "eu-west-3"})).plan.host.vpc


def test_a_label_s_key_may_have_a_domain_before_it_and_its_value_may_be_empty() -> None:
    labels = {"example.org/tier": "gold", "zone_1.a-b": "", "a": "1"}
    assert parse({"clusters": TWO, "labels": labels}).labels == labels


def test_several_bad_settings_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"clusters": TWO, "nod": 1, "bastion": {"cidr": "x"}})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
def test_a_shipped_stack_is_the_article_s_fleet(stack: str) -> None:
    shipped = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key.removeprefix("federated-eks:"): value for key, value in shipped.items()}
    if stack == "dev":
        values["endpoint"]["allowedCidrs"] = ["198.51.100.7/32"]
    fleet = parse(values)
    assert [(c.name, c.region, str(c.cidr)) for c in fleet.plan.clusters] == [
        ("federated-eks-1", "eu-west-1", "172.21.0.0/16"),
        ("federated-eks-2", "eu-west-3", "172.22.0.0/16"),
    ]
    assert fleet.bastion.instance_type == "t3.micro"
    assert len(fleet.plan.links) == 3


@pytest.mark.parametrize(
    "example", sorted((PROJECT / "examples" / "fleets").glob("*.yaml")), ids=lambda file: file.stem
)
def test_an_example_fleet_s_settings_are_taken(example: Path) -> None:
    values = yaml.safe_load(example.read_text())["config"]
    fleet = parse({key.removeprefix("federated-eks:"): value for key, value in values.items()})
    assert [cluster.region for cluster in fleet.plan.clusters] == ["us-west-2", "us-east-2"]


def test_pulumi_yaml_declares_just_the_settings_that_there_are_with_the_same_defaults() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    fields = {field.alias or name: field for name, field in Settings.model_fields.items()}
    assert {key.removeprefix("federated-eks:") for key in declared} == set(fields)
    for key, declaration in declared.items():
        assert declaration["description"]
        if not fields[key.removeprefix("federated-eks:")].is_required():
            defaulted = parse({"clusters": TWO, key.removeprefix("federated-eks:"): declaration["default"]})
            assert defaulted == parse({"clusters": TWO})


def test_a_cluster_can_have_of_its_own_whatever_the_fleet_s_settings_say_of_every_cluster() -> None:
    assert PerCluster.model_fields.keys() <= Cluster.model_fields.keys()
    endpoint = {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"]}
    own = {"kubernetesVersion": "1.36", "nodeGroups": [{"desired": 3}], "endpoint": endpoint}
    fleet = parse({"kubernetesVersion": "1.35", "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3", **own}]})
    first, second = (fleet.own(region) for region in ("eu-west-1", "eu-west-3"))
    assert (first.kubernetes_version, first.node_groups[0].desired, first.endpoint.public) == ("1.35", 2, False)
    assert (second.kubernetes_version, second.node_groups[0].desired, second.endpoint.public) == ("1.36", 3, True)


@pytest.mark.parametrize(
    ("stack", "label"), [("dev", "dev"), ("feature_" + "x" * 70, "feature_" + "x" * 55), ("a._-", "a")]
)
def test_the_environment_a_cluster_is_labelled_with_is_the_stack_as_far_as_a_label_takes_it(
    monkeypatch: pytest.MonkeyPatch, stack: str, label: str
) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
    fleet = parse({"clusters": TWO})
    assert fleet.labels_of("eu-west-3")["environment"] == fleet.all_tags()["environment"] == label


def test_the_environment_can_be_set() -> None:
    fleet = parse({"clusters": TWO, "environment": "prod"})
    assert fleet.labels_of("eu-west-3")["environment"] == fleet.all_tags()["environment"] == "prod"
