"""Launch templates, Auto Scaling groups and their instances, as AWS has them."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

from tests.sandbox.aws.account import HOME, Account, refused, unique

pytestmark = pytest.mark.aws

IMAGE = "ami-12c6146b"


def make(aws: Account, template: str, subnets: list[str], size: int = 1, **changed: Any) -> str:
    """The name of a group."""
    name = unique("group")
    settings: dict[str, Any] = {
        "AutoScalingGroupName": name,
        "MinSize": 0,
        "MaxSize": 10,
        "DesiredCapacity": size,
        "LaunchTemplate": {"LaunchTemplateId": template, "Version": "$Latest"},
        "VPCZoneIdentifier": ",".join(subnets),
    }
    aws.autoscaling.create_auto_scaling_group(**{**settings, **changed})
    return name


def instances(aws: Account, group: str) -> list[Any]:
    """EC2's instances of a group that run."""
    filters = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = aws.ec2.describe_instances(Filters=filters)["Reservations"]
    return list(itertools.chain.from_iterable(reservation["Instances"] for reservation in found))


def test_an_unknown_launch_template_is_not_found(aws: Account) -> None:
    with refused("InvalidLaunchTemplateId.NotFound"):
        aws.ec2.describe_launch_templates(LaunchTemplateIds=["lt-0123456789abcdef0"])


def test_a_launch_templates_tags_can_be_changed(aws: Account) -> None:
    template = aws.template(ImageId=IMAGE)
    aws.ec2.create_tags(Resources=[template], Tags=[{"Key": "owner", "Value": "me"}])
    shown = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]
    assert shown["Tags"] == [{"Key": "owner", "Value": "me"}]


def test_an_instance_is_what_its_launch_template_says(aws: Account) -> None:
    vpc = aws.vpc()
    group, subnet = aws.group(vpc), aws.subnet(vpc)
    profile = unique("profile")
    aws.iam.create_instance_profile(InstanceProfileName=profile)
    template = aws.template(
        ImageId=IMAGE,
        InstanceType="t3.micro",
        SecurityGroupIds=[group],
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        IamInstanceProfile={"Name": profile},
        Monitoring={"Enabled": True},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9, "Encrypted": True, "VolumeType": "gp3"}}
        ],
    )
    made = instances(aws, make(aws, template, [subnet]))[0]
    assert made["InstanceType"] == "t3.micro"
    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert made["IamInstanceProfile"]["Arn"].endswith(profile)
    assert made["Monitoring"]["State"] == "enabled"
    assert [one["GroupId"] for one in made["SecurityGroups"]] == [group]
    volumes = [one["Ebs"]["VolumeId"] for one in made["BlockDeviceMappings"]]
    shown = aws.ec2.describe_volumes(VolumeIds=volumes)["Volumes"]
    assert [(one["Size"], one["Encrypted"], one["VolumeType"]) for one in shown] == [(9, True, "gp3")]


def test_a_launch_templates_interface_says_which_groups_and_addresses(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    group, subnet = aws.group(vpc), aws.subnet(vpc)
    interfaces = [{"DeviceIndex": 0, "Groups": [group], "AssociatePublicIpAddress": False, "DeleteOnTermination": True}]
    template = aws.template(ImageId=IMAGE, InstanceType="t3.micro", NetworkInterfaces=interfaces)
    made = instances(aws, make(aws, template, [subnet]))[0]
    assert [one["GroupId"] for one in made["NetworkInterfaces"][0]["Groups"]] == [group]
    assert not made.get("PublicIpAddress")


def test_instances_are_of_the_version_that_the_group_names(aws: Account) -> None:
    template = aws.template(ImageId=IMAGE, InstanceType="t3.micro")
    data = {"ImageId": IMAGE, "InstanceType": "t3.large"}
    aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    made = instances(aws, make(aws, template, [aws.subnet(aws.vpc())]))[0]
    tags = {tag["Key"]: tag["Value"] for tag in made["Tags"]}
    assert (made["InstanceType"], tags["aws:ec2launchtemplate:version"]) == ("t3.large", "2")


def test_instances_are_spread_over_the_zones(aws: Account) -> None:
    template = aws.template(ImageId=IMAGE, InstanceType="t3.micro")
    made = instances(aws, make(aws, template, aws.subnets(aws.vpc()), size=4))
    zones = Counter(one["Placement"]["AvailabilityZone"] for one in made)
    assert zones == {f"{HOME}a": 2, f"{HOME}b": 1, f"{HOME}c": 1}


def test_a_groups_maximum_is_not_below_its_minimum(aws: Account) -> None:
    with refused("ValidationError", "Max bound"):
        make(aws, aws.template(ImageId=IMAGE), [aws.subnet(aws.vpc())], MinSize=3, MaxSize=2)


def test_a_groups_desired_capacity_is_within_its_sizes(aws: Account) -> None:
    group = make(aws, aws.template(ImageId=IMAGE, InstanceType="t3.micro"), [aws.subnet(aws.vpc())], MaxSize=2)
    with refused("ValidationError"):
        aws.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    with refused("ValidationError"):
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, DesiredCapacity=3)


