"""`python -m ops leftovers` by the AWS CLI, on what a cluster's controllers have orphaned in the sandbox's AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops.leftovers import clusters
from ops.leftovers.clusters import Cluster, Named
from ops.leftovers.find import Kind
from ops.leftovers.run import Options, Result, Run
from sandbox.contract import BalancerSpec, VolumeSpec, Wishes
from tests.sandbox.aws.account import HOME, Account, refused, until

pytestmark = pytest.mark.aws

UID = "6f1a2b3c-0000-4000-8000-00000000000b"
WEB = BalancerSpec(namespace="shop", service="web", ports=[(80, 30080)])
DATA = VolumeSpec(namespace="shop", claim="data", zone=f"{HOME}a", gib=10)


@pytest.fixture
def signed_in(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    account = aws.cloud.world.account
    for name, value in {
        "AWS_ENDPOINT_URL": aws.cloud.server.url,
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    yield aws


class Orphaned:
    """A VPC whose cluster is gone, with what its controllers made."""

    def __init__(self, aws: Account) -> None:
        self.aws, self.vpc = aws, aws.vpc()
        self.subnets = aws.subnets(self.vpc)
        table = aws.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"][0]
        gateway = aws.gateway(self.vpc)
        aws.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        logging = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
        self.name = aws.cluster(resourcesVpcConfig={"subnetIds": self.subnets}, logging=logging, tags={"stack": "dev"})
        aws.eks.create_nodegroup(
            clusterName=self.name, nodegroupName="nodes", subnets=self.subnets, nodeRole=aws.role("ec2")
        )
        aws.eks.create_addon(clusterName=self.name, addonName="aws-ebs-csi-driver")
        plane = aws.planes.planes[aws.key(self.name)]
        plane.wishes = Wishes(balancers={UID: WEB}, volumes={UID: DATA})
        until(lambda: plane.grants.balancers and plane.grants.volumes)
        until(lambda: aws.status(self.name) == "ACTIVE")
        self.while_it_lived = self.run(delete=False)
        aws.eks.delete_nodegroup(clusterName=self.name, nodegroupName="nodes")
        until(lambda: not aws.eks.list_nodegroups(clusterName=self.name)["nodegroups"])
        aws.eks.delete_cluster(name=self.name)
        aws.until_status(self.name, "GONE")
        self.write_again()

    def write_again(self) -> None:
        """Delete the cluster's log group as a destroy does, and wait until EKS has written it for the last time."""
        group = f"/aws/eks/{self.name}/cluster"
        logs = self.aws.client("logs")
        logs.delete_log_group(logGroupName=group)
        until(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])

    def run(self, *, delete: bool) -> Result:
        options = Options(stack="dev", delete=delete, minutes=0.5)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clusters, "named", lambda *_: ([Named(HOME, self.name)], set()))
            run = Run(options, consent=lambda _: True, say=lambda _: None, begin=lambda _: None, connect=self.connect)
            return run.result()

    def connect(self, cluster: Cluster, _: str) -> Any:
        raise AssertionError(f"{cluster.name} is gone, and has no API server")


def test_what_a_gone_cluster_has_left_is_deleted_and_the_network_is_free(signed_in: Account) -> None:
    orphaned = Orphaned(signed_in)
    lived = [one.kind for one in orphaned.while_it_lived.left]
    assert sorted({*lived}, key=[*Kind].index) == [Kind.CLASSIC, Kind.INTERFACE, Kind.GROUP, Kind.VOLUME]
    found = orphaned.run(delete=False).left
    assert {(one.kind, one.origin) for one in found} >= {
        (Kind.CLASSIC, "Service shop/web"),
        (Kind.VOLUME, "claim shop/data"),
        (Kind.LOGS, "EKS, for its control plane"),
    }
    with refused("DependencyViolation"):
        signed_in.ec2.delete_subnet(SubnetId=orphaned.subnets[0])
    done = orphaned.run(delete=True)
    assert (list(done.left), done.why, done.failed) == ([], {}, False)
    for subnet in orphaned.subnets:
        signed_in.ec2.delete_subnet(SubnetId=subnet)
    names = [one["GroupName"] for one in signed_in.ec2.describe_security_groups()["SecurityGroups"]]
    assert not [name for name in names if name.startswith(("k8s-elb-", f"eks-cluster-sg-{orphaned.name}-"))]
