"""pulumi_eks.Cluster through the real engine: which children, which outputs, which refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator

import pytest

from tests.sandbox.plugins.aws_cloud import running
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
            logs = aws.cloudwatch.LogGroup("logs", name="/aws/eks/fleet-1/cluster", opts=child)
            self.cluster = eks.Cluster(
                "fleet",
                name="fleet-1",
                authentication_mode=eks.AuthenticationMode.API,
                vpc_id=vpc.id,
                private_subnet_ids=[subnet.id for subnet in subnets],
                cluster_security_group=group,
                enabled_cluster_log_types=logs.name.apply(lambda _: ["audit"]),
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
                opts=pulumi.ResourceOptions(parent=self, depends_on=[logs]),
            )
            self.register_outputs({})

    cluster = Group().cluster
    pulumi.export("kubeconfig", cluster.kubeconfig_json)
    pulumi.export("endpoint", cluster.eks_cluster.endpoint)
    pulumi.export("arn", cluster.eks_cluster.arn)
    pulumi.export("group", cluster.core.cluster_security_group.id)
    pulumi.export("issuer", cluster.oidc_issuer)
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, str]]:
    """The environment by which programs reach an AWS of their own."""
    with running(tmp_path_factory.mktemp("cloud")) as aws:
        yield aws.env


def test_the_component_has_the_official_ones_children_and_outputs(
    stacks: Callable[..., Stack], aws: dict[str, str]
) -> None:
    stack = stacks(aws).program(PROGRAM.replace("MORE", ""))
    preview = stack.preview()
    up = stack.up()
    assert up.ok, up.text
    assert up.changes == preview.changes
    resources = stack.resources()
    parents = {name: resource.get("parent", "").split("::")[-1] for name, resource in resources.items()}
    assert {name: parent for name, parent in parents.items() if "fleet" in name} == {
        "eks:index:Cluster fleet": "group",
        "eks:index:ServiceRole fleet-eksRole": "fleet",
        "aws:iam/role:Role fleet-eksRole-role": "fleet-eksRole",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment fleet-eksRole-4b490823": "fleet-eksRole",
        "aws:eks/cluster:Cluster fleet-eksCluster": "fleet",
        "pulumi:providers:kubernetes fleet-eks-k8s": "fleet",
    }
    cluster = resources["aws:eks/cluster:Cluster fleet-eksCluster"]
    assert cluster["provider"].split("::")[3] == "one"
    assert cluster["inputs"]["tags"]["Name"] == "fleet-eksCluster"
    needed = {"fleet-eksRole-role", "fleet-eksRole-4b490823", "logs"}
    assert {urn.split("::")[-1] for urn in cluster["dependencies"]} >= needed
    component, role = resources["eks:index:Cluster fleet"], resources["eks:index:ServiceRole fleet-eksRole"]
    assert component.get("inputs", {}) == {}, "the official component records none of its arguments"
    assert component.get("dependencies", []) == []
    assert "awsProvider" not in component["outputs"]
    assert "awsProvider" not in component["outputs"]["core"]
    assert role["outputs"].keys() == {"directRole", "resolvedRole"}
    outputs = stack.outputs()
    assert '{"apiVersion":"v1","clusters":[{' in outputs["kubeconfig"]
    config = json.loads(outputs.pop("kubeconfig"))
    command = config["users"][0]["user"]["exec"]
    assert [command["command"], *command["args"]] == (
        ["aws", "--region", "eu-west-1", "eks", "get-token", "--cluster-name", "fleet-1", "--output", "json"]
    )
    assert config["clusters"][0]["cluster"]["server"] == outputs["endpoint"]
    assert outputs["arn"] == "arn:aws:eks:eu-west-1:123456789012:cluster/fleet-1"
    assert outputs["group"].startswith("sg-")
    assert outputs["issuer"].startswith("oidc.eks.eu-west-1.amazonaws.com/id/")
    assert stack.up().changes == {}
    refresh = stack.refresh()
    assert refresh.changes == {}, refresh.text
    destroyed = stack.destroy()
    assert destroyed.ok, destroyed.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"use_default_vpc_cni": None}, "argument 'useDefaultVpcCni' must be True"),
        ({"fargate": True}, "argument 'fargate' is not in the sandbox's stand-in for eks"),
    ],
)
def test_an_argument_that_the_stand_in_does_not_have_is_refused_by_name(
    stacks: Callable[..., Stack], aws: dict[str, str], arguments: dict[str, object], said: str
) -> None:
    given = {
        "authentication_mode": "API",
        "skip_default_node_group": True,
        "skip_default_security_groups": True,
        "use_default_vpc_cni": True,
        **arguments,
    }
    preview = stacks(aws).program(f"import pulumi_eks as eks\neks.Cluster('x', **{given!r})\n").preview()
    assert not preview.ok
    assert said in preview.text


def test_another_component_is_refused_by_name(stacks: Callable[..., Stack], aws: dict[str, str]) -> None:
    program = "import pulumi\npulumi.ComponentResource('eks:index:NodeGroupSecurityGroup', 'x', {}, None, True)\n"
    preview = stacks(aws).program(program).preview()
    assert not preview.ok
    assert "resource type eks:index:NodeGroupSecurityGroup is not in the sandbox's stand-in for eks" in preview.text