@pytest.mark.parametrize("version", ["$Latest", "7"])
def test_a_group_needs_a_launch_template_that_exists(aws: Account, version: str) -> None:
    template = "lt-0123456789abcdef0" if version == "$Latest" else aws.template(ImageId=IMAGE)
    with refused("ValidationError", "valid fully-formed launch template"):
        make(aws, template, [aws.subnet(aws.vpc())], LaunchTemplate={"LaunchTemplateId": template, "Version": version})


def test_a_groups_name_is_taken_once(aws: Account) -> None:
    template, subnet = aws.template(ImageId=IMAGE, InstanceType="t3.micro"), aws.subnet(aws.vpc())
    group = make(aws, template, [subnet])
    with refused("AlreadyExists"):
        make(aws, template, [subnet], AutoScalingGroupName=group)


def test_a_group_with_instances_stays_unless_forced(aws: Account) -> None:
    subnet = aws.subnet(aws.vpc())
    group = make(aws, aws.template(ImageId=IMAGE, InstanceType="t3.micro"), [subnet])
    with refused("ResourceInUse"):
        aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    assert not instances(aws, group)
    aws.ec2.delete_subnet(SubnetId=subnet)


def test_an_instance_that_ends_is_replaced(aws: Account) -> None:
    group = make(aws, aws.template(ImageId=IMAGE, InstanceType="t3.micro"), [aws.subnet(aws.vpc())])
    before = instances(aws, group)[0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[before])
    after = instances(aws, group)
    assert len(after) == 1
    assert after[0]["InstanceId"] != before


def test_what_an_instance_had_is_gone_with_it(aws: Account) -> None:
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    group = make(aws, aws.template(ImageId=IMAGE, InstanceType="t3.micro"), [subnet])
    volumes = [one["Ebs"]["VolumeId"] for one in instances(aws, group)[0]["BlockDeviceMappings"]]
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    assert not aws.ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"]
    with refused("InvalidVolume.NotFound"):
        aws.ec2.describe_volumes(VolumeIds=volumes)


def test_the_images_that_eks_recommends_are_known(aws: Account) -> None:
    name = "/aws/service/eks/optimized-ami/1.37/amazon-linux-2023/x86_64/standard/recommended/image_id"
    images = [
        aws.client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"] for region in (HOME, "eu-west-3")
    ]
    assert all(image.startswith("ami-") for image in images)
    assert images[0] != images[1]


def test_an_instance_has_the_groups_of_its_templates_first_interface(aws: Account) -> None:
    vpc = aws.vpc()
    group, subnet = aws.group(vpc), aws.subnet(vpc)
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [group]}
    template = aws.template(ImageId=IMAGE, NetworkInterfaces=[interface])
    (made,) = instances(aws, make(aws, template, [subnet]))
    assert [one["GroupId"] for one in made["SecurityGroups"]] == [group]
    assert [one["GroupId"] for one in made["NetworkInterfaces"][0]["Groups"]] == [group]
    assert "PublicIpAddress" not in made


def test_a_group_keeps_how_long_its_instances_may_live(aws: Account) -> None:
    name = make(aws, aws.template(ImageId=IMAGE), [aws.subnet(aws.vpc())], MaxInstanceLifetime=86400)

    def kept() -> int | None:
        return aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0].get(
            "MaxInstanceLifetime"
        )

    assert kept() == 86400
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxInstanceLifetime=172800)
    assert kept() == 172800
    with refused("ValidationError"):
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxInstanceLifetime=3600)
    assert kept() == 172800


def test_a_refresh_replaces_the_instances_by_those_of_the_new_version(aws: Account) -> None:
    data = {"ImageId": IMAGE, "UserData": "IyEvYmluL3NoCg=="}
    template = aws.template(**data, InstanceType="t3.micro")
    name = make(aws, template, [aws.subnet(aws.vpc())])
    (before,) = instances(aws, name)
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={**data, "InstanceType": "t3.small"}
    )
    refresh = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name, Preferences={"MinHealthyPercentage": 0}
    )["InstanceRefreshId"]
    (after,) = instances(aws, name)
    assert (before["InstanceType"], after["InstanceType"]) == ("t3.micro", "t3.small")
    assert before["InstanceId"] != after["InstanceId"]
    told = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    assert [(one["InstanceRefreshId"], one["Status"]) for one in told] == [(refresh, "Successful")]
    assert told[0]["Preferences"]["MinHealthyPercentage"] == 0


def test_a_refresh_of_no_group_is_refused(aws: Account) -> None:
    with refused("ValidationError"):
        aws.autoscaling.start_instance_refresh(AutoScalingGroupName="none")


def test_a_refresh_that_has_ended_cant_be_cancelled(aws: Account) -> None:
    template, subnet = aws.template(ImageId=IMAGE), aws.subnet(aws.vpc())
    group = make(aws, template, [subnet])
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName=group)
    with refused("ActiveInstanceRefreshNotFound"):
        aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=group)


def test_an_instance_that_is_no_longer_protected_goes(aws: Account) -> None:
    template, subnet = aws.template(ImageId=IMAGE), aws.subnet(aws.vpc())
    group = make(aws, template, [subnet], NewInstancesProtectedFromScaleIn=True)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, DesiredCapacity=0)
    protected = [one["InstanceId"] for one in instances(aws, group)]
    assert len(protected) == 1
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=group, InstanceIds=protected, ProtectedFromScaleIn=False
    )
    assert not instances(aws, group)
