"""A fleet of three regions, no two alike: what each gets, whose tags are on it all, and what its policies may.

It comes up and goes by the documented roles, with the policies that the command writes for it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from importlib import import_module
from typing import Any

import parliament
import pytest

from tests.sandbox import roles
from tests.sandbox.checkout import Result, fresh
from tests.sandbox.fleet.live import STACK, Fleet, unchanged

pytestmark = pytest.mark.fleet

HOST, SPREAD, CLOSED = "eu-west-1", "eu-central-1", "us-east-1"
NAMES = {HOST: "federated-eks-1", SPREAD: "federated-eks-2", CLOSED: "federated-eks-3"}
GRAVITON = {"name": "arm", "instanceTypes": ["m7g.large"], "os": "bottlerocket", "labels": {"arch": "arm64"}}
OPERATOR = "198.51.100.7/32"
CLUSTERS: list[dict[str, Any]] = [
    {"region": HOST, "endpoint": {"access": "public-and-private", "allowedCidrs": [OPERATOR]}},
    {
        "region": SPREAD,
        "network": {"nat": "zone", "flowLogs": {"traffic": "all", "retentionDays": 14}},
        "nodeGroups": [{}, GRAVITON],
        "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}],
        "labels": {"tier": "gold"},
    },
    {
        "region": CLOSED,
        "kubernetesVersion": "1.36",
        "network": {"nat": "none"},
        "controlPlane": {"logs": ["audit"], "logDays": 365, "deletionProtection": False},
    },
]
TAGS = {
    "fleet": "federated-eks",
    "stack": "sandbox",
    "environment": "staging",
    "owner": "Platform team",
    "cost-centre": "42",
    "data": "none",
}
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
LETS_IN: Mapping[str, str] = {"update": "", "drift": "cluster-admin", "preview": "view"}
"""The documented roles, and what each may do in the clusters; who makes them is their administrator."""


@pytest.fixture(scope="module")
def live_fleet() -> Generator[Fleet, None, None]:
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        caller = fleet.boto("sts", HOST).get_caller_identity()["Arn"]
        for kind in LETS_IN:
            roles.give(client_of(fleet), f"ci-{kind}", kind, {})
        fleet.configure(
            clusters=CLUSTERS,
            types=[],
            manifests=[],
            owner=TAGS["owner"],
            environment=TAGS["environment"],
            costCentre=TAGS["cost-centre"],
            tags={"data": "none"},
            access={
                "admins": [caller],
                "oidc": True,
                "podIdentities": [{"namespace": "jobs", "serviceAccount": "web", "policies": [S3]}],
                "boundary": BOUNDARY,
                "principals": [
                    {"arn": caller, "policy": "cluster-admin"},
                    *({"arn": arn(kind), "policy": policy} for kind, policy in LETS_IN.items() if policy),
                ],
            },
        )
        folder = checkout.project / "iam"
        checkout.run(sys.executable, "-m", "ops", "permissions", "--stack", "sandbox", "--folder", str(folder))
        made = {file.stem: json.loads(file.read_text()) for file in folder.iterdir()}
        for kind in LETS_IN:
            roles.give(client_of(fleet), f"ci-{kind}", kind, made)
        as_role(fleet, "update", "up", "--yes", "--skip-preview", timeout=900)
        fleet.checkout.paths.kubeconfig.write_text(
            checkout.run("pulumi", "stack", "output", "kubeconfig", "--show-secrets", "-s", "sandbox").stdout
        )
        yield fleet


def arn(kind: str) -> str:
    """The ARN of a role of docs/permissions.md."""
    return f"arn:aws:iam::{roles.NUMBER}:role/ci-{kind}"


def client_of(fleet: Fleet) -> Callable[[str], Any]:
    """The operator's clients in the host's region."""
    return lambda service: fleet.boto(service, HOST)


def as_role(fleet: Fleet, kind: str, *command: str, timeout: float = 400) -> Result:
    """`pulumi COMMAND` as one of the roles."""
    env = roles.session(client_of(fleet), arn(kind))
    return fleet.checkout.run("pulumi", command[0], *STACK, *command[1:], env=env, timeout=timeout)


def resources(fleet: Fleet) -> list[dict[str, Any]]:
    """What the stack's state has of AWS's."""
    exported = json.loads(fleet.checkout.run("pulumi", "stack", "export", "-s", "sandbox").stdout)
    return [one for one in exported["deployment"]["resources"] if one["type"].startswith("aws:")]


def test_a_preview_and_a_drift_check_go_by_roles_that_only_look(live_fleet: Fleet) -> None:
    unchanged(as_role(live_fleet, "preview", "preview").stdout)
    unchanged(as_role(live_fleet, "drift", "preview", "--refresh", "--expect-no-changes").stdout)


def test_every_role_has_the_boundary_pulumi_eks_s_too(live_fleet: Fleet) -> None:
    iam, made = (
        live_fleet.boto("iam", HOST),
        [one for one in resources(live_fleet) if one["type"] == "aws:iam/role:Role"],
    )
    bounds = {one["id"]: iam.get_role(RoleName=one["id"])["Role"].get("PermissionsBoundary") for one in made}
    assert {
        name: bound for name, bound in bounds.items() if (bound or {}).get("PermissionsBoundaryArn") != BOUNDARY
    } == {}
    assert any("eksRole" in name for name in bounds)


def test_all_three_are_joined_and_ready(live_fleet: Fleet) -> None:
    assert live_fleet.ready() == dict.fromkeys(NAMES.values(), "True")


def test_each_is_as_its_own_settings_say(live_fleet: Fleet) -> None:
    seen = {
        region: live_fleet.boto("eks", region).describe_cluster(name=name)["cluster"] for region, name in NAMES.items()
    }
    assert {region: one["version"] for region, one in seen.items()} == {HOST: "1.37", SPREAD: "1.37", CLOSED: "1.36"}
    public = {region: one["resourcesVpcConfig"]["endpointPublicAccess"] for region, one in seen.items()}
    assert public == {HOST: True, SPREAD: False, CLOSED: False}
    logged = {region: len(one["logging"]["clusterLogging"][0]["types"]) for region, one in seen.items()}
    assert logged == {HOST: 5, SPREAD: 5, CLOSED: 1}
    groups = {region: live_fleet.boto("eks", region).list_nodegroups(clusterName=NAMES[region]) for region in NAMES}
    assert {region: len(one["nodegroups"]) for region, one in groups.items()} == {HOST: 1, SPREAD: 2, CLOSED: 1}


def test_each_has_the_ways_out_of_its_own_settings(live_fleet: Fleet) -> None:
    for region, nats, interfaces in ((HOST, 2, False), (SPREAD, 3, False), (CLOSED, 0, True)):
        ec2 = live_fleet.boto("ec2", region)
        standing = [one for one in ec2.describe_nat_gateways()["NatGateways"] if one["State"] == "available"]
        assert len(standing) == nats, "the host's region has the bastion's too"
        kinds = {one["VpcEndpointType"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
        assert kinds == ({"Gateway", "Interface"} if interfaces else {"Gateway"})
    (log,) = live_fleet.boto("ec2", SPREAD).describe_flow_logs()["FlowLogs"]
    assert log["TrafficType"] == "ALL"


def test_the_api_server_that_is_public_admits_the_operator_and_the_fleet_alone(live_fleet: Fleet) -> None:
    cluster = live_fleet.boto("eks", HOST).describe_cluster(name=NAMES[HOST])["cluster"]
    addresses = live_fleet.boto("ec2", HOST).describe_addresses()["Addresses"]
    own = {f"{address['PublicIp']}/32" for address in addresses}
    assert set(cluster["resourcesVpcConfig"]["publicAccessCidrs"]) == own | {OPERATOR}


def test_no_security_group_is_open_to_the_world(live_fleet: Fleet) -> None:
    for region in NAMES:
        rules = live_fleet.boto("ec2", region).describe_security_group_rules()["SecurityGroupRules"]
        ours = [rule for rule in rules if not rule["IsEgress"] and not is_default(live_fleet, region, rule["GroupId"])]
        assert ours
        assert [rule for rule in ours if rule.get("CidrIpv4") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"] == []


def is_default(fleet: Fleet, region: str, group: str) -> bool:
    """Whether a security group is of the VPC that AWS gives an account in each region."""
    ec2 = fleet.boto("ec2", region)
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return ec2.describe_vpcs(VpcIds=[found["VpcId"]])["Vpcs"][0]["IsDefault"]


def test_every_disk_is_encrypted_and_every_instance_asks_for_imdsv2(live_fleet: Fleet) -> None:
    for region in NAMES:
        ec2 = live_fleet.boto("ec2", region)
        templates = ec2.describe_launch_templates()["LaunchTemplates"]
        ours = [one for one in templates if tagged(one).get("fleet")]
        assert ours
        for template in ours:
            (version,) = ec2.describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Default"]
            )["LaunchTemplateVersions"]
            data = version["LaunchTemplateData"]
            assert data["MetadataOptions"]["HttpTokens"] == "required"
            assert [disk["Ebs"]["Encrypted"] for disk in data["BlockDeviceMappings"]] == [True] * len(
                data["BlockDeviceMappings"]
            )


def test_every_log_group_is_encrypted_and_forgets(live_fleet: Fleet) -> None:
    for region in NAMES:
        for group in live_fleet.boto("logs", region).describe_log_groups()["logGroups"]:
            assert group["kmsKeyId"], group["logGroupName"]
            assert group["retentionInDays"], group["logGroupName"]


def tagged(thing: Mapping[str, Any]) -> dict[str, str]:
    """Tags as a map, in whichever of AWS's forms they come."""
    tags: Any = next((thing[key] for key in ("Tags", "tags", "TagList") if key in thing), {})
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}  # type: ignore[reportUnknownVariableType]
    return {one.get("Key", one.get("TagKey")): one.get("Value", one.get("TagValue")) for one in tags}


