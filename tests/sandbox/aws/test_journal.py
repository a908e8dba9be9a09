"""The sandbox's AWS comes back after a restart as it was, or says that it can't."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.principals import behind
from sandbox.aws.world import World
from sandbox.errors import UserError
from tests.sandbox.aws.account import AWAY, Account, trust, until
from tests.sandbox.aws.planes import PretendedPlanes

pytestmark = pytest.mark.aws


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Account]:
    """A sandbox of the test's own."""
    account = Account(tmp_path)
    yield account
    account.stop()


def restart(account: Account) -> None:
    """Stop the sandbox and start it again from what it kept."""
    account.stop()
    account.start()


def journal(account: Account) -> Path:
    return account.folder / ".sandbox" / "aws" / "journal.jsonl"


def without_metadata(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


LOOK: dict[str, Callable[[Account], Any]] = {
    "the VPCs": lambda aws: aws.ec2.describe_vpcs(),
    "the other region's VPCs": lambda aws: aws.away.describe_vpcs(),
    "the subnets": lambda aws: aws.ec2.describe_subnets(),
    "the route tables": lambda aws: aws.ec2.describe_route_tables(),
    "the NAT gateways": lambda aws: aws.ec2.describe_nat_gateways(),
    "the addresses": lambda aws: aws.ec2.describe_addresses(),
    "the security groups' rules": lambda aws: aws.ec2.describe_security_group_rules(),
    "the interfaces": lambda aws: aws.ec2.describe_network_interfaces(),
    "the peerings": lambda aws: aws.away.describe_vpc_peering_connections(),
    "the launch templates": lambda aws: aws.ec2.describe_launch_templates(),
    "the instances": lambda aws: aws.ec2.describe_instances(),
    "the groups": lambda aws: aws.autoscaling.describe_auto_scaling_groups(),
    "the roles": lambda aws: aws.iam.list_roles(),
    "the identity": lambda aws: aws.client("sts").get_caller_identity(),
    "the cluster": lambda aws: aws.eks.describe_cluster(name="kept"),
    "the node group": lambda aws: aws.eks.describe_nodegroup(clusterName="kept", nodegroupName="nodes"),
    "the access entries": lambda aws: aws.eks.list_access_entries(clusterName="kept"),
    "the add-on": lambda aws: aws.eks.describe_addon(clusterName="kept", addonName="vpc-cni"),
    "the updates": lambda aws: aws.eks.list_updates(name="kept"),
}


def build(aws: Account) -> None:
    """One of everything."""
    vpc, peer = aws.vpc(), aws.vpc("10.1.0.0/16", aws.away)
    aws.gateway(vpc)
    subnets, table = aws.subnets(vpc), aws.table(vpc)
    nat, _ = aws.nat(subnets[0])
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[1])
    made = aws.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerRegion=AWAY)["VpcPeeringConnection"]
    aws.away.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    aws.cluster(name="kept", resourcesVpcConfig={"subnetIds": subnets})
    aws.eks.create_nodegroup(
        clusterName="kept",
        nodegroupName="nodes",
        subnets=subnets,
        nodeRole=aws.role("ec2"),
        scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 3},
    )
    aws.eks.create_addon(clusterName="kept", addonName="vpc-cni")
    until(lambda: nodegroup(aws)["status"] == "ACTIVE")
    until(lambda: aws.eks.describe_addon(clusterName="kept", addonName="vpc-cni")["addon"]["status"] == "ACTIVE")
    aws.eks.update_cluster_config(name="kept", resourcesVpcConfig={"endpointPrivateAccess": True})
    aws.until_status("kept", "ACTIVE")
    aws.eks.update_nodegroup_config(clusterName="kept", nodegroupName="nodes", scalingConfig={"desiredSize": 2})
    until(lambda: nodegroup(aws)["status"] == "ACTIVE")


def nodegroup(aws: Account) -> Any:
    return aws.eks.describe_nodegroup(clusterName="kept", nodegroupName="nodes")["nodegroup"]


