"""pulumi_eks.Cluster through the real engine: which children, which outputs, which refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox.cloud import Cloud
from sandbox.paths import Paths
from tests.sandbox.aws.planes import PretendedPlanes
from tests.sandbox.plugins.engine import Stack

pytestmark = pytest.mark.aws

PROGRAM = """
    import pulumi, pulumi_aws as aws, pulumi_eks as eks

    one = aws.Provider("one", region="eu-west-1", default_tags={"tags": {"owner": "tests"}})
    class Group(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("tiny:index:Group", "group", None, pulumi.ResourceOptions(providers=[one]))
            child = pulumi.ResourceOptions(parent=self)
            vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=child)
            subnets = [
                aws.ec2.Subnet(f"subnet-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24",
                    availability_zone=f"eu-west-1{zone}", opts=child)
                for index, zone in enumerate("ab")
            ]
            group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, opts=child)
            self.cluster = eks.Cluster(
                "fleet",
                name="fleet-1",
                authentication_mode=eks.AuthenticationMode.API,
                vpc_id=vpc.id,
                private_subnet_ids=[subnet.id for subnet in subnets],
                cluster_security_group=group,
                endpoint_private_access=True,
                endpoint_public_access=False,
                kubernetes_service_ip_address_range="10.100.0.0/16",
                skip_default_node_group=True,
                skip_default_security_groups=True,
                create_instance_role=False,
                use_default_vpc_cni=True,
                coredns_addon_options={"enabled": False},
                kube_proxy_addon_options={"enabled": False},
                MORE
                opts=child,
            )
            self.register_outputs({})

    cluster = Group().cluster
    pulumi.export("kubeconfig", cluster.kubeconfig_json)
    pulumi.export("endpoint", cluster.eks_cluster.endpoint)
    pulumi.export("arn", cluster.eks_cluster.arn)
    pulumi.export("group", cluster.core.cluster_security_group.id)
    pulumi.export("issuer", cluster.oidc_issuer)
"""


class Planes(PretendedPlanes):
    """Pretended control planes for a daemon."""

    def prune(self, known: object) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, str]]:
    """The environment by which programs reach an AWS of their own."""
    paths = Paths(tmp_path_factory.mktemp("cloud"))
    paths.root.mkdir()
    cloud = Cloud(paths, lambda paths, identity: Planes())
    cloud.start()
    stopped = threading.Event()
    ticking = threading.Thread(target=cloud.run, args=(stopped,))
    ticking.start()
    said = json.loads(paths.cloud.read_text())
    nothing = paths.root / "nothing"
    nothing.touch()
    yield {
        "AWS_ENDPOINT_URL": said["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": said["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": said["secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
    }
    stopped.set()
    ticking.join()
    cloud.stop()


def test_the_component_has_the_official_ones_children_and_outputs(
    stacks: Callable[..., Stack], aws: dict[str, str], tmp_path: Path
) -> None:
    stack = stacks(aws).program(PROGRAM.replace("MORE", ""))
    preview = stack.preview()
    up = stack.up()
    assert up.ok, up.text
    assert up.changes == preview.changes
    print(sorted(stack.resources()))
    print(stack.outputs())
    assert stack.up().changes == {}
    refresh = stack.refresh()
    assert refresh.changes == {}, refresh.text
    destroyed = stack.destroy()
    assert destroyed.ok, destroyed.text