def of_ec2(fleet: Fleet, region: str, resource: Any) -> dict[str, str]:
    only = [{"Name": "resource-id", "Values": [resource["outputs"].get("securityGroupRuleId") or ec2_id(resource)]}]
    return {one["Key"]: one["Value"] for one in fleet.boto("ec2", region).describe_tags(Filters=only)["Tags"]}


def ec2_id(resource: Any) -> str:
    """An address is known to EC2 by its allocation."""
    return resource["outputs"].get("allocationId") if "Eip" in resource["type"] else resource["id"]


def of_eks(fleet: Fleet, region: str, resource: Any) -> dict[str, str]:
    arn = {"aws:eks/podIdentityAssociation:PodIdentityAssociation": "associationArn"}
    arn |= {"aws:eks/accessEntry:AccessEntry": "accessEntryArn"}
    named = resource["outputs"][arn.get(resource["type"], "arn")]
    return tagged(fleet.boto("eks", region).list_tags_for_resource(resourceArn=named))


READ: dict[str, Callable[[Fleet, str, Any], dict[str, str]]] = {
    "ec2": of_ec2,
    "vpc": of_ec2,
    "eks": of_eks,
    "iam/role": lambda fleet, region, one: tagged(fleet.boto("iam", region).list_role_tags(RoleName=one["id"])),
    "iam/instanceProfile": lambda fleet, region, one: tagged(
        fleet.boto("iam", region).get_instance_profile(InstanceProfileName=one["id"])["InstanceProfile"]
    ),
    "iam/openIdConnectProvider": lambda fleet, region, one: tagged(
        fleet.boto("iam", region).list_open_id_connect_provider_tags(OpenIDConnectProviderArn=one["id"])
    ),
    "kms": lambda fleet, region, one: tagged(fleet.boto("kms", region).list_resource_tags(KeyId=one["id"])),
    "cloudwatch": lambda fleet, region, one: tagged(
        fleet.boto("logs", region).list_tags_for_resource(resourceArn=one["outputs"]["arn"].removesuffix(":*"))
    ),
    "ssm/parameter": lambda fleet, region, one: tagged(
        fleet.boto("ssm", region).list_tags_for_resource(ResourceType="Parameter", ResourceId=one["id"])
    ),
    "ssm": lambda fleet, region, one: tagged(
        fleet.boto("ssm", region).list_tags_for_resource(ResourceType="Document", ResourceId=one["id"])
    ),
    "autoscaling": lambda fleet, region, one: tagged(
        fleet.boto("autoscaling", region).describe_auto_scaling_groups(AutoScalingGroupNames=[one["id"]])[
            "AutoScalingGroups"
        ][0]
    ),
}
"""How AWS tells the tags of a resource, by the beginning of its type."""