def test_everything_comes_back_the_same(own: Account) -> None:
    build(own)
    before = {what: without_metadata(look(own)) for what, look in LOOK.items()}
    nodes = own.planes.planes[own.key("kept")].nodes
    restart(own)
    for what, look in LOOK.items():
        assert without_metadata(look(own)) == before[what], what
    assert own.planes.planes[own.key("kept")].nodes == nodes


def test_a_control_plane_whose_data_is_lost_is_made_again_with_its_nodes(own: Account) -> None:
    build(own)
    own.stop()
    nodes = own.planes.planes.pop(own.key("kept")).nodes
    own.start()
    assert own.planes.planes[own.key("kept")].nodes == nodes


def session(own: Account) -> dict[str, str]:
    """A role's credentials, as arguments for a client."""
    role = own.iam.create_role(RoleName="viewer", AssumeRolePolicyDocument=trust({"AWS": "*"}))["Role"]["Arn"]
    given = own.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    return {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}


def test_a_session_holds_on(own: Account) -> None:
    given = session(own)
    restart(own)
    arn = own.client("sts", "eu-west-1", **given).get_caller_identity()["Arn"]
    assert arn.endswith("assumed-role/viewer/me")
    known = behind(given["key"])
    assert known is not None
    assert known.session_token == given["token"]


def test_what_is_read_first_makes_no_difference(own: Account) -> None:
    own.ec2.describe_vpcs()
    own.client("autoscaling", AWAY).describe_auto_scaling_groups()
    made = {own.vpc(), own.vpc(ec2=own.away)}
    restart(own)
    found = [*own.away.describe_vpcs()["Vpcs"], *own.ec2.describe_vpcs()["Vpcs"]]
    assert made <= {vpc["VpcId"] for vpc in found}


def test_what_many_callers_made_at_once_comes_back(own: Account) -> None:
    clients = [own.client("ec2", region) for region in ("eu-west-1", "eu-west-2", "us-east-2")]

    def make(number: int) -> str:
        ec2 = clients[number % 3]
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        assert vpc in [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]]
        return str(vpc)

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(make, range(48)))
    assert len(set(made)) == 48
    restart(own)
    found = [
        vpc["VpcId"] for name in clients for vpc in own.client("ec2", name.meta.region_name).describe_vpcs()["Vpcs"]
    ]
    assert set(made) <= set(found)


def test_what_comes_after_a_restart_is_new(own: Account) -> None:
    first = own.vpc()
    restart(own)
    assert own.vpc() != first


def test_a_refused_call_is_not_done_again(own: Account) -> None:
    own.vpc()
    lines = journal(own).read_text().splitlines()
    with pytest.raises(Exception, match="InvalidVpcID"):
        own.ec2.delete_vpc(VpcId="vpc-0123456789abcdef0")
    assert journal(own).read_text().splitlines() == lines


def test_a_deletion_goes_on(own: Account) -> None:
    own.cluster(name="kept")
    own.planes.seconds = 3600
    own.eks.delete_cluster(name="kept")
    assert own.status("kept") == "DELETING"
    restart(own)
    own.until_status("kept", "GONE")


def test_a_creation_goes_on(own: Account) -> None:
    own.planes.held = True
    own.eks.create_cluster(**own.cluster_settings(name="kept"))
    restart(own)
    assert own.status("kept") == "CREATING"
    own.planes.held = False
    own.until_status("kept", "ACTIVE")


def test_the_port_stays(own: Account) -> None:
    before = own.cloud.server.url
    restart(own)
    assert own.cloud.server.url == before


def test_the_operators_key_stays(own: Account) -> None:
    before = own.cloud.world.account
    own.vpc()
    restart(own)
    assert own.cloud.world.account == before


def test_only_its_owner_can_read_it(own: Account) -> None:
    own.vpc()
    for file in ("journal.jsonl", "account.json"):
        assert stat.S_IMODE((journal(own).parent / file).stat().st_mode) == 0o600


