"""The users beside Pulumi: an operator at the bastion, the stack's state, and `python -m ops leftovers`."""

from __future__ import annotations

import pytest

from ops.leftovers import actions as leftovers
from ops.permissions import calls
from ops.permissions.documents import documents
from ops.recover.table import actions
from sandbox.aws.authorization.policies import Check, Context, judge
from tests.unit.ops.permissions.samples import NUMBER
from tests.unit.ops.permissions.test_documents import LEAST, STATE, TWO, granted, of, role

pytestmark = pytest.mark.unit

BASTION: Context = {
    "aws:ResourceTag/fleet": "acme",
    "aws:ResourceTag/stack": "test",
    "aws:ResourceTag/Name": "acme-bastion",
    "aws:userid": "AIDA1",
}
"""What AWS knows of a call on the bastion."""


def operator(action: str, arn: str, **more: str) -> str:
    """The verdict on an operator's call; `more` replaces the last part of a condition's key."""
    changed = {key: more.get(key.rpartition("/")[2], value) for key, value in BASTION.items()}
    document = {"ssm:SessionDocumentAccessCheck": more["check"]} if "check" in more else {}
    return judge(role("operator", of(TWO)), Check(action, f"arn:aws:{arn}", {**changed, **document}))


def test_an_operator_opens_sessions_on_the_bastion_alone() -> None:
    instance = f"ec2:eu-west-1:{NUMBER}:instance/i-1"
    assert operator("ssm:StartSession", instance, check="true") == "allowed"
    assert operator("ssm:StartSession", instance, check="true", Name="acme-1-nodes") == "unmentioned"
    assert operator("ssm:StartSession", instance, check="true", fleet="umbra") == "unmentioned"
    assert operator("ssm:StartSession", instance.replace("west-1", "west-3"), check="true") == "unmentioned"
    assert operator("ssm:StartSession", instance, check="false") == "unmentioned", "a session without a document"


def test_an_operator_uses_the_bastion_s_documents_and_ends_their_own_sessions() -> None:
    ssm = f"ssm:eu-west-1:{NUMBER}"
    tunnel = "ssm:eu-west-1::document/AWS-StartPortForwardingSessionToRemoteHost"
    for arn in (f"{ssm}:document/acme-bastion", tunnel):
        assert operator("ssm:StartSession", arn) == "allowed"
    for arn in (f"{ssm}:document/umbra-bastion", "ssm:eu-west-1::document/AWS-StartInteractiveCommand"):
        assert operator("ssm:StartSession", arn) == "unmentioned"
    assert operator("ssmmessages:OpenDataChannel", f"{ssm}:session/AIDA1-0a") == "allowed"
    for action in ("ssm:TerminateSession", "ssm:ResumeSession"):
        assert operator(action, f"{ssm}:session/AIDA1-0a") == "allowed"
        assert operator(action, f"{ssm}:session/AIDA2-0a") == "unmentioned"
    key = f"kms:eu-west-1:{NUMBER}:key/k-1"
    assert operator("kms:GenerateDataKey", key) == "allowed"
    assert operator("kms:GenerateDataKey", key, fleet="umbra") == "unmentioned"


def test_without_a_bastion_there_is_no_operator() -> None:
    assert "operator" not in documents(of(LEAST), STATE)


@pytest.mark.parametrize("path", ["stacks/{}.json", "history/{}/1", "backups/{}/1", "locks/organization/{}/1.json"])
def test_an_update_keeps_the_state_of_its_own_stack(path: str) -> None:
    for stack, verdict in (("test", "allowed"), ("prod", "unmentioned")):
        arn = f"arn:aws:s3:::state/.pulumi/{path.format(f'federated-eks/{stack}')}"
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            assert judge(role("update", of(TWO)), Check(action, arn)) == verdict
        assert judge(role("preview", of(TWO)), Check("s3:PutObject", arn)) == "unmentioned"


def test_leftovers_may_make_exactly_the_calls_that_the_command_makes() -> None:
    made = {*leftovers.ACTIONS["describe"], *leftovers.ACTIONS["delete"]}
    assert granted([documents(of(TWO))["leftovers"]]) == made


def test_recover_may_make_the_calls_of_its_table_and_no_other() -> None:
    made = documents(of(TWO))
    reads = {action for its in calls.TYPES.values() for action in its.read}
    assert granted([made["recover"]]) == {
        "eks:ListFargateProfiles",
        "eks:ListNodegroups",
        "eks:ListPodIdentityAssociations",
        "iam:ListInstanceProfiles",
        "iam:ListOpenIDConnectProviders",
        "iam:ListRoles",
        "tag:GetResources",
    }
    others = {action for action in actions() if action.startswith("route53:")}
    assert granted([made["recover"]]) == actions() - reads - others