def taggable(fleet: Fleet) -> Iterator[tuple[str, dict[str, Any]]]:
    """The regions and resources of those types of which the SDK says that they take tags."""
    for resource in resources(fleet):
        module, _, name = resource["type"].removeprefix("aws:").replace("/", ".").partition(":")
        module = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", module)
        if hasattr(getattr(import_module(f"pulumi_aws.{module}"), name), "tags"):
            yield resource["outputs"].get("region", HOST), resource


def test_everything_that_takes_tags_has_the_fleet_s(live_fleet: Fleet) -> None:
    seen: set[str] = set()
    for region, resource in taggable(live_fleet):
        read = next(how for kind, how in READ.items() if resource["type"].removeprefix("aws:").startswith(kind))
        assert read(live_fleet, region, resource).items() >= TAGS.items(), resource["urn"]
        seen.add(resource["type"])
    assert len(seen) > 20, seen


def test_what_aws_makes_of_templates_has_the_fleet_s_tags(live_fleet: Fleet) -> None:
    for region in NAMES:
        ec2 = live_fleet.boto("ec2", region)
        told = [one for reservation in ec2.describe_instances()["Reservations"] for one in reservation["Instances"]]
        assert told
        for instance in told:
            assert tagged(instance).items() >= TAGS.items(), instance["InstanceId"]