def test_no_signature_and_no_session_token_is_kept(own: Account) -> None:
    given = session(own)
    own.client("ec2", "eu-west-1", **given).create_vpc(CidrBlock="10.0.0.0/16")
    kept = journal(own).read_text()
    assert "Signature=0" in kept
    for secret in (given["secret"], given["token"], own.cloud.world.account.secret_access_key):
        assert secret not in kept


def test_a_last_line_that_was_cut_off_is_dropped(own: Account) -> None:
    first, second = own.vpc(), own.vpc("10.1.0.0/16")
    own.stop()
    journal(own).write_bytes(journal(own).read_bytes()[:-20])
    own.start()
    there = [vpc["VpcId"] for vpc in own.ec2.describe_vpcs()["Vpcs"]]
    assert first in there
    assert second not in there
    own.vpc("10.2.0.0/16")
    restart(own)


def tampered(own: Account, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of a stopped sandbox's journal."""
    vpc = own.vpc()
    own.subnet(vpc)
    own.stop()
    journal(own).write_text("".join(f"{line}\n" for line in change(journal(own).read_text().splitlines())))


def edited(line: str, **fields: Any) -> str:
    return json.dumps({**json.loads(line), **fields})


DAMAGE: dict[str, Callable[[list[str]], list[str]]] = {
    "is not JSON": lambda lines: ["{", *lines[1:]],
    "is not a change": lambda lines: ["[]", *lines[1:]],
    "creates other things when it is replayed": lambda lines: [edited(lines[0], n=99), *lines[1:]],
    "fails when it is replayed": lambda lines: lines[1:],
    "can't be replayed": lambda lines: [*lines, edited(lines[0], request={})],
}


@pytest.mark.parametrize("said", DAMAGE)
def test_a_journal_that_was_tampered_with_is_refused(tmp_path: Path, said: str) -> None:
    own = Account(tmp_path)
    tampered(own, DAMAGE[said])
    with pytest.raises(UserError, match=f"journal.jsonl: line \\d+ .*{said}.*remove the folder"):
        World(tmp_path / ".sandbox" / "aws", PretendedPlanes())


def test_instances_that_would_get_other_addresses_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Account(tmp_path)
    subnet = own.subnet(own.vpc())
    template = own.template(ImageId="ami-12c6146b", InstanceType="t3.micro")
    own.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="nodes",
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=1,
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=subnet,
    )
    own.stop()
    monkeypatch.setattr("sandbox.aws.ec2.subnets._RESERVED", 9)
    with pytest.raises(UserError, match=r"autoscaling CreateAutoScalingGroup.* creates other things"):
        World(tmp_path / ".sandbox" / "aws", PretendedPlanes())


def test_a_journal_of_another_account_is_refused(tmp_path: Path) -> None:
    own = Account(tmp_path)
    tampered(own, lambda lines: lines)
    (tmp_path / ".sandbox" / "aws" / "account.json").write_text(json.dumps({"salt": "another"}))
    with pytest.raises(UserError, match="creates other things"):
        World(tmp_path / ".sandbox" / "aws", PretendedPlanes())


def test_a_full_disk_is_said_and_nothing_more_is_taken(own: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own.cloud.world.journal, "write", full)
    with pytest.raises(Exception, match="No space left on device"):
        own.vpc()
    with pytest.raises(Exception, match="No space left on device"):
        own.ec2.describe_vpcs()
    assert "No space left on device" in own.cloud.world.broken


def test_nothing_is_kept_of_an_account_in_which_nothing_is_left(own: Account) -> None:
    own.ec2.delete_vpc(VpcId=own.vpc())
    own.stop()
    assert journal(own).read_text() == ""
    own.start()


def test_a_damaged_account_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ".sandbox" / "aws"
    folder.mkdir(parents=True)
    (folder / "account.json").write_text("{")
    with pytest.raises(UserError, match="is damaged"):
        World(folder, PretendedPlanes())
