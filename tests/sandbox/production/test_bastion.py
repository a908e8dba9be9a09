"""The bastion as AWS has it, what its settings change, and private clusters through it."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import sys
from collections.abc import Generator
from typing import Any

import pytest

from tests import session_manager
from tests.sandbox import documented
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

pytestmark = pytest.mark.fleet

HOME, CLUSTER, NAME = "eu-west-1", "federated-eks-1", "federated-eks-bastion"


@pytest.fixture(scope="module")
def live_fleet() -> Generator[Fleet, None, None]:
    """One region, the bastion as it is by default."""
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        fleet.configure(clusters=listed([HOME]), types=[], manifests=[])
        checkout.sandbox("up")
        yield fleet


def outputs(fleet: Fleet) -> dict[str, Any]:
    return json.loads(fleet.checkout.run("pulumi", "stack", "output", "--json", "-s", "sandbox").stdout)


def group(fleet: Fleet) -> dict[str, Any]:
    found = fleet.boto("autoscaling", HOME).describe_auto_scaling_groups()["AutoScalingGroups"]
    (mine,) = [one for one in found if one["AutoScalingGroupName"].startswith(NAME)]
    return mine


def instance(fleet: Fleet) -> dict[str, Any]:
    (one,) = group(fleet)["Instances"]
    return fleet.boto("ec2", HOME).describe_instances(InstanceIds=[one["InstanceId"]])["Reservations"][0]["Instances"][
        0
    ]


def template(fleet: Fleet) -> dict[str, Any]:
    used = group(fleet)["LaunchTemplate"]
    versions = fleet.boto("ec2", HOME).describe_launch_template_versions(
        LaunchTemplateId=used["LaunchTemplateId"], Versions=[used["Version"]]
    )
    return versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def session_inputs(fleet: Fleet) -> dict[str, Any]:
    document = fleet.boto("ssm", HOME).get_document(Name=NAME)
    assert document["DocumentType"] == "Session"
    return json.loads(document["Content"])["inputs"]


def log_group(fleet: Fleet) -> dict[str, Any]:
    name = outputs(fleet)["bastion"]["logGroup"]
    return fleet.boto("logs", HOME).describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]


def parameter(fleet: Fleet) -> dict[str, Any]:
    return fleet.boto("ssm", HOME).get_parameter(Name="/federated-eks/bastion/fleet")["Parameter"]


def test_it_is_one_instance_of_any_age(live_fleet: Fleet) -> None:
    mine = group(live_fleet)
    assert (mine["MinSize"], mine["DesiredCapacity"], mine["MaxSize"]) == (1, 1, 1)
    assert not mine.get("MaxInstanceLifetime")
    assert mine["HealthCheckType"] == "EC2"
    assert [one["HealthStatus"] for one in mine["Instances"]] == ["Healthy"]


def test_it_has_no_public_address_imdsv2_alone_and_an_encrypted_disk(live_fleet: Fleet) -> None:
    made = instance(live_fleet)
    assert "PublicIpAddress" not in made
    assert made["InstanceType"] == "t3.micro"
    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert made["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    volumes = [mapping["Ebs"]["VolumeId"] for mapping in made["BlockDeviceMappings"]]
    (disk,) = live_fleet.boto("ec2", HOME).describe_volumes(VolumeIds=volumes)["Volumes"]
    assert (disk["VolumeType"], disk["Encrypted"], disk["Size"]) == ("gp3", True, 8)


def test_nothing_reaches_it_and_it_calls_by_https_alone(live_fleet: Fleet) -> None:
    groups = [one["GroupId"] for one in instance(live_fleet)["SecurityGroups"]]
    rules = live_fleet.boto("ec2", HOME).describe_security_group_rules(Filters=[{"Name": "group-id", "Values": groups}])
    assert [
        (rule["IsEgress"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules["SecurityGroupRules"]
    ] == [(True, "tcp", 443, 443)]


def test_its_role_may_do_what_sessions_and_contexts_take(live_fleet: Fleet) -> None:
    iam = live_fleet.boto("iam", HOME)
    role = instance(live_fleet)["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    role = iam.get_instance_profile(InstanceProfileName=role)["InstanceProfile"]["Roles"][0]["RoleName"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    statements = [
        statement
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    ]
    everywhere = [one["Action"] for one in statements if one["Resource"] == "*"]
    assert everywhere == [[action for action in everywhere[0] if action.startswith(("ssmmessages:", "ssm:Update"))]]
    others = {str(one["Action"]): one["Resource"] for one in statements if one["Resource"] != "*"}
    account = live_fleet.boto("sts", HOME).get_caller_identity()["Account"]
    assert others["eks:DescribeCluster"] == [f"arn:aws:eks:{HOME}:{account}:cluster/{CLUSTER}"]
    assert others["kms:Decrypt"] == log_group(live_fleet)["kmsKeyId"]
    assert others["ssm:GetParameter"] == parameter(live_fleet)["ARN"]
    assert len(others) == 5


def test_sessions_are_encrypted_and_logged_to_a_group_with_a_key_and_an_end(live_fleet: Fleet) -> None:
    inputs, logs = session_inputs(live_fleet), log_group(live_fleet)
    assert inputs["cloudWatchLogGroupName"] == logs["logGroupName"]
    assert inputs["cloudWatchEncryptionEnabled"] is True
    assert inputs["kmsKeyId"] == logs["kmsKeyId"]
    assert logs["retentionInDays"] == 365
    assert f"--document-name {NAME} " in documented.run(live_fleet.checkout, "See", "pulumi stack output").stdout


def test_its_user_data_is_the_first_boot_of_this_fleet(live_fleet: Fleet) -> None:
    script = base64.b64decode(template(live_fleet)["UserData"]).decode()
    assert f"readonly PARAMETER={parameter(live_fleet)['Name']}" in script
    assert f"readonly LOG_GROUP={log_group(live_fleet)['logGroupName']}" in script
    assert parameter(live_fleet)["Value"] == f"kubectl 1.37.0\ncluster {CLUSTER} {HOME}"


@pytest.fixture(scope="module")
def sessions(live_fleet: Fleet) -> dict[str, str]:
    """The environment in which sessions can be opened."""
    environ = live_fleet.checkout.environ()
    real = shutil.which("aws", path=environ["PATH"])
    assert real
    folder = live_fleet.checkout.project / "session-manager"
    session_manager.install(folder, real=real)
    return {"PATH": f"{folder}:{environ['PATH']}"}


def tunnels(fleet: Fleet, *command: str) -> list[str]:
    return [sys.executable, "-m", "ops", "tunnel", "--stack", "sandbox", *command]


def test_a_command_reaches_the_cluster_through_the_bastion_and_leaves_nothing(
    live_fleet: Fleet, sessions: dict[str, str]
) -> None:
    script = "stat -c '%a %n' $KUBECONFIG; kubectl config view --minify; kubectl get namespaces; exit 7"
    done = live_fleet.checkout.run(*tunnels(live_fleet, "--", "bash", "-c", script), env=sessions, check=False)
    assert done.returncode == 7, done.stdout
    assert "kube-federation-system" in done.stdout
    assert "tls-server-name: 127.0.0.1" in done.stdout
    mode, _, path = done.stdout.splitlines()[0].partition(" ")
    assert mode == "600"
    assert live_fleet.checkout.run("ls", path, check=False).returncode
    calls = [
        json.loads(line) for line in (live_fleet.checkout.project / "session-manager/calls").read_text().splitlines()
    ]
    (opened,) = [call for call in calls if call[:2] == ["ssm", "start-session"]]
    assert opened[opened.index("--target") + 1] == instance(live_fleet)["InstanceId"]
    assert not plugins(live_fleet)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_closes_the_tunnels_and_removes_the_file(
    live_fleet: Fleet, sessions: dict[str, str], number: signal.Signals, code: int
) -> None:
    process = live_fleet.checkout.begin(*tunnels(live_fleet), env={**live_fleet.checkout.environ(), **sessions})
    assert process.stdout
    path = process.stdout.readline().strip().removeprefix("export KUBECONFIG=")
    assert live_fleet.checkout.run("kubectl", "get", "nodes", env={"KUBECONFIG": path}).returncode == 0
    assert plugins(live_fleet)
    process.send_signal(number)
    assert process.wait(20) == code, process.stdout.read()
    assert live_fleet.checkout.run("ls", path, check=False).returncode
    assert not plugins(live_fleet)


def plugins(fleet: Fleet) -> str:
    """The processes of sessions."""
    return fleet.checkout.run("pgrep", "-f", str(fleet.checkout.project / "session-manager"), check=False).stdout


def test_settings_change_it_in_place_and_its_instance_by_consent_alone(live_fleet: Fleet) -> None:
    before, was, key = group(live_fleet), instance(live_fleet)["InstanceId"], session_inputs(live_fleet)["kmsKeyId"]
    live_fleet.configure(bastion={"instanceType": "t3a.small", "volumeGib": 12, "maxAgeDays": 7, "sessionLogDays": 30})
    steps = live_fleet.preview()
    assert {step.op for step in steps} == {"update"}, steps
    live_fleet.pulumi("up", "--yes", "--skip-preview")
    after = group(live_fleet)
    assert after["AutoScalingGroupName"] == before["AutoScalingGroupName"]
    assert after["LaunchTemplate"]["LaunchTemplateId"] == before["LaunchTemplate"]["LaunchTemplateId"]
    assert after["MaxInstanceLifetime"] == 7 * 86400
    assert instance(live_fleet)["InstanceId"] == was, "whoever updates the fleet may do it from there"
    documented.run(live_fleet.checkout, "Replace", "eval")
    made = instance(live_fleet)
    assert made["InstanceId"] != was
    assert made["InstanceType"] == "t3a.small"
    assert log_group(live_fleet)["retentionInDays"] == 30
    assert session_inputs(live_fleet)["kmsKeyId"] == key
    assert live_fleet.preview() == []


def test_a_fleet_that_turns_it_off_loses_it_its_network_and_its_peerings_alone(live_fleet: Fleet) -> None:
    live_fleet.configure(endpoint={"clients": {"office": "10.1.0.0/16"}})
    live_fleet.pulumi("up", "--yes", "--skip-preview")
    before = live_fleet.resources()
    live_fleet.configure(bastion={"enabled": False})
    steps = live_fleet.preview()
    changed = {(step.op, step.name) for step in steps if step.op != "delete"}
    assert changed == set(), changed
    live_fleet.pulumi("up", "--yes", "--skip-preview")
    after = live_fleet.resources()
    assert after.items() <= before.items()
    gone = [urn.rpartition("::")[2] for urn in before.keys() - after.keys()]
    assert all("bastion" in name for name in gone), gone
    assert not {"bastion", "bastionSession", "bastionReplace"} & outputs(live_fleet).keys()
    assert outputs(live_fleet)["plan"]["bastion"] == {}
    vpcs = live_fleet.boto("ec2", HOME).describe_vpcs(Filters=[{"Name": "tag:fleet", "Values": ["federated-eks"]}])[
        "Vpcs"
    ]
    assert len(vpcs) == 1
    assert live_fleet.ready() == {CLUSTER: "True"}
    assert live_fleet.ops("map").returncode == 0


def test_without_a_bastion_tunnels_say_so(live_fleet: Fleet, sessions: dict[str, str]) -> None:
    done = live_fleet.checkout.run(*tunnels(live_fleet), env=sessions, check=False)
    assert done.returncode == 1
    assert "--stack: sandbox has no bastion; set federated-eks:bastion.enabled: true" in done.stdout


def test_destroy_leaves_nothing(live_fleet: Fleet) -> None:
    live_fleet.configure(bastion={})
    live_fleet.pulumi("up", "--yes", "--skip-preview")
    assert "Nothing is left." in live_fleet.checkout.sandbox("down").stdout