def documents(fleet: Fleet) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document of the fleet as AWS has it, with a name."""
    iam = fleet.boto("iam", HOST)
    for resource in resources(fleet):
        outputs, urn = resource["outputs"], resource["urn"].rpartition("::")[2]
        match resource["type"]:
            case "aws:iam/rolePolicy:RolePolicy":
                told = iam.get_role_policy(RoleName=outputs["role"], PolicyName=outputs["name"])
                yield urn, told["PolicyDocument"]
            case "aws:iam/role:Role":
                yield urn, iam.get_role(RoleName=outputs["name"])["Role"]["AssumeRolePolicyDocument"]
            case "aws:kms/key:Key":
                told = fleet.boto("kms", outputs["region"]).get_key_policy(KeyId=resource["id"], PolicyName="default")
                yield urn, json.loads(told["Policy"])
            # The rest have AWS's own policy.
            case "aws:ec2/vpcEndpoint:VpcEndpoint" if resource["inputs"].get("policy"):
                found = fleet.boto("ec2", outputs["region"]).describe_vpc_endpoints(VpcEndpointIds=[resource["id"]])
                yield urn, json.loads(found["VpcEndpoints"][0]["PolicyDocument"])
            case _:
                pass


def test_no_policy_is_faulty_or_wider_than_it_must_be(live_fleet: Fleet) -> None:
    found = {name: faults(document) for name, document in documents(live_fleet)}
    assert len(found) > 30
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


NOT_FAULTS = (
    # A policy on a resource is on that resource alone, whatever it says.
    ("RESOURCE_STAR", True, ""),
    # AWS checks it on the ARN of a group without a name, whatever parliament's list says.
    ("RESOURCE_MISMATCH", False, "logs:DescribeLogGroups"),
    # What a key lets CloudWatch Logs do is AWS's own text (CloudWatch Logs user guide, "Encrypt log data").
    ("MISMATCHED_TYPE", True, "ArnLike requires a value of type Arn but given String"),
    ("UNKNOWN_CONDITION_FOR_ACTION", True, "kms:EncryptionContext:aws:logs:arn for action kms:DescribeKey"),
)
"""What parliament finds that isn't wrong: its word for it, whether it is in a policy on a resource, and of what."""


def faults(document: dict[str, Any]) -> list[str]:
    """What parliament finds wrong with a document, and any wildcard action of a principal's own rights.

    A policy on a resource has principals; a trust policy, that is one too, doesn't name the resource.
    """
    on_resource = any("Principal" in one for one in document["Statement"])
    statements = [{"Resource": "*"} | one if on_resource else one for one in document["Statement"]]
    findings = parliament.analyze_policy_string(json.dumps(document | {"Statement": statements})).findings
    faulty = [
        f"{one.issue}: {one.detail}"
        for one in findings
        if not any(
            (one.issue, on_resource) == (issue, where) and of in str(one.detail) for issue, where, of in NOT_FAULTS
        )
    ]
    wide = [one for one in document["Statement"] if not on_resource and "*" in str(one["Action"])]
    return faulty + [f"a wildcard: {one}" for one in wide]


def test_parliament_would_tell_of_a_faulty_policy() -> None:
    def allowed(action: str) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}

    for action in ("eks:DescribeClusterr", "eks:DescribeCluster", "*", "iam:*"):
        assert faults(allowed(action)), action
    assert faults(allowed("ssmmessages:OpenControlChannel")) == []


def test_nothing_is_left_of_it(live_fleet: Fleet) -> None:
    as_role(live_fleet, "update", "destroy", "--yes", "--skip-preview")
    for kind in LETS_IN:
        roles.drop(client_of(live_fleet), f"ci-{kind}")
    assert "Nothing is left." in live_fleet.checkout.sandbox("down").stdout
