"""A fleet's program on AWS alone: without control planes and a federation, so that a whole life takes two minutes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from tests.sandbox.plugins import aws_cloud, engine
from tests.sandbox.plugins.engine import PROJECT, Result, Stack

PROGRAM = PROJECT / "tests" / "sandbox" / "plugins" / "fleet_program.py"
HOST, MEMBER = "eu-west-1", "eu-west-3"

SETTINGS: dict[str, Any] = {
    "clusters": [{"region": HOST}, {"region": MEMBER}],
    "kubernetesVersion": "1.37",
    "nodeGroups": [{"name": "nodes", "desired": 1, "max": 1, "min": 1}],
    "network": {"nat": "one"},
    "types": [],
    # EKS writes a log group again after its cluster is gone; `python -m ops leftovers` is the way to delete it.
    "controlPlane": {"deletionProtection": False, "logs": []},
}


@dataclass
class AwsFleet:
    """The stack, and the AWS that it is in."""

    stack: Stack
    aws: aws_cloud.Aws

    def up(self, *arguments: str) -> Result:
        """`pulumi up`; the look at the stack itself is no change."""
        return _changed(self.stack.change("up", "--yes", "--skip-preview", *arguments, timeout=400))

    def destroy(self) -> Result:
        """`pulumi destroy`."""
        return self.stack.change("destroy", "--yes", "--skip-preview", timeout=400)

    def drift(self) -> dict[str, int]:
        """The differences between program, state and AWS: what is in the state and nowhere else is among them."""
        result = _changed(self.stack.change("preview", "--refresh", timeout=400))
        assert result.ok, result.text
        return result.changes

    def lost(self) -> list[str]:
        """The things in AWS that are in no state. EKS names its own parts of a node group `eks-...`."""
        known = {resource.get("id") for resource in self.stack.resources().values()}
        return [one for one in self.aws.left() if one not in known and one not in self._of_eks()]

    def _of_eks(self) -> set[str]:
        found: set[str] = set()
        for region in (HOST, MEMBER):
            ec2, iam, groups = (self.aws.client(name, region) for name in ("ec2", "iam", "autoscaling"))
            templates = ec2.describe_launch_templates()["LaunchTemplates"]
            names = [(one["LaunchTemplateName"], one["LaunchTemplateId"]) for one in templates]
            names += [(one["InstanceProfileName"],) * 2 for one in iam.list_instance_profiles()["InstanceProfiles"]]
            listed = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
            names += [(one["AutoScalingGroupName"],) * 2 for one in listed]
            found |= {id for name, id in names if name.startswith("eks-")}
        return found


def _changed(result: Result) -> Result:
    result.changes.pop("read", None)
    return result


@contextmanager
def running(folder: Path, **settings: Any) -> Generator[AwsFleet]:
    """A stack with nothing in it yet, of SETTINGS and these."""
    with (
        aws_cloud.running(folder / "aws") as aws,
        mock.patch("sandbox.aws.eks.moves.TAKES", timedelta(0)),
    ):
        env = aws.env | {"FLEET_PROGRAM": str(PROJECT)}
        (folder / "stack").mkdir()
        stack = engine.stack(folder / "stack", env, name="federated-eks").program(PROGRAM.read_text())
        config = {f"federated-eks:{key}": value for key, value in {**SETTINGS, **settings}.items()}
        (stack.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
        yield AwsFleet(stack, aws)
