"""The bastion as the program registers it, and a fleet without one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import pytest

from components.bastion import sessions
from components.bastion.bastion import Bastion, BastionArgs
from tests.unit.engine import Engine, run, run_program

pytestmark = pytest.mark.unit

NAME = "it"
ROLE_POLICY, TEMPLATE = "aws:iam/rolePolicy:RolePolicy", "aws:ec2/launchTemplate:LaunchTemplate"


def bastion(**changed: Any) -> Engine:
    """A bastion by itself."""
    given: dict[str, Any] = {
        "fleet": "fleet",
        "region": "eu-west-1",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1"],
        "egress": [],
        "instance_type": "t3.micro",
        "volume_gib": 9,
        "max_age_days": 2,
        "key_arn": "arn:key",
        "session_log_days": 30,
        "clusters": {"one": "eu-west-1"},
        "kubernetes": "1.35",
    }

    def declare() -> None:
        Bastion(NAME, BastionArgs(**{**given, **changed}), pulumi.ResourceOptions(providers=[]))

    return run(declare)


def statements(engine: Engine) -> list[dict[str, Any]]:
    """All that its role may do."""
    return [
        statement
        for policy in engine[ROLE_POLICY].values()
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]


def test_its_group_is_of_one_that_is_replaced_by_age_alone_and_only_if_there_is_one() -> None:
    (group,) = bastion()["aws:autoscaling/group:Group"].values()
    assert [group.inputs[size] for size in ("minSize", "desiredCapacity", "maxSize")] == [1, 1, 1]
    assert group.inputs["maxInstanceLifetime"] == 2 * 86400
    assert "instanceRefresh" not in group.inputs, "whoever updates the fleet from it would end it"
    assert {f"{NAME}-clusters", f"{NAME}-sessions"} <= group.depends_on, "its agent signs in once, at boot"
    (ageless,) = bastion(max_age_days=None)["aws:autoscaling/group:Group"].values()
    assert "maxInstanceLifetime" not in ageless.inputs


def test_its_instance_has_a_way_out_from_its_first_call_to_its_end() -> None:
    program = run_program({"clusters": [{"region": "eu-west-1"}]})
    routes = {f"federated-eks-bastion-private-{zone}-default" for zone in (1, 2, 3)}
    assert routes <= program["aws:autoscaling/group:Group"]["federated-eks-bastion-group"].depends_on
    assert routes <= program[TEMPLATE]["federated-eks-bastion-template"].depends_on, (
        "one more link, for the engine's waves"
    )


def test_what_changes_with_the_fleet_is_in_a_parameter_that_its_role_may_read() -> None:
    before, after = bastion(), bastion(clusters={"one": "eu-west-1", "two": "eu-west-3"}, kubernetes="1.36")
    assert before[TEMPLATE][f"{NAME}-template"].inputs == after[TEMPLATE][f"{NAME}-template"].inputs
    assert before["aws:autoscaling/group:Group"] == after["aws:autoscaling/group:Group"]
    (parameter,) = after["aws:ssm/parameter:Parameter"].values()
    assert (parameter.inputs["name"], parameter.inputs["type"]) == ("/fleet/bastion/fleet", "String")
    assert parameter.inputs["insecureValue"] == "kubectl 1.36.0\ncluster one eu-west-1\ncluster two eu-west-3"
    assert {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": f"arn:{NAME}-fleet"} in statements(after)
    assert f"{NAME}-fleet" in after["aws:autoscaling/group:Group"][f"{NAME}-group"].depends_on


def test_its_disk_is_as_large_as_is_set_and_its_interface_has_no_public_address() -> None:
    (template,) = bastion()[TEMPLATE].values()
    (disk,) = template.inputs["blockDeviceMappings"]
    assert disk["ebs"] == {"volumeSize": 9, "volumeType": "gp3", "encrypted": "true"}
    (interface,) = template.inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert template.inputs["creditSpecification"] == {"cpuCredits": "standard"}


def test_its_user_data_is_the_first_boot() -> None:
    (template,) = bastion(internet=False)[TEMPLATE].values()
    script = base64.b64decode(template.inputs["userData"]).decode()
    assert script.startswith("#!/bin/bash\n")
    assert "readonly INTERNET=no" in script and "readonly PARAMETER=/fleet/bastion/fleet" in script


def test_only_what_has_no_resource_of_its_own_is_allowed_on_everything() -> None:
    allowed = statements(bastion())
    assert [one["Action"] for one in allowed if one["Resource"] == "*"] == [sessions.AGENT]
    assert not [one for one in allowed if "*" in str(one["Action"])]


def test_its_sessions_are_refused_where_they_can_t_be_encrypted_and_logged() -> None:
    engine = bastion()
    (document,) = engine["aws:ssm/document:Document"].values()
    assert (document.inputs["name"], document.inputs["documentType"]) == (NAME, "Session")
    content = json.loads(document.inputs["content"])
    assert content["inputs"]["cloudWatchEncryptionEnabled"] is content["inputs"]["cloudWatchStreamingEnabled"] is True
    assert content["inputs"]["kmsKeyId"] == "arn:key"
    (group,) = engine["aws:cloudwatch/logGroup:LogGroup"].values()
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("arn:key", 30)


def test_a_fleet_without_a_bastion_has_nothing_of_it() -> None:
    fleet = {
        "clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}],
        "endpoint": {"clients": {"office": "10.1.0.0/16"}},
    }
    with_it = run_program(fleet)
    without = run_program({**fleet, "bastion": {"enabled": False}})
    before, after = ({(r.type, r.name): r.inputs for r in each.registered} for each in (with_it, without))
    assert after.items() <= before.items(), "what stays, stays as it is"
    gone = {name for _, name in before.keys() - after.keys()}
    assert all("bastion" in name for name in gone), gone
    assert not {name for _, name in after if "bastion" in name}
    assert without.outputs["plan"]["bastion"] == {}
    assert not {"bastion", "bastionSession", "bastionReplace"} & without.outputs.keys()
