"""The bastion of the tunnels."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import UserError, last_line, not_on_path

TOOLS = {
    "aws": "the AWS CLI",
    "session-manager-plugin": "the AWS CLI's Session Manager plugin",
}
"""The programs that open a session."""


@dataclass(frozen=True, kw_only=True)
class Bastion:
    """A running instance."""

    region: str
    instance: str


def check_tools() -> None:
    """Raise UserError if a tool is not on PATH."""
    for tool, name in TOOLS.items():
        if shutil.which(tool) is None:
            raise not_on_path(tool, name)


def find(stack: str, outputs: Mapping[str, Any]) -> Bastion:
    """Return the running instance of a stack's bastion. Raise UserError if there is none."""
    output = outputs.get("bastion")
    if output is None:
        raise UserError(
            f"--stack: {stack} has no bastion; set federated-eks:bastion.enabled: true and run pulumi up -s {stack}, "
            "or call the clusters from a network that endpoint.clients names"
        )
    region, group = output["region"], output["group"]
    filters = [f"Name=tag:aws:autoscaling:groupName,Values={group}", "Name=instance-state-name,Values=running"]
    query = ["--query", "Reservations[0].Instances[0].InstanceId", "--output", "text"]
    argv = ["aws", "ec2", "describe-instances", "--region", region, "--filters", *filters, *query]
    process = subprocess.run(argv, capture_output=True, text=True, check=False)
    if process.returncode:
        raise UserError(
            f"bastion: aws can't look it up in {region}: {last_line(process)}; sign in to the fleet's account"
        )
    instance = process.stdout.strip()
    if not instance.startswith("i-"):
        raise UserError(
            f"bastion: Auto Scaling group {group} has no running instance in {region}; wait until it has replaced it, "
            f"or find out why it can't: aws autoscaling describe-scaling-activities --region {region} "
            f"--auto-scaling-group-name {group}"
        )
    return Bastion(region=region, instance=instance)
