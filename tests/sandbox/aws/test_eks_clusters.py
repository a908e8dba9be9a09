"""EKS clusters, as AWS has them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.eks.versions import VERSIONS
from tests.sandbox.aws.account import AWAY, HOME, NUMBER, Account, refused, unique, until

pytestmark = pytest.mark.aws


def show(aws: Account, cluster: str) -> Any:
    """A cluster."""
    return aws.eks.describe_cluster(name=cluster)["cluster"]


def test_a_cluster_has_an_endpoint_once_it_is_active(aws: Account) -> None:
    aws.planes.held = True
    made = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]
    assert made["status"] == "CREATING"
    assert not {"endpoint", "identity"} & set(show(aws, made["name"]))
    assert show(aws, made["name"])["certificateAuthority"] == {}
    aws.planes.held = False
    aws.until_status(made["name"], "ACTIVE")
    shown = show(aws, made["name"])
    assert shown["endpoint"].startswith("https://127.0.0.1:")
    assert base64.b64decode(shown["certificateAuthority"]["data"]) == b"a certificate"


def test_each_cluster_has_an_issuer_of_its_own(aws: Account) -> None:
    issuers = [show(aws, aws.cluster())["identity"]["oidc"]["issuer"] for _ in range(2)]
    assert issuers[0] != issuers[1]
    assert all(issuer.startswith(f"https://oidc.eks.{HOME}.amazonaws.com/id/") for issuer in issuers)


def test_a_control_plane_is_told_what_it_needs(aws: Account) -> None:
    network = {"serviceIpv4Cidr": "10.50.0.0/16"}
    vpc = aws.vpc("172.21.0.0/16")
    subnets = [aws.subnet(vpc, f"172.21.{place}.0/24", zone) for place, zone in enumerate("abc")]
    cluster = aws.cluster(kubernetesNetworkConfig=network, resourcesVpcConfig={"subnetIds": subnets})
    plane = aws.planes.planes[aws.key(cluster)]
    assert (plane.version, plane.service_cidr) == (VERSIONS[-1], "10.50.0.0/16")
    assert plane.issuer == show(aws, cluster)["identity"]["oidc"]["issuer"]


def test_a_control_plane_that_does_not_come_up_fails_the_cluster_with_its_reason(aws: Account) -> None:
    settings = aws.cluster_settings()
    aws.planes.failing[aws.key(settings["name"])] = "kube-apiserver ended with 1"
    aws.eks.create_cluster(**settings)
    aws.until_status(settings["name"], "FAILED")
    assert show(aws, settings["name"])["health"]["issues"][0]["message"] == "kube-apiserver ended with 1"


def test_what_is_given_is_shown(aws: Account) -> None:
    vpc = aws.vpc()
    group, subnets = aws.group(vpc), aws.subnets(vpc)
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    shown = show(
        aws,
        aws.cluster(
            resourcesVpcConfig={
                "subnetIds": subnets,
                "securityGroupIds": [group],
                "endpointPrivateAccess": True,
                "publicAccessCidrs": ["52.1.2.0/24"],
            },
            version=VERSIONS[-1],
            tags={"owner": "me"},
            encryptionConfig=encryption,
            upgradePolicy={"supportType": "STANDARD"},
            logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]},
        ),
    )
    config = shown["resourcesVpcConfig"]
    assert (config["vpcId"], config["subnetIds"], config["securityGroupIds"]) == (vpc, subnets, [group])
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"]) == (True, True)
    assert config["publicAccessCidrs"] == ["52.1.2.0/24"]
    assert (shown["tags"], shown["encryptionConfig"]) == ({"owner": "me"}, encryption)
    assert shown["upgradePolicy"] == {"supportType": "STANDARD"}
    assert shown["logging"]["clusterLogging"][0] == {"types": ["api", "audit"], "enabled": True}
    assert shown["accessConfig"] == {"authenticationMode": "API"}
    assert shown["arn"] == f"arn:aws:eks:{HOME}:{NUMBER}:cluster/{shown['name']}"


def test_the_services_range_is_the_one_beside_the_vpcs(aws: Account) -> None:
    assert show(aws, aws.cluster())["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    vpc = aws.vpc("10.100.0.0/16")
    subnets = [aws.subnet(vpc, f"10.100.{place}.0/24", zone) for place, zone in enumerate("ab")]
    cluster = aws.cluster(resourcesVpcConfig={"subnetIds": subnets})
    assert show(aws, cluster)["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_a_name_is_taken_once_in_a_region(aws: Account) -> None:
    cluster = aws.cluster()
    with refused("ResourceInUseException", "already exists"):
        aws.eks.create_cluster(**aws.cluster_settings(name=cluster))


def test_clusters_are_listed_by_region(aws: Account) -> None:
    cluster = aws.cluster()
    assert cluster in aws.eks.list_clusters()["clusters"]
    assert cluster not in aws.client("eks", AWAY).list_clusters()["clusters"]


def test_a_list_comes_in_pages(aws: Account) -> None:
    aws.cluster()
    aws.cluster()
    everything = aws.eks.list_clusters()["clusters"]
    pages = aws.eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1})
    assert [page["clusters"] for page in pages] == [[name] for name in everything]


def config(**fields: Any) -> Callable[[Account], dict[str, Any]]:
    """Settings whose subnets are three good ones, with these fields beside."""

    def settings(aws: Account) -> dict[str, Any]:
        return {"resourcesVpcConfig": {"subnetIds": aws.subnets(aws.vpc()), **fields}}

    return settings


def one_zone(aws: Account) -> dict[str, Any]:
    vpc = aws.vpc()
    return {"resourcesVpcConfig": {"subnetIds": [aws.subnet(vpc), aws.subnet(vpc, "10.0.1.0/24")]}}


def two_vpcs(aws: Account) -> dict[str, Any]:
    return {"resourcesVpcConfig": {"subnetIds": [aws.subnet(aws.vpc()), aws.subnet(aws.vpc(), zone="b")]}}


def others_group(aws: Account) -> dict[str, Any]:
    return config(securityGroupIds=[aws.group(aws.vpc())])(aws)


def overlapping_services(aws: Account) -> dict[str, Any]:
    return {**config()(aws), "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/20"}}


def deleted_key(aws: Account) -> dict[str, Any]:
    key = aws.client("kms").create_key()["KeyMetadata"]
    aws.client("kms").schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    return {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": key["Arn"]}}]}


NOBODY = f"arn:aws:iam::{NUMBER}:role/nobody"
UNKNOWN_KEY = f"arn:aws:kms:{HOME}:{NUMBER}:key/0"

BAD: dict[str, tuple[Callable[[Account], dict[str, Any]], str]] = {
    "one zone": (one_zone, "two different AZs"),
    "two VPCs": (two_vpcs, "same VPC"),
    "an unknown subnet": (
        lambda _: {"resourcesVpcConfig": {"subnetIds": ["subnet-0123456789abcdef0"]}},
        "subnet-0123456789abcdef0' does not exist",
    ),
    "no subnets": (lambda _: {"resourcesVpcConfig": {}}, "two different AZs"),
    "an unknown security group": (config(securityGroupIds=["sg-0123456789abcdef0"]), "does not exist"),
    "another VPC's security group": (others_group, "not in the same VPC"),
    "no endpoint": (config(endpointPublicAccess=False), "cannot be false"),
    "a private public range": (config(publicAccessCidrs=["10.0.0.0/8"]), "not allowed in publicAccessCidrs"),
    **{
        f"the reserved public range {block}": (
            config(publicAccessCidrs=["52.1.0.0/24", block]),
            "not allowed in public",
        )
        for block in (
            *("172.16.0.0/12", "192.168.1.0/24", "100.64.0.0/10", "127.0.0.1/32", "169.254.169.254/32"),
            *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
        )
    },
    "a public range that isn't one": (config(publicAccessCidrs=["home"]), "invalid in publicAccessCidrs"),
    "too many public ranges": (config(publicAccessCidrs=[f"52.1.{one}.0/24" for one in range(41)]), "At most 40"),
    "a role that isn't there": (lambda _: {"roleArn": NOBODY}, "could not be assumed"),
    "a role that trusts another": (lambda aws: {"roleArn": aws.role("ec2")}, "could not be assumed"),
    "no ARN": (lambda _: {"roleArn": "me"}, "Invalid Role Arn"),
    "an old version": (lambda _: {"version": "1.20"}, "unsupported Kubernetes version 1.20"),
    "a version that never was": (lambda _: {"version": "1.370"}, "unsupported Kubernetes version 1.370"),
    "a tag's key of 129 characters": (lambda _: {"tags": {"k" * 129: "1"}}, "tags.key"),
    "a tag's value of 257 characters": (lambda _: {"tags": {"owner": "v" * 257}}, "tags.owner"),
    "51 tags": (lambda _: {"tags": {f"key-{one}": "1" for one in range(51)}}, "'tags' failed"),
    "a bad name": (lambda _: {"name": "-bad"}, "name"),
    "a long name": (lambda _: {"name": "a" * 101}, "100"),
    "public services": (lambda _: {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "52.0.0.0/16"}}, "within 10.0.0.0/8"),
    "few services": (lambda _: {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.7.0.0/25"}}, "between /12 and /24"),
    "many services": (lambda _: {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/11"}}, "between /12 and /24"),
    "services in the VPC": (overlapping_services, "overlaps"),
    "an unknown key": (
        lambda _: {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": UNKNOWN_KEY}}]},
        "does not exist",
    ),
    "a deleted key": (deleted_key, "not enabled"),
    "AWS's own tag": (lambda _: {"tags": {"aws:mine": "1"}}, "reserved"),
    "an unknown log type": (lambda _: {"logging": {"clusterLogging": [{"types": ["all"], "enabled": True}]}}, "all"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_setting_is_refused(aws: Account, what: str) -> None:
    make, match = BAD[what]
    before = set(aws.eks.list_clusters()["clusters"])
    with refused("InvalidParameterException", match):
        aws.eks.create_cluster(**aws.cluster_settings(**make(aws)))
    assert set(aws.eks.list_clusters()["clusters"]) == before


NOT_HERE: dict[str, dict[str, Any]] = {
    "authenticationMode API_AND_CONFIG_MAP": {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}},
    "authenticationMode CONFIG_MAP": {"accessConfig": {}},
    "ipFamily": {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
    "computeConfig": {"computeConfig": {"enabled": True}},
    "remoteNetworkConfig": {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["10.9.0.0/16"]}]}},
    "zonalShiftConfig": {"zonalShiftConfig": {"enabled": True}},
}


@pytest.mark.parametrize("what", NOT_HERE)
def test_what_the_sandbox_cannot_do_is_refused_by_name(aws: Account, what: str) -> None:
    with refused("InvalidRequestException", f"{what}.*not supported by the sandbox"):
        aws.eks.create_cluster(**aws.cluster_settings(**NOT_HERE[what]))


def test_a_cluster_has_a_security_group_of_its_own(aws: Account) -> None:
    cluster = aws.cluster()
    group_id = show(aws, cluster)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    group = aws.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group_id
    assert {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"} in group["Tags"]


def test_a_cluster_keeps_its_subnets_and_security_groups(aws: Account) -> None:
    vpc = aws.vpc()
    group, subnets = aws.group(vpc), aws.subnets(vpc)
    cluster = aws.cluster(resourcesVpcConfig={"subnetIds": subnets, "securityGroupIds": [group]})
    for subnet in subnets:
        with refused("DependencyViolation"):
            aws.ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=group)
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    for subnet in subnets:
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_security_group(GroupId=group)
    aws.ec2.delete_vpc(VpcId=vpc)


def test_a_control_planes_interfaces_are_its_own(aws: Account) -> None:
    cluster = aws.cluster()
    filters = [{"Name": "description", "Values": [f"Amazon EKS {cluster}"]}]
    made = aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert len(made) == 3
    with refused("OperationNotPermitted"):
        aws.ec2.delete_network_interface(NetworkInterfaceId=made[0]["NetworkInterfaceId"])


def test_a_used_cluster_security_group_stays_behind(aws: Account) -> None:
    cluster = aws.cluster()
    config = show(aws, cluster)["resourcesVpcConfig"]
    own = config["clusterSecurityGroupId"]
    pairs = [{"GroupId": own}]
    permissions = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": pairs}]
    aws.ec2.authorize_security_group_ingress(GroupId=aws.group(config["vpcId"]), IpPermissions=permissions)
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    assert aws.ec2.describe_security_groups(GroupIds=[own])["SecurityGroups"]


def test_a_cluster_is_deleting_until_its_control_plane_is_gone(aws: Account) -> None:
    cluster = aws.cluster()
    before, aws.planes.seconds = aws.planes.seconds, 0.5
    assert aws.eks.delete_cluster(name=cluster)["cluster"]["status"] == "DELETING"
    assert aws.status(cluster) == "DELETING"
    aws.planes.seconds = before
    aws.until_status(cluster, "GONE")
    with refused("ResourceNotFoundException", f"No cluster found for name: {cluster}."):
        aws.eks.delete_cluster(name=cluster)


def test_a_name_is_free_again_after_a_deletion(aws: Account) -> None:
    cluster = aws.cluster()
    first = show(aws, cluster)["identity"]["oidc"]["issuer"]
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    assert show(aws, aws.cluster(name=cluster))["identity"]["oidc"]["issuer"] != first


def test_a_cluster_that_is_being_made_is_not_deleted(aws: Account) -> None:
    aws.planes.held = True
    made = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    with refused("ResourceInUseException"):
        aws.eks.delete_cluster(name=made)
    aws.planes.held = False
    aws.until_status(made, "ACTIVE")


def test_a_protected_cluster_is_not_deleted(aws: Account) -> None:
    cluster = aws.cluster(deletionProtection=True)
    with refused("InvalidRequestException", "deletion protection"):
        aws.eks.delete_cluster(name=cluster)
    aws.eks.update_cluster_config(name=cluster, deletionProtection=False)
    aws.until_status(cluster, "ACTIVE")
    aws.eks.delete_cluster(name=cluster)


def test_a_cluster_is_active_before_its_api_server_answers(aws: Account) -> None:
    aws.planes.silent = True
    cluster = aws.cluster()
    assert show(aws, cluster)["endpoint"]
    assert not aws.cloud.health()["ready"]
    aws.planes.silent = False
    until(lambda: aws.cloud.world.eks.estate.clusters[aws.key(cluster)].answers)
    assert aws.cloud.health()["ready"]


def test_an_api_server_that_never_answers_fails_its_cluster(aws: Account) -> None:
    aws.planes.silent = True
    cluster = aws.cluster()
    aws.planes.failing[aws.key(cluster)] = "it has no room"
    aws.until_status(cluster, "FAILED")
    assert show(aws, cluster)["health"]["issues"][0]["message"] == "it has no room"


def test_the_log_group_is_made_only_if_something_is_logged(aws: Account) -> None:
    quiet, logged = aws.cluster(), aws.cluster(logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})
    groups = [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]]
    assert f"/aws/eks/{logged}/cluster" in groups
    assert f"/aws/eks/{quiet}/cluster" not in groups


def test_a_log_group_that_is_there_is_taken(aws: Account) -> None:
    name = unique("cluster")
    aws.client("logs").create_log_group(logGroupName=f"/aws/eks/{name}/cluster")
    aws.cluster(name=name, logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})


def test_the_versions_are_those_that_run_here(aws: Account) -> None:
    shown = aws.eks.describe_cluster_versions()["clusterVersions"]
    assert [one["clusterVersion"] for one in shown] == list(reversed(VERSIONS))
    assert [one["clusterVersion"] for one in shown if one["defaultVersion"]] == [VERSIONS[-1]]
